//! Vectors in memory as the loops want them.

use zeroize::{Zeroize, Zeroizing};

use super::LANES;

/// A block that starts at a cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Aligned<T>([T; LANES]);

impl<T: Zeroize> Zeroize for Aligned<T> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Blocks in one piece of memory, aligned to cache lines. Wiped on drop.
pub(in crate::face) struct Blocks<T: Zeroize = f32>(Zeroizing<Vec<Aligned<T>>>);

impl<T: Copy + Default + Zeroize> Blocks<T> {
    /// As many blocks as `values` fill, padded with zeros.
    pub(in crate::face) fn new(values: &[T]) -> Self {
        let mut blocks = Self::with_capacity(values.len().div_ceil(LANES));
        blocks.push(values);
        blocks
    }

    /// None yet, with room for `count`.
    pub(in crate::face) fn with_capacity(count: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(count)))
    }

    /// So many blocks of zeros.
    #[cfg(feature = "gallery")]
    pub(in crate::face) fn zeros(count: usize) -> Self {
        let zeros = Aligned([T::default(); LANES]);
        Self(Zeroizing::new(vec![zeros; count]))
    }

    /// Appends as many blocks as `values` fill, padded with zeros.
    pub(in crate::face) fn push(&mut self, values: &[T]) {
        let count = values.len().div_ceil(LANES);
        let len = self.0.len();
        if self.0.capacity() - len < count {
            // A vector that grows by itself leaves its values behind.
            let room = (len + count).max(2 * len);
            let mut larger = Zeroizing::new(Vec::with_capacity(room));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        for part in values.chunks(LANES) {
            let mut block = Aligned([T::default(); LANES]);
            block.0[..part.len()].copy_from_slice(part);
            self.0.push(block);
        }
    }

    #[inline]
    pub(in crate::face) fn as_slice(&self) -> &[[T; LANES]] {
        let aligned = self.0.as_slice();
        // SAFETY: `Aligned` is `repr(C)` around a block, whose 64 values make a multiple of its
        // alignment, so it has no padding: the memory is as many initialised blocks, borrowed for
        // as long as `self`.
        unsafe { std::slice::from_raw_parts(aligned.as_ptr().cast(), aligned.len()) }
    }

    /// The values with the padding.
    pub(in crate::face) fn values(&self) -> &[T] {
        self.as_slice().as_flattened()
    }

    /// The values with the padding, which must stay zero.
    pub(in crate::face) fn values_mut(&mut self) -> &mut [T] {
        let aligned = self.0.as_mut_slice();
        // SAFETY: as above, and borrowed mutably.
        let blocks: &mut [[T; LANES]] =
            unsafe { std::slice::from_raw_parts_mut(aligned.as_mut_ptr().cast(), aligned.len()) };
        blocks.as_flattened_mut()
    }
}
