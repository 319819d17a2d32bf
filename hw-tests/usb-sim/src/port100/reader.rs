//! The reader on the bus, and what a hand does to it.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Answer;

use super::air::{Disturbance, Heard};
use super::frame::{self, Request};
use super::lie::Lie;
use super::picc::{Chip, Picc, Said, Trouble};
use super::{BULK_IN, BULK_OUT};
use crate::descriptor::{Descriptors, Identity, endpoint, interface, transfer};
use crate::device::{Read, Speed, UsbDevice, Waker};

/// The two readers with this chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// RC-S380/S.
    S,
    /// RC-S380/P.
    P,
}

impl Model {
    /// Vendor, product and strings.
    #[must_use]
    pub fn identity(self) -> Identity {
        let (product, name) = match self {
            Self::S => (0x06C1, "RC-S380/S"),
            Self::P => (0x06C3, "RC-S380/P"),
        };
        Identity {
            vendor: 0x054C,
            product,
            release: 0x0111,
            manufacturer: "SONY",
            name,
        }
    }

    /// One interface of a vendor's class with two bulk pipes.
    fn descriptors(self) -> Descriptors {
        const VENDOR: [u8; 3] = [0xFF, 0, 0];
        let mut body = interface(0, 0, 2, VENDOR).to_vec();
        body.extend(endpoint(BULK_OUT, transfer::BULK, 64, 0));
        body.extend(endpoint(BULK_IN, transfer::BULK, 64, 0));
        Descriptors::new(Speed::Full, &self.identity(), VENDOR, 1, &body)
    }
}

/// A reader. Clones are the same reader: one goes on the bus, the others are hands.
#[derive(Clone)]
pub struct Port100Reader(Arc<Shared>);

pub(super) struct Shared {
    model: Model,
    descriptors: Descriptors,
    state: Mutex<State>,
    jobs: Sender<Job>,
}

/// A command for the card, which takes its time on a thread of its own.
struct Job {
    number: u64,
    card: VirtualCard,
    command: Vec<u8>,
}

pub(super) struct State {
    waker: Waker,
    incoming: Vec<u8>,
    outgoing: VecDeque<Vec<u8>>,
    pub(super) chip: super::firmware::Firmware,
    pub(super) picc: Option<Picc>,
    /// A listening that lasts.
    listening: Option<Listening>,
    /// The job that the card works on, and what came of one.
    job: u64,
    result: Option<Answer>,
    disturbances: VecDeque<Disturbance>,
    pub(super) lie: Option<Lie>,
    seed: u32,
    frames: u64,
}

/// The chip waits for the card.
struct Listening {
    more_time_at: Instant,
    until: Instant,
    disturbance: Disturbance,
}

impl Port100Reader {
    /// A reader with nothing near it.
    #[must_use]
    pub fn new(model: Model) -> Self {
        let (jobs, received) = std::sync::mpsc::channel();
        let shared = Arc::new(Shared {
            model,
            descriptors: model.descriptors(),
            state: Mutex::new(State {
                waker: Waker::new(),
                incoming: Vec::new(),
                outgoing: VecDeque::new(),
                chip: super::firmware::Firmware::default(),
                picc: None,
                listening: None,
                job: 0,
                result: None,
                disturbances: VecDeque::new(),
                lie: None,
                seed: 0x2A17_C0DE,
                frames: 0,
            }),
            jobs,
        });
        let theirs = Arc::downgrade(&shared);
        std::thread::spawn(move || work(&theirs, &received));
        Self(shared)
    }

    /// Which one it is.
    #[must_use]
    pub fn model(&self) -> Model {
        self.0.model
    }

    /// Holds a card near.
    pub fn insert(&self, card: &VirtualCard) {
        self.insert_chip(card, Chip::PLAIN);
    }

    /// The same with a chip that differs.
    pub fn insert_chip(&self, card: &VirtualCard, chip: Chip) {
        self.0.put(Some(Picc::new(Some(card.clone()), chip)));
    }

    /// Holds something near that answers polls and nothing else.
    pub fn insert_mute(&self) {
        let mute = Chip {
            mute: true,
            ..Chip::PLAIN
        };
        self.0.put(Some(Picc::new(None, mute)));
    }

    /// Takes away what is near. A command under way gets no answer.
    pub fn remove(&self) {
        self.0.put(None);
    }

