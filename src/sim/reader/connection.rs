//! A connection to a virtual card.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::hub::{Hub, Power, Slot, State};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::sim::card::{Answer, VirtualCard};
use crate::time::Wake;
use crate::wait::Wait;

pub(super) struct VirtualConnection {
    hub: Arc<Hub>,
    index: usize,
    number: u64,
    info: DeviceInfo,
    atr: Atr,
    protocol: Protocol,
}

impl VirtualConnection {
    pub(super) fn new(
        hub: Arc<Hub>,
        index: usize,
        number: u64,
        info: DeviceInfo,
        atr: Atr,
    ) -> Self {
        let protocol = if atr.offers(1) {
            Protocol::T1
        } else {
            Protocol::Raw
        };
        Self {
            hub,
            index,
            number,
            info,
            atr,
            protocol,
        }
    }

    /// Whether this handle may still be used at all.
    fn check_open(&self, state: &State) -> Result<()> {
        state.check_service()?;
        let slot = &state.slots[self.index];
        if slot.plugged && slot.handles.contains_key(&self.number) {
            Ok(())
        } else {
            Err(ErrorKind::Disconnected.into())
        }
    }

    /// Whether it still speaks to the card that it knows.
    fn check_card(&self, state: &mut State) -> Result<()> {
        self.check_open(state)?;
        let now = self.hub.clock.now();
        let slot = &mut state.slots[self.index];
        slot.present_card()?;
        // Looked at when somebody comes or waits; nobody can tell the difference.
        if slot.idles_out(now).is_some_and(|left| left.is_zero()) {
            slot.reset(Power::Reset);
        }
        let known = slot
            .handles
            .get(&self.number)
            .is_some_and(|handle| handle.changes == slot.changes && !handle.reset);
        if known {
            Ok(())
        } else {
            Err(ErrorKind::CardReset.into())
        }
    }

    /// Waits until no other handle has the card; `check` is asked again every time.
    fn acquire(
        &self,
        wait: &Wait,
        check: impl Fn(&mut State) -> Result<()>,
    ) -> Result<MutexGuard<'_, State>> {
        wait.check()?;
        let wake = Wake::new();
        loop {
            let mut state = self.hub.lock();
            check(&mut state)?;
            let now = self.hub.clock.now();
            let slot = &mut state.slots[self.index];
            let drains = slot.drains.filter(|(_, until)| *until > now);
            slot.drains = drains;
            // Our own command that we gave up is still at the card.
            if drains.is_some_and(|(handle, _)| handle == self.number) {
                return Err(ErrorKind::Busy.into());
            }
            let ours = slot.owner.is_none_or(|owner| owner == self.number);
            if ours && slot.transmitting.is_none() && drains.is_none() {
                slot.last_use = now;
                return Ok(state);
            }
            let idles_out = slot.idles_out(now).unwrap_or(Duration::MAX);
            let drained = drains.map_or(Duration::MAX, |(_, until)| until.since(now));
            let left = drained.min(idles_out);
            state.wait_with(&wake);
            drop(state);
            if wait.shortened(left).on(&wake).is_err() {
                wait.check()?;
            }
        }
    }

    /// Has the card work for this handle alone, until [`Self::vacate`].
    fn occupy(&self, wait: &Wait) -> Result<VirtualCard> {
        let mut state = self.acquire(wait, |state| self.check_card(state))?;
        let slot = &mut state.slots[self.index];
        let card = slot.present_card()?.clone();
        slot.transmitting = Some(self.number);
        Ok(card)
    }

    fn vacate(&self) {
        let mut state = self.hub.lock();
        let now = self.hub.clock.now();
        let slot = &mut state.slots[self.index];
        slot.transmitting = None;
        slot.last_use = now;
        if let Some((handle, _)) = &mut slot.drains {
            *handle = self.number;
        }
        state.changed();
    }

    /// Ends our transaction, if we have one.
    fn release(&self, slot: &mut Slot) {
        if slot.owner == Some(self.number) {
            slot.owner = None;
        }
    }

    fn dispose(&self, state: &mut State, disposition: Disposition) {
        match disposition {
            Disposition::Leave => {}
            Disposition::Reset => state.slots[self.index].reset(Power::Reset),
            Disposition::Unpower => state.slots[self.index].reset(Power::Cycle),
            Disposition::Eject => {
                state.remove(self.index);
            }
        }
    }

    /// Closes the handle. A card that somebody else reset, or has for himself, is left alone.
    fn close(&self, disposition: Disposition) -> Result<()> {
        /// A drop must not block for longer than this.
        const PATIENCE: Duration = Duration::from_secs(2);
        if disposition != Disposition::Leave {
            // Nobody's transaction is cut short, as with pcsc-lite.
            let wait = Wait::at_most(self.hub.clock.clone(), PATIENCE);
            drop(self.acquire(&wait, |state| self.check_card(state)));
        }
        let mut state = self.hub.lock();
        self.check_open(&state)?;
        let fresh = self.check_card(&mut state);
        let slot = &mut state.slots[self.index];
        self.release(slot);
        slot.handles.remove(&self.number);
        if fresh.is_ok() && slot.owner.is_none() {
            self.dispose(&mut state, disposition);
        }
        state.publish_state(self.index);
        Ok(())
    }
}

