//! Running cases.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::report::{Case, CaseReport, Outcome, Report, Stop, Verdict, fail, skip};
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Timestamp};
use crate::wait::{CancelToken, Wait};

/// By how much a call may exceed its wait: rule 1 of the contract of [`card`](crate::card).
const GRACE: Duration = Duration::from_millis(250);

/// How late a busy machine lets a thread run that is due (observed: 0.8 s, with two busy threads
/// for each core). A driver that does not heed a wait at all is later than that by seconds.
const NOISE: Duration = Duration::from_millis(1250);

/// What cases allow on top of a wait or a limit.
pub(super) const LATE: Duration = GRACE.saturating_add(NOISE);

/// A patience that no healthy device needs.
pub(super) const AMPLE: Duration = Duration::from_secs(20);

/// What the person or the machine that serves a bench did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acted {
    /// What was asked for.
    Done,
    /// Nothing, and why. The case is not run.
    Impossible(String),
}

impl Acted {
    pub(super) fn or_skip(self) -> Verdict {
        match self {
            Self::Done => Ok(()),
            Self::Impossible(why) => Err(Stop::NotRun(why)),
        }
    }
}

/// Runs `cases` one after another. A case that panics has failed; `started` hears of each case
/// before it runs, so that one that never ends is known by name.
pub(super) fn run<B: ?Sized>(
    subject: String,
    cases: &[&'static Case<B>],
    bench: &mut B,
    clock: &Arc<dyn Clock>,
    started: &mut dyn FnMut(&'static str),
) -> Report {
    run_each(subject, cases, bench, clock, &mut |_, name| started(name))
}

/// The same for a bench that is made ready for every case: `begin` does it, and hears its name.
pub(super) fn run_each<B: ?Sized>(
    subject: String,
    cases: &[&'static Case<B>],
    bench: &mut B,
    clock: &Arc<dyn Clock>,
    begin: &mut dyn FnMut(&mut B, &'static str),
) -> Report {
    let _seat = clock.participant().enter();
    let cases = cases
        .iter()
        .map(|case| {
            begin(bench, case.name);
            let begun = clock.now();
            let verdict = catch_unwind(AssertUnwindSafe(|| (case.run)(bench)));
            CaseReport {
                name: case.name,
                rule: case.rule,
                outcome: match verdict {
                    Ok(Ok(())) => Outcome::Passed,
                    Ok(Err(Stop::Failed(why))) => Outcome::Failed(why),
                    Ok(Err(Stop::NotRun(why))) => Outcome::NotRun(why),
                    Err(_) => Outcome::Failed("it panicked".to_owned()),
                },
                took: clock.now().since(begun),
            }
        })
        .collect();
    Report {
        subject,
        cases,
        timings: Vec::new(),
    }
}

/// The value of a call that has to work.
pub(super) fn works<T>(what: &str, result: Result<T>) -> Result<T, Stop> {
    result.or_else(|error| fail(format!("{what}: {}: {error}", error.kind())))
}

/// Passes when the call failed with one of `kinds`.
pub(super) fn fails<T>(what: &str, result: Result<T>, kinds: &[ErrorKind]) -> Verdict {
    let wanted = || {
        let codes: Vec<_> = kinds.iter().map(|kind| kind.code()).collect();
        codes.join(" or ")
    };
    match result.as_ref().map_err(Error::kind) {
        Err(kind) if kinds.contains(&kind) => Ok(()),
        Err(kind) => fail(format!("{what}: {kind} instead of {}", wanted())),
        Ok(_) => fail(format!("{what}: done, {} was due", wanted())),
    }
}

/// Passes when `condition` holds.
pub(super) fn check(condition: bool, otherwise: impl Into<String>) -> Verdict {
    if condition { Ok(()) } else { fail(otherwise) }
}

/// Fails when more than `limit` has passed since `begun`.
pub(super) fn in_time(
    what: &str,
    clock: &Arc<dyn Clock>,
    begun: Timestamp,
    limit: Duration,
) -> Verdict {
    ended_in_time(what, begun, clock.now(), limit)
}

/// The same for what ended a while ago.
pub(super) fn ended_in_time(
    what: &str,
    begun: Timestamp,
    ended: Timestamp,
    limit: Duration,
) -> Verdict {
    let took = ended.since(begun);
    check(
        took <= limit,
        format!(
            "{what} took {} ms, {} were allowed",
            took.as_millis(),
            limit.as_millis()
        ),
    )
}

/// A wait that is over, and was not cancelled.
pub(super) fn over(clock: &Arc<dyn Clock>) -> Wait {
    Wait::at_most(clock.clone(), Duration::ZERO)
}

/// A wait that another thread cancels, and when it did: on a busy machine that is later than asked.
pub(super) struct Cancelling {
    pub(super) wait: Wait,
    at: Arc<OnceLock<Timestamp>>,
}

impl Cancelling {
    /// Fails when more than [`LATE`] has passed since the wait was cancelled.
    pub(super) fn in_time(&self, what: &str) -> Verdict {
        self.ended_in_time(what, self.wait.clock().now())
    }

    /// The same for what ended a while ago.
    pub(super) fn ended_in_time(&self, what: &str, ended: Timestamp) -> Verdict {
        let at = self.at.get().copied().unwrap_or(ended);
        ended_in_time(what, at, ended, LATE)
    }
}

/// A wait that another thread cancels `after` a while. The thread is not waited for: joining it
/// would not block through the clock, and a virtual clock stands still meanwhile.
pub(super) fn cancelled_after(clock: &Arc<dyn Clock>, after: Duration) -> Result<Cancelling, Stop> {
    let token = CancelToken::new();
    let wait = Wait::at_most(clock.clone(), AMPLE).with_cancel(token.clone());
    let (seat, clock) = (clock.participant(), clock.clone());
    let at = Arc::new(OnceLock::new());
    let cancelled = at.clone();
    let thread = std::thread::Builder::new().spawn(move || {
        let _seat = seat.enter();
        // Nobody cancels the canceller.
        let _ = Wait::forever(clock.clone()).sleep(after);
        let _ = cancelled.set(clock.now());
        token.cancel();
    });
    match thread {
        Ok(_) => Ok(Cancelling { wait, at }),
        Err(error) => skip(format!("no thread can be started: {error}")),
    }
}

/// A wait that is over and was cancelled.
pub(super) fn over_and_cancelled(clock: &Arc<dyn Clock>) -> Wait {
    let token = CancelToken::new();
    token.cancel();
    over(clock).with_cancel(token)
}
