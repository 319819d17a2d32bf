//! Readers of our own for a real `pcscd`: the daemon loads the thin bridge `hw-tests/ifd`, and
//! everything that a reader does happens here, in the test's own process.
//!
//! ```text
//! client process ── pcscd ── libifd_bridge.so ── unix socket ── TestReader ── VirtualCard
//!                                                               (in the test)
//! ```
//!
//! A [`TestReader`] listens as long as it lives, so a daemon that dies and comes back finds it
//! again. What is in it is any [`Chip`].

mod chip;
#[path = "../../ifd/src/protocol.rs"]
pub mod protocol;
mod reader;
mod server;

pub use chip::{Chip, Scripted};
pub use reader::{Power, Pulled, TestReader};
