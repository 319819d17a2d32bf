//! The state behind all readers of a context.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::apdu::Atr;
use crate::card::{CardPresence, ReaderCapabilities, ReaderEvent, ReaderState, ReaderUsage};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::sim::PinPadFirmware;
use crate::sim::card::VirtualCard;
use crate::time::{Clock, Timestamp, Wake};

pub(super) struct Hub {
    pub(super) clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) serving: bool,
    pub(super) slots: Vec<Slot>,
    pub(super) watches: BTreeMap<u64, Watch>,
    next_watch: u64,
    /// Threads that wait for a card to be free.
    waiting: Vec<Wake>,
}

pub(super) struct Watch {
    events: VecDeque<ReaderEvent>,
    wake: Wake,
}

/// What is in a reader.
pub(super) enum Inserted {
    Card(VirtualCard),
    Mute,
}

/// What is done to a card at the end of something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Reset,
    Cycle,
}

pub(super) struct Slot {
    pub(super) info: DeviceInfo,
    pub(super) capabilities: ReaderCapabilities,
    pub(super) plugged: bool,
    pub(super) inserted: Option<Inserted>,
    /// Grows with every insertion and removal.
    pub(super) changes: u32,
    pub(super) handles: BTreeMap<u64, Handle>,
    next_handle: u64,
    /// The handle that has the transaction.
    pub(super) owner: Option<u64>,
    /// The handle whose command is at the card.
    pub(super) transmitting: Option<u64>,
    /// Somebody enters a PIN on the reader itself: a command under way, for whoever waits.
    pub(super) keys_in_use: bool,
    /// Until when the card works on a command that its caller gave up.
    pub(super) drains: Option<(u64, Timestamp)>,
    pub(super) idle_limit: Option<Duration>,
    pub(super) last_use: Timestamp,
    pub(super) card_timeout: Duration,
    /// Keys on the reader, if it has any.
    pub(super) pad: Option<PinPadFirmware>,
}

pub(super) struct Handle {
    pub(super) exclusive: bool,
    /// The count of changes when it last saw the card.
    pub(super) changes: u32,
    /// Somebody reset the card since then.
    pub(super) reset: bool,
}

impl Hub {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                serving: true,
                slots: Vec::new(),
                watches: BTreeMap::new(),
                next_watch: 0,
                waiting: Vec::new(),
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn check_service(&self) -> Result<()> {
        if self.serving {
            Ok(())
        } else {
            Err(Error::new(
                ErrorKind::Unavailable,
                "the virtual card service does not run",
            ))
        }
    }

    /// Opens a watch whose first events tell what is there.
    pub(super) fn add_watch(&mut self, wake: Wake) -> u64 {
        let mut events = VecDeque::new();
        for slot in self.slots.iter().filter(|slot| slot.plugged) {
            events.push_back(ReaderEvent::ReaderAdded(slot.info.clone()));
            events.push_back(slot.state_event());
        }
        let number = self.next_watch;
        self.next_watch += 1;
        self.watches.insert(number, Watch { events, wake });
        number
    }

    pub(super) fn take_event(&mut self, watch: u64) -> Option<ReaderEvent> {
        self.watches.get_mut(&watch)?.events.pop_front()
    }

    /// Tells every watch, and everybody who waits for a card.
    pub(super) fn publish(&mut self, event: ReaderEvent) {
        for watch in self.watches.values_mut() {
            watch.events.push_back(event.clone());
            watch.wake.notify();
        }
        self.changed();
    }

    pub(super) fn publish_state(&mut self, index: usize) {
        let event = self.slots[index].state_event();
        self.publish(event);
    }

    /// Has everybody who waits for a card look again.
    pub(super) fn changed(&mut self) {
        for wake in self.waiting.drain(..) {
            wake.notify();
        }
    }

    pub(super) fn wait_with(&mut self, wake: &Wake) {
        self.waiting.push(wake.clone());
    }

