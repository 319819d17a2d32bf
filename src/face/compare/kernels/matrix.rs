//! Many vectors against many: every score once, handed to whoever wants it, and none kept.
//!
//! Here each sum of products is one chain over the dimensions, rounded up to twice each: with `d`
//! of them it is at most `2d·2^-24` away from the exact one; measured, no sum is further away than
//! 2e-6. Whoever needs the sum of the fixed order takes it from [`Level::dot`](super::Level).

use super::arch::fetch_to_write;
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

    /// Where `take` will write these scores, if it writes all of them to one place: memory that is
    /// on its way while a tile computes need not be waited for.
    #[inline(always)]
    fn destination(&self, _row: usize, _first: usize) -> Option<&[f32; RUN]> {
        None
    }
}

/// Probes side by side in panels: the first values of all probes of a panel, then the second
/// values. A panel is as wide as the loops of a level want it, the last one as narrow as it can be.
pub(in crate::face) struct Panels {
    values: Blocks,
    dimensions: usize,
    width: usize,
    /// Of all panels, a multiple of [`RUN`].
    total: usize,
}

impl Panels {
    /// `probes` all have this many values, padding included; `width` is a multiple of [`RUN`].
    pub(in crate::face) fn new(probes: &[&[f32]], dimensions: usize, width: usize) -> Self {
        let total = probes.len().next_multiple_of(RUN);
        let mut panels = Self {
            values: Blocks::zeros((total * dimensions).div_ceil(LANES)),
            dimensions,
            width,
            total,
        };
        let values = panels.values.values_mut();
        for (first, probes) in probes.chunks(width).enumerate() {
            let first = first * width;
            let width = width.min(total - first);
            let panel = &mut values[first * dimensions..][..width * dimensions];
            // Some values of each probe at a time: what is written then stays in the first cache.
            for (part_at, part) in panel.chunks_mut(RUN * width).enumerate() {
                for (at, probe) in probes.iter().enumerate() {
                    let from = probe.iter().skip(part_at * RUN);
                    for (to, value) in part.iter_mut().skip(at).step_by(width).zip(from) {
                        *to = *value;
                    }
                }
            }
        }
        panels
    }

    fn count(&self) -> usize {
        self.total.div_ceil(self.width)
    }

    /// A panel, and how wide it is; nothing past the last one.
    fn panel(&self, at: usize) -> (&[f32], usize) {
        let first = (at * self.width).min(self.total);
        let width = self.width.min(self.total - first);
        let values = &self.values.values()[first * self.dimensions..];
        (&values[..width * self.dimensions], width)
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

/// Rows that meet a panel.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "portable tiles have one shape")
)]
pub(super) struct Tile<'a> {
    /// `count` rows, one after the other.
    pub(super) rows: &'a [f32],
    pub(super) count: usize,
    /// For each value of a row those of `width` probes.
    pub(super) panel: &'a [f32],
    pub(super) width: usize,
    pub(super) ahead: Ahead<'a>,
}

/// Walks over rows and panels in tiles of `R` rows, and of one where fewer are left. `tile` computes
/// one into `N` runs of scores, enough for the widest panel: all runs of the first row, then
/// those of the next.
#[inline(always)]
pub(super) fn walk<const R: usize, const N: usize, S: Sink>(
    rows: Rows<'_>,
    panels: &Panels,
    sink: &mut S,
    tile: impl Fn(&Tile<'_>, &mut [[f32; RUN]]),
) {
    let stride = rows.stride.max(1);
    let tiles_per_block = (BLOCK_BYTES / (4 * stride * R)).max(1);
    let block = tiles_per_block * R * stride;
    let panel_count = panels.count();
    let mut scores = [[0.0; RUN]; N];
    for (block_at, block_rows) in rows.values.chunks(block).enumerate() {
        let next_block = rows
            .values
            .get((block_at + 1) * block..)
            .unwrap_or_default();
        for panel_at in 0..panel_count {
            let (panel, width) = panels.panel(panel_at);
            let (next_panel, _) = panels.panel(panel_at + 1);
            let (whole, left) = block_rows.split_at(block_rows.len() / (R * stride) * R * stride);
            let (tiles, left) = (whole.chunks(R * stride), left.chunks(stride));
            let mut row = block_at * tiles_per_block * R;
            for (tile_at, rows) in tiles.chain(left).enumerate() {
                // Each panel fetches its share of the next block's rows, each tile its share of
                // the next panel.
                let ahead = Ahead {
                    rows: share(next_block, tile_at, R * stride, panel_at, panel_count),
                    panel: share(next_panel, 0, next_panel.len(), tile_at, tiles_per_block),
                };
                let count = rows.len() / stride;
                for row in row..row + count {
                    for run in (0..width).step_by(RUN) {
                        let first = panel_at * panels.width + run;
                        if let Some(scores) = sink.destination(row, first) {
                            fetch_to_write(scores);
                        }
                    }
                }
                tile(
                    &Tile {
                        rows,
                        count,
                        panel,
                        width,
                        ahead,
                    },
                    &mut scores,
                );
                for runs in scores.chunks(width / RUN).take(count) {
                    for (at, run) in runs.iter().enumerate() {
                        sink.take(row, panel_at * panels.width + at * RUN, run);
                    }
                    row += 1;
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
