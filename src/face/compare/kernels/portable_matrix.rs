//! Many against many, for every processor, without intrinsics.

use super::matrix::{Panels, RUN, Rows, Sink, walk};

/// Probes of a panel.
pub(super) const WIDTH: usize = RUN;

pub(super) fn matrix<S: Sink>(rows: Rows<'_>, panels: &Panels, sink: &mut S) {
    walk::<1, 1, S>(rows, panels, sink, |tile, scores| {
        let mut sums = [0.0; WIDTH];
        for (value, probes) in tile.rows.iter().zip(tile.panel.as_chunks::<WIDTH>().0) {
            for (sum, probe) in sums.iter_mut().zip(probes) {
                *sum += value * probe;
            }
        }
        scores[0] = sums;
    });
}
