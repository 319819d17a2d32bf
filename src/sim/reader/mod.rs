//! Virtual readers for virtual cards, behind the traits of the [`card`](crate::card) room.
//!
//! A [`VirtualContext`] is the platform interface with its service, a [`VirtualReader`] one
//! reader. Both are cheap handles: a test keeps a clone and inserts and removes cards, resets
//! them as another program would, unplugs readers or kills the service, while the program under
//! test talks to the trait objects.
//!
//! ```
//! use myna_hal::sim::{Clock, VirtualCard, VirtualContext, card::Profile};
//!
//! let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse()?);
//! let mut context = VirtualContext::new(clock.shared());
//! let reader = context.add_reader("Front desk");
//! reader.insert(&VirtualCard::new(Profile::default(), clock.shared()));
//! assert!(reader.card().is_some());
//! # Ok::<(), jiff::Error>(())
//! ```
//!
//! Where platforms differ it behaves like pcsc-lite: a `transmit` outside a transaction waits
//! while another handle has one, a handle that was reset by somebody else says `CardReset` until
//! it reconnects, and a card stays powered after the last handle left it. That last point makes
//! a PIN that was left verified visible to a test; a real service cuts the power some seconds
//! later.

mod connection;
mod hub;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::card::{
    CardConnection, CardContext, CardReader, ReaderCapabilities, ReaderEvent, ReaderState,
    ReaderWatch, ShareMode,
};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::sim::PinPadFirmware;
use crate::sim::card::VirtualCard;
use crate::time::{Clock, Wake};
use crate::wait::Wait;

use connection::VirtualConnection;
use hub::{Hub, Inserted, Slot};

/// A platform interface with readers. Clones are the same interface.
#[derive(Clone)]
pub struct VirtualContext(Arc<Hub>);

impl VirtualContext {
    /// An interface without readers.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Hub::new(clock)))
    }

    /// Plugs in a reader called `name`.
    pub fn add_reader(&self, name: &str) -> VirtualReader {
        let info = DeviceInfo::new("sim", name);
        let mut state = self.0.lock();
        let index = state.slots.len();
        state.slots.push(Slot::new(info.clone()));
        state.publish(ReaderEvent::ReaderAdded(info.clone()));
        state.publish_state(index);
        drop(state);
        VirtualReader {
            hub: self.0.clone(),
            index,
            info,
        }
    }

    /// Kills the service: everything says `Unavailable`, and open connections are lost for good.
    pub fn lose_service(&self) {
        let mut state = self.0.lock();
        state.serving = false;
        for slot in &mut state.slots {
            slot.forget_handles();
            if let Some(card) = slot.card() {
                card.power_off();
            }
        }
        state.publish(ReaderEvent::ServiceLost);
    }

    /// Starts the service again. Readers and cards are where they were.
    pub fn restore_service(&self) {
        let mut state = self.0.lock();
        state.serving = true;
        for slot in &mut state.slots {
            if let Some(card) = slot.card() {
                card.power_on();
            }
        }
        state.publish(ReaderEvent::ServiceBack);
        for index in 0..state.slots.len() {
            state.publish_state(index);
        }
    }
}

impl CardContext for VirtualContext {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let state = self.0.lock();
        state.check_service()?;
        Ok((0..)
            .zip(&state.slots)
            .filter(|(_, slot)| slot.plugged)
            .map(|(index, slot)| -> Box<dyn CardReader> {
                Box::new(VirtualReader {
                    hub: self.0.clone(),
                    index,
                    info: slot.info.clone(),
                })
            })
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        let mut state = self.0.lock();
        state.check_service()?;
        let wake = Wake::new();
        let number = state.add_watch(wake.clone());
        Ok(Box::new(VirtualWatch {
            hub: self.0.clone(),
            number,
            wake,
        }))
    }
}

struct VirtualWatch {
    hub: Arc<Hub>,
    number: u64,
    wake: Wake,
}

impl ReaderWatch for VirtualWatch {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        wait.check()?;
        wait.until(&self.wake, || self.hub.lock().take_event(self.number))
    }
}

impl Drop for VirtualWatch {
    fn drop(&mut self) {
        self.hub.lock().watches.remove(&self.number);
    }
}

/// A reader. Clones are the same reader.
#[derive(Clone)]
pub struct VirtualReader {
    hub: Arc<Hub>,
    index: usize,
    info: DeviceInfo,
}

impl VirtualReader {
    /// Puts `card` in and powers it on. A card that was there is pulled out first.
    pub fn insert(&self, card: &VirtualCard) {
        self.put(Inserted::Card(card.clone()));
    }

    /// Puts something in that does not answer: a card upside down, broken, or without a chip.
    pub fn insert_mute(&self) {
        self.put(Inserted::Mute);
    }

    fn put(&self, inserted: Inserted) {
        let mut state = self.hub.lock();
        if state.slots[self.index].inserted.is_some() {
            state.remove(self.index);
        }
        if let (Inserted::Card(card), true) = (&inserted, state.serving) {
            card.power_on();
        }
        let slot = &mut state.slots[self.index];
        slot.inserted = Some(inserted);
        slot.changes += 1;
        state.publish_state(self.index);
    }

