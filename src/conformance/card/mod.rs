//! Cases for card readers.

mod context;
mod hygiene;
mod reader;
mod reset;
mod transaction;
mod transmit;
mod unplug;
mod wait;

#[cfg(all(test, feature = "sim"))]
mod mutants;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::report::{Case, Report, Stop, Verdict, fail, skip};
use super::run::{self, AMPLE, Acted, works};
use crate::apdu::{CommandApdu, StatusWord};
use crate::card::{
    CardConnection, CardContext, CardPresence, CardReader, ReaderCapabilities, ShareMode,
};
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// What a bench is asked to do to the reader or the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Put the card in, or back in.
    Insert,
    /// Pull the card out.
    Remove,
    /// Put something in that does not answer the reset.
    InsertMute,
    /// Unplug the reader.
    Unplug,
    /// Plug it in again, with the card in it.
    Plug,
    /// Stop the platform's service.
    StopService,
    /// Start it again, with the card in the reader.
    StartService,
    /// Have the card take this long for its next command.
    SlowNext(Duration),
    /// Have only the first byte of the next answer arrive.
    CutNext,
    /// Have the next command carried out, and its answer lost.
    LoseNext,
}

/// A reader on a bench, with a My Number Card in it and whatever else the bench can do. The two
/// first methods suffice; each of the others allows more cases.
///
/// The cases read what anybody may read without a PIN, and send no VERIFY at all.
pub trait CardBench {
    /// The clock that the driver was made with.
    fn clock(&self) -> Arc<dyn Clock>;

    /// The reader under test, as a program opens it. Called many times.
    ///
    /// # Errors
    /// As the driver says: the cases that need it fail.
    fn reader(&mut self) -> Result<Box<dyn CardReader>>;

    /// The context that lists the reader.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: the driver has none.
    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        Err(Error::unsupported("a card context"))
    }

    /// Does something with the hands, or has a person do it, and returns when it is done.
    fn act(&mut self, act: Act) -> Acted {
        Acted::Impossible(format!("nobody at this bench can do {act:?}"))
    }

    /// How many command APDUs the card has seen so far, if the bench can tell.
    fn commands_seen(&mut self) -> Option<u64> {
        None
    }

    /// How long the platform may take to notice what an act did.
    fn notice(&self) -> Duration {
        AMPLE
    }
}

/// What cases run on.
pub(super) type Bench = dyn CardBench;

/// Every case, in the order in which they run.
pub fn cases() -> impl Iterator<Item = &'static Case<Bench>> {
    [
        context::CASES,
        reader::CASES,
        transmit::CASES,
        wait::CASES,
        transaction::CASES,
        reset::CASES,
        unplug::CASES,
        hygiene::CASES,
    ]
    .into_iter()
    .flatten()
}

