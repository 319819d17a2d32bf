//! A thread for one set of devices, taking its jobs in order.
//!
//! The session must hear a card being pulled while the camera looks and while a government
//! system thinks, so nothing that blocks runs on the thread of the machine.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Wake};

type Job<D> = Box<dyn FnOnce(&mut D) + Send>;

/// The sender of one lane. Clones send to the same lane.
pub(super) struct Lane<D>(Arc<Shared<D>>);

struct Shared<D> {
    queue: Mutex<Queue<D>>,
    wake: Wake,
}

struct Queue<D> {
    jobs: VecDeque<Job<D>>,
    closed: bool,
}

/// Ends its lane when dropped: the job under way is finished first.
pub(super) struct LaneThread<D> {
    lane: Lane<D>,
    thread: Option<JoinHandle<()>>,
}

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
            }),
            wake: Wake::new(),
        }));
        let (own, seat, clock) = (lane.clone(), clock.participant(), clock.clone());
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _seat = seat.enter();
                while let Some(job) = own.next(&clock) {
                    job(&mut devices);
                }
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
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
