//! What watches of readers and of cameras have in common: how their waits end.

use std::sync::Arc;
use std::time::Duration;

use super::report::{Stop, Verdict, fail};
use super::run::{AMPLE, LATE, cancelled_after, check, fails, in_time};
use crate::error::{ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// For how long nothing may happen before a wait has to end by itself or is ended. What happens meanwhile
/// begins it anew: a new watch has things to tell, and benches have other devices.
const QUIET: Duration = Duration::from_millis(300);

/// `next_event` ends with `TimedOut` when its wait does, not before and not later.
pub(super) fn ends_in_time<E>(
    clock: &Arc<dyn Clock>,
    mut next_event: impl FnMut(&Wait) -> Result<E>,
) -> Verdict {
    let (ended, begun) = undisturbed(clock, || {
        let begun = clock.now();
        Ok((next_event(&Wait::at_most(clock.clone(), QUIET)), begun))
    })?;
    fails("next_event", ended, &[ErrorKind::TimedOut])?;
    let early = clock.now().since(begun) < QUIET;
    check(!early, "next_event ended before its wait did")?;
    in_time("next_event", clock, begun, QUIET + LATE)
}

/// Cancelling its wait ends `next_event`.
pub(super) fn cancel_wakes<E>(
    clock: &Arc<dyn Clock>,
    mut next_event: impl FnMut(&Wait) -> Result<E>,
) -> Verdict {
    let (ended, cancelling) = undisturbed(clock, || {
        let cancelling = cancelled_after(clock, QUIET)?;
        Ok((next_event(&cancelling.wait), cancelling))
    })?;
    fails("next_event", ended, &[ErrorKind::Cancelled])?;
    cancelling.in_time("a cancelled next_event")
}

/// The first wait during which nothing happened: how it ended, and what belongs to it.
fn undisturbed<E, T>(
    clock: &Arc<dyn Clock>,
    mut attempt: impl FnMut() -> Result<(Result<E>, T), Stop>,
) -> Result<(Result<E>, T), Stop> {
    let patience = Wait::at_most(clock.clone(), AMPLE);
    while patience.check().is_ok() {
        let (ended, its) = attempt()?;
        if ended.is_err() {
            return Ok((ended, its));
        }
    }
    fail("the watch tells of something all the time")
}
