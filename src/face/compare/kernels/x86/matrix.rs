//! Many against many on x86-64: sums stay in registers over all dimensions, one value of a row
//! meets a register of probes.

use std::arch::x86_64::*;

use super::super::matrix::{Ahead, Panels, Rows, Sink, walk};
use super::super::portable_matrix;
use super::{Features, Level};

/// Probes of a panel with AVX-512: four registers.
const WIDTH_512: usize = 64;
/// Probes of a panel with AVX2: two registers.
const WIDTH_256: usize = 16;
/// Rows of a tile. With both widths this leaves registers for the probes and the row's value.
const TILE: usize = 6;
/// Values that are fetched with one another.
const LINE: usize = 16;
/// Dimensions between two fetches.
const STEP: usize = 8;

impl Level {
    /// How wide the panels of [`Level::matrix`] are.
    pub(in crate::face) fn panel_width(self) -> usize {
        match self.0 {
            Features::Portable => portable_matrix::WIDTH,
            Features::Avx2 => WIDTH_256,
            Features::Avx512 | Features::Avx512Vnni => WIDTH_512,
        }
    }

    /// The scores of all rows with all probes; the panels have the width of this level.
    pub(in crate::face) fn matrix<S: Sink>(self, rows: Rows<'_>, panels: &Panels, sink: &mut S) {
        match self.0 {
            Features::Portable => portable_matrix::matrix(rows, panels, sink),
            // SAFETY: a `Level` with AVX2 exists only where AVX2 and FMA were found.
            Features::Avx2 => unsafe { matrix_256(rows, panels, sink) },
            // SAFETY: a `Level` with AVX-512 exists only where AVX-512F was found.
            Features::Avx512 | Features::Avx512Vnni => unsafe { matrix_512(rows, panels, sink) },
        }
    }
}

#[target_feature(enable = "avx512f")]
fn matrix_512<S: Sink>(rows: Rows<'_>, panels: &Panels, sink: &mut S) {
    walk::<TILE, WIDTH_512, S>(rows, panels, sink, |rows, panel, ahead, scores| {
        tile_512(rows, panel, ahead, scores);
    });
}

#[target_feature(enable = "avx512f")]
#[inline]
fn tile_512(
    rows: [&[f32]; TILE],
    panel: &[[f32; WIDTH_512]],
    ahead: Ahead<'_>,
    scores: &mut [[f32; WIDTH_512]; TILE],
) {
    let [r0, r1, r2, r3, r4, r5] = rows.map(|row| &row[..panel.len()]);
    let mut fetcher = Fetcher::new(ahead, panel.len());
    let mut sums = [[_mm512_setzero_ps(); 4]; TILE];
    for (k, probes) in panel.iter().enumerate() {
        if k % STEP == 0 {
            fetcher.fetch();
            fetch_rows(rows, k);
        }
        let (parts, _) = probes.as_chunks::<16>();
        let mut of_probes = [_mm512_setzero_ps(); 4];
        for (to, part) in of_probes.iter_mut().zip(parts) {
            // SAFETY: 16 readable values; this load asks for no alignment.
            *to = unsafe { _mm512_loadu_ps(part.as_ptr()) };
        }
        let of_rows = [r0[k], r1[k], r2[k], r3[k], r4[k], r5[k]];
        for (sums, value) in sums.iter_mut().zip(of_rows) {
            let value = _mm512_set1_ps(value);
            for (sum, probes) in sums.iter_mut().zip(of_probes) {
                *sum = _mm512_fmadd_ps(value, probes, *sum);
            }
        }
    }
    for (scores, sums) in scores.iter_mut().zip(sums) {
        for (part, sum) in scores.as_chunks_mut::<16>().0.iter_mut().zip(sums) {
            // SAFETY: 16 writable values; this store asks for no alignment.
            unsafe { _mm512_storeu_ps(part.as_mut_ptr(), sum) }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn matrix_256<S: Sink>(rows: Rows<'_>, panels: &Panels, sink: &mut S) {
    walk::<TILE, WIDTH_256, S>(rows, panels, sink, |rows, panel, ahead, scores| {
        tile_256(rows, panel, ahead, scores);
    });
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn tile_256(
    rows: [&[f32]; TILE],
    panel: &[[f32; WIDTH_256]],
    ahead: Ahead<'_>,
    scores: &mut [[f32; WIDTH_256]; TILE],
) {
    let [r0, r1, r2, r3, r4, r5] = rows.map(|row| &row[..panel.len()]);
    let mut fetcher = Fetcher::new(ahead, panel.len());
    let mut sums = [[_mm256_setzero_ps(); 2]; TILE];
    for (k, probes) in panel.iter().enumerate() {
        if k % STEP == 0 {
            fetcher.fetch();
            fetch_rows(rows, k);
        }
        let (parts, _) = probes.as_chunks::<8>();
        let mut of_probes = [_mm256_setzero_ps(); 2];
        for (to, part) in of_probes.iter_mut().zip(parts) {
            // SAFETY: 8 readable values; this load asks for no alignment.
            *to = unsafe { _mm256_loadu_ps(part.as_ptr()) };
        }
        let of_rows = [r0[k], r1[k], r2[k], r3[k], r4[k], r5[k]];
        for (sums, value) in sums.iter_mut().zip(of_rows) {
            let value = _mm256_set1_ps(value);
            for (sum, probes) in sums.iter_mut().zip(of_probes) {
                *sum = _mm256_fmadd_ps(value, probes, *sum);
            }
        }
    }
    for (scores, sums) in scores.iter_mut().zip(sums) {
        for (part, sum) in scores.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
            // SAFETY: 8 writable values; this store asks for no alignment.
            unsafe { _mm256_storeu_ps(part.as_mut_ptr(), sum) }
        }
    }
}

/// Brings what later tiles read into the second cache, spread evenly over a tile.
struct Fetcher<'a> {
    ahead: Ahead<'a>,
    rows_per_step: usize,
    panel_per_step: usize,
}

impl<'a> Fetcher<'a> {
    #[inline(always)]
    fn new(ahead: Ahead<'a>, dimensions: usize) -> Self {
        let steps = dimensions.div_ceil(STEP).max(1);
        let lines = |values: &[f32]| values.len().div_ceil(LINE).div_ceil(steps);
        Self {
            ahead,
            rows_per_step: lines(ahead.rows),
            panel_per_step: lines(ahead.panel),
        }
    }

    #[inline(always)]
    fn fetch(&mut self) {
        for _ in 0..self.rows_per_step {
            self.ahead.rows = fetch_line(self.ahead.rows);
        }
        for _ in 0..self.panel_per_step {
            self.ahead.panel = fetch_line(self.ahead.panel);
        }
    }
}

/// Fetches the first line, and returns the rest.
#[inline(always)]
fn fetch_line(values: &[f32]) -> &[f32] {
    // SAFETY: a prefetch reads nothing that the program sees and never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(values.as_ptr().cast()) };
    values.get(LINE..).unwrap_or_default()
}

/// Brings the lines after the one at `k` into the first cache, those of even rows at the start of
/// a line and those of odd ones in its middle.
#[inline(always)]
fn fetch_rows(rows: [&[f32]; TILE], k: usize) {
    let turn = k / STEP % 2;
    for row in rows.iter().skip(turn).step_by(2) {
        let next = row.as_ptr().wrapping_add(k / LINE * LINE + LINE);
        // SAFETY: a prefetch reads nothing that the program sees and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(next.cast()) };
    }
}
