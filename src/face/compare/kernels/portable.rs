//! For every processor, without intrinsics.

use super::{Block, LANES, padded};

pub(super) fn dot(a: &[Block], b: &[Block]) -> f32 {
    let mut sums = [0.0; LANES];
    accumulate(&mut sums, a, b);
    total(&sums)
}

pub(super) fn products(a: &[f32], b: &[f32]) -> [f32; 3] {
    [(a, b), (a, a), (b, b)].map(|(a, b)| {
        let (a_blocks, a_rest) = a.as_chunks();
        let (b_blocks, b_rest) = b.as_chunks();
        let mut sums = [0.0; LANES];
        accumulate(&mut sums, a_blocks, b_blocks);
        accumulate(&mut sums, &[padded(a_rest)], &[padded(b_rest)]);
        total(&sums)
    })
}

fn accumulate(sums: &mut Block, a: &[Block], b: &[Block]) {
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] = fused(a[lane], b[lane], sums[lane]);
        }
    }
}

/// Folds the partial sums in half until one is left.
fn total(sums: &Block) -> f32 {
    let mut sums = *sums;
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = sums.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
        half /= 2;
    }
    sums[0]
}

/// `a * b + c`, rounded once: an instruction here.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

/// `a * b + c`, rounded once, where that is not an instruction of every processor and
/// `f32::mul_add` a slow call.
///
/// The product of two `f32` is exact in `f64`. Their sum with `c` is rounded to odd there (the last
/// bit says that something was lost), after which rounding to `f32` equals rounding once: `f64`
/// has more than two bits beyond `f32`. Boldo and Melquiond, "Emulation of a FMA and correctly
/// rounded sums", IEEE Transactions on Computers 57 (2008).
#[cfg(not(target_arch = "aarch64"))]
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    let product = f64::from(a) * f64::from(b);
    let c = f64::from(c);
    let sum = product + c;
    // What the sum lost (Knuth's two-sum), exactly.
    let of_c = sum - product;
    let lost = (product - (sum - of_c)) + (c - of_c);
    let bits = sum.to_bits();
    let is_even = !bits & 1;
    let is_inexact = u64::from(lost != 0.0);
    // Away from zero when the lost part has the sign of the sum, towards it otherwise.
    let opposite = (bits ^ lost.to_bits()) >> 63;
    let step = 1u64.wrapping_sub(2 * opposite);
    f64::from_bits(bits.wrapping_add(step * (is_even & is_inexact))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn fused_rounds_once() {
        let mut random = Random(0xf00d);
        for _ in 0..2_000_000 {
            // Exponents close to each other, so that the parts overlap, and far apart.
            let mut value = || {
                let bits = random.next();
                let exponent = 127 + (bits % 61) as u32 - 30;
                let mantissa = (bits >> 8) as u32 & 0x007f_ffff;
                // Many trailing zeros make ties.
                let mantissa = mantissa & (u32::MAX << ((bits >> 40) % 24));
                f32::from_bits((bits >> 32) as u32 & 0x8000_0000 | exponent << 23 | mantissa)
            };
            let (a, b, c) = (value(), value(), value());
            assert_eq!(
                fused(a, b, c).to_bits(),
                a.mul_add(b, c).to_bits(),
                "{a:e} {b:e} {c:e}"
            );
        }
        let tiny = f32::from_bits(1);
        for (a, b, c) in [
            (0.0, 0.0, 0.0),
            (1.0, -1.0, 1.0),
            (tiny, 0.5, tiny),
            (tiny, tiny, 1.0),
            (tiny, 1.5, -tiny),
        ] {
            assert_eq!(fused(a, b, c).to_bits(), a.mul_add(b, c).to_bits());
        }
    }
}
