//! A reader that is being opened, on a thread of its own: one that says nothing takes seconds, and
//! whoever wants it may have less time than that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::device::Device;
use super::hub::Hub;
use super::{Attached as _, Family};
use crate::drivers::{threads, worker};
use crate::error::{Error, ErrorKind, Result};
use crate::telemetry;
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// How long a reader stays open for those who gave up before it was: they look again in a moment, and
/// would begin anew each time.
const KEPT: Duration = Duration::from_secs(3);

/// What the thread shares with those who wait for it.
pub(super) struct Opening<F: Family> {
    pub(super) instance: String,
    begun: Timestamp,
    progress: Mutex<Progress<F>>,
    /// Notified when somebody has taken the reader.
    taken: Wake,
}

struct Progress<F: Family> {
    outcome: Outcome<F>,
    waiting: Vec<Wake>,
}

enum Outcome<F: Family> {
    Pending,
    Opened(Arc<Device<F>>),
    /// Why not, until whoever began it has heard.
    Failed(Option<Error>),
}

impl<F: Family> Opening<F> {
    /// Has a thread open what was found.
    pub(super) fn begin(
        hub: &Arc<Hub<F>>,
        found: &F::Found,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Self>> {
        let opening = Arc::new(Self {
            instance: found.instance().to_owned(),
            begun: clock.now(),
            progress: Mutex::new(Progress {
                outcome: Outcome::Pending,
                waiting: Vec::new(),
            }),
            taken: Wake::new(),
        });
        let opener = Opener {
            hub: hub.clone(),
            opening: opening.clone(),
        };
        let (found, time) = (found.clone(), clock.clone());
        let name = format!("myna-hal {} opening", F::DRIVER);
        threads::start(clock, &name, "reader", move || opener.run(&found, &time))?;
        Ok(opening)
    }

    fn lock(&self) -> MutexGuard<'_, Progress<F>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has ended; whoever gives up does not end it.
    ///
    /// # Errors
    /// `TimedOut`, `Cancelled`; `Unavailable` when it takes longer than any reader does: the system has not
    /// come back from it, and may never.
    pub(super) fn wait(&self, wait: &Wait) -> Result<Option<Arc<Device<F>>>> {
        let wake = Wake::new();
        let ended = || {
            let mut progress = self.lock();
            match &progress.outcome {
                Outcome::Pending => {
                    progress.waiting.push(wake.clone());
                    None
                }
                Outcome::Opened(device) => Some(Some(device.clone())),
                Outcome::Failed(_) => Some(None),
            }
        };
        let left = worker::DRAIN.saturating_sub(wait.clock().now().since(self.begun));
        let device = wait.shortened(left).until(&wake, ended).map_err(|given_up| {
            telemetry::abandoned(given_up.kind().code());
            match given_up.kind() {
                // It is not the caller's time that is over.
                ErrorKind::TimedOut if wait.check().is_ok() => Error::new(
                    ErrorKind::Unavailable,
                    "the system has not come back from opening the reader: unplug it and plug it in again",
                ),
                ErrorKind::TimedOut => {
                    Error::new(ErrorKind::TimedOut, "the reader is still being opened")
                        .with_source(given_up)
                }
                _ => given_up,
            }
        })?;
        self.taken.notify();
        Ok(device)
    }

    /// Why there is no reader, for whoever began it.
    pub(super) fn failure(&self) -> Error {
        let failure = match &mut self.lock().outcome {
            Outcome::Failed(error) => error.take(),
            Outcome::Pending | Outcome::Opened(_) => None,
        };
        // As of any thread that is gone without an answer.
        failure.unwrap_or_else(|| ErrorKind::Disconnected.into())
    }

    /// Tells those who wait; what was told first stays.
    fn end(&self, outcome: Outcome<F>) {
        let mut progress = self.lock();
        if matches!(progress.outcome, Outcome::Pending) {
            progress.outcome = outcome;
        }
        for wake in progress.waiting.drain(..) {
            wake.notify();
        }
    }
}

/// What the thread has.
struct Opener<F: Family> {
    hub: Arc<Hub<F>>,
    opening: Arc<Opening<F>>,
}

impl<F: Family> Opener<F> {
    fn run(self, found: &F::Found, clock: &Arc<dyn Clock>) {
        match self.hub.open_now(found, clock) {
            Ok(device) => {
                self.hub.ended(&self.opening, Some(&device));
                self.opening.end(Outcome::Opened(device));
                clock.wait_until(Some(clock.now() + KEPT), &self.opening.taken);
            }
            Err(error) => {
                self.hub.ended(&self.opening, None);
                self.opening.end(Outcome::Failed(Some(error)));
            }
        }
    }
}

impl<F: Family> Drop for Opener<F> {
    /// Also when the bus panicked: nobody waits for ever, and the next to come begins anew.
    fn drop(&mut self) {
        self.hub.ended(&self.opening, None);
        self.opening.end(Outcome::Failed(None));
    }
}
