//! A reader that is open: its thread, and who in this program may use which of its slots.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::service::{Reply, Request, What, serve};
use super::state::{Handle, State};
use super::{Attached as _, Bytes, Family, Met, Opened, Order, Seen};
use crate::card::{CardPresence, ReaderState, ReaderUsage, ShareMode};
use crate::drivers::worker::Worker;
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// How long a reader that was just opened may take to say what is in it: power for a contactless
/// card and the tries of three voltages for a mute one are in it.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// A reader of which this program has the interface.
pub(super) struct Device<F: Family> {
    pub(super) instance: String,
    pub(super) slots: u8,
    pub(super) facts: F::Facts,
    pub(super) clock: Arc<dyn Clock>,
    worker: Worker<Request<Order<F>>, Result<Reply>>,
    state: Mutex<State<F>>,
    /// Has its listener look.
    pub(super) news: Wake,
    me: Weak<Self>,
}

/// The right to ask the thread for something.
pub(super) struct Seat<'a, F: Family>(&'a Device<F>);

impl<F: Family> Drop for Seat<'_, F> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.occupied = false;
        state.changed();
    }
}

impl<F: Family> Device<F> {
    /// Takes a reader that was opened into use.
    pub(super) fn start(
        found: &F::Found,
        opened: Opened<F>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Self>> {
        let Opened {
            slots,
            facts,
            front,
            news,
        } = opened;
        let name = format!("myna-hal {}", F::DRIVER);
        let worker = Worker::spawn(clock, &name, move |port| serve(front, slots, port))?;
        let device = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            instance: found.instance().to_owned(),
            slots,
            facts,
            clock: clock.clone(),
            worker,
            state: Mutex::new(State::new(slots)),
            news: Wake::new(),
        });
        for slot in 0..slots {
            // A look that was given up keeps the device until somebody notices that it has ended, and
            // nobody listens yet: a reader that was silent once would stay claimed.
            device
                .look(slot, false, FIRST_LOOK)
                .inspect_err(|_| device.drained())?;
        }
        super::news::listen(&device, news)?;
        Ok(device)
    }

    fn lock(&self) -> MutexGuard<'_, State<F>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is still attached.
    pub(super) fn is_gone(&self) -> bool {
        self.lock().gone
    }

    /// Whether a call that was given up runs on.
    pub(super) fn is_draining(&self) -> bool {
        self.lock().draining.is_some()
    }

    /// The call that was given up has ended.
    pub(super) fn drained(&self) {
        // Dropped after the lock; whoever calls has a reference of his own.
        let _drained = self.lock().draining.take();
    }

    /// It went away.
    pub(super) fn lose(&self) {
        let mut state = self.lock();
        state.gone = true;
        state.changed();
    }

    /// Has `wake` notified when something changes next.
    pub(super) fn wait_with(&self, wake: &Wake) {
        self.lock().waiting.push(wake.clone());
    }

    /// What is in a slot.
    pub(super) fn state_of(&self, index: u8) -> Result<ReaderState> {
        let mut state = self.lock();
        if state.gone {
            return Err(ErrorKind::NotFound.into());
        }
        let slot = state.slot(index)?;
        let usage = match slot.handles.values().next() {
            None => ReaderUsage::Free,
            Some(handle) if handle.exclusive => ReaderUsage::Exclusive,
            Some(_) => ReaderUsage::Shared,
        };
        Ok(ReaderState {
            usage,
            atr: slot.met.as_ref().map(|met| met.atr.clone()),
            changes: Some(slot.changes),
            ..ReaderState::new(slot.card)
        })
    }

    /// Waits until the thread is free and `check` has nothing against it.
    fn occupy(
        &self,
        wait: &Wait,
        mut check: impl FnMut(&mut State<F>) -> Result<bool>,
    ) -> Result<Seat<'_, F>> {
        wait.check()?;
        let wake = Wake::new();
        loop {
            {
                let mut state = self.lock();
                state.check_attached()?;
                if check(&mut state)? && !state.occupied {
                    state.occupied = true;
                    return Ok(Seat(self));
                }
                state.waiting.push(wake.clone());
            }
            if let Err(error) = wait.on(&wake) {
                return Err(match error.kind() {
                    ErrorKind::TimedOut => {
                        Error::new(ErrorKind::Busy, "another connection holds the card")
                            .with_source(error)
                    }
                    _ => error,
                });
            }
        }
    }

    /// The seat of a handle: nobody else has the card, and it is the one that the handle knows.
    fn seat(&self, index: u8, handle: u64, wait: &Wait) -> Result<Seat<'_, F>> {
        self.occupy(wait, |state| {
            let slot = state.slot(index)?;
            slot.check(handle)?;
            Ok(slot.owner.is_none_or(|owner| owner == handle))
        })
    }

    fn ask(
        &self,
        _seat: &Seat<'_, F>,
        slot: u8,
        what: What<Order<F>>,
        wait: &Wait,
    ) -> Result<Reply> {
        let reply = self
            .worker
            .call(Request { slot, what }, wait)
            .inspect_err(|error| {
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Cancelled) {
                    self.lock().draining = self.me.upgrade();
                    self.news.notify();
                }
            })?;
        match &reply {
            Err(error) if error.kind() == ErrorKind::Disconnected => self.lose(),
            // It told so before the interrupt pipe did.
            Err(error) if error.kind() == ErrorKind::NoCard => self.see(slot, Seen::Absent),
            _ => {}
        }
        reply
    }

    fn see(&self, index: u8, seen: Seen) {
        let mut state = self.lock();
        if let Ok(slot) = state.slot(index) {
            slot.see(seen);
        }
        state.changed();
    }

    /// Looks at a slot, whoever uses it: waits so long for its turn, and then for the reader. Whoever
    /// had the turn before may have used up all of a common time, and a look that is given up is in
    /// everybody's way.
    pub(super) fn look(&self, index: u8, changed: bool, limit: Duration) -> Result<()> {
        let wait = || Wait::at_most(self.clock.clone(), limit);
        let seat = self.occupy(&wait(), |_| Ok(true))?;
        match self.ask(&seat, index, What::Look { changed }, &wait())? {
            Reply::Seen(seen) => self.see(index, seen),
            _ => return Err(unexpected()),
        }
        Ok(())
    }

    /// Opens a connection: its number, and the card.
    pub(super) fn connect(&self, index: u8, mode: ShareMode, wait: &Wait) -> Result<(u64, Met)> {
        let exclusive = mode == ShareMode::Exclusive;
        let free = |state: &mut State<F>| {
            let slot = state.slot(index)?;
            slot.is_present()?;
            let others = slot.handles.values().next();
            if others.is_some_and(|other| other.exclusive || exclusive) {
                return Err(Error::new(
                    ErrorKind::Busy,
                    "another connection uses the card exclusively, or would be shut out",
                ));
            }
            Ok(true)
        };
        let seat = self.occupy(wait, free)?;
        let met = self.meet(&seat, index, wait)?;
        let mut state = self.lock();
        state.next_handle += 1;
        let number = state.next_handle;
        let slot = state.slot(index)?;
        let epoch = slot.epoch;
        slot.handles.insert(number, Handle { exclusive, epoch });
        Ok((number, met))
    }

    fn meet(&self, seat: &Seat<'_, F>, index: u8, wait: &Wait) -> Result<Met> {
        let Reply::Met(met, reset) = self.ask(seat, index, What::Meet, wait)? else {
            return Err(unexpected());
        };
        let mut state = self.lock();
        let slot = state.slot(index)?;
        if reset {
            slot.epoch += 1;
        }
        if slot.card != CardPresence::Present {
            slot.changes = slot.changes.wrapping_add(1);
        }
        slot.card = CardPresence::Present;
        slot.met = Some(met.clone());
        state.changed();
        Ok(met)
    }

    /// Has the thread do something with the card of `handle`.
    pub(super) fn use_card(
        &self,
        index: u8,
        handle: u64,
        what: What<Order<F>>,
        wait: &Wait,
    ) -> Result<Bytes> {
        let seat = self.seat(index, handle, wait)?;
        match self.ask(&seat, index, what, wait)? {
            Reply::Bytes(bytes) => Ok(bytes),
            _ => Err(unexpected()),
        }
    }

    /// Takes the card for `handle` alone.
    pub(super) fn begin(&self, index: u8, handle: u64, wait: &Wait) -> Result<()> {
        let nested = |state: &mut State<F>| {
            let slot = state.slot(index)?;
            slot.check(handle)?;
            if slot.owner == Some(handle) {
                return Err(Error::invalid_input("a transaction is already open"));
            }
            Ok(slot.owner.is_none())
        };
        let _seat = self.occupy(wait, nested)?;
        self.lock().slot(index)?.owner = Some(handle);
        Ok(())
    }

    /// Gives the card back, and does `what` to it first. The card is not given back before its
    /// power was taken: a command may be with it still, and take its time.
    pub(super) fn end(
        &self,
        index: u8,
        handle: u64,
        what: Option<What<Order<F>>>,
        wait: &Wait,
    ) -> Result<()> {
        let owned = self.lock().slot(index)?.owner == Some(handle);
        if !owned {
            return Err(Error::invalid_input("no transaction is open"));
        }
        let fresh = self.lock().slot(index)?.check(handle);
        let ended = match (&fresh, what) {
            (Ok(()), Some(what)) => self.power(index, what, wait),
            _ => Ok(()),
        };
        let mut state = self.lock();
        state.slot(index)?.owner = None;
        state.changed();
        drop(state);
        fresh.and(ended)
    }

    /// Resets the card or takes its power: every handle has to reconnect.
    fn power(&self, index: u8, what: What<Order<F>>, wait: &Wait) -> Result<()> {
        let seat = self.occupy(wait, |_| Ok(true));
        let done = seat.and_then(|seat| self.ask(&seat, index, what, wait));
        if done.is_err() {
            // A command is still with the card: nothing may be left open behind it.
            self.worker.afterwards(Request {
                slot: index,
                what: What::PowerOff,
            });
        }
        self.lock().slot(index)?.epoch += 1;
        done.map(drop)
    }

    /// Connects `handle` anew.
    pub(super) fn reconnect(
        &self,
        index: u8,
        handle: u64,
        what: Option<What<Order<F>>>,
        wait: &Wait,
    ) -> Result<Met> {
        let seat = self.occupy(wait, |state| {
            let slot = state.slot(index)?;
            if !slot.handles.contains_key(&handle) {
                return Err(ErrorKind::Disconnected.into());
            }
            slot.is_present()?;
            Ok(slot.owner.is_none_or(|owner| owner == handle))
        })?;
        if let Some(what) = what {
            self.ask(&seat, index, what, wait)?;
            self.lock().slot(index)?.epoch += 1;
        }
        let met = self.meet(&seat, index, wait)?;
        let mut state = self.lock();
        let slot = state.slot(index)?;
        let epoch = slot.epoch;
        if let Some(handle) = slot.handles.get_mut(&handle) {
            handle.epoch = epoch;
        }
        Ok(met)
    }

    /// Ends a connection; a card that it had for itself loses its power, and one that somebody else
    /// reset or has for himself is left alone.
    pub(super) fn close(
        &self,
        index: u8,
        handle: u64,
        what: Option<What<Order<F>>>,
        wait: &Wait,
    ) -> Result<()> {
        let (known, owned, fresh, free) = {
            let mut state = self.lock();
            let slot = state.slot(index)?;
            let known = slot.handles.contains_key(&handle);
            let owned = slot.owner == Some(handle);
            (
                known,
                owned,
                slot.check(handle).is_ok(),
                owned || slot.owner.is_none(),
            )
        };
        if !known {
            return Ok(());
        }
        let what = if owned { Some(What::PowerOff) } else { what };
        let done = match what {
            Some(what) if fresh && free => self.power(index, what, wait),
            _ => Ok(()),
        };
        let mut state = self.lock();
        let slot = state.slot(index)?;
        slot.handles.remove(&handle);
        if owned {
            slot.owner = None;
        }
        state.changed();
        state.check_attached()?;
        drop(state);
        done
    }
}

impl<F: Family> Drop for Device<F> {
    /// The listener ends, and the thread takes the power of every card.
    fn drop(&mut self) {
        self.news.notify();
    }
}

fn unexpected() -> Error {
    Error::protocol("the reader's thread answered something else")
}