    /// Pulls the card out.
    pub(super) fn remove(&mut self, index: usize) -> Option<VirtualCard> {
        let slot = &mut self.slots[index];
        let inserted = slot.inserted.take()?;
        slot.changes += 1;
        slot.owner = None;
        slot.drains = None;
        self.publish_state(index);
        match inserted {
            Inserted::Card(card) => {
                card.power_off();
                Some(card)
            }
            Inserted::Mute => None,
        }
    }
}

impl Slot {
    pub(super) fn new(info: DeviceInfo) -> Self {
        Self {
            info,
            capabilities: ReaderCapabilities::EXTENDED_LENGTH
                | ReaderCapabilities::EXCLUSIVE
                | ReaderCapabilities::HOT_PLUG,
            plugged: true,
            inserted: None,
            changes: 0,
            handles: BTreeMap::new(),
            next_handle: 0,
            owner: None,
            transmitting: None,
            keys_in_use: false,
            drains: None,
            idle_limit: None,
            last_use: Timestamp::START,
            card_timeout: Duration::from_secs(10),
            pad: None,
        }
    }

    pub(super) fn card(&self) -> Option<&VirtualCard> {
        match &self.inserted {
            Some(Inserted::Card(card)) => Some(card),
            _ => None,
        }
    }

    /// The card to talk to.
    pub(super) fn present_card(&self) -> Result<&VirtualCard> {
        match &self.inserted {
            Some(Inserted::Card(card)) => Ok(card),
            Some(Inserted::Mute) => Err(super::mute()),
            None => Err(ErrorKind::NoCard.into()),
        }
    }

    pub(super) fn state(&self) -> ReaderState {
        let mut state = ReaderState::new(match self.inserted {
            None => CardPresence::Absent,
            Some(Inserted::Mute) => CardPresence::Mute,
            Some(Inserted::Card(_)) => CardPresence::Present,
        });
        state.usage = match self.handles.values().next() {
            None => ReaderUsage::Free,
            Some(handle) if handle.exclusive => ReaderUsage::Exclusive,
            Some(_) => ReaderUsage::Shared,
        };
        state.atr = self.card().and_then(|card| Atr::parse(&card.atr()).ok());
        state.changes = Some(self.changes);
        state
    }

    fn state_event(&self) -> ReaderEvent {
        ReaderEvent::StateChanged {
            reader: self.info.id.clone(),
            state: self.state(),
        }
    }

    /// A new handle on the card that is in.
    pub(super) fn open(&mut self, exclusive: bool) -> Result<(u64, Atr)> {
        let atr = self.atr()?;
        let number = self.next_handle;
        self.next_handle += 1;
        let changes = self.changes;
        self.handles.insert(
            number,
            Handle {
                exclusive,
                changes,
                reset: false,
            },
        );
        Ok((number, atr))
    }

    /// The answer to reset of the card that is in, which has power afterwards.
    pub(super) fn atr(&self) -> Result<Atr> {
        let card = self.present_card()?;
        if !card.powered() {
            card.power_on();
        }
        Atr::parse(&card.atr())
            .map_err(|error| Error::protocol("the answer to reset").with_source(error))
    }

    /// Resets the card or cuts its power; every handle has to reconnect.
    pub(super) fn reset(&mut self, power: Power) {
        let Some(card) = self.card() else { return };
        if power == Power::Cycle {
            card.power_off();
            card.power_on();
        } else {
            card.reset();
        }
        for handle in self.handles.values_mut() {
            handle.reset = true;
        }
        self.owner = None;
    }

    /// How long until the transaction that is open has idled for too long. A command under way
    /// is not idleness.
    pub(super) fn idles_out(&self, now: Timestamp) -> Option<Duration> {
        let limit = self.owner.and(self.idle_limit)?;
        let idle = self.transmitting.is_none() && self.drains.is_none() && !self.keys_in_use;
        idle.then(|| (self.last_use + limit).since(now))
    }

    /// Connections end without being asked.
    pub(super) fn forget_handles(&mut self) {
        self.handles.clear();
        self.owner = None;
        self.drains = None;
    }
}
