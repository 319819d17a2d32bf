//! The loops that comparison is made of, for each level of the processor.
//!
//! *Contract*: vectors come as whole blocks of 64 values, padded with zeros, so that no loop has a
//! tail. Every sum of products is taken in one fixed order: 64 partial sums, one for each place in
//! a block, each a chain of fused multiply-adds; then `(s[i] + s[16 + i]) + (s[32 + i] + s[48 + i])`
//! gives 16; then `(t[4g] + t[4g + 2]) + (t[4g + 1] + t[4g + 3])` gives four; then
//! `(u[0] + u[1]) + (u[2] + u[3])`. All levels keep it, so a score depends neither on the processor
//! nor on how many vectors were compared in one call.
//!
//! Of two vectors of unit length with `d` dimensions the sum is at most `(d / 64 + 6) * 2^-24` away
//! from the exact one, 8.4e-7 for 512; measured, no sum is further away than 2e-7.
//!
//! This folder is the only one of the library with `unsafe` code: loads through pointers, calls
//! into functions made for a processor feature, and the view of aligned storage as blocks.
#![allow(
    unsafe_code,
    reason = "std::arch: loads and calls by processor feature, each with its reason"
)]

#[cfg_attr(not(target_arch = "x86_64"), path = "other.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86/mod.rs")]
mod arch;
#[cfg(feature = "gallery")]
pub(in crate::face) mod many;
#[cfg(feature = "gallery")]
pub(in crate::face) mod matrix;
mod portable;
#[cfg(feature = "gallery")]
mod portable_many;
#[cfg(feature = "gallery")]
mod portable_matrix;
mod storage;

use std::sync::LazyLock;

pub use arch::Level;
pub(in crate::face) use storage::Blocks;

/// Values of a block.
pub(in crate::face) const LANES: usize = 64;

/// What loops walk over.
pub(in crate::face) type Block = [f32; LANES];

/// Sums of products of vectors, at one level. Only a [`Level`] gives a table out, so whoever has
/// one has a processor that can run what is in it.
pub(in crate::face) struct Pairwise {
    dot: unsafe fn(&[Block], &[Block]) -> f32,
    dot4: unsafe fn(&[Block], [&[Block]; 4]) -> [f32; 4],
    products: unsafe fn(&[f32], &[f32]) -> [f32; 3],
}

impl Pairwise {
    /// Of two vectors of equal length.
    #[inline]
    pub(in crate::face) fn dot(&self, a: &[Block], b: &[Block]) -> f32 {
        // SAFETY: the features are there, as said above.
        unsafe { (self.dot)(a, b) }
    }

    /// Of one with each of four: reads the first once.
    #[inline]
    pub(in crate::face) fn dot4(&self, a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
        // SAFETY: the features are there, as said above.
        unsafe { (self.dot4)(a, rows) }
    }

    /// `a · b`, `a · a` and `b · b` in one pass, of slices of equal length without padding.
    #[inline]
    pub(in crate::face) fn products(&self, a: &[f32], b: &[f32]) -> [f32; 3] {
        // SAFETY: the features are there, as said above.
        unsafe { (self.products)(a, b) }
    }
}

static BEST: LazyLock<&'static Pairwise> = LazyLock::new(|| Level::best().pairwise());

/// At the best level that this processor has.
#[inline]
pub(in crate::face) fn pairwise() -> &'static Pairwise {
    *BEST
}

/// The values, padded with zeros to a block.
fn padded(values: &[f32]) -> Block {
    let mut block = [0.0; LANES];
    for (to, from) in block.iter_mut().zip(values) {
        *to = *from;
    }
    block
}

#[cfg(test)]
mod tests;
