//! A dialogue with a card: the shortest legal sequence, and never a guess where it costs.
//!
//! [`Dialogue`] holds the card's transaction and what is known of the card: the selected
//! application, the current file, whether short EF identifiers and extended length work. It
//! emits nothing that changes nothing, reads by short EF identifier and in one extended READ
//! BINARY where the card allows, and falls back by itself where it does not.
//!
//! *Contract*
//!
//! 1. VERIFY and signatures are sent once. They are never repeated and never used to try
//!    something out: whether short EF identifiers name keys is learned from the free query.
//! 2. Only reads are tried in a better form first, at most one extra command for each capability
//!    not yet known.
//! 3. What was learned ([`Knowledge`]) serves speed only, so it may be kept under the card's ATR,
//!    which identifies nobody.

mod change;
mod dialogue;
mod error;
mod file;
mod knowledge;
mod sign;
mod verify;

#[cfg(all(test, feature = "sim"))]
mod tests;

pub use dialogue::{Aid, Dialogue, ShortFileId, Traffic};
pub use error::ExchangeError;
pub use file::der_length;
pub use knowledge::{Chunk, Knowledge, KnowledgeStore, Known};
pub use sign::SigningKey;
pub use verify::RetryGuard;
