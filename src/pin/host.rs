//! PIN entry through this process's memory.

use super::{
    ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, Pin, PinEntry, PinFormat, PinOutcome,
    PinPad, PinPath, PinPrompt, PinRequest, PinStep, send,
};
use crate::card::CardConnection;
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::wait::Wait;

/// A keyboard, touch panel or script that a person's digits come from.
pub trait PinSource: Send {
    /// What the source is called.
    fn info(&self) -> &DeviceInfo;

    /// Asks for a PIN. `Err(entry)` inside says how the person ended the entry without one.
    ///
    /// # Errors
    /// `Cancelled`, `TimedOut` (by the wait), `Disconnected`.
    fn read_pin(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<Result<Pin, PinEntry>>;
}

/// Makes a [`PinPad`] of a [`PinSource`]. In a reader whose own touch panel takes the PIN, the
/// host *is* the reader, and this is the honest name for it.
#[derive(Debug)]
pub struct HostPinPad<S> {
    source: S,
    collected: Option<Pin>,
    /// The new PIN of a change.
    new: Option<Pin>,
}

impl<S: PinSource> HostPinPad<S> {
    /// A pad that asks `source`.
    pub fn new(source: S) -> Self {
        Self {
            source,
            collected: None,
            new: None,
        }
    }

    fn take(digits: &mut Option<Pin>, format: PinFormat) -> Result<Pin> {
        // Taken, not borrowed: the digits are gone after one try, whatever came of it.
        let digits = digits.take().ok_or_else(|| {
            Error::invalid_input("the PIN is collected before the transaction, by `prepare`")
        })?;
        // A source may have been asked for another format; the card counts a wrong length.
        if digits.fits(format) {
            Ok(digits)
        } else {
            Err(Error::invalid_input("the number of digits is wrong"))
        }
    }
}

impl<S: PinSource> PinPad for HostPinPad<S> {
    fn info(&self) -> &DeviceInfo {
        self.source.info()
    }

    fn path(&self) -> PinPath {
        PinPath::Host
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        self.discard();
        Ok(match self.source.read_pin(prompt, wait)? {
            Ok(pin) => {
                self.collected = Some(pin);
                PinEntry::Ready
            }
            Err(entry) => entry,
        })
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        let pin = Self::take(&mut self.collected, request.prompt.format)?;
        let answer = send(card, request.header, &pin, wait)?;
        Ok(answer.map_or_else(PinOutcome::Unanswered, PinOutcome::from_status))
    }

    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        self.discard();
        let mut entries = [None, None, None];
        let steps = [PinStep::Present, PinStep::New, PinStep::NewAgain];
        for (entry, step) in entries.iter_mut().zip(steps) {
            match self.source.read_pin(&prompt.step(step), wait)? {
                Ok(pin) => *entry = Some(pin),
                Err(PinEntry::CancelledByUser) => return Ok(ChangeEntry::CancelledByUser),
                Err(_) => return Ok(ChangeEntry::EntryTimedOut),
            }
        }
        let [old, new, again] = entries;
        match (&new, again) {
            (Some(new), Some(again)) if new.is(&again) => {}
            _ => return Ok(ChangeEntry::EntriesDiffer),
        }
        self.collected = old;
        self.new = new;
        Ok(ChangeEntry::Ready)
    }

    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        let old = Self::take(&mut self.collected, request.prompt.old);
        let new = Self::take(&mut self.new, request.prompt.new);
        // Both were taken before either is judged: nothing stays behind, and nothing is sent
        // unless both are right.
        let (old, new) = (old?, new?);
        let verified = send(card, request.verify, &old, wait)?;
        match verified.map_or_else(PinOutcome::Unanswered, PinOutcome::from_status) {
            PinOutcome::Verified => {}
            outcome => return Ok(ChangeOutcome::NotVerified(outcome)),
        }
        // The card is open now, so what fails from here on is an outcome and no error.
        Ok(match send(card, request.change, &new, wait) {
            Ok(Ok(status)) => ChangeOutcome::from_status(status),
            Ok(Err(error)) => ChangeOutcome::Unanswered(error),
            Err(error) => ChangeOutcome::NotSent(error),
        })
    }

    fn discard(&mut self) {
        self.collected = None;
        self.new = None;
    }
}
