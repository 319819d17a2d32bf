//! Clocks: the only place that asks the operating system for the time, and the only way to block.
//!
//! *For application authors*: make one [`SystemClock`] and pass it everywhere; tests pass the
//! virtual clock of the `sim` room instead, and hours go by in milliseconds.
//!
//! *For driver authors*: never sleep and never wait on a channel with a time-out of your own.
//! Block through a [`Wait`](crate::wait::Wait), which blocks through the clock. A thread that the
//! driver starts is announced with [`Clock::participant`], so that a virtual clock knows whom to
//! wait for.

use std::fmt;
use std::ops::Add;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

/// A reading of a clock's monotonic time: the duration since that clock's own start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The start of the clock.
    pub const START: Self = Self(Duration::ZERO);

    /// The instant `since_start` after the clock's start.
    #[must_use]
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// Time since the clock's start.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// Time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// Japan Standard Time, UTC+9 since 1952 without summer time: no time-zone database is needed.
pub const JST: jiff::tz::Offset = jiff::tz::offset(9);

/// A reading of the calendar clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime {
    /// The instant.
    pub instant: jiff::Timestamp,
    /// Whether the clock is believed. An untrusted clock must not decide about validity alone.
    pub trusted: bool,
}

impl UtcTime {
    /// The civil date in Japan.
    #[must_use]
    pub fn japan_date(&self) -> jiff::civil::Date {
        japan_date(self.instant)
    }
}

/// The civil date in Japan at `instant`.
#[must_use]
pub fn japan_date(instant: jiff::Timestamp) -> jiff::civil::Date {
    JST.to_datetime(instant).date()
}

/// Why [`Clock::wait_until`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The [`Wake`] was notified.
    Notified,
    /// The deadline passed.
    Deadline,
}

/// A source of time, and the one way to block.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Monotonic time since the clock's start.
    fn now(&self) -> Timestamp;

    /// Calendar time.
    fn utc(&self) -> UtcTime;

    /// Blocks the calling thread until `wake` is notified or `deadline` passes (`None`: never).
    /// A notification that came earlier counts. May return [`Woken::Notified`] spuriously.
    fn wait_until(&self, deadline: Option<Timestamp>, wake: &Wake) -> Woken;

    /// Announces a thread that is about to start and will block only through this clock.
    /// The thread calls [`Participant::enter`] first and keeps the value until it ends.
    fn participant(&self) -> Participant {
        Participant::none()
    }
}

/// A thread known to a clock; see [`Clock::participant`].
#[must_use = "a virtual clock stands still until the participant enters or is dropped"]
pub struct Participant(Option<Box<dyn Enrolment>>);

/// What a clock hands out inside a [`Participant`]; dropping it ends the participation.
pub trait Enrolment: Send {
    /// Called once on the thread that takes part.
    fn enter(&mut self);
}

impl Participant {
    /// For clocks that need not know their threads.
    pub fn none() -> Self {
        Self(None)
    }

    /// For clocks that do.
    pub fn new(enrolment: Box<dyn Enrolment>) -> Self {
        Self(Some(enrolment))
    }

    /// Binds the participation to the calling thread; it lasts until the value is dropped.
    pub fn enter(mut self) -> Self {
        if let Some(enrolment) = &mut self.0 {
            enrolment.enter();
        }
        self
    }
}

impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Participant")
    }
}

/// Something one thread waits for and others notify. Clones are the same thing.
#[derive(Clone, Default)]
pub struct Wake(Arc<WakeInner>);

#[derive(Default)]
struct WakeInner {
    state: Mutex<WakeState>,
    changed: Condvar,
}

#[derive(Default)]
struct WakeState {
    notified: bool,
    listener: Option<Waker>,
}

impl Wake {
    /// A wake that nobody notified yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, WakeState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the waiting thread, or lets its next wait return at once.
    pub fn notify(&self) {
        let listener = {
            let mut state = self.lock();
            state.notified = true;
            state.listener.take()
        };
        self.0.changed.notify_all();
        // Outside the lock: a virtual clock takes its own lock in here.
        if let Some(listener) = listener {
            listener.wake();
        }
    }

    /// Takes a pending notification. For clocks.
    #[must_use]
    pub fn take(&self) -> bool {
        std::mem::take(&mut self.lock().notified)
    }

    /// Has `waker` called at the next notification; `false` if one is pending, which is then
    /// taken. For clocks.
    #[must_use]
    pub fn listen(&self, waker: Waker) -> bool {
        let mut state = self.lock();
        if std::mem::take(&mut state.notified) {
            return false;
        }
        state.listener = Some(waker);
        true
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wake")
    }
}

/// The clock of the operating system.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

/// A system clock before this date was never set: 2026-01-01T00:00:00Z, the year of this crate.
const EARLIEST_PLAUSIBLE: i64 = 1_767_225_600;

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The same, ready to be shared.
    #[must_use]
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self::new())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.start.elapsed())
    }

    /// Trusted unless the year is impossible (a reader whose battery died wakes up in 1970).
    fn utc(&self) -> UtcTime {
        let instant = jiff::Timestamp::now();
        UtcTime {
            instant,
            trusted: instant.as_second() >= EARLIEST_PLAUSIBLE,
        }
    }

    fn wait_until(&self, deadline: Option<Timestamp>, wake: &Wake) -> Woken {
        let mut state = wake.lock();
        loop {
            if std::mem::take(&mut state.notified) {
                return Woken::Notified;
            }
            state = match deadline {
                None => wake
                    .0
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.since(self.now());
                    if left.is_zero() {
                        return Woken::Deadline;
                    }
                    let (state, _) = wake
                        .0
                        .changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner);
                    state
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japan_is_nine_hours_ahead() {
        let utc: jiff::Timestamp = "2026-03-31T15:00:00Z".parse().expect("literal");
        assert_eq!(japan_date(utc), jiff::civil::date(2026, 4, 1));
        let before: jiff::Timestamp = "2026-03-31T14:59:59Z".parse().expect("literal");
        assert_eq!(japan_date(before), jiff::civil::date(2026, 3, 31));
    }

    #[test]
    fn a_notification_that_came_first_counts() {
        let clock = SystemClock::new();
        let wake = Wake::new();
        wake.notify();
        assert_eq!(clock.wait_until(None, &wake), Woken::Notified);
        assert_eq!(
            clock.wait_until(Some(Timestamp::START), &wake),
            Woken::Deadline
        );
    }

    #[test]
    fn another_thread_wakes() {
        let clock = SystemClock::new();
        let wake = Wake::new();
        let other = wake.clone();
        let thread = std::thread::spawn(move || other.notify());
        assert_eq!(clock.wait_until(None, &wake), Woken::Notified);
        assert!(thread.join().is_ok());
    }
}
