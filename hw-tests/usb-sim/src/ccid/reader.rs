//! The reader on the bus, and what a hand does to it.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use myna_hal::sim::firmware::PinPadFirmware;
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::wait::CancelToken;

use super::job::{self, Job};
use super::lie::{Lie, MORE_TIME};
use super::message::{self, Command, Icc, Outcome};
use super::product::{BULK_IN, BULK_OUT, INTERRUPT_IN, Product};
use super::t1::CardT1;
use super::wire::Wire;
use crate::descriptor::Descriptors;
use crate::device::{Read, Setup, UsbDevice, Waker};

/// `bRequest` of ABORT to the interface (CCID 1.1 §5.3.1).
const ABORT: (u8, u8) = (0x21, 0x01);

/// A reader. Clones are the same reader: one goes on the bus, the others are hands.
#[derive(Clone)]
pub struct CcidReader(Arc<Shared>);

pub(super) struct Shared {
    pub(super) product: Product,
    descriptors: Descriptors,
    /// The keys and their firmware, if it has any.
    pub(super) pad: Option<PinPadFirmware>,
    keys: Keypad,
    state: Mutex<State>,
    /// Something happened to a card.
    pub(super) changed: Condvar,
}

pub(super) struct State {
    waker: Waker,
    incoming: Vec<u8>,
    outgoing: VecDeque<Vec<u8>>,
    pub(super) slots: Vec<Slot>,
    lie: Option<Lie>,
    /// Notifications that are sent whether anything changed or not.
    storm: u32,
    /// See [`CcidReader::only_slow`].
    pub(super) only_slow: bool,
    /// See [`CcidReader::refuse_parameters`].
    pub(super) refuses_parameters: bool,
    /// The types of the commands so far.
    seen: Vec<u8>,
    /// How long a card may be silent.
    pub(super) patience: Duration,
    /// Observed with the SPR532 (libccid's comments): after this escape command it appends the
    /// PIN to a template of four bytes without padding.
    pub(super) appends_pin: bool,
    /// A job's number: what an aborted one brings is not wanted any more.
    pub(super) next_job: u64,
}

#[derive(Clone)]
pub(super) enum Inserted {
    Card(VirtualCard),
    /// Does not answer its reset.
    Mute,
}

pub(super) struct Slot {
    pub(super) inserted: Option<Inserted>,
    pub(super) powered: bool,
    /// Counts what was put in and pulled out.
    pub(super) insertion: u64,
    /// The interrupt pipe has not told yet.
    changed: bool,
    pub(super) link: CardT1,
    pub(super) wire: Wire,
    /// How many blocks of the card are still to arrive broken.
    pub(super) garbled: u8,
    /// Parts of a command and of an answer that are longer than a message.
    pub(super) chain_in: Vec<u8>,
    pub(super) chain_out: Vec<u8>,
    pub(super) chaining: bool,
    pub(super) running: Option<Running>,
    pub(super) jobs: Sender<Job>,
}

/// A command that takes its time.
pub(super) struct Running {
    pub(super) number: u64,
    command: Command,
    more_time_at: Instant,
    pub(super) cancel: CancelToken,
}

impl Slot {
    pub(super) fn icc(&self) -> Icc {
        match (&self.inserted, self.powered) {
            (None, _) => Icc::Absent,
            (Some(_), true) => Icc::Active,
            (Some(_), false) => Icc::Inactive,
        }
    }

    /// Forgets what was under way with the last card.
    pub(super) fn forget(&mut self) {
        self.link.reset();
        self.chain_in.clear();
        self.chain_out.clear();
        self.chaining = false;
    }
}

