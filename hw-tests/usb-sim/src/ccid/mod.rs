//! Card readers: devices of USB class 0B (CCID 1.1), with virtual cards of the library in them.
//!
//! The firmware here is written against CCID 1.1 and ISO/IEC 7816-3 and shares no code with any
//! driver. What differs between products is data ([`Product`]) or marked as observed.

mod firmware;
mod job;
mod lie;
mod message;
pub(crate) mod product;
mod reader;
mod t0;
mod t1;
mod wire;

pub use lie::Lie;
pub use product::{Exchange, PRODUCTS, Product};
pub use reader::CcidReader;

/// Answer to reset of a card with contacts, as people saw it with My Number Cards of 2019 to 2024 (OpenSC's list):
/// T=1 alone, four times the first speed (TA1 13), the shortest guard time, blocks of 251 bytes, BWI 4 and
/// CWI 6. For [`Profile::atr`](myna_hal::sim::card::Profile::atr): the default of the virtual card is what a
/// contactless reader makes up.
pub const CONTACT_ATR: [u8; 19] =
    *b"\x3B\xDA\x13\xFF\x81\x31\xFB\x46\x80\x12\x39\x2F\x31\xC1\x73\xC6\x01\xC0\x3B";

/// That of many banks' cards: T=0 alone, at the first speed.
pub const BANK_ATR: [u8; 9] = *b"\x3B\x65\x00\x00\x9C\x11\x01\x01\x03";
