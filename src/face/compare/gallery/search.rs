//! Searching by comparing with everything.

use super::super::kernels::many::BATCH;
use super::Gallery;
use super::ranking::{Candidate, Ranking, floor_of};
use crate::error::Result;
use crate::face::{ComparisonScore, Template};

impl Gallery {
    /// The template that is most alike, if there is any.
    ///
    /// # Errors
    /// `InvalidInput`: the probe is of another model or size.
    pub fn best(&self, probe: &Template) -> Result<Option<Candidate>> {
        Ok(self.top(probe, 1)?.pop())
    }

    /// The `count` templates that are most alike, or all if there are fewer.
    ///
    /// # Errors
    /// `InvalidInput`: the probe is of another model or size.
    pub fn top(&self, probe: &Template, count: usize) -> Result<Vec<Candidate>> {
        self.check(probe)?;
        let mut ranking = Ranking::new(count);
        self.scan(probe, |first, scores| {
            let mut floor = ranking.floor();
            if !any_reaches(scores, floor) {
                return;
            }
            for (i, score) in scores.iter().enumerate() {
                if *score >= floor {
                    ranking.offer(candidate(first + i, *score));
                    floor = ranking.floor();
                }
            }
        });
        Ok(ranking.into_best())
    }

    /// All templates whose score reaches `threshold`.
    ///
    /// # Errors
    /// `InvalidInput`: the probe is of another model or size.
    pub fn at_least(&self, probe: &Template, threshold: ComparisonScore) -> Result<Vec<Candidate>> {
        self.check(probe)?;
        let floor = floor_of(threshold);
        let mut found = Vec::new();
        self.scan(probe, |first, scores| {
            if any_reaches(scores, floor) {
                let reaching = scores.iter().enumerate().filter(|(_, s)| **s >= floor);
                found.extend(reaching.map(|(i, score)| candidate(first + i, *score)));
            }
        });
        found.sort_unstable_by(Candidate::order);
        Ok(found)
    }

    /// Hands out the sums of products of all rows in order, a batch at a time, each batch with the
    /// index of its first row.
    pub(super) fn scan(&self, probe: &Template, mut each: impl FnMut(usize, &[f32])) {
        let many = self.level.many();
        let mut scores = [0.0; BATCH];
        let rows_per_batch = BATCH * self.blocks_per_row().max(1);
        let batches = self.rows.as_slice().chunks(rows_per_batch);
        for (i, rows) in batches.enumerate() {
            let scores = &mut scores[..rows.len() / self.blocks_per_row().max(1)];
            (many.scores)(probe.blocks(), rows, scores);
            each(i * BATCH, scores);
        }
    }
}

fn candidate(index: usize, score: f32) -> Candidate {
    let score = ComparisonScore::new(score);
    Candidate { index, score }
}

/// Without leaving early, so that it becomes vector instructions.
fn any_reaches(scores: &[f32], floor: f32) -> bool {
    scores
        .iter()
        .fold(false, |any, score| any | (*score >= floor))
}
