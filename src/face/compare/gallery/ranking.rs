//! The best of many scores.

use std::cmp::Ordering;

use crate::face::ComparisonScore;

/// A template of a gallery and its score with a probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which template.
    pub index: usize,
    /// How alike it is.
    pub score: ComparisonScore,
}

impl Candidate {
    /// Best score first, equal scores by index.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        // Scores are never NaN.
        let by_score = other.score.value().total_cmp(&self.score.value());
        by_score.then(self.index.cmp(&other.index))
    }
}

/// The best few of what was offered, in order.
pub(super) struct Ranking {
    limit: usize,
    best: Vec<Candidate>,
}

impl Ranking {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            best: Vec::new(),
        }
    }

    /// A sum of products below this cannot get in.
    pub(super) fn floor(&self) -> f32 {
        match self.best.last() {
            Some(last) if self.best.len() == self.limit => floor_of(last.score),
            _ if self.limit == 0 => f32::INFINITY,
            _ => f32::NEG_INFINITY,
        }
    }

    pub(super) fn offer(&mut self, candidate: Candidate) {
        let place = self
            .best
            .partition_point(|better| better.order(&candidate) == Ordering::Less);
        if place < self.limit {
            self.best.truncate(self.limit - 1);
            self.best.insert(place, candidate);
        }
    }

    pub(super) fn into_best(self) -> Vec<Candidate> {
        self.best
    }
}

/// What a sum of products must reach for its score to reach `score`. Scores are sums brought into
/// -1 to 1, so the lowest score is reached by every sum.
pub(super) fn floor_of(score: ComparisonScore) -> f32 {
    if score.value() > -1.0 {
        score.value()
    } else {
        f32::NEG_INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lower_index() {
        let mut ranking = Ranking::new(2);
        assert_eq!(ranking.floor(), f32::NEG_INFINITY);
        for index in [3, 1, 2] {
            let score = ComparisonScore::new(0.5);
            ranking.offer(Candidate { index, score });
        }
        assert_eq!(ranking.floor(), 0.5);
        let best = ranking.into_best();
        assert_eq!(best.iter().map(|c| c.index).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn the_best_of_none_is_nothing() {
        let mut ranking = Ranking::new(0);
        assert_eq!(ranking.floor(), f32::INFINITY);
        let score = ComparisonScore::new(1.0);
        ranking.offer(Candidate { index: 0, score });
        assert!(ranking.into_best().is_empty());
    }

    #[test]
    fn the_lowest_score_is_reached_by_sums_below_it() {
        assert_eq!(
            floor_of(ComparisonScore::new(-1.000_001)),
            f32::NEG_INFINITY
        );
        assert_eq!(floor_of(ComparisonScore::new(0.25)), 0.25);
    }
}
