//! Decorators over devices: say what passes, write it down, play it back, make it go wrong.
//!
//! | layer | over | for |
//! |---|---|---|
//! | [`Trace`] | every trait of `card`, and PIN pads | a log while something is looked into |
//! | [`Record`] | readers, connections | taking a fault in the field home |
//! | [`Replay`] | nothing: it *is* the reader | playing that fault in a test |
//! | [`Fault`] | readers, connections, PIN pads | making things go wrong, on order or by dice |
//!
//! They stack in any order: `Trace` over `Fault` over a driver shows what the program saw, `Fault`
//! over `Trace` what the driver did.
//!
//! *For application authors*: wrap the reader once, where it is opened, and nothing else changes.
//!
//! ```
//! use myna_hal::card::{CardReader, ShareMode};
//! use myna_hal::layer::{Lines, Record, Recording, Replay};
//! use myna_hal::sim::{VirtualCard, VirtualContext, card::Profile};
//! use myna_hal::{SystemClock, Wait};
//!
//! let clock = SystemClock::shared();
//! let reader = VirtualContext::new(clock.clone()).add_reader("Front desk");
//! reader.insert(&VirtualCard::new(Profile::default(), clock.clone()));
//!
//! let tape = Lines::new(1000); // the last thousand lines, whatever happens
//! let mut reader = Record::reader(reader, tape.sink(), clock.clone());
//! let wait = Wait::forever(clock.clone());
//! drop(reader.connect(ShareMode::Shared, &wait)?); // the program does its work …
//!
//! let recording = Recording::parse(&tape.text())?;
//! let replay = Replay::new(recording, clock);
//! drop(replay.clone().connect(ShareMode::Shared, &wait)?); // … and does it again
//! assert!(replay.verdict().is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *For driver authors*: a layer calls a device exactly as its caller did, once, in the same
//! order, and gives back what the device said. [`Fault`] is the exception that it is there for.
//!
//! # What can go wrong
//!
//! [`Trace`] and [`Record`] add no error of their own: a line that cannot be written is lost, and
//! the call goes on. A [`Replay`] answers `InvalidInput` as soon as the program does something
//! else than what was recorded. A [`Fault`] fails as its [`FaultPlan`] says, in the words of the
//! contract: a lost answer to a PIN is an `Unanswered` outcome and not an error.
//!
//! Times in a recording are those that the program saw, driver and platform included.
//!
//! # What is never written
//!
//! Command data (a PIN, a card-face code, a nonce), response data (a certificate, a portrait, a
//! signature), and what goes through [`control`](crate::card::CardConnection::control). Of all of
//! these only the length is written. What stays: headers, lengths, status words, times, answers to
//! reset, which name a kind of card and no person, kinds of error, and the data of SELECT, which
//! names a file or an application. Nothing decides that by looking at a body: a command is SELECT
//! by its instruction byte, and everything else is left out.
//!
//! A [`Trace`] also writes the words of an [`Error`](crate::Error) and of its causes. By contract
//! they hold nothing that a card or a person said; a [`Record`] does not rely on it and writes the
//! kind alone.

mod fault;
mod line;
mod plan;
mod recording;
mod replay;
mod sink;
mod tap;
#[cfg(all(test, feature = "sim"))]
mod tests;
mod trace;
#[cfg(feature = "tracing")]
mod tracing;
mod words;

pub use fault::Fault;
pub use line::{Operation, Outcome, Shape};
pub use plan::{FaultKind, FaultPlan, On};
pub use recording::{Dialogue, Recording, RecordingError, Step};
pub use replay::{Departure, Replay};
pub use sink::{Lines, Sink};
pub use tap::{Record, Tapped, Trace};
