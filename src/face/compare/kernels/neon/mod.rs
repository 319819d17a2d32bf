//! AArch64: NEON belongs to every such processor that has floating point at all, so there is nothing
//! to find out.

mod dot;
#[cfg(feature = "gallery")]
mod many;
#[cfg(feature = "gallery")]
mod matrix;

use super::{Block, portable};

/// Brings memory near to be written: nothing here, where no such instruction is stable.
#[cfg(feature = "gallery")]
pub(super) fn fetch_to_write(_: &[f32; super::matrix::RUN]) {}

/// A set of processor features that the loops are made for. One exists only for a processor that
/// has the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Features);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Features {
    Portable,
    Neon,
}

impl Level {
    /// The fastest that this processor has.
    #[inline]
    #[must_use]
    pub fn best() -> Self {
        Self(Features::Neon)
    }

    /// All that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        vec![Self(Features::Portable), Self(Features::Neon)]
    }

    /// Name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Features::Portable => "portable",
            Features::Neon => "NEON",
        }
    }

    /// The sum of products of two vectors of equal length.
    #[inline]
    pub(in crate::face) fn dot(self, a: &[Block], b: &[Block]) -> f32 {
        match self.0 {
            // SAFETY: this module is compiled only for processors with NEON.
            Features::Neon => unsafe { dot::dot(a, b) },
            Features::Portable => portable::dot(a, b),
        }
    }

    /// Sums of products of one vector with each of four: reads the first once.
    #[inline]
    pub(in crate::face) fn dot4(self, a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
        match self.0 {
            // SAFETY: as for `dot`.
            Features::Neon => unsafe { dot::dot4(a, rows) },
            Features::Portable => rows.map(|row| portable::dot(a, row)),
        }
    }

    /// `a · b`, `a · a` and `b · b` in one pass, of slices of equal length without padding.
    #[inline]
    pub(in crate::face) fn products(self, a: &[f32], b: &[f32]) -> [f32; 3] {
        match self.0 {
            // SAFETY: as for `dot`.
            Features::Neon => unsafe { dot::products(a, b) },
            Features::Portable => portable::products(a, b),
        }
    }
}
