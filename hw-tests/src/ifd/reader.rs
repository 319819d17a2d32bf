//! A reader that a test holds in its hands.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use myna_hal::sim::PinPadFirmware;
use myna_hal::sim::card::Answer;
use myna_hal::time::SystemClock;
use myna_hal::{Error, ErrorKind, Wait};

use super::Chip;
use super::protocol::{operation, status};
use super::server;

/// The daemon looks once more when it takes a card's power, and forgets what it saw: one look
/// could miss that the slot was empty.
const EMPTY_LOOKS: u8 = 2;

/// Longer than any pad waits for its keys.
const PAD_PATIENCE: Duration = Duration::from_secs(100);

/// `SCARD_ATTR_ICC_PRESENCE`, and what it is with and without a card (PC/SC part 3).
const ICC_PRESENCE: u32 = 0x0009_0300;
const PRESENT: u8 = 2;
const NOT_PRESENT: u8 = 0;

/// What was done to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Power from none.
    On,
    /// Warm reset: by name, or by giving power to a card that has it, as CCID readers do.
    WarmReset,
    /// Power taken.
    Off,
}

/// How a reader reports a card that leaves during a command. Real ones do either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// There is no card.
    Absent,
    /// The exchange failed.
    Failed,
}

/// A reader. Clones are the same reader.
#[derive(Clone)]
pub struct TestReader(Arc<Shared>);

struct Shared {
    name: String,
    path: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    plugged: bool,
    inserted: Option<Inserted>,
    /// How many more looks find the slot empty, if it was so only for an instant: readers report
    /// that even when another card is in already.
    empty_looks: u8,
    powered: bool,
    /// Counts what was put in.
    insertions: u64,
    /// Counts how often the daemon looked into the slot.
    looks: u64,
    /// How long a card may be silent.
    patience: Duration,
    pulled: Pulled,
    /// Whether the reader knows the attribute that says so.
    tells_presence: bool,
    /// Counts how often a client wanted to know.
    presence_asked: u64,
    /// Operations that get no answer for now.
    held: Vec<u8>,
    /// Operations that are under way.
    asked: Vec<u8>,
    powers: Vec<Power>,
    pad: Option<PinPadFirmware>,
    /// The daemon, if it listens.
    listener: Option<UnixStream>,
    /// There is something that it did not ask about yet.
    news: bool,
}

#[derive(Clone)]
enum Inserted {
    Chip(Arc<dyn Chip>),
    /// Does not even answer a reset.
    Mute,
}

impl State {
    /// Has the daemon ask what is new.
    fn tell(&mut self) {
        if let Some(listener) = &mut self.listener {
            // One that cannot take a byte has enough of them, and one that is gone will not ask.
            let _ = listener.write(&[0]);
        }
    }
}

/// An answer to the handler.
type Reply = (u8, Vec<u8>);

impl TestReader {
    /// A reader without a card, listening at `path`.
    ///
    /// # Panics
    /// When nothing can listen there.
    #[must_use]
    pub fn new(name: &str, path: &Path) -> Self {
        let reader = Self(Arc::new(Shared {
            name: name.to_owned(),
            path: path.to_owned(),
            state: Mutex::new(State {
                plugged: true,
                inserted: None,
                empty_looks: 0,
                powered: false,
                insertions: 0,
                looks: 0,
                patience: Duration::from_secs(10),
                pulled: Pulled::Failed,
                tells_presence: true,
                presence_asked: 0,
                held: Vec::new(),
                asked: Vec::new(),
                powers: Vec::new(),
                pad: None,
                listener: None,
                news: false,
            }),
            changed: Condvar::new(),
        }));
        server::listen(&reader, path);
        reader
    }

