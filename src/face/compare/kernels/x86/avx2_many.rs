//! Many rows with AVX2 and FMA.

use std::arch::x86_64::*;

use super::super::Block;
use super::super::many::{
    BATCH, CodeBlock, CodedProbe, CodedRows, Estimates, estimate, interleave,
};
use super::avx2::dot;

/// One row after the other, so that all rows are read by the same few load instructions: a processor
/// that fetches ahead for each instruction sees small steps. For the same reason the loop over a row
/// is not made for a known length, which would be unrolled.
#[target_feature(enable = "avx2,fma")]
pub(super) fn scores(vector: &[Block], rows: &[Block], streams: usize, out: &mut [f32]) {
    let size = vector.len();
    interleave(out.len(), streams, |row| {
        out[row] = dot(vector, &rows[row * size..(row + 1) * size]);
    });
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn estimates(
    probe: &CodedProbe<'_>,
    rows: CodedRows<'_>,
    floor: f32,
    out: &mut Estimates,
) -> bool {
    let mut products = [0; BATCH];
    let codes = rows.codes.chunks_exact(probe.codes.len().max(1));
    for (row, product) in codes.zip(&mut products) {
        *product = code_product(probe.codes, row);
    }
    estimate(&products, probe, rows, floor, out)
}

/// The instruction multiplies unsigned by signed bytes and adds two products with saturation at
/// 16 bits: it gets the size of one factor and the other with the sign of both. Codes are -127 to
/// 127, so two products are at most 32,258 and nothing saturates.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn code_product(probe: &[CodeBlock], row: &[CodeBlock]) -> i32 {
    let one = _mm256_set1_epi16(1);
    let mut sums = [_mm256_setzero_si256(); 2];
    for (a, b) in probe.iter().zip(row) {
        for (half, sum) in sums.iter_mut().enumerate() {
            let (a, b) = (load_codes(a, half), load_codes(b, half));
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, one));
        }
    }
    let eight = _mm256_add_epi32(sums[0], sums[1]);
    let four = _mm_add_epi32(
        _mm256_castsi256_si128(eight),
        _mm256_extracti128_si256::<1>(eight),
    );
    let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
    let one = _mm_add_epi32(two, _mm_shuffle_epi32::<0b10_11_00_01>(two));
    _mm_cvtsi128_si32(one)
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_codes(codes: &CodeBlock, half: usize) -> __m256i {
    let part = &codes.as_chunks::<32>().0[half];
    // SAFETY: 32 readable bytes; this load asks for no alignment.
    unsafe { _mm256_loadu_si256(part.as_ptr().cast()) }
}
