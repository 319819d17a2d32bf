//! Many templates of one model in one piece of memory, for calibration and for measurements. A
//! reception has no use for it: it compares one face with one portrait.
//!
//! *For application authors*: [`Gallery`] scores a probe against every template; [`CodedGallery`]
//! finds the same best ones several times faster, for a quarter more memory.
//!
//! *Contract*: every score is bit for bit the one that [`compare`](super::compare()) gives, and every
//! list is the one that sorting all scores would give: best first, equal scores by index. Only
//! [`ScoreMatrix`] and [`ScoreHistogram`] have scores of their own, at most 2e-6 away from the exact
//! cosine. Templates are wiped on drop.
//!
//! *Memory*: with `b` blocks of 64 dimensions, rounded up, a template takes `256·b` bytes in a
//! [`Gallery`] (2048 for 512 dimensions) and `64·b + 12` more in a [`CodedGallery`] (524). Memory grows
//! by doubling. Lists and histograms of many probes keep no scores.

mod coded;
mod coding;
mod histogram;
mod matrix;
mod ranking;
mod search;

use super::ComparisonScore;
use super::kernels::{Blocks, LANES, Level};
use crate::error::{Error, Result};
use crate::face::{ModelId, Template};

pub use coded::CodedGallery;
pub use histogram::ScoreHistogram;
pub use matrix::ScoreMatrix;
pub use ranking::Candidate;

/// Templates of one model. An index is the number of templates that were there before.
pub struct Gallery {
    model: ModelId,
    dimensions: usize,
    rows: Blocks,
    len: usize,
    level: Level,
}

impl Gallery {
    /// An empty one for templates of `model` with this many dimensions.
    #[must_use]
    pub fn new(model: ModelId, dimensions: usize) -> Self {
        Self {
            model,
            dimensions,
            rows: Blocks::with_capacity(0),
            len: 0,
            level: Level::best(),
        }
    }

    /// The same with the loops of `level`, to measure it. The results are the same.
    #[must_use]
    pub fn at_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Copies a template in, and returns its index.
    ///
    /// # Errors
    /// `InvalidInput`: it is of another model or size, or there are 2^32 of them.
    pub fn push(&mut self, template: &Template) -> Result<usize> {
        self.check(template)?;
        if u32::try_from(self.len + 1).is_err() {
            return Err(Error::invalid_input(
                "more templates than an index can tell",
            ));
        }
        self.rows.push(template.values());
        self.len += 1;
        Ok(self.len - 1)
    }

    /// Number of templates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The model of all templates.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Number of dimensions of all templates.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The score of a probe with every template, by index.
    ///
    /// # Errors
    /// `InvalidInput`: the probe is of another model or size.
    pub fn scores(&self, probe: &Template) -> Result<Vec<ComparisonScore>> {
        self.check(probe)?;
        let mut scores = Vec::with_capacity(self.len);
        self.scan(probe, |_, batch| {
            scores.extend(batch.iter().map(|score| ComparisonScore::new(*score)));
        });
        Ok(scores)
    }

    fn check(&self, template: &Template) -> Result<()> {
        if *template.model() != self.model || template.dimensions() != self.dimensions {
            return Err(Error::invalid_input(format!(
                "a gallery of another model: {} and {}",
                self.model,
                template.model()
            )));
        }
        Ok(())
    }

    /// Blocks of one template.
    fn blocks_per_row(&self) -> usize {
        self.dimensions.div_ceil(LANES)
    }
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (len, dimensions) = (self.len, self.dimensions);
        write!(
            f,
            "Gallery({len} of {dimensions} dimensions, {})",
            self.model
        )
    }
}

#[cfg(test)]
mod tests;