impl CcidReader {
    /// A reader of this product, without a card.
    #[must_use]
    pub fn new(product: &Product) -> Self {
        let keys = Keypad::new(product.key);
        let slots = usize::from(product.last_slot) + 1;
        let (jobs, received): (Vec<_>, Vec<_>) =
            (0..slots).map(|_| std::sync::mpsc::channel()).unzip();
        let slots = jobs
            .into_iter()
            .map(|jobs| Slot {
                inserted: None,
                powered: false,
                insertion: 0,
                changed: true,
                link: CardT1::default(),
                wire: Wire::default(),
                garbled: 0,
                chain_in: Vec::new(),
                chain_out: Vec::new(),
                chaining: false,
                running: None,
                jobs,
            })
            .collect();
        let shared = Arc::new(Shared {
            descriptors: product.descriptors(),
            pad: product
                .pad()
                .map(|pad| PinPadFirmware::new(pad, keys.clone())),
            keys,
            product: product.clone(),
            state: Mutex::new(State {
                waker: Waker::new(),
                incoming: Vec::new(),
                outgoing: VecDeque::new(),
                slots,
                lie: None,
                storm: 0,
                only_slow: false,
                refuses_parameters: false,
                seen: Vec::new(),
                patience: Duration::from_secs(2),
                appends_pin: false,
                next_job: 0,
            }),
            changed: Condvar::new(),
        });
        for (index, received) in received.into_iter().enumerate() {
            job::start(&shared, index, received);
        }
        Self(shared)
    }

    /// What it is.
    #[must_use]
    pub fn product(&self) -> &Product {
        &self.0.product
    }

    /// Its keys, for whoever types.
    #[must_use]
    pub fn keys(&self) -> &Keypad {
        &self.0.keys
    }

    /// Puts a card in (or holds it near).
    pub fn insert(&self, card: &VirtualCard) {
        self.insert_at(0, card);
    }

    /// The same with one of several slots.
    pub fn insert_at(&self, slot: usize, card: &VirtualCard) {
        self.0.put(slot, Some(Inserted::Card(card.clone())));
    }

    /// Puts in something that does not answer its reset.
    pub fn insert_mute(&self) {
        self.0.put(0, Some(Inserted::Mute));
    }

    /// Pulls out what is in. A command under way gets no answer of the card.
    pub fn remove(&self) {
        self.remove_at(0);
    }

    /// The same with one of several slots.
    pub fn remove_at(&self, slot: usize) {
        self.0.put(slot, None);
    }

    /// From now on it lies, or no more.
    pub fn lie(&self, lie: Option<Lie>) {
        self.0.lock().lie = lie;
        self.0.wake();
    }

    /// Tells so many times on the interrupt pipe that its slots changed.
    pub fn storm(&self, times: u32) {
        self.0.lock().storm = times;
        self.0.wake();
    }

    /// With blocks: the card asks so many times for more time before its next answer.
    pub fn ask_for_time(&self, times: u8) {
        if let Some(slot) = self.0.lock().slots.first_mut() {
            slot.link.ask_for_time(times);
        }
    }

    /// How fast the card and it go, if both go as fast: Fi and Di, as in TA1 of an answer to reset.
    #[must_use]
    pub fn speed(&self) -> Option<u8> {
        self.0.lock().slots.first()?.wire.speed()
    }

    /// It cannot follow at a higher speed than the first, whatever it claims.
    pub fn only_slow(&self) {
        self.0.lock().only_slow = true;
    }

    /// It does not let itself be told parameters.
    pub fn refuse_parameters(&self) {
        self.0.lock().refuses_parameters = true;
    }

    /// With blocks: so many of the card's next ones arrive broken.
    pub fn garble(&self, blocks: u8) {
        if let Some(slot) = self.0.lock().slots.first_mut() {
            slot.garbled = blocks;
        }
    }

    /// The types of the commands (`bMessageType`) since the last call.
    #[must_use]
    pub fn take_seen(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().seen)
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        let waker = self.lock().waker.clone();
        self.changed.notify_all();
        waker.wake();
    }

    /// Changes what is in a slot.
    pub(super) fn put(&self, index: usize, inserted: Option<Inserted>) {
        let mut state = self.lock();
        let Some(slot) = state.slots.get_mut(index) else {
            return;
        };
        let taken = std::mem::replace(&mut slot.inserted, inserted);
        slot.insertion += 1;
        slot.powered = false;
        slot.changed = true;
        slot.forget();
        drop(state);
        if let Some(Inserted::Card(card)) = taken {
            card.power_off();
        }
        self.wake();
    }

    /// What came of a job, unless it was aborted meanwhile.
    pub(super) fn finish(&self, index: usize, number: u64, outcome: &Outcome) {
        let mut state = self.lock();
        let Some(slot) = state.slots.get_mut(index) else {
            return;
        };
        if let Some(running) = slot.running.take_if(|running| running.number == number) {
            state.reply(&running.command, outcome);
        }
        drop(state);
        self.wake();
    }
}

