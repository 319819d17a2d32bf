//! Vectors in memory as the loops want them.

use zeroize::{Zeroize, Zeroizing};

use super::{Block, LANES};

/// A block that starts at a cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Aligned(Block);

impl Zeroize for Aligned {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Blocks in one piece of memory, aligned to cache lines. Wiped on drop.
pub(in crate::face) struct Blocks(Zeroizing<Vec<Aligned>>);

impl Blocks {
    /// As many blocks as `values` fill, padded with zeros.
    pub(in crate::face) fn new(values: &[f32]) -> Self {
        let count = values.len().div_ceil(LANES);
        let mut blocks = Self(Zeroizing::new(vec![Aligned([0.0; LANES]); count]));
        for (to, from) in blocks.values_mut().iter_mut().zip(values) {
            *to = *from;
        }
        blocks
    }

    pub(in crate::face) fn as_slice(&self) -> &[Block] {
        let aligned = self.0.as_slice();
        // SAFETY: `Aligned` is `repr(C)` around a `Block` and, with 256 bytes, a multiple of its
        // alignment, so it has no padding: the memory is as many initialised `Block`s, borrowed
        // for as long as `self`.
        unsafe { std::slice::from_raw_parts(aligned.as_ptr().cast(), aligned.len()) }
    }

    /// The values with the padding.
    pub(in crate::face) fn values(&self) -> &[f32] {
        self.as_slice().as_flattened()
    }

    /// The values with the padding, which must stay zero.
    pub(in crate::face) fn values_mut(&mut self) -> &mut [f32] {
        let aligned = self.0.as_mut_slice();
        // SAFETY: as above, and borrowed mutably.
        let blocks: &mut [Block] =
            unsafe { std::slice::from_raw_parts_mut(aligned.as_mut_ptr().cast(), aligned.len()) };
        blocks.as_flattened_mut()
    }
}
