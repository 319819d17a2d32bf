//! A thread for one set of devices, taking its jobs in order.
//!
//! The session must hear a card being pulled while the camera looks and while a government
//! system thinks, so nothing that blocks runs on the thread of the machine.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

type Job<D> = Box<dyn FnOnce(&mut D) + Send>;

/// The sender of one lane. Clones send to the same lane.
pub(super) struct Lane<D>(Arc<Shared<D>>);

struct Shared<D> {
    queue: Mutex<Queue<D>>,
    wake: Wake,
    /// Notified when the thread is through.
    finished: Wake,
}

struct Queue<D> {
    jobs: VecDeque<Job<D>>,
    closed: bool,
    ended: bool,
}

/// Ends its lane when dropped: the jobs that wait are finished first, if they end in time.
pub(super) struct LaneThread<D> {
    lane: Lane<D>,
    clock: Arc<dyn Clock>,
    thread: Option<JoinHandle<()>>,
}

/// How long a lane may take to end. A device that does not come back keeps its thread, which ends
/// by itself later; nobody waits for it.
const FAREWELL: Duration = Duration::from_secs(5);

impl<D> Clone for Lane<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Send + 'static> Lane<D> {
    /// Starts a thread that owns `devices`.
    pub(super) fn start(
        clock: &Arc<dyn Clock>,
        name: &str,
        mut devices: D,
    ) -> Result<(Self, LaneThread<D>)> {
        let lane = Self(Arc::new(Shared {
            queue: Mutex::new(Queue {
                jobs: VecDeque::new(),
                closed: false,
                ended: false,
            }),
            wake: Wake::new(),
            finished: Wake::new(),
        }));
        let (own, seat, its_clock) = (lane.clone(), clock.participant(), clock.clone());
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _seat = seat.enter();
                while let Some(job) = own.next(&its_clock) {
                    // A driver that panics must not take the reception with it: the request stays
                    // unanswered, its deadline ends it, and the next one is tried anew.
                    let _ = catch_unwind(AssertUnwindSafe(|| job(&mut devices)));
                }
                own.lock().ended = true;
                own.0.finished.notify();
            })
            .map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "no thread can be started for the session",
                )
                .with_source(source)
            })?;
        let thread = LaneThread {
            lane: lane.clone(),
            clock: clock.clone(),
            thread: Some(thread),
        };
        Ok((lane, thread))
    }
}

impl<D> Lane<D> {
    /// Adds a job behind those that wait.
    pub(super) fn post(&self, job: impl FnOnce(&mut D) + Send + 'static) {
        self.lock().jobs.push_back(Box::new(job));
        self.0.wake.notify();
    }

    /// The next job; `None` when the lane was closed and nothing is left to do.
    fn next(&self, clock: &Arc<dyn Clock>) -> Option<Job<D>> {
        loop {
            {
                let mut queue = self.lock();
                if let Some(job) = queue.jobs.pop_front() {
                    return Some(job);
                }
                if queue.closed {
                    return None;
                }
            }
            clock.wait_until(None, &self.0.wake);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue<D>> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Drop for LaneThread<D> {
    fn drop(&mut self) {
        self.lane.lock().closed = true;
        self.lane.0.wake.notify();
        // Through the clock: the last jobs may need its time to pass.
        let wait = Wait::at_most(self.clock.clone(), FAREWELL);
        let ended = wait.until(&self.lane.0.finished, || {
            self.lane.lock().ended.then_some(())
        });
        if let (Ok(()), Some(thread)) = (ended, self.thread.take()) {
            let _ = thread.join();
        }
    }
}
