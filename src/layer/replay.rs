//! A recording played back as a reader.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::line::{Operation, Outcome, Shape};
use super::recording::{Dialogue, Recording, Step};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, CardPresence, CardReader, ControlCode, Disposition, Protocol,
    ReaderCapabilities, ReaderState, ShareMode,
};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// A reader that answers as the one in a recording did: the same status words, lengths, errors
/// and times. Clones are the same reader.
///
/// Each [`connect`](CardReader::connect) plays the next connection of the recording. A recording
/// has no bodies: answers are filled with zeros, or by [`Replay::with_bodies_from`] with what
/// another card says to the same command, cut or filled up to the recorded length.
///
/// When the program does something else than what was recorded, that call and every later one
/// fails with `InvalidInput`, which names the line; [`Replay::verdict`] tells it too. A call that
/// was not answered in the recording lasts as long as its wait does.
#[derive(Clone)]
pub struct Replay(Arc<Inner>);

struct Inner {
    info: DeviceInfo,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    dialogues: std::vec::IntoIter<Dialogue>,
    at_once: bool,
    bodies: Option<Box<dyn CardReader>>,
    departure: Option<Departure>,
    /// Steps that were not played yet.
    left: usize,
}

/// The program does not do what was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Departure {
    /// Another call came than the recorded one.
    #[error("line {line} of the recording has `{recorded}`, the program did `{done}`")]
    Other {
        /// Line of the recording, from 1.
        line: usize,
        /// The call there.
        recorded: String,
        /// The call that came instead.
        done: String,
    },
    /// A call came after the end of the recording.
    #[error("the recording of this connection has ended, the program did `{done}`")]
    Ended {
        /// The call that came.
        done: String,
    },
    /// The program ended before the recording did.
    #[error("{0} calls of the recording were not made")]
    Short(usize),
}

impl Replay {
    /// A reader that plays `recording`; recorded times pass on `clock`.
    #[must_use]
    pub fn new(recording: Recording, clock: Arc<dyn Clock>) -> Self {
        let dialogues = recording.dialogues().to_vec();
        let left = dialogues.iter().map(|dialogue| dialogue.steps.len()).sum();
        Self(Arc::new(Inner {
            info: DeviceInfo::new("replay", "Recording"),
            clock,
            state: Mutex::new(State {
                dialogues: dialogues.into_iter(),
                at_once: false,
                bodies: None,
                departure: None,
                left,
            }),
        }))
    }

    /// Answers at once instead of after the recorded time.
    #[must_use]
    pub fn at_once(self) -> Self {
        self.0.lock().at_once = true;
        self
    }

    /// Fills answers with what the card in `reader` says.
    #[must_use]
    pub fn with_bodies_from(self, reader: impl CardReader + 'static) -> Self {
        self.0.lock().bodies = Some(Box::new(reader));
        self
    }

    /// The next connection, for programs that are given one. It plays a recording that was made
    /// with either constructor of [`Record`](super::Record).
    ///
    /// # Errors
    /// What was recorded; `InvalidInput` when no connection is left.
    pub fn connection(&self, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        self.open(None, wait)
    }

    /// Whether the program did everything that was recorded and nothing else. A connection counts
    /// as dropped only once it is.
    ///
    /// # Errors
    /// The first [`Departure`].
    pub fn verdict(&self) -> Result<(), Departure> {
        let state = self.0.lock();
        match (&state.departure, state.left) {
            (Some(departure), _) => Err(departure.clone()),
            (None, 0) => Ok(()),
            (None, left) => Err(Departure::Short(left)),
        }
    }

    fn open(&self, mode: Option<ShareMode>, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        wait.check()?;
        let asked = mode.map_or(Operation::Attach, Operation::Connect);
        let dialogue = self.0.lock().dialogues.next();
        let Some(dialogue) = dialogue else {
            return Err(self.0.depart(None, &asked));
        };
        let first = dialogue.steps.first().map(|step| step.operation.clone());
        // Who asks for a connection as such does not say how.
        let asked = match mode {
            None => first.unwrap_or(asked),
            Some(_) => asked,
        };
        let mut script = Script {
            replay: self.0.clone(),
            steps: dialogue.steps.into_iter(),
        };
        let bodies = match &mut self.0.lock().bodies {
            Some(reader) => Some(reader.connect(ShareMode::Shared, wait)?),
            None => None,
        };
        match script.play(&asked, Some(wait))? {
            Outcome::Card {
                atr,
                protocol,
                capabilities,
            } => Ok(Box::new(Replayed {
                script,
                atr,
                protocol,
                capabilities,
                bodies,
            })),
            outcome => Err(unsuited(&outcome)),
        }
    }
}

impl CardReader for Replay {
    fn info(&self) -> &DeviceInfo {
        &self.0.info
    }

