//! PIN pads and secrets: tell, don't ask.
//!
//! No public method of this crate returns digits. A [`PinPad`] is given the card and a template
//! of the VERIFY command; a secure pad (PC/SC part 10) lets its firmware insert the digits, a host
//! pad ([`HostPinPad`]) takes them through this process's memory and wipes them.
//!
//! *For application authors*: call [`PinPad::prepare`] **before** a transaction is opened (a
//! person takes their time), then [`verify`] inside it. A PIN is sent once. Nothing in this crate
//! ever repeats a VERIFY: the card counts.
//!
//! Changing a PIN goes the same way: [`PinPad::prepare_change`], then [`change`] inside a
//! transaction, which verifies the present PIN and sends the new one, each once.
//!
//! Which pad takes the digits is the caller's choice and is made in one place, [`choose`].
//!
//! *For driver authors*: a reader that speaks PC/SC part 10 needs no pad of its own, only
//! [`CardConnection::control`]: [`ReaderPinPad`] does the rest. A pad on the device that takes the
//! digits itself in another way implements [`PinPad`] with [`PinPath::Secure`]; a keyboard or touch
//! panel of the host implements [`PinSource`] and is wrapped in [`HostPinPad`]. There is no silent
//! fall-back from the first to the second. A pad that cannot change PINs leaves
//! [`PinPad::prepare_change`] and [`PinPad::change`] alone: they are `Unsupported` unless written.
//!
//! *Contract*. Each rule is checked by cases of the conformance kit (feature `conformance`), whose
//! names stand behind it.
//!
//! 1. An error of [`PinPad::verify`] or [`PinPad::change`] means that nothing reached the card.
//!    Whatever happens later is an outcome. (`pin.over-sends-nothing`, `pin.unanswered`,
//!    `pin.change-unanswered`)
//! 2. What was entered goes out once, whatever came of it. (`pin.sends-once`,
//!    `pin.digits-serve-once`, `pin.change-sends-each-once`, `pin.change-digits-serve-once`)
//! 3. A host pad asks in `prepare` and nowhere else; a secure pad asks nobody there.
//!    (`pin.unprepared-sends-nothing`, `pin.secure-prepares-at-once`)
//! 4. The digits of a secure pad do not pass through the connection. (`pin.secure-hides-digits`)
//! 5. A person who cancels, a person who is too slow and a caller who gives up are told apart.
//!    (`pin.person-…`, `pin.caller-…`, `pin.change-cancelled`)
//! 6. A new PIN goes out only after the card accepted the present one, and only if both have a
//!    length that the card takes. (`pin.change-needs-the-present-pin`,
//!    `pin.change-checks-both-lengths`, `pin.change-entries-differ`)
//! 7. [`PinPad::discard`] leaves nothing to send. (`pin.discard-wipes`,
//!    `pin.change-discard-wipes`)
//!
//! # What can go wrong
//!
//! A wrong PIN is [`PinOutcome::Rejected`] and cost a try. [`PinOutcome::Unanswered`] may have
//! cost one; ask the card, do not send it again. After [`ChangeOutcome::Unanswered`] either PIN
//! may be in force; after every other outcome but `Changed` it is the old one.
//!
//! An entry on a reader's keys cannot be called off through PC/SC. A caller who gives up gets
//! `Unanswered`, while the reader waits on until the person or its own time ends the entry; until
//! then the card is `Busy`. So [`ReaderPinPad`] tells the reader to stop waiting five seconds
//! before the caller's [`Wait`] ends. Give a wait that is longer than a person needs: 40 seconds
//! for an entry, three times that for a change.
//!
//! # Where this comes from
//!
//! Structures, features and status words of a pad are those of PC/SC part 10; what is special
//! about a make ([`reader::PadProfile`]) is read from the source of libccid 1.5.2. **No PIN pad
//! was tried**: the tests have virtual readers of four makes, in memory and behind a real `pcscd`.

mod change;
mod choose;
mod host;
pub mod reader;
mod request;
mod secret;

pub use change::{ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, change};
pub use choose::{PinPolicy, choose};
pub use host::{HostPinPad, PinSource};
pub use reader::ReaderPinPad;
pub use request::{
    PinEntry, PinFormat, PinOutcome, PinPath, PinPrompt, PinPurpose, PinRequest, PinStep,
};
pub use secret::{Pin, PinFormatError};

use crate::apdu::{CommandApdu, Header, StatusWord};
use crate::card::{CardConnection, Transaction};
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::wait::Wait;

