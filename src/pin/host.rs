//! PIN entry through this process's memory.

use super::{Pin, PinEntry, PinOutcome, PinPad, PinPath, PinPrompt, PinRequest, send};
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
}

impl<S: PinSource> HostPinPad<S> {
    /// A pad that asks `source`.
    pub fn new(source: S) -> Self {
        Self {
            source,
            collected: None,
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
        self.collected = None;
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
        // Taken, not borrowed: the digits are gone after one try, whatever came of it.
        let pin = self.collected.take().ok_or_else(|| {
            Error::invalid_input("the PIN is collected by `prepare`, before the transaction")
        })?;
        send(card, request.header, &pin, wait)
    }

    fn discard(&mut self) {
        self.collected = None;
    }
}
