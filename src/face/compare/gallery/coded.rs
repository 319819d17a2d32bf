//! Searching by codes first.

use super::super::kernels::many::{BATCH, CodedRows, Estimates};
use super::super::kernels::{LANES, Level};
use super::Gallery;
use super::coding::{Coded, CodedStore};
use super::ranking::{Candidate, Ranking, floor_of};
use crate::error::Result;
use crate::face::{ComparisonScore, Template};

/// A gallery with codes of one byte a value beside its templates. A search reads the codes, whose
/// estimates are off by less than a proven bound, and compares only templates that could be in the
/// answer: the answer is that of [`Gallery`], bit for bit, for a quarter of the memory read.
pub struct CodedGallery {
    gallery: Gallery,
    store: CodedStore,
}

impl CodedGallery {
    /// Makes the codes of what is there.
    #[must_use]
    pub fn new(gallery: Gallery) -> Self {
        let mut store = CodedStore::with_capacity(gallery.len, gallery.dimensions);
        let padded = gallery.blocks_per_row() * LANES;
        for row in gallery.rows.values().chunks_exact(padded.max(1)) {
            store.push(&row[..gallery.dimensions]);
        }
        Self { gallery, store }
    }

    /// Copies a template in, and returns its index.
    ///
    /// # Errors
    /// `InvalidInput`: it is of another model or size, or there are 2^32 of them.
    pub fn push(&mut self, template: &Template) -> Result<usize> {
        let index = self.gallery.push(template)?;
        self.store.push(template.values());
        Ok(index)
    }

    /// The templates, and searching without codes.
    #[must_use]
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

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
        Ok(self.top_counted(probe, count)?.0)
    }

    /// All templates whose score reaches `threshold`.
    ///
    /// # Errors
    /// `InvalidInput`: the probe is of another model or size.
    pub fn at_least(&self, probe: &Template, threshold: ComparisonScore) -> Result<Vec<Candidate>> {
        self.gallery.check(probe)?;
        let (floor, kernels) = (floor_of(threshold), self.gallery.level);
        let mut found = Vec::new();
        self.estimate(probe, floor, |index, _, _| {
            let candidate = self.compared(kernels, probe, index);
            if candidate.score.value() >= floor {
                found.push(candidate);
            }
            floor
        });
        found.sort_unstable_by(Candidate::order);
        Ok(found)
    }

    /// The list, and how many templates were compared for it.
    pub(super) fn top_counted(
        &self,
        probe: &Template,
        count: usize,
    ) -> Result<(Vec<Candidate>, usize)> {
        self.gallery.check(probe)?;
        // The best lower bounds: as many scores are at least this high.
        let mut lower = Ranking::new(count);
        let mut possible: Vec<(f32, usize)> = Vec::new();
        self.estimate(probe, lower.floor(), |index, estimate, error| {
            possible.push((estimate + error, index));
            let score = ComparisonScore::new(estimate - error);
            lower.offer(Candidate { index, score });
            lower.floor()
        });
        let floor = lower.floor();
        possible.retain(|(upper, _)| *upper >= floor);
        // The most promising first: the sooner the ranking is full of high scores, the fewer
        // templates are compared.
        possible.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let kernels = self.gallery.level;
        let (mut ranking, mut compared) = (Ranking::new(count), 0);
        for (upper, index) in possible {
            if upper < ranking.floor() {
                break;
            }
            ranking.offer(self.compared(kernels, probe, index));
            compared += 1;
        }
        Ok((ranking.into_best(), compared))
    }

    fn compared(&self, kernels: Level, probe: &Template, index: usize) -> Candidate {
        let size = self.gallery.blocks_per_row();
        let row = &self.gallery.rows.as_slice()[index * size..(index + 1) * size];
        let score = ComparisonScore::new(kernels.dot(probe.blocks(), row));
        Candidate { index, score }
    }

    /// Calls `possible` with index, estimate and its error for every row whose score may reach
    /// the floor; the answer is the new floor.
    fn estimate(
        &self,
        probe: &Template,
        mut floor: f32,
        mut possible: impl FnMut(usize, f32, f32) -> f32,
    ) {
        let (coded, size) = (Coded::new(probe.values()), self.gallery.blocks_per_row());
        let probe = coded.probe();
        let mut estimates = Estimates {
            scores: [0.0; BATCH],
            errors: [0.0; BATCH],
        };
        for first in (0..self.gallery.len).step_by(BATCH) {
            let end = (first + BATCH).min(self.gallery.len);
            let rows = CodedRows {
                codes: &self.store.codes.as_slice()[first * size..end * size],
                scales: &self.store.scales[first..end],
                sums: &self.store.sums[first..end],
                errors: &self.store.errors[first..end],
            };
            if !self
                .gallery
                .level
                .estimates(&probe, rows, floor, &mut estimates)
            {
                continue;
            }
            let both = estimates.scores.iter().zip(&estimates.errors);
            for (index, (score, error)) in (first..end).zip(both) {
                if score + error >= floor {
                    floor = possible(index, *score, *error);
                }
            }
        }
    }
}

impl std::fmt::Debug for CodedGallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Coded{:?}", self.gallery)
    }
}
