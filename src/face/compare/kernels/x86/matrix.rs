//! Many against many on x86-64: sums stay in registers over all dimensions, one value of a row
//! meets a register of probes.

use std::arch::x86_64::*;

use super::super::matrix::{Ahead, Panels, RUN, Rows, Sink, walk};
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
/// Dimensions between two fetches: half a line.
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
    walk::<TILE, { TILE * WIDTH_512 / RUN }, S>(rows, panels, sink, |tile, scores| {
        let (rows, panel, ahead) = (tile.rows, tile.panel, tile.ahead);
        match (tile.count, tile.width / RUN) {
            (TILE, 4) => tile_512::<TILE, 4>(rows, panel, ahead, scores),
            (TILE, 3) => tile_512::<TILE, 3>(rows, panel, ahead, scores),
            (TILE, 2) => tile_512::<TILE, 2>(rows, panel, ahead, scores),
            (TILE, _) => tile_512::<TILE, 1>(rows, panel, ahead, scores),
            (_, 4) => tile_512::<1, 4>(rows, panel, ahead, scores),
            (_, 3) => tile_512::<1, 3>(rows, panel, ahead, scores),
            (_, 2) => tile_512::<1, 2>(rows, panel, ahead, scores),
            _ => tile_512::<1, 1>(rows, panel, ahead, scores),
        }
    });
}

/// `R` rows and `V` registers of probes.
#[target_feature(enable = "avx512f")]
fn tile_512<const R: usize, const V: usize>(
    rows: &[f32],
    panel: &[f32],
    ahead: Ahead<'_>,
    scores: &mut [[f32; RUN]],
) {
    let stride = rows.len() / R;
    assert!(stride.is_multiple_of(STEP) && panel.len() == 16 * V * stride);
    let [mut next_rows, mut next_panel] =
        [ahead.rows, ahead.panel].map(|values| Fetcher::new(values, stride / STEP));
    let mut sums = [[_mm512_setzero_ps(); V]; R];
    for step in (0..stride).step_by(STEP) {
        next_rows.fetch();
        next_panel.fetch();
        fetch_rows::<R>(rows, stride, step);
        for k in step..step + STEP {
            let mut probes = [_mm512_setzero_ps(); V];
            for (v, probes) in probes.iter_mut().enumerate() {
                // SAFETY: `k` is below the stride and `v` below `V`, so by the length asserted above
                // there are 16 readable values; this load asks for no alignment.
                *probes = unsafe { _mm512_loadu_ps(panel.as_ptr().add(16 * (k * V + v))) };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `k` is below the stride and `r` below `R`, and there are `R` rows.
                let value = _mm512_set1_ps(unsafe { *rows.get_unchecked(r * stride + k) });
                for (sum, probes) in sums.iter_mut().zip(probes) {
                    *sum = _mm512_fmadd_ps(value, probes, *sum);
                }
            }
        }
    }
    let (parts, _) = scores.as_flattened_mut().as_chunks_mut::<16>();
    for (part, sum) in parts.iter_mut().zip(sums.as_flattened()) {
        // SAFETY: 16 writable values; this store asks for no alignment.
        unsafe { _mm512_storeu_ps(part.as_mut_ptr(), *sum) }
    }
}

#[target_feature(enable = "avx2,fma")]
fn matrix_256<S: Sink>(rows: Rows<'_>, panels: &Panels, sink: &mut S) {
    walk::<TILE, { TILE * WIDTH_256 / RUN }, S>(rows, panels, sink, |tile, scores| {
        let (rows, panel, ahead) = (tile.rows, tile.panel, tile.ahead);
        match tile.count {
            TILE => tile_256::<TILE, 2>(rows, panel, ahead, scores),
            _ => tile_256::<1, 2>(rows, panel, ahead, scores),
        }
    });
}

/// `R` rows and `V` registers of probes.
#[target_feature(enable = "avx2,fma")]
fn tile_256<const R: usize, const V: usize>(
    rows: &[f32],
    panel: &[f32],
    ahead: Ahead<'_>,
    scores: &mut [[f32; RUN]],
) {
    let stride = rows.len() / R;
    assert!(stride.is_multiple_of(STEP) && panel.len() == 8 * V * stride);
    let [mut next_rows, mut next_panel] =
        [ahead.rows, ahead.panel].map(|values| Fetcher::new(values, stride / STEP));
    let mut sums = [[_mm256_setzero_ps(); V]; R];
    for step in (0..stride).step_by(STEP) {
        next_rows.fetch();
        next_panel.fetch();
        fetch_rows::<R>(rows, stride, step);
        for k in step..step + STEP {
            let mut probes = [_mm256_setzero_ps(); V];
            for (v, probes) in probes.iter_mut().enumerate() {
                // SAFETY: `k` is below the stride and `v` below `V`, so by the length asserted above
                // there are 8 readable values; this load asks for no alignment.
                *probes = unsafe { _mm256_loadu_ps(panel.as_ptr().add(8 * (k * V + v))) };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `k` is below the stride and `r` below `R`, and there are `R` rows.
                let value = _mm256_set1_ps(unsafe { *rows.get_unchecked(r * stride + k) });
                for (sum, probes) in sums.iter_mut().zip(probes) {
                    *sum = _mm256_fmadd_ps(value, probes, *sum);
                }
            }
        }
    }
    let (parts, _) = scores.as_flattened_mut().as_chunks_mut::<8>();
    for (part, sum) in parts.iter_mut().zip(sums.as_flattened()) {
        // SAFETY: 8 writable values; this store asks for no alignment.
        unsafe { _mm256_storeu_ps(part.as_mut_ptr(), *sum) }
    }
}

/// Brings what later tiles read into the second cache, spread evenly over the steps of a tile.
struct Fetcher {
    next: *const f32,
    values_per_step: usize,
    lines_per_step: usize,
}

impl Fetcher {
    #[inline(always)]
    fn new(values: &[f32], steps: usize) -> Self {
        let values_per_step = values.len().div_ceil(steps.max(1));
        Self {
            next: values.as_ptr(),
            values_per_step,
            lines_per_step: values_per_step.div_ceil(LINE),
        }
    }

    /// Fetches the share of one step. A share that is shorter than a line fetches one that may be
    /// there already: that costs less than an address outside of the program's memory, which a
    /// processor looks for in its page tables every time.
    #[inline(always)]
    fn fetch(&mut self) {
        for line in 0..self.lines_per_step {
            fetch_line::<_MM_HINT_T1>(self.next.wrapping_add(line * LINE));
        }
        self.next = self.next.wrapping_add(self.values_per_step);
    }
}

/// Brings the next line of each row into the first cache, those of even rows at the start of a line
/// and those of odd ones in its middle.
#[inline(always)]
fn fetch_rows<const R: usize>(rows: &[f32], stride: usize, step: usize) {
    let next_line = step / LINE * LINE + LINE;
    for r in (step / STEP % 2..R).step_by(2) {
        fetch_line::<_MM_HINT_T0>(rows.as_ptr().wrapping_add(r * stride + next_line));
    }
}

/// Brings the line of a score into the first cache, to be written.
#[inline(always)]
pub(in super::super) fn fetch_to_write(scores: &[f32; RUN]) {
    // SAFETY: a prefetch reads nothing that the program sees and never faults.
    unsafe { _mm_prefetch::<_MM_HINT_ET0>(scores.as_ptr().cast()) };
}

#[inline(always)]
fn fetch_line<const HINT: i32>(at: *const f32) {
    // SAFETY: a prefetch reads nothing that the program sees and never faults.
    unsafe { _mm_prefetch::<HINT>(at.cast()) };
}
