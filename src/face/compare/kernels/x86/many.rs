//! Which loops over many rows this processor can run.

use super::super::Block;
use super::super::many::{CodedProbe, CodedRows, Estimates};
use super::super::portable_many;
use super::{Features, Level, avx2_many, avx512_many};

impl Level {
    /// Sums of products of a vector with rows, one value a row, each as [`Level::dot`] has it. The
    /// rows are read in this many streams.
    pub(in crate::face) fn scores(
        self,
        vector: &[Block],
        rows: &[Block],
        streams: usize,
        out: &mut [f32],
    ) {
        match self.0 {
            // SAFETY: a `Level` with AVX-512 exists only where AVX-512F was found.
            Features::Avx512Vnni | Features::Avx512 => unsafe {
                avx512_many::scores(vector, rows, streams, out);
            },
            // SAFETY: a `Level` with AVX2 exists only where AVX2 and FMA were found.
            Features::Avx2 => unsafe { avx2_many::scores(vector, rows, streams, out) },
            Features::Portable => portable_many::scores(vector, rows, streams, out),
        }
    }

    /// Estimates for rows; the answer says whether one may reach the floor.
    pub(in crate::face) fn estimates(
        self,
        probe: &CodedProbe<'_>,
        rows: CodedRows<'_>,
        floor: f32,
        out: &mut Estimates,
    ) -> bool {
        match self.0 {
            // SAFETY: a `Level` with VNNI exists only where AVX-512F, BW and VNNI were found.
            Features::Avx512Vnni => unsafe { avx512_many::estimates(probe, rows, floor, out) },
            // SAFETY: there is a `Level` with AVX2 or AVX-512 only where AVX2 and FMA were found.
            Features::Avx512 | Features::Avx2 => unsafe {
                avx2_many::estimates(probe, rows, floor, out)
            },
            Features::Portable => portable_many::estimates(probe, rows, floor, out),
        }
    }
}