    /// Pulls the card out; returns it. A command under way gets no answer.
    pub fn remove(&self) -> Option<VirtualCard> {
        self.hub.lock().remove(self.index)
    }

    /// The card that is in.
    #[must_use]
    pub fn card(&self) -> Option<VirtualCard> {
        self.hub.lock().slots[self.index].card().cloned()
    }

    /// Another program resets the card.
    pub fn reset_by_other(&self) {
        let mut state = self.hub.lock();
        state.slots[self.index].reset(hub::Power::Reset);
        state.changed();
    }

    /// Unplugs the reader, with the card in it.
    pub fn unplug(&self) {
        let mut state = self.hub.lock();
        state.remove(self.index);
        let slot = &mut state.slots[self.index];
        slot.plugged = false;
        slot.forget_handles();
        let id = slot.info.id.clone();
        state.publish(ReaderEvent::ReaderRemoved(id));
    }

    /// Plugs the reader in again, without a card.
    pub fn plug(&self) {
        let mut state = self.hub.lock();
        // A platform that counts insertions starts anew with a reader that came back.
        state.slots[self.index].changes = 0;
        state.slots[self.index].plugged = true;
        state.publish(ReaderEvent::ReaderAdded(self.info.clone()));
        state.publish_state(self.index);
    }

    /// Resets the card when a transaction idles for `limit`, as Windows does after five seconds.
    pub fn set_transaction_idle_limit(&self, limit: Option<Duration>) {
        self.hub.lock().slots[self.index].idle_limit = limit;
    }

    /// How long the reader waits for a card that says nothing. Ten seconds unless set.
    pub fn set_card_timeout(&self, timeout: Duration) {
        self.hub.lock().slots[self.index].card_timeout = timeout;
    }

    /// What the reader says that it can do.
    pub fn set_capabilities(&self, capabilities: ReaderCapabilities) {
        self.hub.lock().slots[self.index].capabilities = capabilities;
    }

    /// Gives the reader keys of its own, which it then answers control codes for.
    pub fn set_pin_pad(&self, pad: PinPadFirmware) {
        let mut state = self.hub.lock();
        let slot = &mut state.slots[self.index];
        slot.capabilities |= ReaderCapabilities::CONTROL | ReaderCapabilities::SECURE_PIN_VERIFY;
        slot.capabilities.set(
            ReaderCapabilities::SECURE_PIN_MODIFY,
            pad.product().modifies,
        );
        slot.pad = Some(pad);
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.hub.lock().slots[self.index].handles.len()
    }

    /// Whether a connection holds a transaction.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.hub.lock().slots[self.index].owner.is_some()
    }

    /// A PIN entry on the reader itself: the transaction around it does not idle.
    pub(super) fn while_keys_are_used<T>(&self, entry: impl FnOnce() -> T) -> T {
        self.hub.lock().slots[self.index].keys_in_use = true;
        let entered = entry();
        let mut state = self.hub.lock();
        let slot = &mut state.slots[self.index];
        slot.keys_in_use = false;
        slot.last_use = self.hub.clock.now();
        entered
    }

    /// The reader's own firmware talks to the card: no handle is asked.
    pub(super) fn transmit_inside(&self, command: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let card = {
            let state = self.hub.lock();
            state.check_service()?;
            state.slots[self.index].present_card()?.clone()
        };
        connection::exchange(&self.hub, self.index, &card, command, wait)
    }
}

impl CardReader for VirtualReader {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.hub.lock().slots[self.index].capabilities
    }

    fn state(&mut self) -> Result<ReaderState> {
        let state = self.hub.lock();
        state.check_service()?;
        let slot = &state.slots[self.index];
        if !slot.plugged {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(slot.state())
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        wait.check()?;
        let mut state = self.hub.lock();
        state.check_service()?;
        let slot = &mut state.slots[self.index];
        if !slot.plugged {
            return Err(ErrorKind::NotFound.into());
        }
        slot.present_card()?;
        let alone = slot.handles.is_empty();
        let taken = slot.handles.values().any(|handle| handle.exclusive);
        let exclusive = mode == ShareMode::Exclusive;
        if taken || (exclusive && !alone) {
            return Err(ErrorKind::Busy.into());
        }
        let (number, atr) = slot.open(exclusive)?;
        state.publish_state(self.index);
        drop(state);
        Ok(Box::new(VirtualConnection::new(
            self.hub.clone(),
            self.index,
            number,
            self.info.clone(),
            atr,
        )))
    }
}

impl fmt::Debug for VirtualReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VirtualReader")
            .field(&self.info.name)
            .finish()
    }
}

impl fmt::Debug for VirtualContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("VirtualContext")
            .field("readers", &state.slots.len())
            .field("serving", &state.serving)
            .finish()
    }
}

fn mute() -> Error {
    Error::protocol("the card does not answer")
}