    /// From now on it lies, or no more.
    pub fn lie(&self, lie: Option<Lie>) {
        self.0.lock().lie = lie;
    }

    /// What becomes of the next exchanges in the air, one by one.
    pub fn disturb(&self, disturbances: &[Disturbance]) {
        self.0.lock().disturbances.extend(disturbances);
    }

    /// How many frames went over the air to the card so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.0.lock().frames
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, picc: Option<Picc>) {
        let mut state = self.lock();
        if let Some(picc) = &mut state.picc {
            picc.power_off();
        }
        state.picc = picc;
        state.job += 1;
        state.result = None;
        if state.chip.field {
            state.power_on();
        }
        state.waker.wake();
    }

    /// Has the card hear a frame.
    fn card_hears(&self, state: &mut State, frame: &[u8], wait: Duration) {
        state.frames += 1;
        let disturbance = state.disturbances.pop_front().unwrap_or(Disturbance::None);
        let said = match &mut state.picc {
            Some(picc) if disturbance != Disturbance::LostToCard => picc.hear(frame),
            _ => Said::Nothing,
        };
        let now = Instant::now();
        let patience = state.picc.as_ref().map_or(Duration::ZERO, Picc::fwt) / 2;
        state.listening = Some(Listening {
            more_time_at: now + patience,
            until: now + wait,
            disturbance,
        });
        if let Some(lie) = state.lie.and_then(|lie| lie.instead(frame)) {
            return state.card_says(Some(lie));
        }
        match said {
            Said::Frame(frame) => state.card_says(Some(frame)),
            Said::Noise => state.card_says(None),
            Said::Works(command) => {
                state.job += 1;
                state.result = None;
                let card = state.picc.as_ref().and_then(|picc| picc.card.clone());
                if let Some(card) = card {
                    let number = state.job;
                    // Its thread lives as long as the reader.
                    let _ = self.jobs.send(Job {
                        number,
                        card,
                        command,
                    });
                }
            }
            Said::Nothing | Said::GoesOn => {}
        }
    }

    fn command(&self, state: &mut State, code: u8, data: &[u8]) {
        if state.lie == Some(Lie::Deaf) {
            return;
        }
        state.outgoing.push_back(frame::ACK.to_vec());
        let was_on = state.chip.field;
        match state.chip.command(code, data) {
            super::firmware::Outcome::Answer(answer) => state.answer(code, &answer),
            super::firmware::Outcome::Unknown => {
                state.outgoing.push_back(frame::ERROR.to_vec());
            }
            super::firmware::Outcome::ToCard { frame, wait, heard } => {
                state.power_on();
                if heard {
                    self.card_hears(state, &frame, wait);
                } else {
                    // Modulated so that no card of Type B understands it.
                    let now = Instant::now();
                    state.listening = Some(Listening {
                        more_time_at: now + wait,
                        until: now + wait,
                        disturbance: Disturbance::LostToCard,
                    });
                }
            }
        }
        if was_on
            && !state.chip.field
            && let Some(picc) = &mut state.picc
        {
            picc.power_off();
            state.job += 1;
        }
    }
}

impl State {
    fn power_on(&mut self) {
        self.seed = self
            .seed
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        let pupi = self.seed.to_be_bytes();
        if let Some(picc) = &mut self.picc {
            picc.power_on(pupi);
        }
    }

    fn answer(&mut self, code: u8, data: &[u8]) {
        let mut frame = frame::answer(code, data);
        if let Some(lie) = self.lie {
            lie.spoil(&mut frame);
        }
        if !frame.is_empty() {
            self.outgoing.push_back(frame);
        }
    }

    /// The chip is done listening.
    fn heard(&mut self, heard: &Heard) {
        self.listening = None;
        let mut data = heard.status.to_le_bytes().to_vec();
        if heard.status == super::air::status::GOOD {
            data.push(8);
            data.extend_from_slice(&heard.frame);
        }
        if let Some(Lie::Status(status)) = self.lie {
            data = status.to_le_bytes().to_vec();
        }
        self.answer(super::firmware::IN_COMM_RF, &data);
    }

