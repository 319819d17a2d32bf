//! Sony RC-S380: a device of a vendor's class around the chip Port-100, its radio, and a card of Type B
//! in its field, inside of which is a virtual card of the library.
//!
//! The chip is written after what nfcpy and the Linux kernel's `port100` send and expect, the card
//! after ISO/IEC 14443-3 and -4; neither shares code with any driver. No real reader was seen.

mod air;
#[cfg(feature = "port100")]
mod direct;
mod firmware;
mod frame;
mod lie;
mod picc;
mod reader;

pub use air::Disturbance;
#[cfg(feature = "port100")]
pub use direct::Port100Bus;
pub use lie::Lie;
pub use picc::Chip;
pub use reader::{Model, Port100Reader};

/// Addresses of the endpoints: an assumption, for drivers find them by their direction.
pub const BULK_OUT: u8 = 0x02;
/// To the host.
pub const BULK_IN: u8 = 0x81;
