//! The person's side: entries that end without digits.

use std::time::Duration;

use super::double::Double;
use super::{Bench, Person, request, tries};
use crate::apdu::StatusWord;
use crate::conformance::report::{Case, Stop, Verdict, fail};
use crate::conformance::run::{LATE, cancelled_after, check, ended_in_time, fails, in_time, works};
use crate::error::{ErrorKind, Result};
use crate::pin::{PinEntry, PinOutcome, PinPad, PinPath};
use crate::time::Timestamp;
use crate::wait::Wait;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "pin.person-cancels",
        rule: "A person who presses cancel ends the entry with `CancelledByUser`.",
        run: person_cancels,
    },
    Case {
        name: "pin.person-is-too-slow",
        rule: "A person who does nothing ends the entry with `EntryTimedOut`, in the pad's time.",
        run: person_is_too_slow,
    },
    Case {
        name: "pin.caller-cancels",
        rule: "Cancelling the wait ends the entry with the error `Cancelled` within 250 ms.",
        run: caller_cancels,
    },
    Case {
        name: "pin.caller-is-through",
        rule: "The end of the wait ends the entry with the error `TimedOut`, at most 250 ms later.",
        run: caller_is_through,
    },
    Case {
        name: "pin.secure-prepares-at-once",
        rule: "A secure pad asks nobody in `prepare`, which is `Ready` at once.",
        run: secure_prepares_at_once,
    },
];

/// How an entry ended that brought no digits.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Cancelled,
    TimedOut,
    Otherwise(String),
}

impl From<PinEntry> for Ended {
    fn from(entry: PinEntry) -> Self {
        match entry {
            PinEntry::CancelledByUser => Self::Cancelled,
            PinEntry::EntryTimedOut => Self::TimedOut,
            other => Self::Otherwise(format!("{other:?}")),
        }
    }
}

impl From<PinOutcome> for Ended {
    fn from(outcome: PinOutcome) -> Self {
        match outcome {
            PinOutcome::CancelledByUser => Self::Cancelled,
            PinOutcome::EntryTimedOut => Self::TimedOut,
            other => Self::Otherwise(format!("{other:?}")),
        }
    }
}

/// What came of an entry, and when: to look at the card afterwards takes as long as the pad holds it.
struct Asked {
    ended: Result<Ended>,
    at: Timestamp,
}

/// Has the pad ask where it asks: a host pad in `prepare`, a secure one in `verify`. No digits
/// may reach the card.
fn asked(bench: &mut Bench, does: Person, wait: &Wait) -> Result<Asked, Stop> {
    let mut pad = bench.pad()?;
    if pad.path() == PinPath::Host {
        bench.person(does)?;
        let ended = pad.prepare(&request().prompt, wait).map(Ended::from);
        let at = bench.clock().now();
        nothing_is_left(&mut *pad, wait)?;
        return Ok(Asked { ended, at });
    }
    let mut card = tries::Card::open(bench)?;
    bench.person(does)?;
    let ended = match card.verify(&mut *pad, wait) {
        // A pad behind a driver's call that was given up cannot know whether digits still reach
        // the card. It says so, and why.
        Ok(PinOutcome::Unanswered(error)) => Err(error),
        ended => ended,
    }
    .map(Ended::from);
    let at = bench.clock().now();
    card.lost_none(bench)?;
    Ok(Asked { ended, at })
}

/// After an entry without digits a host pad has nothing to send.
fn nothing_is_left(pad: &mut dyn PinPad, wait: &Wait) -> Verdict {
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let wait = Wait::at_most(wait.clock().clone(), Duration::from_millis(500));
    // Whether it is an error is another case's matter.
    drop(pad.verify(&mut card, &request(), &wait));
    check(
        card.count.digits() == 0,
        "digits reached the card after an entry that brought none",
    )
}

fn ends(what: &str, ended: Result<Ended>, wanted: &Ended) -> Verdict {
    match works(what, ended)? {
        ended if ended == *wanted => Ok(()),
        ended => fail(format!("{what}: {ended:?} instead of {wanted:?}")),
    }
}

fn person_cancels(bench: &mut Bench) -> Verdict {
    let wait = bench.long();
    let ended = asked(bench, Person::Cancels, &wait)?.ended;
    ends("an entry that the person cancels", ended, &Ended::Cancelled)
}

fn person_is_too_slow(bench: &mut Bench) -> Verdict {
    let wait = bench.long();
    let ended = asked(bench, Person::DoesNothing, &wait)?.ended;
    ends("an entry of nobody", ended, &Ended::TimedOut)
}

fn caller_cancels(bench: &mut Bench) -> Verdict {
    let cancelling = cancelled_after(&bench.clock(), Duration::from_millis(300))?;
    let asked = asked(bench, Person::DoesNothing, &cancelling.wait)?;
    fails(
        "an entry that the caller cancels",
        asked.ended,
        &[ErrorKind::Cancelled],
    )?;
    cancelling.ended_in_time("a cancelled entry", asked.at)
}

fn caller_is_through(bench: &mut Bench) -> Verdict {
    let (clock, limit) = (bench.clock(), Duration::from_millis(300));
    let begun = clock.now();
    let wait = bench.within(limit);
    let asked = asked(bench, Person::DoesNothing, &wait)?;
    fails(
        "an entry whose wait ends",
        asked.ended,
        &[ErrorKind::TimedOut],
    )?;
    ended_in_time("an entry whose wait ends", begun, asked.at, limit + LATE)
}

fn secure_prepares_at_once(bench: &mut Bench) -> Verdict {
    let mut pad = bench.pad_of(PinPath::Secure)?;
    let (clock, wait) = (bench.clock(), bench.long());
    let begun = clock.now();
    let entry = works("prepare", pad.prepare(&request().prompt, &wait))?;
    check(entry == PinEntry::Ready, format!("prepare: {entry:?}"))?;
    in_time("prepare of a secure pad", &clock, begun, LATE)
}