    /// Its name in PC/SC, to which the daemon adds two numbers.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Puts a card in, at once. One that was there is gone before the daemon can look.
    pub fn insert(&self, chip: &(impl Chip + Clone + 'static)) {
        self.put(Inserted::Chip(Arc::new(chip.clone())));
    }

    /// Puts in a card that answers as a test says.
    pub fn insert_chip(&self, chip: impl Chip + 'static) {
        self.put(Inserted::Chip(Arc::new(chip)));
    }

    /// Puts something in that does not answer the reset: a card upside down, or without a chip.
    pub fn insert_mute(&self) {
        self.put(Inserted::Mute);
    }

    fn put(&self, inserted: Inserted) {
        self.take();
        self.change(|state| {
            state.inserted = Some(inserted);
            state.insertions += 1;
        });
    }

    /// Pulls the card out, at once. A command under way gets no answer.
    pub fn remove(&self) {
        self.take();
    }

    fn take(&self) {
        let taken = self.change(|state| {
            state.empty_looks = EMPTY_LOOKS;
            state.powered = false;
            state.insertions += 1;
            state.inserted.take()
        });
        if let Some(Inserted::Chip(chip)) = taken {
            chip.power_off();
        }
    }

    /// Unplugs the reader, with what is in it.
    pub fn unplug(&self) {
        self.change(|state| state.plugged = false);
        self.take();
    }

    /// Plugs the reader in, without a card.
    pub fn plug(&self) {
        self.change(|state| state.plugged = true);
    }

    /// How long the reader waits for a card that says nothing: ten seconds unless set.
    pub fn set_patience(&self, patience: Duration) {
        self.change(|state| state.patience = patience);
    }

    /// Gives it keys of its own.
    pub fn set_pad(&self, pad: PinPadFirmware) {
        self.change(|state| state.pad = Some(pad));
    }

    /// What it says of a card that leaves during a command.
    pub fn set_pulled(&self, pulled: Pulled) {
        self.change(|state| state.pulled = pulled);
    }

    /// Whether it tells clients that there is a card, as most readers do, or only the daemon.
    pub fn set_tells_presence(&self, tells: bool) {
        self.change(|state| state.tells_presence = tells);
    }

    /// How often a client asked whether there is a card.
    #[must_use]
    pub fn presence_asked(&self) -> u64 {
        self.state().presence_asked
    }

    /// Gives no answer to an operation until [`TestReader::release`].
    pub fn hold(&self, operation: u8) {
        self.change(|state| state.held.push(operation));
    }

    /// Answers everything again.
    pub fn release(&self) {
        self.change(|state| state.held.clear());
    }

    /// Waits until an operation is under way; says whether it came in time.
    #[must_use]
    pub fn await_asked(&self, operation: u8, limit: Duration) -> bool {
        self.await_state(limit, |state| state.asked.contains(&operation))
    }

    /// Has the daemon look into the slot and waits until it has done what it does about it, which
    /// it has when it looks once more; says whether it did so in time.
    #[must_use]
    pub fn await_look(&self, limit: Duration) -> bool {
        (0..2).all(|_| {
            let before = self.change(|state| state.looks);
            self.await_state(limit, |state| state.looks > before)
        })
    }

    fn await_state(&self, limit: Duration, reached: impl Fn(&State) -> bool) -> bool {
        let (state, waited) = self
            .0
            .changed
            .wait_timeout_while(self.state(), limit, |state| !reached(state))
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        !waited.timed_out()
    }

    /// What was done to cards since the last call.
    #[must_use]
    pub fn powers(&self) -> Vec<Power> {
        std::mem::take(&mut self.state().powers)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        state.news = true;
        state.tell();
        drop(state);
        self.0.changed.notify_all();
        result
    }

    /// The daemon wants to hear of changes.
    pub(super) fn tell(&self, listener: UnixStream) {
        if listener.set_nonblocking(true).is_ok() {
            let mut state = self.state();
            // The daemon has one per reader; whoever was there before is its ghost.
            state.listener = Some(listener);
            if state.news {
                state.tell();
            }
        }
    }

    /// One question of the daemon.
    pub(super) fn answer(&self, operation: u8, body: &[u8]) -> Reply {
        self.change_quietly(|state| state.asked.push(operation));
        let state = self
            .0
            .changed
            .wait_while(self.state(), |state| state.held.contains(&operation));
        drop(state);
        let reply = self.carry_out(operation, body);
        self.change_quietly(|state| {
            let at = state.asked.iter().position(|asked| *asked == operation);
            at.map(|at| state.asked.remove(at));
        });
        reply
    }

    /// A change that is no news to the daemon.
    fn change_quietly<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.0.changed.notify_all();
        result
    }

    fn carry_out(&self, operation: u8, body: &[u8]) -> Reply {
        if !self.state().plugged {
            return (status::UNPLUGGED, Vec::new());
        }
        match operation {
            operation::PRESENCE => (self.presence(), Vec::new()),
            operation::POWER_UP | operation::RESET => self.power_up(),
            operation::POWER_DOWN => self.power_down(),
            operation::TRANSMIT => self.transmit(body),
            operation::CONTROL => self.control(body),
            operation::ATTRIBUTE => self.attribute(body),
            _ => (status::UNSUPPORTED, Vec::new()),
        }
    }

