//! One thread per blocking handle of the operating system.
//!
//! The platform's calls block for as long as they like: a mute card holds `SCardTransmit` for
//! ever, another program's transaction holds `SCardBeginTransaction`. So each handle lives on a
//! thread of its own, and callers wait for it through their [`Wait`]. A caller that gives up
//! leaves the handle busy until the call has drained; nothing is killed and nothing is unsafe.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::threads;
use crate::error::{Error, ErrorKind, Result};
use crate::telemetry;
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// How long a thread may take to say goodbye to its handle before it is left to itself: closing
/// only tells the operating system something, and nobody may wait for ever for that.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// How long an abandoned call may take to drain. Longer than any reader waits for a card: whoever
/// is not back by then hangs.
pub(crate) const DRAIN: Duration = Duration::from_secs(15);

/// The caller's end.
pub(crate) struct Worker<Q, A> {
    shared: Arc<Shared<Q, A>>,
    clock: Arc<dyn Clock>,
}

/// The thread's end.
pub(crate) struct Port<Q, A> {
    shared: Arc<Shared<Q, A>>,
    clock: Arc<dyn Clock>,
}

struct Shared<Q, A> {
    state: Mutex<State<Q, A>>,
    /// Wakes the thread.
    request: Wake,
    /// Wakes the caller.
    reply: Wake,
}

struct State<Q, A> {
    slot: Slot<Q, A>,
    /// What the thread does once an abandoned call has drained.
    afterwards: Option<Q>,
    closed: bool,
}

enum Slot<Q, A> {
    Idle,
    Requested(Q),
    Running,
    /// Running, and since when nobody waits for the answer any more.
    Abandoned(Timestamp),
    Done(A),
    /// The thread is gone.
    Gone,
}

impl<Q, A> Shared<Q, A> {
    fn lock(&self) -> MutexGuard<'_, State<Q, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Send + 'static, A: Send + 'static> Worker<Q, A> {
    /// Starts a thread that runs `body` until its port closes.
    pub(crate) fn spawn(
        clock: &Arc<dyn Clock>,
        name: &str,
        body: impl FnOnce(&Port<Q, A>) + Send + 'static,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                slot: Slot::Idle,
                afterwards: None,
                closed: false,
            }),
            request: Wake::new(),
            reply: Wake::new(),
        });
        let port = Port {
            shared: shared.clone(),
            clock: clock.clone(),
        };
        threads::start(clock, name, "device", move || body(&port))?;
        Ok(Self {
            shared,
            clock: clock.clone(),
        })
    }

    /// Has the thread handle `request` and waits for its answer.
    ///
    /// # Errors
    /// `Busy` while an abandoned call still runs, `Unavailable` when it does not come back,
    /// `Disconnected` when the thread is gone, `TimedOut`, `Cancelled`.
    pub(crate) fn call(&self, request: Q, wait: &Wait) -> Result<A> {
        wait.check()?;
        {
            let mut state = self.shared.lock();
            match state.slot {
                Slot::Idle | Slot::Done(_) => state.slot = Slot::Requested(request),
                Slot::Gone => return Err(ErrorKind::Disconnected.into()),
                Slot::Abandoned(since) => return Err(hangs(self.clock.now().since(since))),
                Slot::Requested(_) | Slot::Running => return Err(hangs(Duration::ZERO)),
            }
        }
        self.shared.request.notify();
        let answer = wait.until(&self.shared.reply, || {
            let mut state = self.shared.lock();
            match std::mem::replace(&mut state.slot, Slot::Idle) {
                Slot::Done(answer) => Some(Ok(answer)),
                Slot::Gone => {
                    state.slot = Slot::Gone;
                    Some(Err(Error::from(ErrorKind::Disconnected)))
                }
                other => {
                    state.slot = other;
                    None
                }
            }
        });
        answer.unwrap_or_else(|given_up| {
            let mut state = self.shared.lock();
            match std::mem::replace(&mut state.slot, Slot::Idle) {
                // Answered between the last look and this lock.
                Slot::Done(answer) => return Ok(answer),
                // The thread never saw it: taken back, nothing happened.
                Slot::Requested(_) | Slot::Idle => {}
                Slot::Gone => {
                    state.slot = Slot::Gone;
                    return Err(ErrorKind::Disconnected.into());
                }
                Slot::Running => {
                    state.slot = Slot::Abandoned(self.clock.now());
                    telemetry::abandoned(given_up.kind().code());
                }
                Slot::Abandoned(since) => state.slot = Slot::Abandoned(since),
            }
            Err(given_up)
        })
    }

    /// Has the thread handle `request` once the abandoned call has drained, with nobody waiting.
    #[cfg_attr(
        not(feature = "pcsc"),
        allow(dead_code, reason = "only a card may be left in somebody's hands")
    )]
    pub(crate) fn afterwards(&self, request: Q) {
        self.shared.lock().afterwards = Some(request);
        self.shared.request.notify();
    }
}

