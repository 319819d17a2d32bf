//! Many against many: sums stay in registers over all dimensions, one value of a row meets a
//! register of probes.

use std::arch::aarch64::*;

use super::super::matrix::{Panels, RUN, Rows, Sink, walk};
use super::super::portable_matrix;
use super::{Features, Level};

/// Probes of a panel: four registers.
const WIDTH: usize = RUN;
/// Rows of a tile: their sums take 20 registers, the probes 4, values of the rows 5.
const TILE: usize = 5;
/// Values of a register.
const STEP: usize = 4;

impl Level {
    /// How wide the panels of [`Level::matrix`] are.
    pub(in crate::face) fn panel_width(self) -> usize {
        match self.0 {
            Features::Portable => portable_matrix::WIDTH,
            Features::Neon => WIDTH,
        }
    }

    /// The scores of all rows with all probes; the panels have the width of this level.
    pub(in crate::face) fn matrix<S: Sink>(self, rows: Rows<'_>, panels: &Panels, sink: &mut S) {
        match self.0 {
            Features::Portable => portable_matrix::matrix(rows, panels, sink),
            // SAFETY: this module is compiled only for processors with NEON.
            Features::Neon => unsafe { matrix(rows, panels, sink) },
        }
    }
}

#[target_feature(enable = "neon")]
fn matrix<S: Sink>(rows: Rows<'_>, panels: &Panels, sink: &mut S) {
    walk::<TILE, TILE, S>(rows, panels, sink, |tile, scores| match tile.count {
        TILE => tile_of::<TILE>(tile.rows, tile.panel, scores),
        _ => tile_of::<1>(tile.rows, tile.panel, scores),
    });
}

/// `R` rows and a panel.
#[target_feature(enable = "neon")]
fn tile_of<const R: usize>(rows: &[f32], panel: &[f32], scores: &mut [[f32; RUN]]) {
    let stride = rows.len() / R;
    assert!(stride.is_multiple_of(STEP) && panel.len() == WIDTH * stride);
    let mut sums = [[vdupq_n_f32(0.0); 4]; R];
    let steps = panel.as_chunks::<WIDTH>().0.as_chunks::<STEP>().0;
    for (step, probes) in steps.iter().enumerate() {
        let mut values = [vdupq_n_f32(0.0); R];
        for (r, values) in values.iter_mut().enumerate() {
            // SAFETY: `step` is below a quarter of the stride and `r` below `R`, and there are `R`
            // rows; this load asks for no alignment.
            *values = unsafe { vld1q_f32(rows.as_ptr().add(r * stride + STEP * step)) };
        }
        let [p0, p1, p2, p3] = probes;
        add_products::<0, R>(&mut sums, values, p0);
        add_products::<1, R>(&mut sums, values, p1);
        add_products::<2, R>(&mut sums, values, p2);
        add_products::<3, R>(&mut sums, values, p3);
    }
    for (run, sums) in scores.iter_mut().zip(sums) {
        for (part, sum) in run.as_chunks_mut::<4>().0.iter_mut().zip(sums) {
            // SAFETY: 4 writable values; this store asks for no alignment.
            unsafe { vst1q_f32(part.as_mut_ptr(), sum) }
        }
    }
}

/// Adds the products of value `K` of each row with the probes' values of the same dimension.
#[target_feature(enable = "neon")]
#[inline]
fn add_products<const K: i32, const R: usize>(
    sums: &mut [[float32x4_t; 4]; R],
    values: [float32x4_t; R],
    probes: &[f32; WIDTH],
) {
    for (at, probes) in probes.as_chunks::<4>().0.iter().enumerate() {
        // SAFETY: 4 readable values; this load asks for no alignment.
        let probes = unsafe { vld1q_f32(probes.as_ptr()) };
        for (sums, values) in sums.iter_mut().zip(values) {
            sums[at] = vfmaq_laneq_f32::<K>(sums[at], probes, values);
        }
    }
}