    /// A card is there while a connection is left to play.
    fn state(&mut self) -> Result<ReaderState> {
        let left = self.0.lock().dialogues.len();
        Ok(ReaderState::new(if left > 0 {
            CardPresence::Present
        } else {
            CardPresence::Absent
        }))
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        self.open(Some(mode), wait)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn depart(&self, recorded: Option<&Step>, done: &Operation) -> Error {
        let done = done.to_string();
        let departure = match recorded {
            Some(step) => Departure::Other {
                line: step.line,
                recorded: step.operation.to_string(),
                done,
            },
            None => Departure::Ended { done },
        };
        let mut state = self.lock();
        let first = state.departure.get_or_insert(departure);
        Error::invalid_input(first.to_string())
    }
}

/// The steps of one connection that are still to come.
struct Script {
    replay: Arc<Inner>,
    steps: std::vec::IntoIter<Step>,
}

impl Script {
    /// The recorded outcome of `operation`, after the recorded time. A goodbye has no wait.
    fn play(&mut self, operation: &Operation, wait: Option<&Wait>) -> Result<Outcome> {
        if let Some(wait) = wait {
            wait.check()?;
        }
        let (departed, at_once) = {
            let state = self.replay.lock();
            (state.departure.is_some(), state.at_once)
        };
        let step = match self.steps.as_slice().first() {
            Some(step) if !departed && step.operation == *operation => step.clone(),
            other => {
                let other = other.cloned();
                return Err(self.replay.depart(other.as_ref(), operation));
            }
        };
        self.steps.next();
        self.replay.lock().left -= 1;
        let Some((took, outcome)) = step.answer else {
            return Err(hang(wait));
        };
        if !at_once && !took.is_zero() {
            self.pass(took, wait)?;
        }
        match outcome {
            Outcome::Failed(kind) => Err(Error::new(
                kind,
                format!("recorded, line {}: {}", step.line, Error::from(kind)),
            )),
            outcome => Ok(outcome),
        }
    }

    fn pass(&self, took: Duration, wait: Option<&Wait>) -> Result<()> {
        match wait {
            Some(wait) => wait.sleep(took),
            None => Wait::forever(self.replay.clock.clone()).sleep(took),
        }
    }
}

/// Nothing came of the call: the caller's patience ends it.
fn hang(wait: Option<&Wait>) -> Error {
    let endless = Error::new(
        ErrorKind::Disconnected,
        "the recording ends inside this call",
    );
    match wait.and_then(Wait::remaining).zip(wait) {
        Some((left, wait)) => wait
            .sleep(left)
            .and_then(|()| wait.check())
            .err()
            .unwrap_or(endless),
        None => endless,
    }
}

fn unsuited(outcome: &Outcome) -> Error {
    Error::protocol(format!("the recording answers `{outcome}`"))
}

/// A connection of a recording.
struct Replayed {
    script: Script,
    atr: Atr,
    protocol: Protocol,
    capabilities: ReaderCapabilities,
    bodies: Option<Box<dyn CardConnection>>,
}

impl Replayed {
    /// Plays a call whose only good outcome is that it was done.
    fn done(&mut self, operation: &Operation, wait: Option<&Wait>) -> Result<()> {
        match self.script.play(operation, wait)? {
            Outcome::Done => Ok(()),
            outcome => Err(unsuited(&outcome)),
        }
    }

    /// `length` bytes for the answer to `command`.
    fn body(&mut self, command: &CommandApdu, length: usize, wait: &Wait) -> Vec<u8> {
        // Room for the status word too: a buffer that grows leaves a copy behind.
        let mut bytes = Vec::with_capacity(length + 2);
        if let Some(card) = &mut self.bodies
            && let Ok(response) = card.transmit(command, wait)
        {
            bytes.extend(response.data().iter().take(length));
        }
        bytes.resize(length, 0);
        bytes
    }
}

impl CardConnection for Replayed {
    fn reader(&self) -> &DeviceInfo {
        &self.script.replay.info
    }

    fn atr(&self) -> &Atr {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.capabilities
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let operation = Operation::Transmit(Shape::of(command));
        match self.script.play(&operation, Some(wait))? {
            Outcome::Response(length, status) => {
                let mut bytes = self.body(command, length, wait);
                bytes.extend(status.to_u16().to_be_bytes());
                ResponseApdu::new(bytes)
            }
            outcome => Err(unsuited(&outcome)),
        }
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.done(&Operation::Begin, Some(wait))?;
        match &mut self.bodies {
            Some(card) => card.begin_transaction(wait),
            None => Ok(()),
        }
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        if let Some(card) = &mut self.bodies {
            // What the recording says counts.
            let _ = card.end_transaction(disposition);
        }
        self.done(&Operation::End(disposition), None)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        match self
            .script
            .play(&Operation::Reconnect(disposition), Some(wait))?
        {
            Outcome::Card {
                atr,
                protocol,
                capabilities,
            } => {
                self.atr = atr;
                self.protocol = protocol;
                self.capabilities = capabilities;
            }
            outcome => return Err(unsuited(&outcome)),
        }
        match &mut self.bodies {
            Some(card) => card.reconnect(disposition, wait),
            None => Ok(()),
        }
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let operation = Operation::Control(code.0, input.len());
        match self.script.play(&operation, Some(wait))? {
            Outcome::Bytes(length) => Ok(vec![0; length]),
            outcome => Err(unsuited(&outcome)),
        }
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) -> Result<()> {
        self.done(&Operation::Disconnect(disposition), None)
    }
}

impl Drop for Replayed {
    fn drop(&mut self) {
        let next = self.script.steps.as_slice().first();
        // A drop that was not recorded is not a departure: the recording may have ended earlier.
        if next.is_some_and(|step| step.operation == Operation::Drop) {
            self.script.steps.next();
            self.script.replay.lock().left -= 1;
        }
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("Replay")
            .field("calls_left", &state.left)
            .field("departure", &state.departure)
            .finish()
    }
}
