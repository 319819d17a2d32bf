//! Many vectors against many: every score once, handed to whoever wants it, and none kept.
//!
//! Here each sum of products is one chain over the dimensions, rounded up to twice each: with `d`
//! of them it is at most `2d·2^-24` away from the exact one; measured, no sum is further away than
//! 2e-6. Whoever needs the sums of [`Pairwise`](super::Pairwise) takes the sum from there.

use super::{Blocks, LANES};

/// How many scores a sink gets at once.
pub(in crate::face) const RUN: usize = 16;

/// Most bytes of rows that are compared with all probes before the next rows are: they stay in
/// the second cache.
const BLOCK_BYTES: usize = 240 << 10;

/// Takes scores as they come.
pub(in crate::face) trait Sink {
    /// The scores of a row with the probes from `first` on. Past the last probe they mean nothing.
    fn take(&mut self, row: usize, first: usize, scores: &[f32; RUN]);
}

/// Probes in panels of `width`: in each, the first values of all, then the second values.
pub(in crate::face) struct Panels {
    values: Blocks,
    dimensions: usize,
    width: usize,
}

impl Panels {
    /// `probes` all have this many dimensions.
    pub(in crate::face) fn new(probes: &[&[f32]], dimensions: usize, width: usize) -> Self {
        let panels = probes.len().div_ceil(width);
        let mut values = Blocks::zeros((panels * dimensions * width).div_ceil(LANES));
        let to = values.values_mut();
        for (at, probe) in probes.iter().enumerate() {
            let start = at / width * dimensions * width + at % width;
            for (k, value) in probe.iter().enumerate() {
                to[start + k * width] = *value;
            }
        }
        Self {
            values,
            dimensions,
            width,
        }
    }

    fn iter(&self) -> impl Iterator<Item = &[f32]> {
        let size = (self.dimensions * self.width).max(1);
        self.values.values().chunks_exact(size)
    }
}

/// The rows of a gallery, one after the other, each with its padding.
#[derive(Clone, Copy)]
pub(in crate::face) struct Rows<'a> {
    pub(in crate::face) values: &'a [f32],
    /// From one row to the next.
    pub(in crate::face) stride: usize,
}

/// What a tile fetches while it computes, so that it is there for a later one.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "no portable prefetch")
)]
pub(super) struct Ahead<'a> {
    pub(super) rows: &'a [f32],
    pub(super) panel: &'a [f32],
}

/// Walks over rows and panels in tiles of `R` rows and `W` probes. `tile` computes one: values of
/// rows, a panel, what to fetch, and where the scores go.
#[inline(always)]
pub(super) fn walk<const R: usize, const W: usize, S: Sink>(
    rows: Rows<'_>,
    panels: &Panels,
    sink: &mut S,
    tile: impl Fn([&[f32]; R], &[[f32; W]], Ahead<'_>, &mut [[f32; W]; R]),
) {
    let (stride, dimensions) = (rows.stride.max(1), panels.dimensions);
    let tiles_per_block = (BLOCK_BYTES / (4 * stride * R)).max(1);
    let block = tiles_per_block * R * stride;
    let count = panels.iter().count();
    let mut scores = [[0.0; W]; R];
    for (block_at, block_rows) in rows.values.chunks(block).enumerate() {
        let next_block = rows
            .values
            .get((block_at + 1) * block..)
            .unwrap_or_default();
        for (panel_at, panel) in panels.iter().enumerate() {
            let (panel, _) = panel.as_chunks::<W>();
            let next_panel = panels.iter().nth(panel_at + 1).unwrap_or_default();
            for (tile_at, tile_rows) in block_rows.chunks(R * stride).enumerate() {
                let there = tile_rows.len() / stride;
                // Rows that are missing in the last tile are replaced by its last one.
                let picked = std::array::from_fn(|r| {
                    let start = r.min(there - 1) * stride;
                    &tile_rows[start..start + dimensions]
                });
                // Each panel fetches its share of the next block's rows, each tile its share of
                // the next panel.
                let ahead = Ahead {
                    rows: share(next_block, tile_at, R * stride, panel_at, count),
                    panel: share(next_panel, 0, next_panel.len(), tile_at, tiles_per_block),
                };
                tile(picked, panel, ahead, &mut scores);
                let first_row = block_at * tiles_per_block * R + tile_at * R;
                for (r, of_row) in scores.iter().take(there).enumerate() {
                    for (run, of_run) in of_row.as_chunks::<RUN>().0.iter().enumerate() {
                        sink.take(first_row + r, panel_at * W + run * RUN, of_run);
                    }
                }
            }
        }
    }
}

/// Part `part` of `parts` of piece `at`, where pieces have `size` values.
#[inline(always)]
fn share(values: &[f32], at: usize, size: usize, part: usize, parts: usize) -> &[f32] {
    let length = size.div_ceil(parts.max(1)).next_multiple_of(RUN);
    let start = (at * size + part * length).min(values.len());
    let end = (start + length).min((at + 1) * size).min(values.len());
    values.get(start..end).unwrap_or_default()
}