/// What to say of a call that was abandoned so long ago.
pub(crate) fn hangs(since: Duration) -> Error {
    if since < DRAIN {
        Error::new(ErrorKind::Busy, "an abandoned call still runs")
    } else {
        Error::new(
            ErrorKind::Unavailable,
            "the device hangs in a call that was abandoned",
        )
    }
}

impl<Q, A> Worker<Q, A> {
    /// Has the thread end and waits until its handle is closed, so that whatever is opened next
    /// does not meet the last of it. A thread that does not come back while `wait` lasts is left
    /// to itself: it closes its handle when the operating system returns.
    pub(crate) fn close(&mut self, wait: &Wait) {
        if std::mem::replace(&mut self.shared.lock().closed, true) {
            return;
        }
        self.shared.request.notify();
        // Its port is the last thing that a thread drops, so it need not be joined.
        let gone = || matches!(self.shared.lock().slot, Slot::Gone).then_some(());
        let _ = wait.until(&self.shared.reply, gone);
    }
}

impl<Q, A> Drop for Worker<Q, A> {
    /// Waits for an idle thread, at most [`FAREWELL`]; one that is in a call already was given up
    /// by its caller, whose time is over.
    fn drop(&mut self) {
        let stuck = matches!(self.shared.lock().slot, Slot::Running | Slot::Abandoned(_));
        let patience = if stuck { Duration::ZERO } else { FAREWELL };
        let wait = Wait::at_most(self.clock.clone(), patience);
        self.close(&wait);
    }
}

impl<Q, A> Port<Q, A> {
    /// The next request; `None` when the caller's end was dropped.
    pub(crate) fn next(&self) -> Option<Q> {
        loop {
            {
                let mut state = self.shared.lock();
                // First: it belongs to the call that was abandoned, and must not hit the caller's
                // next transaction.
                if let Some(request) = state.afterwards.take() {
                    return Some(request);
                }
                match std::mem::replace(&mut state.slot, Slot::Running) {
                    Slot::Requested(request) => return Some(request),
                    other => state.slot = other,
                }
                if state.closed {
                    return None;
                }
            }
            self.clock.wait_until(None, &self.shared.request);
        }
    }

    /// Answers the request; `false` when nobody waits for the answer any more.
    pub(crate) fn reply(&self, answer: A) -> bool {
        let delivered = {
            let mut state = self.shared.lock();
            let delivered = matches!(state.slot, Slot::Running) && !state.closed;
            match state.slot {
                Slot::Running => state.slot = Slot::Done(answer),
                Slot::Abandoned(_) => state.slot = Slot::Idle,
                // A request that came `afterwards` has no caller.
                _ => {}
            }
            delivered
        };
        self.shared.reply.notify();
        delivered
    }
}

