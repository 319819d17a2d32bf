//! The card-reader traits and the transaction guard.
//!
//! ```text
//! CardContext ── readers() ──► CardReader ── connect() ──► CardConnection ── Transaction::begin() ──► Transaction
//!      └──────── watch() ────► ReaderWatch                       (what a vendor writes)        (the crate's own guard)
//! ```
//!
//! *For application authors*: open the watch first and list the readers second, or an arrival in
//! between is lost. Hold a [`Transaction`] for a dialogue with the card and never while a person
//! acts: other programs would block without limit, and Windows resets a card whose transaction
//! idles for five seconds.
//!
//! *For driver authors*: implement [`CardContext`], [`CardReader`], [`CardConnection`] and, if the
//! platform tells about hot-plug, [`ReaderWatch`]. One command goes out, one response comes back:
//! no GET RESPONSE, no retry, no re-select in a driver.
//!
//! *Contract*. Each rule is checked by cases of the conformance kit (feature `conformance`), whose
//! names stand behind it.
//!
//! 1. A call returns within [`Wait::remaining`](crate::wait::Wait::remaining) plus 250 ms; a wait
//!    that is already over fails before the device is touched. (`wait.…`, `watch.ends-in-time`,
//!    `watch.cancel-wakes`)
//! 2. When a caller stops waiting, the call of the operating system may go on. Until it ends the
//!    handle answers `Busy`; an abandoned `begin_transaction` that succeeds later is ended at once.
//!    (`wait.nothing-stale`, `transaction.…`)
//! 3. No command is repeated after a transport error, here or above: the card may have counted it.
//!    (`transmit.once`, `transmit.no-repeat`)
//! 4. After a reset or power cycle by anyone, our own `end_transaction` with
//!    [`Disposition::Reset`] or [`Disposition::Unpower`] included, every call on every handle
//!    fails with `CardReset` until `reconnect`. Nothing re-selects by itself. (`reset.…`,
//!    `removal.…`)
//! 5. Dropping never panics, never blocks longer than two seconds, and disconnects with
//!    [`Disposition::Leave`]. (`drop.…`)
//! 6. A quick unplug and replug yields both events; the death of a service is an event, and the
//!    driver re-establishes itself. (`watch.sees-…`, `watch.survives-the-service`)
//! 7. When its reader goes away, what is under way on a handle ends with `Disconnected`, and so does
//!    every call from then on, `reconnect` included, also when a reader of the same name is back:
//!    there may be another card in it. (`unplug.…`)

mod connection;
mod reader;
mod transaction;

pub use connection::{CardConnection, ControlCode, Disposition, Protocol, ShareMode};
pub use reader::{
    CardContext, CardPresence, CardReader, ReaderCapabilities, ReaderEvent, ReaderState,
    ReaderUsage, ReaderWatch,
};
pub use transaction::Transaction;
