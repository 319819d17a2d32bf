//! How often each score occurs.

use super::super::kernels::matrix::{RUN, Sink};
use crate::face::ComparisonScore;

/// Counts of scores in bins of equal width from -1 to 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreHistogram {
    bins: Vec<u64>,
}

impl ScoreHistogram {
    /// The counts, those of the lowest scores first.
    #[must_use]
    pub fn bins(&self) -> &[u64] {
        &self.bins
    }

    /// Where a bin begins. It ends where the next one begins.
    #[must_use]
    pub fn lower_edge(&self, bin: usize) -> ComparisonScore {
        let share = bin as f32 / self.bins.len() as f32;
        ComparisonScore::new(2.0 * share - 1.0)
    }

    /// How many scores were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bins.iter().sum()
    }
}

/// Counts scores in four tables in turn: a processor waits when it adds to what it has just
/// written.
pub(super) struct Counter {
    tables: Vec<[u32; 4]>,
    probes: usize,
    /// Scores that the tables may still take before a count could go over.
    room: u32,
    bins: Vec<u64>,
}

impl Counter {
    pub(super) fn new(bins: usize, probes: usize) -> Self {
        Self {
            tables: vec![[0; 4]; bins],
            probes,
            room: u32::MAX,
            bins: vec![0; bins],
        }
    }

    pub(super) fn into_histogram(mut self) -> ScoreHistogram {
        self.flush();
        ScoreHistogram { bins: self.bins }
    }

    #[inline(always)]
    fn count(&mut self, bins: &[u32]) {
        for (i, bin) in bins.iter().enumerate() {
            if let Some(counts) = self.tables.get_mut(*bin as usize) {
                counts[i % 4] += 1;
            }
        }
    }

    #[cold]
    fn flush(&mut self) {
        for (bin, counts) in self.bins.iter_mut().zip(&mut self.tables) {
            *bin += counts.iter().copied().map(u64::from).sum::<u64>();
            *counts = [0; 4];
        }
        self.room = u32::MAX;
    }
}

impl Sink for Counter {
    #[inline(always)]
    fn take(&mut self, _: usize, first: usize, scores: &[f32; RUN]) {
        if self.room < RUN as u32 {
            self.flush();
        }
        self.room -= RUN as u32;
        let half = self.tables.len() as f32 / 2.0;
        let last = self.tables.len().saturating_sub(1) as u32;
        // A cast stops at zero below and the smaller number is taken above: no score is lost.
        let bins = scores.map(|score| (((score + 1.0) * half) as u32).min(last));
        // A number of scores that the compiler knows is worth a loop of its own.
        if self.probes - first >= RUN {
            return self.count(&bins);
        }
        self.count(&bins[..self.probes - first]);
    }
}
