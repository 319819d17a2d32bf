//! The loops that comparison is made of, for each level of the processor.
//!
//! *Contract*: vectors come as whole blocks of 64 values, padded with zeros, so that no loop has a
//! tail. Every sum of products is taken in one fixed order: 64 partial sums, one for each place in
//! a block, each a chain of fused multiply-adds that begins with zero. Those are folded in half,
//! the upper half onto the lower one (`s[i] + s[32 + i]`, then `s[i] + s[16 + i]`, …), until one is
//! left. All levels keep this order, so a score depends neither on the processor nor on how many
//! vectors were compared in one call.
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

#[cfg_attr(target_arch = "x86_64", path = "x86/mod.rs")]
#[cfg_attr(
    all(target_arch = "aarch64", target_feature = "neon"),
    path = "neon/mod.rs"
)]
#[cfg_attr(
    not(any(
        target_arch = "x86_64",
        all(target_arch = "aarch64", target_feature = "neon")
    )),
    path = "other.rs"
)]
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

pub use arch::Level;
pub(in crate::face) use storage::Blocks;

/// Values of a block.
pub(in crate::face) const LANES: usize = 64;

/// What loops walk over.
pub(in crate::face) type Block = [f32; LANES];

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
