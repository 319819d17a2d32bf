//! Searching by comparing with everything.

use super::super::kernels::many::{self, BATCH, ROWS};
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

    /// Hands out the sums of products of all rows in order, some at a time, each time with the
    /// index of the first row.
    pub(super) fn scan(&self, probe: &Template, mut each: impl FnMut(usize, &[f32])) {
        let mut scores = [0.0; ROWS];
        let (size, blocks) = (self.blocks_per_row().max(1), self.rows.as_slice());
        let (rows_per_call, streams) = (many::rows_per_call(size), many::streams(blocks.len()));
        for (i, rows) in blocks.chunks(rows_per_call * size).enumerate() {
            let scores = &mut scores[..rows.len() / size];
            self.level.scores(probe.blocks(), rows, streams, scores);
            for (part, scores) in scores.chunks(BATCH).enumerate() {
                each(i * rows_per_call + part * BATCH, scores);
            }
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
