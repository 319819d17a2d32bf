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
mod t1;

pub use lie::Lie;
pub use product::{Exchange, PRODUCTS, Product};
pub use reader::CcidReader;

/// Answer to reset of a card with contacts: T=1 alone, blocks of 254 bytes, historical bytes
/// `MYNA RIG 1`. For [`Profile::atr`](myna_hal::sim::card::Profile::atr): the default of the virtual
/// card is what a contactless reader makes up.
pub const CONTACT_ATR: [u8; 17] = *b"\x3B\x8A\x81\x31\xFE\x45MYNA RIG 1\xF7";
