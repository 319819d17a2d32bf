//! A recorded dialogue, read back.

use std::collections::BTreeMap;
use std::time::Duration;

use super::line::{Operation, Outcome, Words, number};
use super::words::milliseconds;

/// First line of every recording: the format and its version.
pub(super) const HEADING: &str = "myna-hal recording 1";

/// Longest line, in bytes. The longest that is written has about 130.
const MAX_LINE: usize = 512;

/// Most lines: an hour of uninterrupted reading.
const MAX_LINES: usize = 200_000;

/// The connections of a recording, in the order in which they were opened.
///
/// # The line format, version 1
///
/// UTF-8 text. Lines end with a line feed; words are separated by one space. The first line is
/// `myna-hal recording 1`. Empty lines, and lines that start with `#`, say nothing. Every other
/// line is a call or the answer to one:
///
/// ```text
/// > AT CONNECTION OPERATION
/// < AT CONNECTION +TOOK OUTCOME
/// ```
///
/// *AT* is the time since the recording began and *TOOK* the time that the call took, both in
/// milliseconds with three decimals. *CONNECTION* is a number, 1 for the first connection. A
/// connection has one call at a time; calls of several connections may interleave. A call without
/// an answer was under way when the recording ended, whatever ended it.
///
/// | operation | meaning | outcomes |
/// |---|---|---|
/// | `connect MODE` | a connection is asked for, `shared` or `exclusive` | `card`, `error` |
/// | `attach` | the recording begins on an open connection | `card` |
/// | `transmit HEADER NC/NE FORM [NAME]` | a command APDU: CLA INS P1 P2; bytes of data and bytes expected; lengths `short` or `extended`; for a SELECT with at most 16 bytes of data this data, never any other | `response`, `error` |
/// | `begin` | a transaction is asked for | `done`, `error` |
/// | `end DISPOSITION` | it is ended: `leave`, `reset`, `unpower`, `eject` | `done`, `error` |
/// | `reconnect DISPOSITION` | | `card`, `error` |
/// | `control CODE LENGTH` | a command for the reader of this many bytes | `bytes`, `error` |
/// | `disconnect DISPOSITION` | the connection is ended | `done`, `error` |
/// | `drop` | the connection is dropped | none |
///
/// | outcome | meaning |
/// |---|---|
/// | `done` | |
/// | `card ATR PROTOCOL CAPABILITIES` | the card there: answer to reset; `t0`, `t1` or `raw`; the bits of [`ReaderCapabilities`](crate::card::ReaderCapabilities) |
/// | `response LENGTH STATUS` | a response APDU: bytes of data, SW1-SW2 |
/// | `bytes LENGTH` | what the reader answered to `control` |
/// | `error KIND` | the [code](crate::ErrorKind::code) of a kind of error |
///
/// Bytes, headers, status words, codes and capabilities are hexadecimal digits, two for each byte;
/// lengths and numbers are decimal. A connection starts with `connect` or `attach` and ends with
/// `disconnect` or `drop`, or with the recording.
///
/// A line `# KEY: VALUE`, with a key of letters and hyphens, is a note: what was done, for programs
/// that do it again ([`Recording::note`]).
///
/// A reader of the format refuses what it does not know, lines of more than 512 bytes, and more
/// than 200,000 lines. Lines of a connection whose start is missing are left out: a program that
/// keeps the last thousand lines loses the oldest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    dialogues: Vec<Dialogue>,
    left_out: usize,
    notes: BTreeMap<String, String>,
}

/// What happened on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialogue {
    /// Every call; the first opens the connection.
    pub steps: Vec<Step>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Line of the call, counted from 1.
    pub line: usize,
    /// What was called.
    pub operation: Operation,
    /// How long it took and what came of it. `None`: nothing did, or it was a drop.
    pub answer: Option<(Duration, Outcome)>,
}

/// Why a text is not a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The first line is another one.
    #[error("the first line is not `{HEADING}`")]
    Heading,
    /// A line that the format does not have.
    #[error("line {0} is neither a call nor an answer of the format")]
    Malformed(usize),
    /// A line of more than 512 bytes.
    #[error("line {0} is too long")]
    LongLine(usize),
    /// A call while another one on the same connection is not answered, or after its end.
    #[error("line {0} calls a connection that is busy, ended, or already open")]
    Unexpected(usize),
    /// An answer to nothing, or one that such a call does not have.
    #[error("line {0} answers no call of its kind")]
    Unasked(usize),
    /// More than 200,000 lines.
    #[error("more than {MAX_LINES} lines")]
    TooLong,
}

