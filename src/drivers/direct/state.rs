//! Who in this program uses which slot of a reader, and what they know of its card.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::device::Device;
use super::{Family, Met, Seen};
use crate::card::CardPresence;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Wake;

/// Everything that a device knows of its users.
pub(super) struct State<F: Family> {
    pub(super) gone: bool,
    /// Nobody waits any more for a call that is with the card: the reader stays open until it has
    /// drained, for nobody could open it anew before.
    pub(super) draining: Option<Arc<Device<F>>>,
    /// A request is with the thread.
    pub(super) occupied: bool,
    pub(super) slots: Vec<SlotState>,
    pub(super) next_handle: u64,
    /// Who waits for a slot, or for something to happen to one.
    pub(super) waiting: Vec<Wake>,
}

/// One slot.
pub(super) struct SlotState {
    pub(super) card: CardPresence,
    pub(super) met: Option<Met>,
    /// Grows with every insertion and removal.
    pub(super) changes: u32,
    /// Grows with every reset too: a handle that saw another one must reconnect.
    pub(super) epoch: u64,
    pub(super) handles: BTreeMap<u64, Handle>,
    /// The handle that has the card for itself.
    pub(super) owner: Option<u64>,
}

/// One connection.
pub(super) struct Handle {
    pub(super) exclusive: bool,
    pub(super) epoch: u64,
}

impl<F: Family> State<F> {
    pub(super) fn new(slots: u8) -> Self {
        let slots = (0..slots).map(|_| SlotState {
            card: CardPresence::Unknown,
            met: None,
            changes: 0,
            epoch: 0,
            handles: BTreeMap::new(),
            owner: None,
        });
        Self {
            gone: false,
            draining: None,
            occupied: false,
            slots: slots.collect(),
            next_handle: 0,
            waiting: Vec::new(),
        }
    }

    /// Has everybody who waits look again.
    pub(super) fn changed(&mut self) {
        for wake in self.waiting.drain(..) {
            wake.notify();
        }
    }

    pub(super) fn check_attached(&self) -> Result<()> {
        if self.gone {
            return Err(ErrorKind::Disconnected.into());
        }
        Ok(())
    }

    pub(super) fn slot(&mut self, index: u8) -> Result<&mut SlotState> {
        let slot = self.slots.get_mut(usize::from(index));
        slot.ok_or_else(|| Error::invalid_input("the reader has no such slot"))
    }
}

impl SlotState {
    pub(super) fn is_present(&self) -> Result<()> {
        match self.card {
            CardPresence::Absent => Err(ErrorKind::NoCard.into()),
            _ => Ok(()),
        }
    }

    /// Whether `handle` still speaks to the card that it knows.
    pub(super) fn check(&self, handle: u64) -> Result<()> {
        let known = self.handles.get(&handle).ok_or(ErrorKind::Disconnected)?;
        self.is_present()?;
        if known.epoch == self.epoch {
            Ok(())
        } else {
            Err(ErrorKind::CardReset.into())
        }
    }

    pub(super) fn see(&mut self, seen: Seen) {
        let (card, met) = match seen {
            Seen::Same => return,
            Seen::Absent => (CardPresence::Absent, None),
            Seen::Mute => (CardPresence::Mute, None),
            Seen::New(met) => (CardPresence::Present, Some(met)),
        };
        let same = card == self.card && card != CardPresence::Present;
        self.card = card;
        self.met = met;
        if !same {
            self.changes = self.changes.wrapping_add(1);
            self.epoch += 1;
        }
    }
}
