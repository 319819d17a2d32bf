//! AVX2 with FMA: an eighth of a block in one register, 16 registers.

use std::arch::x86_64::*;

use super::super::{Block, padded};

/// A quarter of the partial sums: places 0 to 7 and 8 to 15 of it.
type Quarter = [__m256; 2];

#[target_feature(enable = "avx2,fma")]
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
#[target_feature(enable = "avx2,fma")]
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
#[target_feature(enable = "avx2,fma")]
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

#[target_feature(enable = "avx2,fma")]
#[inline]
fn add_three([ab, aa, bb]: [Quarter; 3], a: Quarter, b: Quarter) -> [Quarter; 3] {
    [
        add_products(ab, a, b),
        add_products(aa, a, a),
        add_products(bb, b, b),
    ]
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn add_products(sum: Quarter, a: Quarter, b: Quarter) -> Quarter {
    [
        _mm256_fmadd_ps(a[0], b[0], sum[0]),
        _mm256_fmadd_ps(a[1], b[1], sum[1]),
    ]
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn zero() -> Quarter {
    [_mm256_setzero_ps(); 2]
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn quarter(block: &Block, j: usize) -> Quarter {
    let parts = block.as_chunks::<8>().0;
    let (low, high) = (&parts[2 * j], &parts[2 * j + 1]);
    // SAFETY: twice 8 readable values; these loads ask for no alignment.
    unsafe {
        [
            _mm256_loadu_ps(low.as_ptr()),
            _mm256_loadu_ps(high.as_ptr()),
        ]
    }
}

/// Folds the partial sums in half until one is left.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn total(sums: [Quarter; 4]) -> f32 {
    let [q0, q1, q2, q3] = sums;
    let (even, odd) = (add(q0, q2), add(q1, q3));
    let [low, high] = add(even, odd);
    let eight = _mm256_add_ps(low, high);
    let four = _mm_add_ps(
        _mm256_castps256_ps128(eight),
        _mm256_extractf128_ps::<1>(eight),
    );
    total_of_four(four)
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(a: Quarter, b: Quarter) -> Quarter {
    [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])]
}

#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn total_of_four(four: __m128) -> f32 {
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}