impl State {
    /// Says something about a command.
    pub(super) fn reply(&mut self, command: &Command, outcome: &Outcome) {
        let icc = self.icc(command.slot);
        let message = message::reply(command, icc, outcome);
        self.say(message);
    }

    fn icc(&self, slot: u8) -> Icc {
        self.slots
            .get(usize::from(slot))
            .map_or(Icc::Absent, Slot::icc)
    }

    fn say(&mut self, mut message: Vec<u8>) {
        if let Some(lie) = self.lie {
            lie.spoil(&mut message);
        }
        if !message.is_empty() {
            self.outgoing.push_back(message);
        }
    }

    /// A command is with the card from now on; its job's number.
    pub(super) fn run(&mut self, command: Command, cancel: CancelToken) -> u64 {
        self.next_job += 1;
        let number = self.next_job;
        if let Some(slot) = self.slots.get_mut(usize::from(command.slot)) {
            slot.running = Some(Running {
                number,
                command,
                more_time_at: Instant::now() + MORE_TIME,
                cancel,
            });
        }
        number
    }

    /// The next bytes of the bulk pipe.
    fn next_message(&mut self, length: usize) -> Read {
        if self.outgoing.is_empty() {
            self.ask_for_more_time();
        }
        let Some(mut message) = self.outgoing.pop_front() else {
            return Read::Pending;
        };
        if message.len() > length {
            let rest = message.split_off(length);
            self.outgoing.push_front(rest);
        } else if self.lie == Some(Lie::MoreTime) && message.get(7) == Some(&0x80) {
            // For ever: the same again.
            self.outgoing.push_back(message.clone());
        }
        Read::Data(message)
    }

    fn ask_for_more_time(&mut self) {
        let now = Instant::now();
        let mut due = Vec::new();
        for slot in &mut self.slots {
            let icc = slot.icc();
            if let Some(running) = &mut slot.running
                && running.more_time_at <= now
            {
                running.more_time_at = now + MORE_TIME;
                due.push(message::more_time(&running.command, icc));
            }
        }
        for message in due {
            self.say(message);
        }
    }

    fn next_notification(&mut self) -> Read {
        if self.storm == 0 && !self.slots.iter().any(|slot| slot.changed) {
            return Read::Pending;
        }
        let storm = self.storm > 0;
        self.storm = self.storm.saturating_sub(1);
        let slots = self.slots.iter_mut().map(|slot| {
            let changed = std::mem::take(&mut slot.changed) || storm;
            (slot.inserted.is_some(), changed)
        });
        Read::Data(message::slot_change(slots))
    }
}

impl UsbDevice for CcidReader {
    fn descriptors(&self) -> &Descriptors {
        &self.0.descriptors
    }

    fn attached(&mut self, waker: Waker) {
        let mut state = self.0.lock();
        state.waker = waker;
        // What was under way before belongs to a bus that is gone.
        state.incoming.clear();
        state.outgoing.clear();
        for slot in &mut state.slots {
            slot.changed = true;
        }
    }

    fn control(&mut self, setup: &Setup, _: &[u8]) -> Option<Vec<u8>> {
        if (setup.request_type, setup.request) != ABORT {
            return None;
        }
        let [slot, _] = setup.value.to_le_bytes();
        let state = self.0.lock();
        let slot = state.slots.get(usize::from(slot))?;
        if let Some(running) = &slot.running {
            running.cancel.cancel();
        }
        Some(Vec::new())
    }

    fn write(&mut self, endpoint: u8, data: &[u8]) -> bool {
        if endpoint != BULK_OUT {
            return false;
        }
        let mut state = self.0.lock();
        state.incoming.extend_from_slice(data);
        if state.incoming.len() > self.0.product.max_message as usize {
            state.incoming.clear();
            return false;
        }
        while let Some(command) = Command::take(&mut state.incoming) {
            state.seen.push(command.kind);
            self.0.command(&mut state, command);
        }
        true
    }

    fn read(&mut self, endpoint: u8, length: usize) -> Read {
        let mut state = self.0.lock();
        match endpoint {
            BULK_IN => state.next_message(length),
            INTERRUPT_IN => state.next_notification(),
            _ => Read::Stall,
        }
    }

    fn due_in(&self) -> Option<Duration> {
        let state = self.0.lock();
        let running = state.slots.iter().filter_map(|slot| slot.running.as_ref());
        let next = running.map(|running| running.more_time_at).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }
}
