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
//! *For driver authors*: a pad on the device that takes the digits itself implements [`PinPad`]
//! with [`PinPath::Secure`]; a keyboard or touch panel of the host implements [`PinSource`] and is
//! wrapped in [`HostPinPad`]. There is no silent fall-back from the first to the second.

mod host;
mod request;
mod secret;

pub use host::{HostPinPad, PinSource};
pub use request::{PinEntry, PinFormat, PinOutcome, PinPath, PinPrompt, PinPurpose, PinRequest};
pub use secret::{Pin, PinFormatError};

use crate::apdu::{CommandApdu, Header};
use crate::card::{CardConnection, Transaction};
use crate::device::DeviceInfo;
use crate::error::Result;
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

    /// Sends VERIFY with the person's digits, exactly once.
    ///
    /// # Errors
    /// An error means that nothing reached the card. Whatever happens later is an outcome.
    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome>;

    /// Wipes what [`PinPad::prepare`] collected. Called when it will not be used.
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
    guarded(transaction, |card| pad.verify(card, request, wait))
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
    guarded(transaction, |card| send(card, header, secret, wait))
}

/// Arms the guard before anything is sent and disarms it only when the card said no.
fn guarded<C: CardConnection>(
    transaction: &mut Transaction<C>,
    verify: impl FnOnce(&mut dyn CardConnection) -> Result<PinOutcome>,
) -> Result<PinOutcome> {
    let before = transaction.disposition_at_end();
    transaction.unpower_at_end();
    let outcome = verify(transaction);
    if let Ok(
        PinOutcome::Rejected { .. }
        | PinOutcome::Blocked
        | PinOutcome::CancelledByUser
        | PinOutcome::EntryTimedOut,
    ) = outcome
    {
        transaction.restore_disposition(before);
    }
    outcome
}

/// One VERIFY through host memory.
fn send(
    card: &mut dyn CardConnection,
    header: Header,
    secret: &Pin,
    wait: &Wait,
) -> Result<PinOutcome> {
    // Before the card is touched, so that the error means "nothing sent".
    wait.check()?;
    let command = CommandApdu::short(header, secret.as_bytes(), 0)?;
    Ok(match card.transmit(&command, wait) {
        Ok(response) => PinOutcome::from_status(response.status()),
        Err(error) => PinOutcome::Unanswered(error),
    })
}
