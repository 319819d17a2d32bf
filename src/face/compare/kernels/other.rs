//! Processors without loops of their own: the portable ones.

use super::{Block, portable};

/// Brings memory near to be written: nothing here, where no such instruction is stable.
#[cfg(feature = "gallery")]
pub(super) fn fetch_to_write(_: &[f32; super::matrix::RUN]) {}

/// A set of processor features that the loops are made for. One exists only for a processor that
/// has the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(());

impl Level {
    /// The fastest that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self(())
    }

    /// All that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        vec![Self(())]
    }

    /// Name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        "portable"
    }

    /// The sum of products of two vectors of equal length.
    pub(in crate::face) fn dot(self, a: &[Block], b: &[Block]) -> f32 {
        portable::dot(a, b)
    }

    /// Sums of products of one vector with each of four.
    pub(in crate::face) fn dot4(self, a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
        rows.map(|row| portable::dot(a, row))
    }

    /// `a · b`, `a · a` and `b · b`, of slices of equal length without padding.
    pub(in crate::face) fn products(self, a: &[f32], b: &[f32]) -> [f32; 3] {
        portable::products(a, b)
    }
}

#[cfg(feature = "gallery")]
impl Level {
    pub(in crate::face) fn scores(
        self,
        vector: &[Block],
        rows: &[Block],
        streams: usize,
        out: &mut [f32],
    ) {
        super::portable_many::scores(vector, rows, streams, out);
    }

    pub(in crate::face) fn estimates(
        self,
        probe: &super::many::CodedProbe<'_>,
        rows: super::many::CodedRows<'_>,
        floor: f32,
        out: &mut super::many::Estimates,
    ) -> bool {
        super::portable_many::estimates(probe, rows, floor, out)
    }

    pub(in crate::face) fn panel_width(self) -> usize {
        super::portable_matrix::WIDTH
    }

    pub(in crate::face) fn matrix<S: super::matrix::Sink>(
        self,
        rows: super::matrix::Rows<'_>,
        panels: &super::matrix::Panels,
        sink: &mut S,
    ) {
        super::portable_matrix::matrix(rows, panels, sink);
    }
}
