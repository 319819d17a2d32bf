//! Rigs that run `myna-hal` against real middleware and real devices.
//!
//! A rig that lacks what it needs fails and says what to install; it never passes silently.

pub mod pcscd;
pub mod program;
