//! Recordings of [`Record`](myna_hal::layer::Record), played without the devices.
//!
//! A recording names the dialogue that was held in its note `dialogue`: the library's own dialogue
//! is then held again, on a reader that answers as the recorded one did, at the recorded times of a
//! virtual clock. Bodies, which no recording has, come from a virtual card. A recording without that
//! note, or one of `raw`, is called step by step as it stands.
//!
//! | note | values |
//! |---|---|
//! | `dialogue` | `authenticate`, `certificate`, `face`, `screen`, `raw` |
//! | `guard` | `keep-last`, `allow-last`, `bare`: the guard of the PIN's tries |
//! | `outcome` | `ok`, or the code of the failure; of `raw` dialogues there is none |
//!
//! What cannot be held again is a dialogue with a PIN on the reader's own keys, because a reader's
//! answers to control codes are not in a recording, and one that knew the kind of card before. The
//! virtual card's certificate is made as long as the recorded one; its portrait is not, and where
//! another one took more or fewer commands to read, the replay departs there, and says so.

mod dialogue;
mod length;
mod raw;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, CardReader as _};
use myna_hal::layer::{
    Departure, Lines, Operation, Record, Recording, RecordingError, Replay, Step,
};
use myna_hal::sim::card::Profile;
use myna_hal::sim::{self, VirtualCard, VirtualContext};
use myna_hal::time::Clock;
use myna_hal::{Result, Wait};

pub use dialogue::{Dialogue, Guard, Kind, OK, Opening};

/// More lines than any recording has.
const LINES: usize = 500_000;

/// The day of the virtual clock. Any one does: the virtual card's certificate is issued before it.
const TODAY: &str = "2026-11-22T00:00:00Z";

/// The virtual card's. Whether it was the right one on the recorded card, its answer says.
const PIN: &str = "1234";

/// What became of a recording.
#[derive(Debug)]
pub struct Played {
    /// The dialogue that was held.
    pub dialogue: Dialogue,
    /// What came of it: [`OK`] or the code of a failure. `None` of a raw one.
    pub outcome: Option<&'static str>,
    /// What the recording says of that.
    pub recorded_outcome: Option<String>,
    /// The connections of the recording, and what was done on each.
    pub steps: Vec<Vec<PlayedStep>>,
    /// Where the program did something else.
    pub departure: Option<Departure>,
    /// Time that passed on the virtual clock.
    pub took: Duration,
    /// The time of all recorded calls.
    pub recorded: Duration,
}

/// A recorded call, and what was done in its place.
#[derive(Debug)]
pub struct PlayedStep {
    /// What was recorded.
    pub recorded: Step,
    /// When it was called, on the virtual clock.
    pub at: Duration,
    /// What came of it now. `None`: it was not called.
    pub played: Option<Step>,
}

impl PlayedStep {
    /// Whether the same call had the same outcome in the same time. A call that hung has no recorded
    /// outcome and takes what its caller has patience for; a connection that was open already takes
    /// no time.
    #[must_use]
    pub fn is_same(&self) -> bool {
        let Some(played) = &self.played else {
            return false;
        };
        let outcome = |step: &Step| step.answer.as_ref().map(|(_, outcome)| outcome.clone());
        let same = match self.recorded.operation {
            Operation::Attach => outcome(played) == outcome(&self.recorded),
            _ => played.answer == self.recorded.answer,
        };
        played.operation == self.recorded.operation && (self.recorded.answer.is_none() || same)
    }
}

/// Why a recording cannot be played.
#[derive(Debug)]
pub enum Unplayable {
    /// It is no recording.
    Malformed(RecordingError),
    /// A note has a value that nobody knows.
    Note(&'static str, String),
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Note(key, value) => write!(f, "the note `{key}` cannot be `{value}`"),
        }
    }
}

impl std::error::Error for Unplayable {}

impl Played {
    /// What is different from the recording, if anything is.
    #[must_use]
    pub fn difference(&self) -> Option<String> {
        if let Some(departure) = &self.departure {
            return Some(departure.to_string());
        }
        let mut steps = self.steps.iter().flatten();
        if let Some(step) = steps.find(|step| !step.is_same()) {
            let line = step.recorded.line;
            return Some(format!("line {line} of the recording came out differently"));
        }
        match (self.outcome, &self.recorded_outcome) {
            (Some(outcome), Some(recorded)) if outcome != recorded => Some(format!(
                "the outcome is `{outcome}`, the recorded one was `{recorded}`"
            )),
            _ => None,
        }
    }
}

