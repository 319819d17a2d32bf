//! Dropping, threads, and what a connection says of itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Act, Bench, SELECT, select, send};
use crate::card::{CardConnection, Disposition};
use crate::conformance::report::{Case, Verdict, fail, skip};
use crate::conformance::run::{LATE, check, fails, in_time, works};
use crate::error::ErrorKind;
use crate::time::Wake;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "connection.names-its-reader",
        rule: "A connection names the reader that it goes through.",
        run: names_its_reader,
    },
    Case {
        name: "connection.moves-between-threads",
        rule: "A connection works on another thread than the one that opened it.",
        run: moves_between_threads,
    },
    Case {
        name: "drop.leaves-the-card",
        rule: "Dropping a connection, and `disconnect` with `Leave`, reset nothing.",
        run: leaves_the_card,
    },
    Case {
        name: "drop.is-quick",
        rule: "Dropping blocks at most two seconds, in a transaction too.",
        run: is_quick,
    },
    Case {
        name: "drop.while-the-card-works",
        rule: "Dropping blocks at most two seconds, also while a call that was given up runs on.",
        run: while_the_card_works,
    },
];

/// Rule 5 of the contract of [`card`](crate::card).
const FAREWELL: Duration = Duration::from_secs(2);

fn names_its_reader(bench: &mut Bench) -> Verdict {
    let (reader, card) = (bench.ready()?, bench.connect()?);
    let (named, wanted) = (&card.reader().id, &reader.info().id);
    check(
        named == wanted,
        format!("the connection names {named}, the reader is {wanted}"),
    )
}

fn moves_between_threads(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    let said = Arc::new(Mutex::new(None));
    let (wake, seat) = (Wake::new(), bench.clock().participant());
    let (theirs, its_wait, done) = (said.clone(), wait.clone(), wake.clone());
    let thread = std::thread::Builder::new().spawn(move || {
        let _seat = seat.enter();
        let verdict = select(&mut *card, &its_wait);
        *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        done.notify();
    });
    if let Err(error) = thread {
        return skip(format!("no thread can be started: {error}"));
    }
    let take = || said.lock().unwrap_or_else(PoisonError::into_inner).take();
    wait.until(&wake, take)
        .unwrap_or_else(|_| fail("nothing came back from another thread"))
}

fn leaves_the_card(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    drop(bench.connect()?);
    let after = send(&mut *card, SELECT, &wait);
    works("transmit, after another connection was dropped", after)?;
    let other = bench.connect()?;
    works("disconnect", other.disconnect(Disposition::Leave))?;
    let after = send(&mut *card, SELECT, &wait);
    works("transmit, after another connection ended", after).map(drop)
}

fn is_quick(bench: &mut Bench) -> Verdict {
    let clock = bench.clock();
    let idle = bench.connect()?;
    let mut busy = bench.connect()?;
    let wait = bench.ample();
    works("begin_transaction", busy.begin_transaction(&wait))?;
    for (what, card) in [("in a transaction", busy), ("idle", idle)] {
        let begun = clock.now();
        drop(card);
        in_time(
            &format!("dropping, {what},"),
            &clock,
            begun,
            FAREWELL + LATE,
        )?;
    }
    Ok(())
}

fn while_the_card_works(bench: &mut Bench) -> Verdict {
    /// Longer than the tenth of it that is waited for, and what dropping may take at the most.
    const SLOW: Duration = Duration::from_millis(4500);
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    bench.do_act(Act::SlowNext(SLOW))?;
    let (clock, works_on) = (bench.clock(), bench.within(SLOW));
    let abandoned = send(&mut *card, SELECT, &bench.within(SLOW / 10));
    fails("a slow command", abandoned, &[ErrorKind::TimedOut])?;
    let begun = clock.now();
    drop(card);
    in_time("dropping", &clock, begun, FAREWELL + LATE)?;
    // What comes next finds the card idle again.
    let rest = works_on.remaining().unwrap_or_default();
    works("a pause", wait.sleep(rest))
}
