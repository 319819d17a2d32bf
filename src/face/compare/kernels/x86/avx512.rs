//! AVX-512F: a quarter of a block in one register.

use std::arch::x86_64::*;

use super::super::{Block, padded};

/// The four quarters of the partial sums.
type Sums = [__m512; 4];

#[target_feature(enable = "avx512f")]
pub(super) fn dot(a: &[Block], b: &[Block]) -> f32 {
    // The sizes of known models are worth a loop of known length.
    if let (Ok(a), Ok(b)) = (<&[Block; 8]>::try_from(a), b.try_into()) {
        let b: &[Block; 8] = b;
        return total(accumulate(zero(), a, b));
    }
    if let (Ok(a), Ok(b)) = (<&[Block; 2]>::try_from(a), b.try_into()) {
        let b: &[Block; 2] = b;
        return total(accumulate(zero(), a, b));
    }
    total(accumulate(zero(), a, b))
}

#[target_feature(enable = "avx512f")]
pub(super) fn dot4(a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
    let groups = join_rows(sixteens(a, rows));
    let low = _mm_add_ps(
        _mm512_extractf32x4_ps::<0>(groups),
        _mm512_extractf32x4_ps::<1>(groups),
    );
    let high = _mm_add_ps(
        _mm512_extractf32x4_ps::<2>(groups),
        _mm512_extractf32x4_ps::<3>(groups),
    );
    let mut scores = [0.0; 4];
    // SAFETY: four writable values; this store asks for no alignment.
    unsafe { _mm_storeu_ps(scores.as_mut_ptr(), _mm_add_ps(low, high)) };
    scores
}

/// Four vectors at once, each down to 16 partial sums.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn sixteens(a: &[Block], rows: [&[Block]; 4]) -> [__m512; 4] {
    let [r0, r1, r2, r3] = rows;
    let mut sums = [zero(); 4];
    for ((((a, b0), b1), b2), b3) in a.iter().zip(r0).zip(r1).zip(r2).zip(r3) {
        for j in 0..4 {
            let value = quarter(a, j);
            for (sums, b) in sums.iter_mut().zip([b0, b1, b2, b3]) {
                sums[j] = _mm512_fmadd_ps(value, quarter(b, j), sums[j]);
            }
        }
    }
    let [a, b, c, d] = sums;
    [sixteen(a), sixteen(b), sixteen(c), sixteen(d)]
}

/// From 16 partial sums of each of four rows to four: group `g` holds those of places `4g` to
/// `4g + 3`, one row after the other, each added as (0 + 2) + (1 + 3).
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn join_rows(rows: [__m512; 4]) -> __m512 {
    let pair = |a, b| _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    let (first, second) = (pair(rows[0], rows[1]), pair(rows[2], rows[3]));
    let (first, second) = (_mm512_castps_pd(first), _mm512_castps_pd(second));
    _mm512_add_ps(
        _mm512_castpd_ps(_mm512_unpacklo_pd(first, second)),
        _mm512_castpd_ps(_mm512_unpackhi_pd(first, second)),
    )
}

#[target_feature(enable = "avx512f")]
pub(super) fn products(a: &[f32], b: &[f32]) -> [f32; 3] {
    let (a_blocks, a_rest) = a.as_chunks();
    let (b_blocks, b_rest) = b.as_chunks();
    let mut sums = accumulate3([zero(); 3], a_blocks, b_blocks);
    if !a_rest.is_empty() {
        sums = accumulate3(sums, &[padded(a_rest)], &[padded(b_rest)]);
    }
    let [ab, aa, bb] = sums;
    [total(ab), total(aa), total(bb)]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn accumulate(mut sums: Sums, a: &[Block], b: &[Block]) -> Sums {
    for (a, b) in a.iter().zip(b) {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum = _mm512_fmadd_ps(quarter(a, j), quarter(b, j), *sum);
        }
    }
    sums
}

#[target_feature(enable = "avx512f")]
#[inline]
fn accumulate3(sums: [Sums; 3], a: &[Block], b: &[Block]) -> [Sums; 3] {
    let [mut ab, mut aa, mut bb] = sums;
    for (a, b) in a.iter().zip(b) {
        for j in 0..4 {
            let (x, y) = (quarter(a, j), quarter(b, j));
            ab[j] = _mm512_fmadd_ps(x, y, ab[j]);
            aa[j] = _mm512_fmadd_ps(x, x, aa[j]);
            bb[j] = _mm512_fmadd_ps(y, y, bb[j]);
        }
    }
    [ab, aa, bb]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn zero() -> Sums {
    [_mm512_setzero_ps(); 4]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn quarter(block: &Block, j: usize) -> __m512 {
    let part = &block.as_chunks::<16>().0[j];
    // SAFETY: 16 readable values; this load asks for no alignment.
    unsafe { _mm512_loadu_ps(part.as_ptr()) }
}

/// Adds the partial sums in the fixed order.
#[target_feature(enable = "avx512f")]
#[inline]
fn total(sums: Sums) -> f32 {
    total_of_sixteen(sixteen(sums))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn sixteen(sums: Sums) -> __m512 {
    _mm512_add_ps(
        _mm512_add_ps(sums[0], sums[1]),
        _mm512_add_ps(sums[2], sums[3]),
    )
}

#[target_feature(enable = "avx512f")]
#[inline]
fn total_of_sixteen(sixteen: __m512) -> f32 {
    // In each group of four: 0 + 2 and 1 + 3, then those two.
    let pairs = _mm512_add_ps(
        sixteen,
        _mm512_shuffle_ps::<0b01_00_11_10>(sixteen, sixteen),
    );
    let groups = _mm512_add_ps(pairs, _mm512_shuffle_ps::<0b10_11_00_01>(pairs, pairs));
    // Groups 0 + 1 and 2 + 3, then those two.
    let halves = _mm512_add_ps(
        groups,
        _mm512_shuffle_f32x4::<0b10_11_00_01>(groups, groups),
    );
    let all = _mm512_add_ps(
        halves,
        _mm512_shuffle_f32x4::<0b01_00_11_10>(halves, halves),
    );
    _mm512_cvtss_f32(all)
}