/// A device that lets a person enter a PIN and gives it to the card.
pub trait PinPad: Send {
    /// What the pad is called.
    fn info(&self) -> &DeviceInfo;

    /// Which way the digits take.
    fn path(&self) -> PinPath;

    /// Asks the person, if that can be done without the card. Host pads collect the digits here,
    /// before any transaction; secure pads return [`PinEntry::Ready`] at once.
    ///
    /// # Errors
    /// `Cancelled`, `TimedOut` (by the wait, not by the person), `Disconnected`.
    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry>;

    /// Sends VERIFY with the person's digits, at most once: an entry that the person ends otherwise
    /// sends nothing.
    ///
    /// # Errors
    /// An error means that nothing reached the card. Whatever happens later is an outcome.
    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome>;

    /// Asks the person for the present PIN and for the new one, twice, if that can be done
    /// without the card. As [`PinPad::prepare`].
    ///
    /// # Errors
    /// `Unsupported` when the pad changes no PINs, `Cancelled`, `TimedOut`, `Disconnected`.
    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        let _ = (prompt, wait);
        Err(Error::unsupported("changing a PIN"))
    }

    /// Sends VERIFY with the present PIN and, if the card accepts it, CHANGE REFERENCE DATA with
    /// the new one: each at most once. The lengths that are known are checked before either is
    /// sent: a host pad knows what was entered, a secure pad what its keys take.
    ///
    /// # Errors
    /// An error means that nothing reached the card. Whatever happens later is an outcome.
    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        let _ = (card, request, wait);
        Err(Error::unsupported("changing a PIN"))
    }

    /// Wipes what [`PinPad::prepare`] or [`PinPad::prepare_change`] collected. Called when it will
    /// not be used.
    fn discard(&mut self) {}
}

impl<T: PinPad + ?Sized> PinPad for Box<T> {
    fn info(&self) -> &DeviceInfo {
        (**self).info()
    }

    fn path(&self) -> PinPath {
        (**self).path()
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        (**self).prepare(prompt, wait)
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        (**self).verify(card, request, wait)
    }

    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        (**self).prepare_change(prompt, wait)
    }

    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        (**self).change(card, request, wait)
    }

    fn discard(&mut self) {
        (**self).discard();
    }
}

/// Verifies a PIN inside a transaction; the guard then cuts the card's power when it ends.
///
/// # Errors
/// As [`PinPad::verify`].
pub fn verify<C: CardConnection>(
    transaction: &mut Transaction<C>,
    pad: &mut dyn PinPad,
    request: &PinRequest,
    wait: &Wait,
) -> Result<PinOutcome> {
    let verify = |card: &mut dyn CardConnection| pad.verify(card, request, wait);
    armed(transaction, verify, PinOutcome::left_closed)
}

/// Verifies a secret that the program knows (the printed card-face code), exactly once.
///
/// # Errors
/// An error means that nothing reached the card.
pub fn present<C: CardConnection>(
    transaction: &mut Transaction<C>,
    header: Header,
    secret: &Pin,
    wait: &Wait,
) -> Result<PinOutcome> {
    let present = |card: &mut dyn CardConnection| {
        let answer = send(card, header, secret, wait)?;
        Ok(answer.map_or_else(PinOutcome::Unanswered, PinOutcome::from_status))
    };
    armed(transaction, present, PinOutcome::left_closed)
}

/// Arms the guard before anything is sent and disarms it only when the outcome says that nothing
/// was opened.
fn armed<C: CardConnection, T>(
    transaction: &mut Transaction<C>,
    send: impl FnOnce(&mut dyn CardConnection) -> Result<T>,
    left_closed: impl FnOnce(&T) -> bool,
) -> Result<T> {
    let before = transaction.disposition_at_end();
    transaction.unpower_at_end();
    let outcome = send(transaction);
    if outcome.as_ref().is_ok_and(left_closed) {
        transaction.restore_disposition(before);
    }
    outcome
}

/// One command with a secret, through host memory: the card's answer, or why there is none.
fn send(
    card: &mut dyn CardConnection,
    header: Header,
    secret: &Pin,
    wait: &Wait,
) -> Result<Result<StatusWord, Error>> {
    // Before the card is touched, so that the error means "nothing sent".
    wait.check()?;
    let command = CommandApdu::short(header, secret.as_bytes(), 0)?;
    Ok(card
        .transmit(&command, wait)
        .map(|response| response.status()))
}
