//! Many rows with AVX-512. Sums of codes, which may be added in any order, are brought together
//! sixteen at once.

use std::arch::x86_64::*;

use super::super::Block;
use super::super::many::{
    BATCH, CodeBlock, CodedProbe, CodedRows, Estimates, estimate, interleave,
};
use super::avx512::dot_any;

/// One row after the other, so that all rows are read by the same few load instructions: a processor
/// that fetches ahead for each instruction sees small steps. For the same reason the loop over a row
/// is not made for a known length, which would be unrolled.
#[target_feature(enable = "avx512f")]
pub(super) fn scores(vector: &[Block], rows: &[Block], streams: usize, out: &mut [f32]) {
    let size = vector.len();
    interleave(out.len(), streams, |row| {
        out[row] = dot_any(vector, &rows[row * size..(row + 1) * size]);
    });
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn estimates(
    probe: &CodedProbe<'_>,
    rows: CodedRows<'_>,
    floor: f32,
    out: &mut Estimates,
) -> bool {
    let mut products = [0; BATCH];
    match probe.codes.len() {
        8 => code_products::<8>(probe.codes, rows, &mut products),
        2 => code_products::<2>(probe.codes, rows, &mut products),
        _ => code_products::<0>(probe.codes, rows, &mut products),
    }
    estimate(&products, probe, rows, floor, out)
}

/// The instruction multiplies unsigned by signed bytes: the probe's codes go in with 128 added,
/// and 128 times the sum of the row's codes comes off again. `SIZE` is the number of blocks where
/// it is worth a loop of its own, 0 for any.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn code_products<const SIZE: usize>(
    probe: &[CodeBlock],
    rows: CodedRows<'_>,
    out: &mut [i32; BATCH],
) {
    let size = if SIZE > 0 { SIZE } else { probe.len() };
    let probe = &probe[..size];
    let mut codes = rows.codes.chunks_exact((4 * size).max(1));
    let whole = rows.sums.len() / 16 * 16;
    let (sums, sums_left) = rows.sums.split_at(whole);
    let (out, out_left) = out.split_at_mut(whole);
    let sixteens = out.as_chunks_mut::<16>().0.iter_mut();
    for (out, sums) in sixteens.zip(sums.as_chunks::<16>().0) {
        let mut quads = [_mm512_setzero_si512(); 4];
        for (quad, four) in quads.iter_mut().zip(&mut codes) {
            let mut sums = [_mm512_setzero_si512(); 4];
            for (sum, row) in sums.iter_mut().zip(four.chunks_exact(size)) {
                *sum = add_code_products(probe, row);
            }
            *quad = join_code_rows(sums);
        }
        let products = join_code_quads(quads);
        // SAFETY: 16 readable and 16 writable values; neither asks for an alignment.
        unsafe {
            let sums = _mm512_slli_epi32::<7>(_mm512_loadu_si512(sums.as_ptr().cast()));
            _mm512_storeu_si512(out.as_mut_ptr().cast(), _mm512_sub_epi32(products, sums));
        }
    }
    let left = rows.codes.chunks_exact(size.max(1)).skip(whole);
    for ((row, sum), out) in left.zip(sums_left).zip(out_left) {
        *out = _mm512_reduce_add_epi32(add_code_products(probe, row)) - 128 * sum;
    }
}

/// Sums of products of four codes each, 16 of them.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
fn add_code_products(probe: &[CodeBlock], row: &[CodeBlock]) -> __m512i {
    let mut sums = _mm512_setzero_si512();
    for (a, b) in probe.iter().zip(row) {
        let a = _mm512_xor_si512(load_codes(a), _mm512_set1_epi8(-128));
        sums = _mm512_dpbusd_epi32(sums, a, load_codes(b));
    }
    sums
}

/// From 16 partial sums of each of four rows to four: group `g` holds those of places `4g` to
/// `4g + 3`, one row after the other.
#[target_feature(enable = "avx512f")]
#[inline]
fn join_code_rows(rows: [__m512i; 4]) -> __m512i {
    let pair = |a, b| _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let (first, second) = (pair(rows[0], rows[1]), pair(rows[2], rows[3]));
    _mm512_add_epi32(
        _mm512_unpacklo_epi64(first, second),
        _mm512_unpackhi_epi64(first, second),
    )
}

/// Adds the groups of each quad: sixteen sums in the order of the rows.
#[target_feature(enable = "avx512f")]
#[inline]
fn join_code_quads(quads: [__m512i; 4]) -> __m512i {
    let pair = |a, b| {
        _mm512_add_epi32(
            _mm512_shuffle_i32x4::<0x88>(a, b),
            _mm512_shuffle_i32x4::<0xdd>(a, b),
        )
    };
    pair(pair(quads[0], quads[1]), pair(quads[2], quads[3]))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_codes(codes: &CodeBlock) -> __m512i {
    // SAFETY: 64 readable bytes; this load asks for no alignment.
    unsafe { _mm512_loadu_si512(codes.as_ptr().cast()) }
}