/// Runs every case on the reader of `bench`. `started` is called with the name of each case
/// before it runs.
pub fn run(bench: &mut Bench, started: &mut dyn FnMut(&'static str)) -> Report {
    run_some(bench, &|_| true, started)
}

/// [`run`] of the cases alone whose names are `wanted`: where a person serves the bench, each takes
/// time. Only a report of all of them tells whether a driver conforms.
pub fn run_some(
    bench: &mut Bench,
    wanted: &dyn Fn(&str) -> bool,
    started: &mut dyn FnMut(&'static str),
) -> Report {
    let cases: Vec<_> = cases().filter(|case| wanted(case.name)).collect();
    let clock = bench.clock();
    let subject = match bench.reader() {
        Ok(reader) => reader.info().id.to_string(),
        Err(error) => format!("no reader: {error}"),
    };
    run::run(subject, &cases, bench, &clock, started)
}

/// SELECT of the application with the user-authentication key: case 3, answered by `9000` alone.
pub(super) const SELECT: &[u8] = &[
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

/// READ BINARY of the certificate, 256 bytes: it can be read without a PIN.
pub(super) const READ_256: &[u8] = &[0x00, 0xB0, 0x8A, 0x00, 0x00];

/// The same, all of it.
pub(super) const READ_ALL: &[u8] = &[0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00];

/// How often a reader is asked; a watch would be quicker, but not every driver has one.
const PACE: Duration = Duration::from_millis(50);

/// What an answer says: status word and bytes of data.
pub(super) type Said = (StatusWord, usize);

/// Sends a command that is well-formed.
pub(super) fn send(card: &mut dyn CardConnection, command: &[u8], wait: &Wait) -> Result<Said> {
    let response = card.transmit(&CommandApdu::parse(command)?, wait)?;
    Ok((response.status(), response.data().len()))
}

/// Sends SELECT and has it succeed.
pub(super) fn select(card: &mut dyn CardConnection, wait: &Wait) -> Verdict {
    match works("SELECT", send(card, SELECT, wait))? {
        (StatusWord::OK, _) => Ok(()),
        (status, _) => skip(format!(
            "SELECT of the JPKI application answered {status}: not a My Number Card"
        )),
    }
}

/// What cases do with a bench.
impl Bench {
    fn ample(&self) -> Wait {
        Wait::at_most(self.clock(), AMPLE)
    }

    fn within(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock(), limit)
    }

    fn the_reader(&mut self) -> Result<Box<dyn CardReader>, Stop> {
        works("opening the reader", self.reader())
    }

    fn the_context(&mut self) -> Result<Box<dyn CardContext>, Stop> {
        match self.context() {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                skip("the bench has no card context")
            }
            result => works("opening the context", result),
        }
    }

    /// The reader with a card in it, which an earlier case may have taken.
    fn ready(&mut self) -> Result<Box<dyn CardReader>, Stop> {
        let mut reader = self.the_reader()?;
        if works("state", reader.state())?.card != CardPresence::Present {
            self.do_act(Act::Insert)?;
            self.until_card(&mut *reader, CardPresence::Present)?;
        }
        Ok(reader)
    }

    /// A connection. A call that an earlier case gave up may keep the reader busy for a while.
    fn connect(&mut self) -> Result<Box<dyn CardConnection>, Stop> {
        let mut reader = self.ready()?;
        let (patience, wait) = (self.within(self.notice()), self.ample());
        loop {
            match reader.connect(ShareMode::Shared, &wait) {
                Err(error) if error.kind() == ErrorKind::Busy => {
                    if patience.sleep(PACE).is_err() {
                        return works("connect", Err(error));
                    }
                }
                result => return works("connect", result),
            }
        }
    }

    fn do_act(&mut self, act: Act) -> Verdict {
        self.act(act).or_skip()
    }

    /// Skips unless the reader says that it can do this.
    fn needs(&mut self, what: ReaderCapabilities, name: &str) -> Verdict {
        if self.the_reader()?.capabilities().contains(what) {
            Ok(())
        } else {
            skip(format!("the reader does not say {name}"))
        }
    }

    /// Waits until the reader tells of `card`.
    fn until_card(&mut self, reader: &mut dyn CardReader, card: CardPresence) -> Verdict {
        let wait = self.within(self.notice());
        loop {
            let state = works("state", reader.state())?;
            if state.card == card {
                return Ok(());
            }
            if wait.sleep(PACE).is_err() {
                return fail(format!(
                    "the reader tells {:?} and not {card:?} after {} s",
                    state.card,
                    self.notice().as_secs()
                ));
            }
        }
    }

    /// How many commands `work` sent to the card.
    fn counted(&mut self, work: impl FnOnce(&mut Self) -> Verdict) -> Result<u64, Stop> {
        let Some(before) = self.commands_seen() else {
            return skip("the bench cannot tell what the card saw");
        };
        work(self)?;
        let after = self.commands_seen().unwrap_or(before);
        Ok(after.saturating_sub(before))
    }
}
