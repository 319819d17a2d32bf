//! Many rows, for every processor, without intrinsics.

use super::many::{BATCH, CodedProbe, CodedRows, Estimates, estimate, interleave};
use super::{Block, portable};

pub(super) fn scores(vector: &[Block], rows: &[Block], streams: usize, out: &mut [f32]) {
    let size = vector.len();
    interleave(out.len(), streams, |row| {
        out[row] = portable::dot(vector, &rows[row * size..(row + 1) * size]);
    });
}

pub(super) fn estimates(
    probe: &CodedProbe<'_>,
    rows: CodedRows<'_>,
    floor: f32,
    out: &mut Estimates,
) -> bool {
    let mut products = [0; BATCH];
    let codes = rows.codes.chunks_exact(probe.codes.len().max(1));
    for (row, product) in codes.zip(&mut products) {
        let (a, b) = (probe.codes.as_flattened(), row.as_flattened());
        let sum = a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b));
        *product = sum.sum();
    }
    estimate(&products, probe, rows, floor, out)
}
