//! One vector against many in one piece of memory, and the same with codes of one byte.

use super::LANES;

/// Most rows of one call for sums of products: their sums stay in the first cache.
pub(in crate::face) const ROWS: usize = 4096;

/// Blocks of one call for sums of products, 2 MiB: enough for long streams.
const BLOCKS: usize = 8192;

/// Rows of how many blocks come faster in one stream: those that stay in the caches near the
/// processor.
const NEAR: usize = 16_384;

/// How many rows of `size` blocks to give to one call for sums of products.
pub(in crate::face) fn rows_per_call(size: usize) -> usize {
    (BLOCKS / size.max(1)).clamp(BATCH, ROWS)
}

/// In how many streams to read a gallery of this many blocks. One after the other, rows that come
/// from memory keep too little of it busy; in more than two streams they are no faster, and slower
/// where others use the memory too. Rows beside each other at once are no help: they share
/// pages, and a processor that fetches ahead page by page loses track.
pub(in crate::face) fn streams(blocks: usize) -> usize {
    if blocks <= NEAR { 1 } else { 2 }
}

/// Calls `each` for every row from 0 to `count`, in `streams` equal parts at the same time, the
/// remainder last.
#[inline(always)]
pub(super) fn interleave(count: usize, streams: usize, mut each: impl FnMut(usize)) {
    let part = count / streams.max(1);
    for i in 0..part {
        for stream in 0..streams {
            each(stream * part + i);
        }
    }
    (part * streams..count).for_each(each);
}

/// Most rows of one call for estimates.
pub(in crate::face) const BATCH: usize = 64;

/// The codes of as many values as a block has.
pub(in crate::face) type CodeBlock = [i8; LANES];

/// A probe in codes and what its estimates are made with.
pub(in crate::face) struct CodedProbe<'a> {
    pub(in crate::face) codes: &'a [CodeBlock],
    pub(in crate::face) scale: f32,
    /// The error of an estimate is at most `per_error * error of the row + fixed`.
    pub(in crate::face) per_error: f32,
    pub(in crate::face) fixed: f32,
}

/// Up to [`BATCH`] rows in codes; the slices have one entry a row, `codes` as many blocks a row as
/// the probe has.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "one loop needs the sums")
)]
pub(in crate::face) struct CodedRows<'a> {
    pub(in crate::face) codes: &'a [CodeBlock],
    pub(in crate::face) scales: &'a [f32],
    /// Sums of the codes.
    pub(in crate::face) sums: &'a [i32],
    /// Lengths of what the codes leave of the rows.
    pub(in crate::face) errors: &'a [f32],
}

/// Estimates of scores, and how far each may be from the score.
pub(in crate::face) struct Estimates {
    pub(in crate::face) scores: [f32; BATCH],
    pub(in crate::face) errors: [f32; BATCH],
}

/// From sums of products of codes to estimates. In every level's loop, so that it is compiled
/// for that level.
#[inline(always)]
pub(super) fn estimate(
    products: &[i32; BATCH],
    probe: &CodedProbe<'_>,
    rows: CodedRows<'_>,
    floor: f32,
    out: &mut Estimates,
) -> bool {
    // A number of rows that the compiler knows is worth a loop of its own.
    if rows.scales.len() == BATCH {
        return estimate_rows(BATCH, products, probe, rows, floor, out);
    }
    let count = rows.scales.len().min(BATCH);
    estimate_rows(count, products, probe, rows, floor, out)
}

#[inline(always)]
fn estimate_rows(
    count: usize,
    products: &[i32; BATCH],
    probe: &CodedProbe<'_>,
    rows: CodedRows<'_>,
    floor: f32,
    out: &mut Estimates,
) -> bool {
    let (products, scales) = (&products[..count], &rows.scales[..count]);
    let errors = &rows.errors[..count];
    let (out_scores, out_errors) = (&mut out.scores[..count], &mut out.errors[..count]);
    let mut reaches = false;
    for i in 0..count {
        let score = products[i] as f32 * (scales[i] * probe.scale);
        let error = errors[i] * probe.per_error + probe.fixed;
        reaches |= score + error >= floor;
        out_scores[i] = score;
        out_errors[i] = error;
    }
    reaches
}
