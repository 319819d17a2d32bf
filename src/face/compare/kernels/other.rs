//! Processors without loops of their own: the portable ones, which compilers turn into vector
//! instructions where fused multiply-add belongs to every processor of the kind (AArch64).

use super::{Pairwise, portable};

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

    pub(in crate::face) fn pairwise(self) -> &'static Pairwise {
        &portable::PAIRWISE
    }
}

#[cfg(feature = "gallery")]
impl Level {
    pub(in crate::face) fn many(self) -> &'static super::many::Many {
        &super::portable_many::MANY
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
