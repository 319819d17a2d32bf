//! One vector against one or four: a sixteenth of a block in one register, 32 registers.

use std::arch::aarch64::*;

use super::super::{Block, padded};

/// A quarter of the partial sums.
type Quarter = [float32x4_t; 4];

#[target_feature(enable = "neon")]
pub(super) fn dot(a: &[Block], b: &[Block]) -> f32 {
    let mut sums = [zero(); 4];
    for (a, b) in a.iter().zip(b) {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum = add_products(*sum, quarter(a, j), quarter(b, j));
        }
    }
    total(sums)
}

/// One quarter after the other: the partial sums of four vectors fill twice the registers there
/// are, and the vectors stay in the first cache meanwhile.
#[target_feature(enable = "neon")]
pub(super) fn dot4(a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
    let [r0, r1, r2, r3] = rows;
    let mut sums = [[zero(); 4]; 4];
    for j in 0..4 {
        let mut of_rows = [zero(); 4];
        for ((((a, b0), b1), b2), b3) in a.iter().zip(r0).zip(r1).zip(r2).zip(r3) {
            let value = quarter(a, j);
            for (sum, b) in of_rows.iter_mut().zip([b0, b1, b2, b3]) {
                *sum = add_products(*sum, value, quarter(b, j));
            }
        }
        for (sums, sum) in sums.iter_mut().zip(of_rows) {
            sums[j] = sum;
        }
    }
    let [a, b, c, d] = sums;
    [total(a), total(b), total(c), total(d)]
}

/// One quarter after the other, for the same reason.
#[target_feature(enable = "neon")]
pub(super) fn products(a: &[f32], b: &[f32]) -> [f32; 3] {
    let (a_blocks, a_rest) = a.as_chunks();
    let (b_blocks, b_rest) = b.as_chunks();
    let (a_rest, b_rest) = (padded(a_rest), padded(b_rest));
    let mut sums = [[zero(); 4]; 3];
    for j in 0..4 {
        let mut three = [zero(); 3];
        for (a, b) in a_blocks.iter().zip(b_blocks) {
            three = add_three(three, quarter(a, j), quarter(b, j));
        }
        three = add_three(three, quarter(&a_rest, j), quarter(&b_rest, j));
        for (sums, sum) in sums.iter_mut().zip(three) {
            sums[j] = sum;
        }
    }
    let [ab, aa, bb] = sums;
    [total(ab), total(aa), total(bb)]
}

#[target_feature(enable = "neon")]
#[inline]
fn add_three([ab, aa, bb]: [Quarter; 3], a: Quarter, b: Quarter) -> [Quarter; 3] {
    [
        add_products(ab, a, b),
        add_products(aa, a, a),
        add_products(bb, b, b),
    ]
}

#[target_feature(enable = "neon")]
#[inline]
fn add_products(mut sum: Quarter, a: Quarter, b: Quarter) -> Quarter {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum = vfmaq_f32(*sum, a, b);
    }
    sum
}

#[target_feature(enable = "neon")]
#[inline]
fn zero() -> Quarter {
    [vdupq_n_f32(0.0); 4]
}

#[target_feature(enable = "neon")]
#[inline]
fn quarter(block: &Block, j: usize) -> Quarter {
    let part = &block.as_chunks::<16>().0[j];
    let mut registers = zero();
    for (register, values) in registers.iter_mut().zip(part.as_chunks::<4>().0) {
        // SAFETY: 4 readable values; this load asks for no alignment.
        *register = unsafe { vld1q_f32(values.as_ptr()) };
    }
    registers
}

/// Folds the partial sums in half until one is left.
#[target_feature(enable = "neon")]
#[inline]
fn total(sums: [Quarter; 4]) -> f32 {
    let [q0, q1, q2, q3] = sums;
    let [a, b, c, d] = add(add(q0, q2), add(q1, q3));
    let four = vaddq_f32(vaddq_f32(a, c), vaddq_f32(b, d));
    let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
}

#[target_feature(enable = "neon")]
#[inline]
fn add(mut a: Quarter, b: Quarter) -> Quarter {
    for (a, b) in a.iter_mut().zip(b) {
        *a = vaddq_f32(*a, b);
    }
    a
}
