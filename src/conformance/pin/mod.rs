//! Cases for PIN pads.

mod change;
mod double;
mod entry;
mod host;
mod tries;

#[cfg(all(test, feature = "sim"))]
mod mutants;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::report::{Case, Report, Stop, Verdict, fail, skip};
use super::run::{self, Acted, works};
use crate::apdu::Header;
use crate::card::CardConnection;
use crate::error::{Error, ErrorKind, Result};
use crate::pin::{PinEntry, PinFormat, PinPad, PinPath, PinPrompt, PinPurpose, PinRequest};
use crate::time::Clock;
use crate::wait::Wait;

/// What the person before the pad does when it asks next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Person {
    /// Types the right four digits of the test card, and confirms.
    TypesRight,
    /// Types four digits that are wrong on the test card, and confirms.
    TypesWrong,
    /// Presses the cancel key.
    Cancels,
    /// Touches nothing.
    DoesNothing,
    /// Changes the PIN: types the right four digits, then four others, and those again, and
    /// confirms each. For host pads: no secure pad is asked to change a test card's PIN.
    TypesNewPin,
    /// The same, but the last four digits are not those before them.
    TypesTwoNewPins,
}

/// Whether a VERIFY with digits may go to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tries {
    /// To none. Cases that need it are not run.
    Keep,
    /// The card of the bench is a test card, and its PIN is known to the person at the bench. One
    /// wrong try is spent and restored by the right PIN; none while fewer than three are left.
    TestCard,
}

/// A PIN pad on a bench, with a person before it.
pub trait PinBench {
    /// The clock that the driver was made with.
    fn clock(&self) -> Arc<dyn Clock>;

    /// The pad under test. Called many times.
    ///
    /// # Errors
    /// As the driver says: the cases fail.
    fn pad(&mut self) -> Result<Box<dyn PinPad>>;

    /// Has the person do something when the pad asks next, and returns before that.
    fn person(&mut self, does: Person) -> Acted;

    /// The person forgets what they were asked to do and have not done. Called before every case
    /// and before every [`person`](Self::person), so that no case meets what another one left. For
    /// scripted persons: a human being is asked one thing at a time, and this does nothing.
    fn clear(&mut self) {}

    /// A connection to the test card through the reader that belongs to the pad. Used with
    /// [`Tries::TestCard`] alone.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is none.
    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        Err(Error::unsupported("a test card"))
    }

    /// Longer than the pad itself waits for a person.
    fn patience(&self) -> Duration {
        Duration::from_secs(120)
    }
}

/// What cases run on.
pub struct Bench {
    inner: Box<dyn PinBench>,
    tries: Tries,
}

/// Every case, in the order in which they run.
pub fn cases() -> impl Iterator<Item = &'static Case<Bench>> {
    [entry::CASES, host::CASES, change::CASES, tries::CASES]
        .into_iter()
        .flatten()
}

/// Runs every case on the pad of `bench`. `started` is called with the name of each case before
/// it runs.
pub fn run(
    bench: impl PinBench + 'static,
    tries: Tries,
    started: &mut dyn FnMut(&'static str),
) -> Report {
    run_some(bench, tries, &|_| true, started)
}

/// [`run`] of the cases alone whose names are `wanted`: where a person serves the bench, each takes
/// time. Only a report of all of them tells whether a driver conforms.
pub fn run_some(
    bench: impl PinBench + 'static,
    tries: Tries,
    wanted: &dyn Fn(&str) -> bool,
    started: &mut dyn FnMut(&'static str),
) -> Report {
    let mut bench = Bench {
        inner: Box::new(bench),
        tries,
    };
    let cases: Vec<_> = cases().filter(|case| wanted(case.name)).collect();
    let clock = bench.inner.clock();
    let subject = match bench.inner.pad() {
        Ok(pad) => pad.info().id.to_string(),
        Err(error) => format!("no PIN pad: {error}"),
    };
    run_cases(subject, &cases, &mut bench, &clock, started)
}

/// Runs `cases`, each before a person who has nothing left to do.
fn run_cases(
    subject: String,
    cases: &[&'static Case<Bench>],
    bench: &mut Bench,
    clock: &Arc<dyn Clock>,
    started: &mut dyn FnMut(&'static str),
) -> Report {
    run::run_each(subject, cases, bench, clock, &mut |bench, name| {
        bench.inner.clear();
        started(name);
    })
}

/// How often a card that is in use is asked for.
const AGAIN: Duration = Duration::from_millis(100);

/// The PIN of the user-authentication key: four digits, key reference 98.
fn request() -> PinRequest {
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    PinRequest::new(prompt, Header::new(0x00, 0x20, 0x00, 0x98))
}

impl Bench {
    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }

    fn within(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock(), limit)
    }

    /// Long enough for the pad's own patience to end first.
    fn long(&self) -> Wait {
        self.within(self.inner.patience())
    }

    fn person(&mut self, does: Person) -> Verdict {
        self.inner.clear();
        self.inner.person(does).or_skip()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>, Stop> {
        works("opening the pad", self.inner.pad())
    }

    fn pad_of(&mut self, path: PinPath) -> Result<Box<dyn PinPad>, Stop> {
        let pad = self.pad()?;
        if pad.path() == path {
            Ok(pad)
        } else {
            skip(format!("the pad's path is {:?}", pad.path()))
        }
    }

    /// A pad of the host path whose person typed four digits.
    fn prepared(&mut self) -> Result<Box<dyn PinPad>, Stop> {
        let mut pad = self.pad_of(PinPath::Host)?;
        self.person(Person::TypesRight)?;
        let wait = self.long();
        match works("prepare", pad.prepare(&request().prompt, &wait))? {
            PinEntry::Ready => Ok(pad),
            entry => fail(format!("prepare ended with {entry:?} after four digits")),
        }
    }

    /// A connection to the test card, if there is one and a try may be spent.
    fn test_card(&mut self) -> Result<Box<dyn CardConnection>, Stop> {
        if self.tries != Tries::TestCard {
            return skip("a try of the card would be at stake; say that it is a test card");
        }
        let patience = self.long();
        loop {
            match self.inner.card() {
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    return skip("the bench has no test card");
                }
                // An entry that was given up goes on in some readers until their own time is over.
                Err(error) if error.kind() == ErrorKind::Busy && patience.sleep(AGAIN).is_ok() => {}
                result => return works("opening the test card", result),
            }
        }
    }
}
