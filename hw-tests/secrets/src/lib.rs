//! An allocator that looks into every block before it is freed, for secrets that nobody wiped.
//!
//! A test makes [`Watch`] its global allocator, [registers](register) what must not be left
//! behind, runs whole dialogues, and asks for the [`findings`], sorted by whose code freed the
//! block. It sees the heap alone: what a function leaves on its stack, or in a register, or in
//! memory that the operating system copied, it does not see.
//!
//! # Unsafe code
//!
//! The library denies `unsafe`; this crate cannot. A global allocator implements an unsafe trait,
//! and the question that it answers, what a block holds when nobody owns it any more, can only be
//! asked by reading the block through its pointer. All of it is in `watch.rs`.

mod owner;
mod registry;
mod watch;

pub use owner::{Finding, Owner, findings};
pub use registry::{Secret, register};
pub use watch::{Watch, exempt};