impl Recording {
    /// Reads a recording. What it keeps is bounded by the length of `text` and by 200,000 lines.
    ///
    /// # Errors
    /// [`RecordingError`], with the line.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        let mut lines = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        if lines.next().is_none_or(|(line, _)| line != HEADING) {
            return Err(RecordingError::Heading);
        }
        let mut recording = Self {
            notes: text.lines().filter_map(note).collect(),
            ..Self::default()
        };
        let mut places = BTreeMap::new();
        for (count, (line, at)) in lines.enumerate() {
            if count == MAX_LINES {
                return Err(RecordingError::TooLong);
            }
            if line.len() > MAX_LINE {
                return Err(RecordingError::LongLine(at));
            }
            let line = Line::parse(line).ok_or(RecordingError::Malformed(at))?;
            recording.add(line, at, &mut places)?;
        }
        Ok(recording)
    }

    /// What happened on each connection.
    #[must_use]
    pub fn dialogues(&self) -> &[Dialogue] {
        &self.dialogues
    }

    /// The note with this key; the last one of several.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        self.notes.get(key).map(String::as_str)
    }

    /// How many lines belong to connections whose start is missing.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    fn add(
        &mut self,
        line: Line,
        at: usize,
        places: &mut BTreeMap<u32, usize>,
    ) -> Result<(), RecordingError> {
        let place = places.get(&line.connection).copied();
        let dialogue = place.and_then(|place| self.dialogues.get_mut(place));
        match (line.said, dialogue) {
            (Said::Call(operation), None) if operation.opens() => {
                places.insert(line.connection, self.dialogues.len());
                let steps = vec![Step::new(at, operation)];
                self.dialogues.push(Dialogue { steps });
            }
            (_, None) => self.left_out += 1,
            (Said::Call(operation), Some(dialogue)) => {
                if operation.opens() || !dialogue.is_idle() {
                    return Err(RecordingError::Unexpected(at));
                }
                dialogue.steps.push(Step::new(at, operation));
            }
            (Said::Answer(took, outcome), Some(dialogue)) => {
                let step = dialogue.steps.last_mut();
                let step = step
                    .filter(|step| step.answer.is_none() && step.operation.takes(&outcome))
                    .ok_or(RecordingError::Unasked(at))?;
                step.answer = Some((took, outcome));
            }
        }
        Ok(())
    }
}

impl Dialogue {
    /// Whether the next call may come.
    fn is_idle(&self) -> bool {
        self.steps.last().is_some_and(|step| match &step.answer {
            None => false,
            Some((_, Outcome::Failed(_))) => !step.operation.opens(),
            Some(_) => !matches!(step.operation, Operation::Disconnect(_)),
        })
    }
}

impl Step {
    fn new(line: usize, operation: Operation) -> Self {
        Self {
            line,
            operation,
            answer: None,
        }
    }
}

impl Operation {
    fn opens(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Attach)
    }

    /// Whether `outcome` is one of this operation's.
    fn takes(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Drop, _) | (Self::Attach, Outcome::Failed(_)) => false,
            (_, Outcome::Failed(_)) => true,
            (Self::Connect(_) | Self::Attach | Self::Reconnect(_), outcome) => {
                matches!(outcome, Outcome::Card { .. })
            }
            (Self::Transmit(_), outcome) => matches!(outcome, Outcome::Response(..)),
            (Self::Control(..), outcome) => matches!(outcome, Outcome::Bytes(_)),
            (Self::Begin | Self::End(_) | Self::Disconnect(_), outcome) => {
                matches!(outcome, Outcome::Done)
            }
        }
    }
}

/// Key and value of a note.
fn note(line: &str) -> Option<(String, String)> {
    let (key, value) = line.strip_prefix("# ")?.split_once(": ")?;
    let is_key = |key: &str| key.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
    is_key(key).then(|| (key.to_owned(), value.to_owned()))
}

struct Line {
    connection: u32,
    said: Said,
}