impl CardConnection for VirtualConnection {
    fn reader(&self) -> &DeviceInfo {
        &self.info
    }

    fn atr(&self) -> &Atr {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.hub.lock().slots[self.index].capabilities
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let card = self.occupy(wait)?;
        let result = exchange(&self.hub, self.index, &card, command.as_bytes(), wait);
        self.vacate();
        ResponseApdu::new(result?)
    }

    /// What the reader's own firmware does, with the card to itself meanwhile.
    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let card = self.occupy(wait)?;
        let pad = self.hub.lock().slots[self.index].pad.clone();
        let result = match pad {
            Some(pad) => {
                let mut send = |command: &[u8]| {
                    // A card that was exchanged while the person typed is not asked.
                    exchange(&self.hub, self.index, &card, command, wait)
                };
                pad.control(code.0, input, &mut send, wait)
            }
            None => Err(Error::unsupported("reader control")),
        };
        self.vacate();
        result
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        let mut state = self.acquire(wait, |state| self.check_card(state))?;
        let slot = &mut state.slots[self.index];
        if slot.owner == Some(self.number) {
            return Err(Error::invalid_input("a transaction is already open"));
        }
        slot.owner = Some(self.number);
        Ok(())
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let mut state = self.hub.lock();
        let fresh = self.check_card(&mut state);
        let slot = &mut state.slots[self.index];
        let owned = slot.owner == Some(self.number);
        self.release(slot);
        if fresh.is_ok() && owned {
            self.dispose(&mut state, disposition);
        }
        state.changed();
        drop(state);
        fresh?;
        if owned {
            Ok(())
        } else {
            Err(Error::invalid_input("no transaction is open"))
        }
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let atr = {
            let mut state = self.acquire(wait, |state| {
                self.check_open(state)?;
                state.slots[self.index].present_card().map(|_| ())
            })?;
            self.dispose(&mut state, disposition);
            let slot = &mut state.slots[self.index];
            let atr = slot.atr()?;
            let changes = slot.changes;
            if let Some(handle) = slot.handles.get_mut(&self.number) {
                handle.changes = changes;
                handle.reset = false;
            }
            state.changed();
            atr
        };
        self.atr = atr;
        Ok(())
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        // The drop that follows finds no handle any more.
        self.close(disposition)
    }
}

impl Drop for VirtualConnection {
    fn drop(&mut self) {
        // A drop leaves the card alone, and has nobody to tell what went wrong.
        let _ = self.close(Disposition::Leave);
    }
}

/// One command to `card` in the reader `index`, without asking who may.
pub(super) fn exchange(
    hub: &Hub,
    index: usize,
    card: &VirtualCard,
    command: &[u8],
    wait: &Wait,
) -> Result<Vec<u8>> {
    let answer = card.process_within(command, wait);
    let mut state = hub.lock();
    let slot = &mut state.slots[index];
    let same = slot.card().is_some_and(|present| present.is(card));
    // A fault pulled it out.
    if same && !card.powered() && slot.plugged && state.serving {
        state.remove(index);
    }
    let slot = &mut state.slots[index];
    match answer {
        Ok(Answer::Response(bytes)) => Ok(bytes),
        Ok(Answer::Gone) => Err(if !slot.plugged {
            ErrorKind::Disconnected.into()
        } else if slot.inserted.is_some() {
            ErrorKind::CardReset.into()
        } else {
            ErrorKind::NoCard.into()
        }),
        Ok(Answer::LinkError) => Err(Error::protocol("the link reports a transmission error")),
        Ok(Answer::Mute) => {
            let timeout = slot.card_timeout;
            drop(state);
            Err(silence(hub, index, card, wait, timeout))
        }
        Err(abandoned) => {
            // The command runs on; `transmit` says whose it was.
            slot.drains = Some((u64::MAX, abandoned.until));
            Err(abandoned.error)
        }
    }
}

/// Waits in vain; tells what ended it.
fn silence(hub: &Hub, index: usize, card: &VirtualCard, wait: &Wait, timeout: Duration) -> Error {
    let wake = Wake::new();
    let gone = wait.shortened(timeout).until(&wake, || {
        let mut state = hub.lock();
        state.wait_with(&wake);
        let slot = &state.slots[index];
        let same = slot.card().is_some_and(|present| present.is(card));
        (!same).then_some(())
    });
    match gone {
        Ok(()) => ErrorKind::NoCard.into(),
        // Either the caller's patience or the reader's.
        Err(_) => wait.check().err().unwrap_or_else(super::mute),
    }
}