/// Plays a recording.
///
/// # Errors
/// [`Unplayable`]; that the dialogue went another way is none.
pub fn play(text: &str) -> std::result::Result<Played, Unplayable> {
    let recording = Recording::parse(text).map_err(Unplayable::Malformed)?;
    let dialogue = Dialogue::of(&recording)?;
    let virtual_clock = sim::Clock::starting_at(TODAY.parse().expect("a literal"));
    let clock: Arc<dyn Clock> = virtual_clock.shared();
    let _seat = virtual_clock.enter();
    let profile = Profile {
        certificate_length: length::of_certificate(&recording),
        ..Profile::default()
    };
    let card = VirtualCard::new(profile, clock.clone());
    let bodies = VirtualContext::new(clock.clone()).add_reader("Bodies");
    bodies.insert(&card);
    let replay = Replay::new(recording.clone(), clock.clone()).with_bodies_from(bodies);
    let tape = Lines::new(LINES);
    let begun = clock.now();
    // Opened as the recorded ones were: asked for, or open already.
    let mut openings = recording.dialogues().iter().map(|it| it.steps.first());
    let mut open = |wait: &Wait| -> Result<Box<dyn CardConnection>> {
        let first = openings.next().flatten().map(|step| &step.operation);
        let (sink, clock) = (tape.sink(), clock.clone());
        match first {
            Some(Operation::Connect(mode)) => {
                Record::reader(replay.clone(), sink, clock).connect(*mode, wait)
            }
            _ => {
                let connection = replay.connection(wait)?;
                Ok(Box::new(Record::connection(connection, sink, clock)))
            }
        }
    };
    let outcome = match dialogue.kind {
        Kind::Raw => {
            raw::play(&recording, &mut open, &clock);
            None
        }
        _ => {
            let connections = recording.dialogues().len();
            Some(dialogue.hold(&mut open, &card, PIN, connections, &clock))
        }
    };
    let took = clock.now().since(begun);
    let again = Recording::parse(&tape.text()).map_err(Unplayable::Malformed)?;
    Ok(Played {
        dialogue,
        outcome,
        recorded_outcome: recording.note("outcome").map(str::to_owned),
        steps: side_by_side(&recording, &again),
        departure: replay.verdict().err(),
        took,
        recorded: time_of(&recording),
    })
}

/// The time of all calls.
fn time_of(recording: &Recording) -> Duration {
    let steps = recording.dialogues().iter().flat_map(|it| &it.steps);
    steps.map(took).sum()
}

fn took(step: &Step) -> Duration {
    step.answer
        .as_ref()
        .map_or(Duration::ZERO, |(took, _)| *took)
}

fn side_by_side(recording: &Recording, again: &Recording) -> Vec<Vec<PlayedStep>> {
    let mut at = Duration::ZERO;
    let mut connections = Vec::new();
    for (index, recorded) in recording.dialogues().iter().enumerate() {
        let played = again.dialogues().get(index);
        let played = |step: usize| played.and_then(|it| it.steps.get(step)).cloned();
        let mut steps = Vec::new();
        for (index, recorded) in recorded.steps.iter().enumerate() {
            let step = PlayedStep {
                recorded: recorded.clone(),
                at,
                played: played(index),
            };
            at += step.played.as_ref().map_or(Duration::ZERO, took);
            steps.push(step);
        }
        connections.push(steps);
    }
    connections
}

/// One line for people: when, what, how long, what came of it.
impl fmt::Display for PlayedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let said = |step: &Step| match &step.answer {
            Some((took, outcome)) => format!("+{:.3} {outcome}", milliseconds(*took)),
            None if step.operation == Operation::Drop => String::new(),
            None => "no answer".to_owned(),
        };
        let recorded = said(&self.recorded);
        write!(
            f,
            "{:>10.3} ms  line {:<4} {}  {recorded}",
            milliseconds(self.at),
            self.recorded.line,
            self.recorded.operation,
        )?;
        match &self.played {
            _ if self.is_same() => Ok(()),
            Some(played) => write!(f, "  NOW {} {}", played.operation, said(played)),
            None => f.write_str("  NOT CALLED"),
        }
    }
}
