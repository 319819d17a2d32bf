//! One vector against many.

use std::arch::aarch64::*;

use super::super::many::{
    BATCH, CodeBlock, CodedProbe, CodedRows, Estimates, estimate, interleave,
};
use super::super::{Block, portable_many};
use super::dot::dot;
use super::{Features, Level};

impl Level {
    /// Sums of products of a vector with rows, one value a row, each as [`Level::dot`] has it. The
    /// rows are read in this many streams.
    pub(in crate::face) fn scores(
        self,
        vector: &[Block],
        rows: &[Block],
        streams: usize,
        out: &mut [f32],
    ) {
        match self.0 {
            // SAFETY: this module is compiled only for processors with NEON.
            Features::Neon => unsafe { scores(vector, rows, streams, out) },
            Features::Portable => portable_many::scores(vector, rows, streams, out),
        }
    }

    /// Estimates for rows; the answer says whether one may reach the floor.
    pub(in crate::face) fn estimates(
        self,
        probe: &CodedProbe<'_>,
        rows: CodedRows<'_>,
        floor: f32,
        out: &mut Estimates,
    ) -> bool {
        match self.0 {
            // SAFETY: as for `scores`.
            Features::Neon => unsafe { estimates(probe, rows, floor, out) },
            Features::Portable => portable_many::estimates(probe, rows, floor, out),
        }
    }
}

#[target_feature(enable = "neon")]
fn scores(vector: &[Block], rows: &[Block], streams: usize, out: &mut [f32]) {
    let size = vector.len();
    interleave(out.len(), streams, |row| {
        out[row] = dot(vector, &rows[row * size..(row + 1) * size]);
    });
}

#[target_feature(enable = "neon")]
fn estimates(probe: &CodedProbe<'_>, rows: CodedRows<'_>, floor: f32, out: &mut Estimates) -> bool {
    let mut products = [0; BATCH];
    let codes = rows.codes.chunks_exact(probe.codes.len().max(1));
    for (row, product) in codes.zip(&mut products) {
        *product = code_product(probe.codes, row);
    }
    estimate(&products, probe, rows, floor, out)
}

/// Codes are -127 to 127, so the sum of two products is at most 32,258 and fits 16 bits.
#[target_feature(enable = "neon")]
#[inline]
fn code_product(probe: &[CodeBlock], row: &[CodeBlock]) -> i32 {
    let mut sums = [vdupq_n_s32(0); 4];
    for (a, b) in probe.iter().zip(row) {
        for (j, sum) in sums.iter_mut().enumerate() {
            let (a, b) = (load_codes(a, j), load_codes(b, j));
            let low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
            *sum = vpadalq_s16(*sum, vmlal_high_s8(low, a, b));
        }
    }
    let [a, b, c, d] = sums;
    vaddvq_s32(vaddq_s32(vaddq_s32(a, b), vaddq_s32(c, d)))
}

#[target_feature(enable = "neon")]
#[inline]
fn load_codes(codes: &CodeBlock, quarter: usize) -> int8x16_t {
    let part = &codes.as_chunks::<16>().0[quarter];
    // SAFETY: 16 readable bytes; this load asks for no alignment.
    unsafe { vld1q_s8(part.as_ptr()) }
}
