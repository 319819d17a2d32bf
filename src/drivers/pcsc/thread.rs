//! A thread at a reader, and those that were left behind there.
//!
//! A call that hangs cannot be ended. Its thread stays until the platform returns, so the next
//! connection to the same reader must not start another one, or a program that tries again and
//! again piles them up.

use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::drivers::worker::{FAREWELL, Port, Worker, hangs};
use crate::error::Result;
use crate::time::{Clock, Timestamp};
use crate::wait::Wait;

/// One per reader at most; threads are the process's, whatever context they began with.
static LEFT_BEHIND: Mutex<Vec<LeftBehind>> = Mutex::new(Vec::new());

struct LeftBehind {
    reader: CString,
    /// Lives as long as the thread does.
    life: Weak<()>,
    clock: Arc<dyn Clock>,
    since: Timestamp,
}

/// A [`Worker`] at one reader.
pub(super) struct ReaderThread<Q, A> {
    worker: Worker<Q, A>,
    reader: CString,
    life: Weak<()>,
    clock: Arc<dyn Clock>,
}

impl<Q: Send + 'static, A: Send + 'static> ReaderThread<Q, A> {
    /// Starts one, unless another hangs there.
    ///
    /// # Errors
    /// `Busy` or `Unavailable` when one hangs, by how long it does.
    pub(super) fn spawn(
        clock: &Arc<dyn Clock>,
        reader: &CStr,
        body: impl FnOnce(&Port<Q, A>) + Send + 'static,
    ) -> Result<Self> {
        let mut left = left_behind();
        left.retain(|left| left.life.strong_count() > 0);
        if let Some(left) = left.iter().find(|left| left.reader.as_c_str() == reader) {
            return Err(hangs(left.clock.now().since(left.since)));
        }
        drop(left);
        let life = Arc::new(());
        let weak = Arc::downgrade(&life);
        let worker = Worker::spawn(clock, "myna-hal pcsc", move |port| {
            let _life = life;
            body(port);
        })?;
        Ok(Self {
            worker,
            reader: reader.to_owned(),
            life: weak,
            clock: clock.clone(),
        })
    }

    /// As [`Worker::call`].
    pub(super) fn call(&self, request: Q, wait: &Wait) -> Result<A> {
        self.worker.call(request, wait)
    }

    /// As [`Worker::afterwards`].
    pub(super) fn afterwards(&self, request: Q) {
        self.worker.afterwards(request);
    }
}

impl<Q, A> ReaderThread<Q, A> {
    /// As [`Worker::close`].
    pub(super) fn close(&mut self, wait: &Wait) {
        self.worker.close(wait);
    }
}

impl<Q, A> Drop for ReaderThread<Q, A> {
    /// Has the thread leave the card as it is (locked, if a transaction is open) and waits for
    /// that: a connection that is closed after the next one was opened gets in its way.
    fn drop(&mut self) {
        let farewell = Wait::at_most(self.clock.clone(), FAREWELL);
        self.worker.close(&farewell);
        if self.life.strong_count() > 0 {
            left_behind().push(LeftBehind {
                reader: self.reader.clone(),
                life: self.life.clone(),
                clock: self.clock.clone(),
                since: self.clock.now(),
            });
        }
    }
}

fn left_behind() -> MutexGuard<'static, Vec<LeftBehind>> {
    LEFT_BEHIND.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::ErrorKind;
    use crate::time::SystemClock;

    #[test]
    fn a_thread_that_hangs_is_not_joined_by_others() {
        let clock = SystemClock::shared();
        let gate = Arc::new(Mutex::new(()));
        let held = gate.lock().expect("not poisoned");
        let start = |reader: &CStr| {
            let gate = gate.clone();
            ReaderThread::<(), ()>::spawn(&clock, reader, move |port| {
                while port.next().is_some() {
                    drop(gate.lock());
                    port.reply(());
                }
            })
        };
        let stuck = start(c"a reader of this test").expect("nobody hangs");
        let brief = Wait::at_most(clock.clone(), Duration::from_millis(20));
        assert!(stuck.call((), &brief).is_err(), "the gate is held");
        drop(stuck);
        let refused = start(c"a reader of this test").map(drop);
        assert_eq!(refused.expect_err("it hangs").kind(), ErrorKind::Busy);
        let other = start(c"another reader of this test");
        drop(held);
        drop(other.expect("nobody hangs there"));
        let long = Wait::at_most(clock.clone(), Duration::from_secs(10));
        loop {
            match start(c"a reader of this test") {
                Ok(thread) => break thread.call((), &long).expect("the gate is open"),
                Err(_) => std::thread::yield_now(),
            }
            long.check().expect("it comes back");
        }
    }
}
