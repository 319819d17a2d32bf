//! Changing a PIN: the present one is verified, then the new one takes its place.

use super::{PinFormat, PinOutcome, PinPad, PinPrompt, PinPurpose, PinStep};
use crate::apdu::{Header, StatusWord};
use crate::card::{CardConnection, Transaction};
use crate::error::{Error, Result};
use crate::wait::Wait;

/// What the person is asked for, three times over: the present PIN, the new one, and the new one
/// again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangePrompt {
    /// What for.
    pub purpose: PinPurpose,
    /// What the present PIN may look like.
    pub old: PinFormat,
    /// What the new one may look like.
    pub new: PinFormat,
    /// Tries left for the present one, when known.
    pub retries_left: Option<u8>,
}

impl ChangePrompt {
    /// Asks for a PIN of the format `old` and for one of the format `new`.
    #[must_use]
    pub fn new(purpose: PinPurpose, old: PinFormat, new: PinFormat) -> Self {
        Self {
            purpose,
            old,
            new,
            retries_left: None,
        }
    }

    /// The prompt of one of the three entries.
    #[must_use]
    pub fn step(&self, step: PinStep) -> PinPrompt {
        let (format, retries_left) = match step {
            PinStep::Present => (self.old, self.retries_left),
            PinStep::New | PinStep::NewAgain => (self.new, None),
        };
        PinPrompt::new(self.purpose, format)
            .with_step(step)
            .with_retries_left(retries_left)
    }
}

/// A prompt and the two commands that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangeRequest {
    /// What the person is asked for.
    pub prompt: ChangePrompt,
    /// Header of VERIFY for the present PIN.
    pub verify: Header,
    /// Header of CHANGE REFERENCE DATA with the new PIN alone (ISO/IEC 7816-4 §11.6.7, P1 1).
    pub change: Header,
}

impl ChangeRequest {
    /// A request.
    #[must_use]
    pub fn new(prompt: ChangePrompt, verify: Header, change: Header) -> Self {
        Self {
            prompt,
            verify,
            change,
        }
    }
}

/// How [`PinPad::prepare_change`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum ChangeEntry {
    /// The pad is ready to change the PIN.
    Ready,
    /// The person cancelled.
    CancelledByUser,
    /// The person did not finish in the pad's own time.
    EntryTimedOut,
    /// The two entries of the new PIN differ.
    EntriesDiffer,
}

/// What came of a change.
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub enum ChangeOutcome {
    /// The new PIN is in force.
    Changed,
    /// The present PIN was not verified, and nothing was changed.
    NotVerified(PinOutcome),
    /// The person cancelled the entry of the new PIN; nothing was changed.
    CancelledByUser,
    /// The person did not finish in time; nothing was changed.
    EntryTimedOut,
    /// The two entries of the new PIN differ; nothing was changed.
    EntriesDiffer,
    /// The new PIN has too few or too many digits; nothing was changed.
    WrongNumberOfDigits,
    /// The card refused the change.
    Refused(StatusWord),
    /// The present PIN was verified, but the new one did not go out; nothing was changed.
    NotSent(Error),
    /// The new PIN went out and no answer came: either may be in force. Verify the new one once
    /// to find out.
    Unanswered(Error),
}

impl ChangeOutcome {
    /// What the card's answer to CHANGE REFERENCE DATA means.
    pub fn from_status(status: StatusWord) -> Self {
        if status.is_ok() {
            Self::Changed
        } else {
            Self::Refused(status)
        }
    }
}

/// Changes a PIN inside a transaction; the guard then cuts the card's power when it ends, unless
/// the card did not accept the present one.
///
/// # Errors
/// As [`PinPad::change`].
pub fn change<C: CardConnection>(
    transaction: &mut Transaction<C>,
    pad: &mut dyn PinPad,
    request: &ChangeRequest,
    wait: &Wait,
) -> Result<ChangeOutcome> {
    super::armed(
        transaction,
        |card| pad.change(card, request, wait),
        |outcome| match outcome {
            ChangeOutcome::NotVerified(outcome) => outcome.left_closed(),
            _ => false,
        },
    )
}
