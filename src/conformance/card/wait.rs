//! How long calls last, and what is left of those that were given up.

use std::time::Duration;

use super::{Act, Bench, READ_256, READ_ALL, SELECT, select, send};
use crate::apdu::StatusWord;
use crate::card::{CardConnection, CardReader, Disposition, ShareMode};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{LATE, check, fails, over, over_and_cancelled, works};
use crate::error::ErrorKind;
use crate::wait::Wait;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "wait.over-fails-first",
        rule: "A wait that is over fails with `TimedOut`, and does no harm.",
        run: over_fails_first,
    },
    Case {
        name: "wait.over-touches-nothing",
        rule: "A wait that is over fails before the card is touched.",
        run: over_touches_nothing,
    },
    Case {
        name: "wait.cancelled-wins",
        rule: "A wait that is over and cancelled fails with `Cancelled`.",
        run: cancelled_wins,
    },
    Case {
        name: "wait.gives-up-in-time",
        rule: "A call returns when its wait ends, at most 250 ms later, even if the card works on.",
        run: gives_up_in_time,
    },
    Case {
        name: "wait.nothing-stale",
        rule: "After a call was given up the handle is `Busy` until it has drained; no later call \
               gets its answer.",
        run: nothing_stale,
    },
];

/// Every call with `wait`, none of which may succeed.
fn all_fail(bench: &mut Bench, wait: &Wait, kind: ErrorKind) -> Verdict {
    // First one that works: nothing keeps the reader busy.
    let mut card = bench.connect()?;
    let mut reader = bench.the_reader()?;
    fails("connect", reader.connect(ShareMode::Shared, wait), &[kind])?;
    fails("transmit", send(&mut *card, SELECT, wait), &[kind])?;
    fails("begin_transaction", card.begin_transaction(wait), &[kind])?;
    let again = card.reconnect(Disposition::Leave, wait);
    fails("reconnect", again, &[kind])
}

fn over_fails_first(bench: &mut Bench) -> Verdict {
    let clock = bench.clock();
    all_fail(bench, &over(&clock), ErrorKind::TimedOut)?;
    let (mut card, wait) = (bench.connect()?, bench.ample());
    fails(
        "transmit",
        send(&mut *card, SELECT, &over(&clock)),
        &[ErrorKind::TimedOut],
    )?;
    // The handle is as good as before.
    select(&mut *card, &wait)
}

fn over_touches_nothing(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, over(&bench.clock()));
    let seen = bench.counted(|_| {
        // Which error it is, another case looks at.
        let _ = send(&mut *card, SELECT, &wait);
        Ok(())
    })?;
    check(seen == 0, format!("the card saw {seen} commands"))
}

fn cancelled_wins(bench: &mut Bench) -> Verdict {
    let wait = over_and_cancelled(&bench.clock());
    all_fail(bench, &wait, ErrorKind::Cancelled)
}

/// A connection whose command was given up.
struct GivenUp {
    card: Box<dyn CardConnection>,
    /// How long the card takes for the command.
    takes: Duration,
    /// When the caller stopped waiting, and when the call came back, since it began.
    limit: Duration,
    took: Duration,
}

fn given_up(bench: &mut Bench) -> Result<GivenUp, Stop> {
    /// How long a command has to take, so that giving it up after a fifth of it can be told from waiting
    /// for it.
    const SLOW: Duration = Duration::from_millis(2500);
    const SLOW_ENOUGH: Duration = Duration::from_millis(150);
    let (clock, wait) = (bench.clock(), bench.ample());
    let mut card = bench.connect()?;
    select(&mut *card, &wait)?;
    let (slow, takes, command) = match bench.do_act(Act::SlowNext(SLOW)) {
        Ok(()) => (true, SLOW, SELECT),
        // Some cards are slow enough by themselves.
        Err(_) => {
            let begun = clock.now();
            let (status, _) = works("READ BINARY", send(&mut *card, READ_ALL, &wait))?;
            let takes = clock.now().since(begun);
            (status.is_ok() && takes >= SLOW_ENOUGH, takes, READ_ALL)
        }
    };
    if !slow {
        return skip(format!(
            "the card cannot be slowed down, and its longest command takes only {} ms",
            takes.as_millis()
        ));
    }
    let limit = takes / 5;
    let begun = clock.now();
    let abandoned = send(&mut *card, command, &bench.within(limit));
    let took = clock.now().since(begun);
    fails("a slow command", abandoned, &[ErrorKind::TimedOut])?;
    Ok(GivenUp {
        card,
        takes,
        limit,
        took,
    })
}

fn gives_up_in_time(bench: &mut Bench) -> Verdict {
    let GivenUp { limit, took, .. } = given_up(bench)?;
    check(
        took <= limit + LATE,
        format!(
            "a call that was given up after {} ms came back after {}",
            limit.as_millis(),
            took.as_millis()
        ),
    )
}

fn nothing_stale(bench: &mut Bench) -> Verdict {
    /// How often the handle is asked whether it is free again.
    const PACE: Duration = Duration::from_millis(20);
    let GivenUp {
        mut card, takes, ..
    } = given_up(bench)?;
    let patience = bench.within(takes * 2 + LATE + Duration::from_secs(2));
    let wait = bench.ample();
    loop {
        match send(&mut *card, READ_256, &wait) {
            // SELECT, which was given up, has no data; all of the file has more.
            Ok((StatusWord::OK, 256)) => return Ok(()),
            Ok((status, length)) => {
                return fail(format!(
                    "READ BINARY of 256 bytes answered {length} bytes and {status}: the answer to \
                     the command that was given up"
                ));
            }
            Err(error) if error.kind() == ErrorKind::Busy => {}
            Err(error) => {
                return fail(format!(
                    "{} instead of busy while the card works on: {error}",
                    error.kind()
                ));
            }
        }
        if patience.sleep(PACE).is_err() {
            return fail("the handle stays busy after the card is done");
        }
    }
}
