//! Changing the PIN of the user-authentication certificate.

use super::jpki::{self, Jpki};
use super::{Client, Failure};
use crate::card::CardConnection;
use crate::error::ErrorKind;
use crate::exchange::RetryGuard;
use crate::pin::{ChangeEntry, ChangeOutcome, PinPad};
use crate::wait::Wait;

impl Client {
    /// Changes the 4-digit PIN of the user-authentication certificate: the present one is
    /// verified, then the new one takes its place. A host pad asks for all three entries before
    /// the card is held; a secure pad asks while the card waits.
    ///
    /// A change counts as a try of the present PIN, and `guard` keeps the last one as for
    /// [`Client::authenticate`](Self::authenticate).
    ///
    /// # Errors
    /// [`Failure`]. Only [`Failure::PinChangeUnanswered`] leaves open which PIN is in force;
    /// after every other one it is the old one.
    pub fn change_pin(
        &mut self,
        card: &mut dyn CardConnection,
        pad: &mut dyn PinPad,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<(), Failure> {
        match pad.prepare_change(&jpki::change_prompt(), wait) {
            Ok(ChangeEntry::Ready) => {}
            Ok(ChangeEntry::CancelledByUser) => return Err(Failure::PinCancelled),
            Ok(ChangeEntry::EntryTimedOut) => return Err(Failure::PinEntryTimedOut),
            Ok(ChangeEntry::EntriesDiffer) => return Err(Failure::PinEntriesDiffer),
            // This wait was for the person, not for the card.
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                return Err(Failure::PinEntryTimedOut);
            }
            Err(error) => return Err(error.into()),
        }
        let result = self.dialogue(card, wait, |dialogue, _| {
            Jpki::select(dialogue, wait)?.change_pin(pad, guard, wait)
        });
        // Whatever happened on the way, no digits stay behind.
        pad.discard();
        result
    }
}

/// What a change that did not happen means.
pub(super) fn changed(outcome: ChangeOutcome) -> Result<(), Failure> {
    match outcome {
        ChangeOutcome::Changed => Ok(()),
        ChangeOutcome::NotVerified(outcome) => jpki::verified(outcome),
        ChangeOutcome::CancelledByUser => Err(Failure::PinCancelled),
        ChangeOutcome::EntryTimedOut => Err(Failure::PinEntryTimedOut),
        ChangeOutcome::EntriesDiffer => Err(Failure::PinEntriesDiffer),
        ChangeOutcome::WrongNumberOfDigits => Err(Failure::PinNotFourDigits),
        ChangeOutcome::NotSent(error) => Err(error.into()),
        ChangeOutcome::Unanswered(error) => Err(Failure::PinChangeUnanswered(error)),
        ChangeOutcome::Refused(status) => Err(jpki::refused("CHANGE REFERENCE DATA", status)),
    }
}
