//! One vector against many in one piece of memory, and the same with codes of one byte.

use super::{Block, LANES};

/// Most rows of one call.
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

/// Loops over many rows, at one level.
pub(in crate::face) struct Many {
    /// Sums of products of a vector with rows, into the second slice, one value a row, each as
    /// [`dot`](super::Pairwise::dot) has it.
    pub(in crate::face) scores: fn(&[Block], &[Block], &mut [f32]),
    /// Estimates for rows; the answer says whether one may reach the floor.
    pub(in crate::face) estimates: fn(&CodedProbe<'_>, CodedRows<'_>, f32, &mut Estimates) -> bool,
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
