//! AVX-512F: a quarter of a block in one register.

use std::arch::x86_64::*;

use super::super::{Block, padded};
use super::avx2::total_of_four;

/// The four quarters of the partial sums.
type Sums = [__m512; 4];

#[target_feature(enable = "avx512f")]
pub(super) fn dot(a: &[Block], b: &[Block]) -> f32 {
    // The shortest vectors of known models are worth a loop of known length.
    if let (Ok(a), Ok(b)) = (<&[Block; 2]>::try_from(a), b.try_into()) {
        let b: &[Block; 2] = b;
        return total(accumulate(zero(), a, b));
    }
    dot_any(a, b)
}

#[target_feature(enable = "avx512f")]
pub(super) fn dot4(a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
    let fours = fold_rows(sixteens(a, rows));
    // Places 2 and 3 of each group onto 0 and 1, then 1 onto 0.
    let twos = _mm512_add_ps(fours, _mm512_permute_ps::<0b11_10_11_10>(fours));
    let ones = _mm512_add_ps(twos, _mm512_movehdup_ps(twos));
    let first_of_each = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    let ones = _mm512_castps512_ps128(_mm512_permutexvar_ps(first_of_each, ones));
    let mut scores = [0.0; 4];
    // SAFETY: four writable values; this store asks for no alignment.
    unsafe { _mm_storeu_ps(scores.as_mut_ptr(), ones) };
    scores
}

/// Four vectors at once, each down to 16 partial sums.
#[target_feature(enable = "avx512f")]
#[inline]
fn sixteens(a: &[Block], rows: [&[Block]; 4]) -> [__m512; 4] {
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

/// Folds the partial sums in half until one is left.
#[target_feature(enable = "avx512f")]
#[inline]
fn total(sums: Sums) -> f32 {
    let sixteen = sixteen(sums);
    let upper = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(sixteen));
    let eight = _mm256_add_ps(_mm512_castps512_ps256(sixteen), _mm256_castpd_ps(upper));
    let four = _mm_add_ps(
        _mm256_castps256_ps128(eight),
        _mm256_extractf128_ps::<1>(eight),
    );
    total_of_four(four)
}

/// [`dot`] without loops of known length.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn dot_any(a: &[Block], b: &[Block]) -> f32 {
    total(accumulate(zero(), a, b))
}

/// The quarters folded in half twice.
#[target_feature(enable = "avx512f")]
#[inline]
fn sixteen(sums: Sums) -> __m512 {
    _mm512_add_ps(
        _mm512_add_ps(sums[0], sums[2]),
        _mm512_add_ps(sums[1], sums[3]),
    )
}

/// Folds 16 partial sums of each of four rows in half twice: group `r` has what is left of row `r`.
#[target_feature(enable = "avx512f")]
#[inline]
fn fold_rows(rows: [__m512; 4]) -> __m512 {
    let [a, b, c, d] = rows;
    // Groups 0 and 1 of each onto its groups 2 and 3.
    let half = |a, b| {
        _mm512_add_ps(
            _mm512_shuffle_f32x4::<0x44>(a, b),
            _mm512_shuffle_f32x4::<0xee>(a, b),
        )
    };
    let (ab, cd) = (half(a, b), half(c, d));
    _mm512_add_ps(
        _mm512_shuffle_f32x4::<0x88>(ab, cd),
        _mm512_shuffle_f32x4::<0xdd>(ab, cd),
    )
}