impl<Q, A> Drop for Port<Q, A> {
    /// Also when the thread panicked: its callers hear `Disconnected` instead of waiting.
    fn drop(&mut self) {
        self.shared.lock().slot = Slot::Gone;
        self.shared.reply.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SystemClock;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::time::Instant;

    fn echo(
        clock: &Arc<dyn Clock>,
        gate: Arc<Mutex<()>>,
        dropped: Arc<AtomicU32>,
    ) -> Worker<u32, u32> {
        Worker::spawn(clock, "echo", move |port| {
            while let Some(request) = port.next() {
                drop(gate.lock());
                assert_ne!(request, 13, "a driver that panics");
                if !port.reply(request + 1) {
                    dropped.fetch_add(request, Ordering::SeqCst);
                }
            }
        })
        .expect("a thread")
    }

    #[test]
    fn an_abandoned_call_keeps_the_handle_busy_until_it_drained() {
        let clock = SystemClock::shared();
        let (gate, dropped) = (Arc::new(Mutex::new(())), Arc::new(AtomicU32::new(0)));
        let worker = echo(&clock, gate.clone(), dropped.clone());
        let long = || Wait::at_most(clock.clone(), Duration::from_secs(10));
        assert_eq!(worker.call(1, &long()).expect("answered"), 2);

        let held = gate.lock().expect("not poisoned");
        let short = Wait::at_most(clock.clone(), Duration::from_millis(20));
        let error = worker.call(7, &short).expect_err("the gate is held");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let error = worker.call(8, &long()).expect_err("still running");
        assert_eq!(error.kind(), ErrorKind::Busy);
        worker.afterwards(100);
        drop(held);
        let answer = loop {
            match worker.call(3, &long()) {
                Err(error) if error.kind() == ErrorKind::Busy => std::thread::yield_now(),
                answer => break answer,
            }
        };
        assert_eq!(answer.expect("drained"), 4);
        drop(worker);
        assert_eq!(
            dropped.load(Ordering::SeqCst),
            107,
            "both nobody waited for"
        );
    }

    #[cfg(feature = "sim")]
    #[test]
    fn a_call_that_never_drains_makes_the_device_unavailable() {
        let virtual_clock =
            crate::sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let clock: Arc<dyn Clock> = virtual_clock.shared();
        let gate = Arc::new(Mutex::new(()));
        let worker = echo(&clock, gate.clone(), Arc::default());
        let held = gate.lock().expect("not poisoned");
        let token = crate::wait::CancelToken::new();
        let wait = Wait::forever(clock.clone()).with_cancel(token.clone());
        std::thread::scope(|scope| {
            let call = scope.spawn(|| worker.call(1, &wait));
            while !matches!(worker.shared.lock().slot, Slot::Running) {
                std::thread::yield_now();
            }
            token.cancel();
            let given_up = call
                .join()
                .expect("no panic")
                .expect_err("the gate is held");
            assert_eq!(given_up.kind(), ErrorKind::Cancelled);
        });
        let wait = Wait::forever(clock.clone());
        let kind = || worker.call(2, &wait).expect_err("it hangs").kind();
        assert_eq!(kind(), ErrorKind::Busy);
        virtual_clock.advance(DRAIN);
        assert_eq!(kind(), ErrorKind::Unavailable);
        drop(held);
    }

    #[test]
    fn what_comes_afterwards_comes_before_the_next_call() {
        let clock = SystemClock::shared();
        let (answers, rest, order) = (Mutex::new(()), Mutex::new(()), Mutex::new(Vec::new()));
        let gates = Arc::new((answers, rest, order));
        let theirs = gates.clone();
        let worker = Worker::spawn(&clock, "order", move |port| {
            while let Some(request) = port.next() {
                theirs.2.lock().expect("not poisoned").push(request);
                drop(theirs.0.lock());
                port.reply(request);
                drop(theirs.1.lock());
            }
        })
        .expect("a thread");
        let long = Wait::at_most(clock.clone(), Duration::from_secs(10));
        let (answering, resting) = (gates.0.lock(), gates.1.lock());
        let short = Wait::at_most(clock, Duration::from_millis(20));
        assert!(worker.call(1, &short).is_err(), "abandoned");
        worker.afterwards(2);
        drop(answering);
        std::thread::scope(|scope| {
            // Waiting already when the thread looks for what to do next.
            let next = scope.spawn(|| {
                loop {
                    match worker.call(3, &long) {
                        Err(error) if error.kind() == ErrorKind::Busy => std::thread::yield_now(),
                        answer => break answer,
                    }
                }
            });
            while !matches!(worker.shared.lock().slot, Slot::Requested(3)) {
                std::thread::yield_now();
            }
            drop(resting);
            assert_eq!(next.join().expect("no panic").expect("answered"), 3);
        });
        assert_eq!(*gates.2.lock().expect("not poisoned"), [1, 2, 3]);
    }

    #[test]
    fn a_panicking_driver_is_disconnected() {
        let clock = SystemClock::shared();
        let worker = echo(&clock, Arc::default(), Arc::default());
        let wait = Wait::at_most(clock, Duration::from_secs(10));
        for _ in 0..2 {
            let error = worker.call(13, &wait).expect_err("the thread died");
            assert_eq!(error.kind(), ErrorKind::Disconnected);
        }
    }

    #[test]
    fn dropping_waits_until_the_handle_is_closed() {
        let clock = SystemClock::shared();
        let closed = Arc::new(AtomicBool::new(false));
        let theirs = closed.clone();
        let worker = Worker::<u32, u32>::spawn(&clock, "slow farewell", move |port| {
            assert_eq!(port.next(), None);
            std::thread::sleep(Duration::from_millis(50));
            theirs.store(true, Ordering::SeqCst);
        })
        .expect("a thread");
        drop(worker);
        assert!(
            closed.load(Ordering::SeqCst),
            "dropped before it was closed"
        );
    }

    #[test]
    fn a_thread_that_hangs_in_its_farewell_is_left_behind() {
        let clock = SystemClock::shared();
        let gate = Arc::new(Mutex::new(()));
        let held = gate.lock().expect("not poisoned");
        let theirs = gate.clone();
        let worker = Worker::<u32, u32>::spawn(&clock, "hangs", move |port| {
            assert_eq!(port.next(), None);
            drop(theirs.lock());
        })
        .expect("a thread");
        let start = Instant::now();
        drop(worker);
        let waited = start.elapsed();
        drop(held);
        assert!(waited >= FAREWELL, "not even waited for: {waited:?}");
        assert!(waited < FAREWELL * 4, "held up: {waited:?}");
    }

    #[test]
    fn a_wait_that_is_over_touches_nothing() {
        let clock = SystemClock::shared();
        let worker = echo(&clock, Arc::default(), Arc::default());
        let over = Wait::at_most(clock.clone(), Duration::ZERO);
        assert!(worker.call(13, &over).is_err());
        let wait = Wait::at_most(clock, Duration::from_secs(10));
        assert_eq!(worker.call(1, &wait).expect("alive"), 2);
    }
}