enum Said {
    Call(Operation),
    Answer(Duration, Outcome),
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let mut words = Words::of(line);
        let mark = words.next()?;
        milliseconds(words.next()?)?;
        let connection = u32::try_from(number(words.next()?, usize::MAX)?).ok()?;
        let said = match mark {
            ">" => Said::Call(Operation::parse(words)?),
            "<" => {
                let took = milliseconds(words.next()?.strip_prefix('+')?)?;
                Said::Answer(took, Outcome::parse(words)?)
            }
            _ => return None,
        };
        Some(Self { connection, said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::random::Random;

    const GOOD: &str = "\
# from the field
myna-hal recording 1
> 0.000 1 connect shared
< 2.000 1 +2.000 card 3B00 t1 00000003
> 2.100 1 begin
> 2.100 2 connect shared
< 2.150 2 +0.050 error busy
< 2.200 1 +0.100 done

> 3.000 1 transmit 00B08A00 0/65536 extended
";

    #[test]
    fn connections_interleave_and_the_last_call_may_hang() {
        let recording = Recording::parse(GOOD).expect("well-formed");
        let [first, second] = recording.dialogues() else {
            panic!("two connections: {recording:?}");
        };
        assert_eq!(first.steps.len(), 3);
        assert_eq!(first.steps[2].line, 10);
        assert_eq!(first.steps[2].answer, None);
        let busy = Outcome::Failed(ErrorKind::Busy);
        assert_eq!(
            second.steps[0].answer,
            Some((Duration::from_micros(50), busy))
        );
        assert_eq!(recording.left_out(), 0);
    }

    #[test]
    fn notes_are_read_and_other_remarks_are_not() {
        let noted = format!("{GOOD}# dialogue: screen\n# Times: none\n#outcome: no\n# a: b: c\n");
        let recording = Recording::parse(&noted).expect("well-formed");
        assert_eq!(recording.note("dialogue"), Some("screen"));
        assert_eq!(recording.note("a"), Some("b: c"));
        assert_eq!(
            (recording.note("Times"), recording.note("outcome")),
            (None, None)
        );
        let plain = Recording::parse(GOOD).expect("well-formed");
        assert_eq!(recording.dialogues(), plain.dialogues());
    }

    #[test]
    fn a_recording_that_lost_its_beginning_keeps_what_is_whole() {
        let text = format!("{HEADING}\n< 1.000 7 +1.000 done\n> 2.000 7 drop\n> 3.000 8 attach\n");
        let recording = Recording::parse(&text).expect("well-formed");
        assert_eq!(recording.left_out(), 2);
        assert_eq!(recording.dialogues().len(), 1);
    }

    #[test]
    fn every_way_to_be_wrong_has_its_line() {
        let after = |lines: &str| Recording::parse(&format!("{GOOD}{lines}\n"));
        let answer = "< 4.000 1 +1.000 response 0 9000";
        assert!(after(answer).is_ok());
        assert_eq!(after("nonsense"), Err(RecordingError::Malformed(11)));
        assert_eq!(after("> 4 1 begin"), Err(RecordingError::Malformed(11)));
        assert_eq!(
            after("> 4.000 1 begin"),
            Err(RecordingError::Unexpected(11))
        );
        assert_eq!(
            after("> 4.000 2 begin"),
            Err(RecordingError::Unexpected(11))
        );
        assert_eq!(
            after(&format!("{answer}\n> 4.000 1 attach")),
            Err(RecordingError::Unexpected(12))
        );
        assert_eq!(
            after("< 4.000 1 +1.000 done"),
            Err(RecordingError::Unasked(11))
        );
        assert_eq!(
            after(&format!("{answer}\n{answer}")),
            Err(RecordingError::Unasked(12))
        );
        assert_eq!(after(&"> ".repeat(300)), Err(RecordingError::LongLine(11)));
        for text in ["", "#", "myna-hal recording 2\n"] {
            assert_eq!(Recording::parse(text), Err(RecordingError::Heading));
        }
        let endless = format!(
            "{HEADING}\n{}",
            "< 1.000 7 +1.000 done\n".repeat(MAX_LINES + 1)
        );
        assert_eq!(Recording::parse(&endless), Err(RecordingError::TooLong));
    }

    #[test]
    fn damaged_recordings_are_answers_not_panics() {
        let mut random = Random(0x5eed);
        for _ in 0..20_000 {
            let mut bytes = GOOD.as_bytes().to_vec();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                match random.below(3) {
                    0 => bytes[at] = random.next() as u8,
                    1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, *random.pick(b" \n0+.9A<>#")),
                }
            }
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(recording) = Recording::parse(&text) {
                let steps: usize = recording.dialogues().iter().map(|d| d.steps.len()).sum();
                assert!(steps + recording.left_out() <= text.lines().count());
            }
        }
    }
}