    /// The card says a frame, or noise.
    fn card_says(&mut self, frame: Option<Vec<u8>>) {
        let disturbance = match &self.listening {
            Some(listening) => listening.disturbance,
            None => return,
        };
        match (disturbance, frame) {
            // It goes on listening.
            (Disturbance::LostFromCard, _) => {}
            (Disturbance::BrokenFromCard, _) | (_, None) => self.heard(&Heard::broken()),
            (_, Some(mut frame)) => {
                // Polls and ATTRIB are answered honestly: the lies are about blocks.
                if let Some(lie) = self.lie
                    && frame.first().is_some_and(|pcb| pcb & 0x02 != 0)
                {
                    lie.spoil_block(&mut frame);
                }
                self.heard(&Heard::frame(frame));
            }
        }
    }

    /// Lets time pass for the chip and the card.
    fn advance(&mut self) {
        let Some(listening) = &self.listening else {
            return;
        };
        let now = Instant::now();
        let (late, over) = (now >= listening.more_time_at, now >= listening.until);
        let Some(picc) = &mut self.picc else {
            if over {
                self.heard(&Heard::nothing());
            }
            return;
        };
        let said = match self.result.take() {
            Some(Answer::Response(answer)) => Some(picc.done(answer)),
            Some(Answer::LinkError) => {
                picc.fail(Trouble::Noise);
                Some(Said::Noise)
            }
            Some(Answer::Mute | Answer::Gone) => {
                picc.fail(Trouble::Hangs);
                None
            }
            None if late && picc.is_working() => Some(picc.ask_for_time()),
            None => None,
        };
        match said {
            Some(Said::Frame(frame)) => self.card_says(Some(frame)),
            Some(_) => self.card_says(None),
            None => {}
        }
        if over && self.listening.is_some() {
            self.heard(&Heard::nothing());
        } else if let Some(listening) = &mut self.listening
            && late
        {
            // What it said was lost.
            listening.more_time_at = listening.until;
        }
    }
}

/// Has the card carry out commands, until the reader is gone.
fn work(reader: &Weak<Shared>, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        let answer = job.card.process(&job.command);
        let Some(shared) = reader.upgrade() else {
            return;
        };
        let mut state = shared.lock();
        if state.job == job.number {
            if !job.card.powered() {
                // A fault of the card's own pulled it away.
                state.picc = None;
            }
            state.result = Some(answer);
        }
        state.waker.wake();
    }
}

impl UsbDevice for Port100Reader {
    fn descriptors(&self) -> &Descriptors {
        &self.0.descriptors
    }

    fn attached(&mut self, waker: Waker) {
        let mut state = self.0.lock();
        state.waker = waker;
        // What was under way before belongs to a bus that is gone, and the chip lost its power.
        state.incoming.clear();
        state.outgoing.clear();
        state.listening = None;
        state.chip = super::firmware::Firmware::default();
        if let Some(picc) = &mut state.picc {
            picc.power_off();
        }
    }

    fn write(&mut self, endpoint: u8, data: &[u8]) -> bool {
        if endpoint != BULK_OUT {
            return false;
        }
        let mut state = self.0.lock();
        state.incoming.extend_from_slice(data);
        while let Some(request) = frame::take(&mut state.incoming) {
            // A new command ends the one before, and so does an acknowledgement.
            state.listening = None;
            state.outgoing.clear();
            match request {
                Request::Ack => {}
                Request::Command { code, data } => self.0.command(&mut state, code, &data),
                Request::Nonsense => state.outgoing.push_back(frame::ERROR.to_vec()),
            }
        }
        true
    }

    fn read(&mut self, endpoint: u8, length: usize) -> Read {
        if endpoint != BULK_IN {
            return Read::Stall;
        }
        let mut state = self.0.lock();
        state.advance();
        match state.outgoing.pop_front() {
            None => Read::Pending,
            Some(mut message) => {
                if message.len() > length {
                    let rest = message.split_off(length);
                    state.outgoing.push_front(rest);
                }
                Read::Data(message)
            }
        }
    }

    fn due_in(&self) -> Option<Duration> {
        let state = self.0.lock();
        let listening = state.listening.as_ref()?;
        let works = state.picc.as_ref().is_some_and(Picc::is_working);
        let next = match (works, listening.more_time_at) {
            (true, more_time_at) => more_time_at.min(listening.until),
            (false, _) => listening.until,
        };
        Some(next.saturating_duration_since(Instant::now()))
    }
}