    fn presence(&self) -> u8 {
        let mut state = self.state();
        state.news = false;
        state.looks += 1;
        let present = state.inserted.is_some();
        let shown = present && state.empty_looks == 0;
        state.empty_looks = state.empty_looks.saturating_sub(1);
        drop(state);
        if present && !shown {
            // There is more to see.
            self.change(|_| ());
        }
        if shown { status::DONE } else { status::ABSENT }
    }

    /// What the reader tells a client about itself.
    fn attribute(&self, tag: &[u8]) -> Reply {
        let mut state = self.state();
        let known = tag == ICC_PRESENCE.to_be_bytes();
        state.presence_asked += u64::from(known);
        if !known || !state.tells_presence {
            return (status::UNSUPPORTED, Vec::new());
        }
        let value = match state.inserted {
            Some(_) => PRESENT,
            None => NOT_PRESENT,
        };
        (status::DONE, vec![value])
    }

    fn power_up(&self) -> Reply {
        let mut state = self.state();
        let chip = match &state.inserted {
            None => return (status::ABSENT, Vec::new()),
            Some(Inserted::Mute) => return (status::SILENT, Vec::new()),
            Some(Inserted::Chip(chip)) => chip.clone(),
        };
        let warm = std::mem::replace(&mut state.powered, true);
        state
            .powers
            .push(if warm { Power::WarmReset } else { Power::On });
        drop(state);
        let atr = if warm { chip.reset() } else { chip.power_on() };
        (status::DONE, atr)
    }

    fn power_down(&self) -> Reply {
        let mut state = self.state();
        if let Some(Inserted::Chip(chip)) = state.inserted.clone()
            && std::mem::take(&mut state.powered)
        {
            state.powers.push(Power::Off);
            drop(state);
            chip.power_off();
        }
        (status::DONE, Vec::new())
    }

    fn transmit(&self, command: &[u8]) -> Reply {
        let state = self.state();
        let (insertion, patience) = (state.insertions, state.patience);
        let chip = match &state.inserted {
            None => return (status::ABSENT, Vec::new()),
            // One that came since, and that nobody gave power.
            Some(Inserted::Chip(chip)) if state.powered => chip.clone(),
            Some(_) => return (status::FAILED, Vec::new()),
        };
        drop(state);
        match chip.process(command) {
            Answer::Response(bytes) => (status::DONE, bytes),
            Answer::LinkError => (status::FAILED, Vec::new()),
            Answer::Mute => self.silence(insertion, patience),
            Answer::Gone => {
                // A fault of the card's own pulls it out here, too.
                if self.state().insertions == insertion {
                    self.take();
                }
                self.pulled()
            }
        }
    }

    /// A command to the reader itself, which may send one to the card.
    fn control(&self, body: &[u8]) -> Reply {
        let pad = self.state().pad.clone();
        let (Some((code, input)), Some(pad)) = (body.split_first_chunk(), pad) else {
            return (status::UNSUPPORTED, Vec::new());
        };
        // What became of the card's part, which the pad only knows as an error.
        let mut failed = status::FAILED;
        let mut send = |command: &[u8]| match self.transmit(command) {
            (status::DONE, answer) => Ok(answer),
            (status, _) => {
                failed = status;
                Err(Error::protocol("the card"))
            }
        };
        let wait = Wait::at_most(SystemClock::shared(), PAD_PATIENCE);
        match pad.control(u32::from_be_bytes(*code), input, &mut send, &wait) {
            Ok(answer) => (status::DONE, answer),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                (status::UNSUPPORTED, Vec::new())
            }
            Err(_) => (failed, Vec::new()),
        }
    }

    /// Waits for a card that says nothing, until it is pulled out.
    fn silence(&self, insertion: u64, patience: Duration) -> Reply {
        let end = Instant::now() + patience;
        let (state, waited) = self
            .0
            .changed
            .wait_timeout_while(
                self.state(),
                end.saturating_duration_since(Instant::now()),
                |state| state.insertions == insertion,
            )
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        if waited.timed_out() {
            (status::SILENT, Vec::new())
        } else {
            self.pulled()
        }
    }

    fn pulled(&self) -> Reply {
        let state = self.state();
        let status = match state.pulled {
            _ if !state.plugged => status::UNPLUGGED,
            Pulled::Absent => status::ABSENT,
            Pulled::Failed => status::FAILED,
        };
        (status, Vec::new())
    }
}
