//! A reader that goes away while somebody talks to its card, and what comes after it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Act, Bench, PACE, SELECT, Said, select, send};
use crate::card::{CardPresence, Disposition};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{fails, works};
use crate::error::{ErrorKind, Result};
use crate::time::Wake;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "unplug.ends-a-command",
        rule: "A command under way when the reader is unplugged ends with `Disconnected`.",
        run: ends_a_command,
    },
    Case {
        name: "unplug.is-disconnected",
        rule: "A connection whose reader was unplugged answers nothing, and says `Disconnected` as soon \
               as the platform has noticed.",
        run: is_disconnected,
    },
    Case {
        name: "unplug.is-remembered",
        rule: "It says so ever after, also when the reader is back: there may be another card in it.",
        run: is_remembered,
    },
];

/// Does `work` while the reader is unplugged.
fn unplugged<T>(
    bench: &mut Bench,
    work: impl FnOnce(&mut Bench) -> Result<T, Stop>,
) -> Result<T, Stop> {
    bench.do_act(Act::Unplug)?;
    let done = work(bench);
    // Before the verdict: the cases after this one want the reader back.
    bench.do_act(Act::Plug)?;
    until_back(bench)?;
    done
}

/// Waits until the reader tells of its card, whatever it says meanwhile.
fn until_back(bench: &mut Bench) -> Verdict {
    let noticed = bench.within(bench.notice());
    loop {
        let state = bench.reader().and_then(|mut reader| reader.state());
        if state.is_ok_and(|state| state.card == CardPresence::Present) {
            return Ok(());
        }
        if noticed.sleep(PACE).is_err() {
            return fail("the reader does not come back with its card");
        }
    }
}

fn ends_a_command(bench: &mut Bench) -> Verdict {
    /// How long the card takes, of which the reader is there for a fifth.
    const SLOW: Duration = Duration::from_millis(1500);
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    bench.do_act(Act::SlowNext(SLOW))?;
    let said: Arc<Mutex<Option<Result<Said>>>> = Arc::default();
    let (wake, seat) = (Wake::new(), bench.clock().participant());
    let (theirs, its_wait, done) = (said.clone(), wait.clone(), wake.clone());
    let thread = std::thread::Builder::new().spawn(move || {
        let _seat = seat.enter();
        let result = send(&mut *card, SELECT, &its_wait);
        *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        done.notify();
    });
    if let Err(error) = thread {
        return skip(format!("no thread can be started: {error}"));
    }
    works("a pause", wait.sleep(SLOW / 5))?;
    let take = || said.lock().unwrap_or_else(PoisonError::into_inner).take();
    let ended = unplugged(bench, |bench| {
        let noticed = bench.within(bench.notice());
        noticed
            .until(&wake, take)
            .or_else(|_| fail("a command does not end when the reader is unplugged"))
    });
    match ended {
        Ok(ended) => fails("a command under way", ended, &[ErrorKind::Disconnected]),
        Err(stop) => {
            // Where nobody unplugs the reader, what comes next finds the card idle again.
            let _ = wait.until(&wake, take);
            Err(stop)
        }
    }
}

fn is_disconnected(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    unplugged(bench, |bench| {
        let noticed = bench.within(bench.notice());
        loop {
            match send(&mut *card, SELECT, &bench.ample()) {
                Ok(_) => return fail("a reader that is unplugged answers"),
                Err(error) if error.kind() == ErrorKind::Disconnected => return Ok(()),
                Err(error) if noticed.sleep(PACE).is_err() => {
                    return fail(format!("{} instead of disconnected: {error}", error.kind()));
                }
                Err(_) => {}
            }
        }
    })
}

fn is_remembered(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    unplugged(bench, |bench| {
        let noticed = bench.within(bench.notice());
        // Which error comes first another case looks at.
        while let Err(error) = send(&mut *card, SELECT, &bench.ample())
            && error.kind() != ErrorKind::Disconnected
            && noticed.sleep(PACE).is_ok()
        {}
        Ok(())
    })?;
    // Back, and in use.
    let wait = bench.ample();
    select(&mut *bench.connect()?, &wait)?;
    for _ in 0..3 {
        let after = send(&mut *card, SELECT, &wait);
        fails("transmit", after, &[ErrorKind::Disconnected])?;
    }
    let again = card.reconnect(Disposition::Leave, &wait);
    fails("reconnect", again, &[ErrorKind::Disconnected])
}
