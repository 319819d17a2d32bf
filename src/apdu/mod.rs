//! ISO/IEC 7816-4 on bytes, without I/O: command and response APDUs, status words, the answer to
//! reset and BER-TLV.
//!
//! *For driver authors*: a driver carries [`CommandApdu::as_bytes`] to the card and makes a
//! [`ResponseApdu`] of what comes back. Neither type shows its body in `Debug`, and both wipe
//! their buffer when dropped; do not copy the bytes anywhere that outlives the call.
//!
//! Every parser in this room is total: any input gives a value or an error, never a panic.

mod atr;
mod command;
mod response;
mod status;
pub mod tlv;

pub use atr::{Atr, AtrError, CardServices, InterfaceBytes};
pub use command::{CommandApdu, Header, LengthForm};
pub use response::ResponseApdu;
pub use status::StatusWord;
