//! A dialogue with a card: the shortest legal sequence, and never a guess where it costs.
//!
//! *For application authors*: `myna::Client` holds whole dialogues with a My
//! Number Card; this room is what they are made of. Begin one with [`Dialogue::begin`], call what
//! the card is to do ([`Dialogue::select_application`], [`Dialogue::read_file`],
//! [`Dialogue::verify_pin`], [`Dialogue::sign`], …), and give the card back with
//! [`Dialogue::end`]. What was learned can be kept: [`KnowledgeStore::to_text`] and
//! [`KnowledgeStore::parse`].
//!
//! [`Dialogue`] holds the card's transaction and what is known of the card: the selected
//! application, the current file, the verified keys, whether short EF identifiers and extended
//! length work. It emits nothing that changes nothing, reads by short EF identifier and in one
//! extended READ BINARY where the card allows, and falls back by itself where it does not.
//!
//! *Contract*
//!
//! 1. VERIFY and signatures are sent once. They are never repeated and never used to try
//!    something out: whether short EF identifiers name keys is learned from the free query, and
//!    for signatures from an empty one before the PIN ([`Dialogue::learn_key_name`]).
//! 2. Only reads are tried in a better form first, at most one extra command for each capability
//!    not yet known.
//! 3. GET RESPONSE after `61xx` fetches an answer and repeats nothing, so it follows any command.
//!    `6Cxx` asks for the command again, so only a read is sent again.
//! 4. What was learned ([`Knowledge`]) serves speed only, so it may be kept under the card's ATR,
//!    which identifies nobody ([`KnowledgeStore`]). A card that behaves otherwise costs a
//!    command, not the dialogue, and is learned anew.
//!
//! # What can go wrong
//!
//! [`ExchangeError`]: the reader failed (`Device`), the card refused (`Status`), or a file is not
//! what it says. A wrong or blocked PIN is none of these but an outcome
//! ([`PinOutcome`](crate::pin::PinOutcome)). A counter is asked for before each try unless the
//! caller says [`RetryGuard::Bare`], and the last try is kept unless the caller gives it up.
//!
//! # Where this comes from
//!
//! The commands are those of ISO/IEC 7816-4. That short EF identifiers name files and keys of this
//! card, which status words it gives, and that it takes CHANGE REFERENCE DATA in the form used
//! here, was observed by clients of real cards. The number of commands of each dialogue is counted
//! by the tests, on the virtual card.

mod change;
mod dialogue;
mod error;
mod file;
mod knowledge;
mod sign;
mod store;
mod text;
mod verify;
mod wire;

#[cfg(all(test, feature = "sim"))]
mod tests;

pub use dialogue::{Aid, Dialogue, ShortFileId, Traffic};
pub use error::ExchangeError;
pub use file::der_length;
pub use knowledge::{Chunk, Knowledge, Known, UsualLength};
pub use sign::SigningKey;
pub use store::KnowledgeStore;
pub use text::{IgnoredLine, KnowledgeError};
pub(crate) use verify::Approach;
pub use verify::RetryGuard;
