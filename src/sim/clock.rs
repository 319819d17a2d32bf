//! A clock whose time passes only when everybody waits.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake as TaskWake, Waker};
use std::thread::ThreadId;
use std::time::Duration;

use crate::time::{Clock as ClockTrait, Enrolment, Participant, Timestamp, UtcTime, Wake, Woken};

/// A deterministic clock: it stands still while any participant runs, and jumps to the earliest
/// deadline once all of them are blocked. Hours of waiting take milliseconds, and the order of
/// events does not depend on the machine's load.
///
/// Threads take part by [`Clock::enter`] or, when the library starts them, by
/// [`participant`](ClockTrait::participant). A thread that does not take part may wait on the
/// clock too; it just does not hold it back while it runs.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    now: Duration,
    /// Calendar time at the clock's start.
    epoch: jiff::Timestamp,
    trusted: bool,
    /// Participants announced whose thread did not enter yet: they hold the clock.
    announced: usize,
    participants: HashSet<ThreadId>,
    waiters: BTreeMap<u64, Waiter>,
    next: u64,
}

struct Waiter {
    deadline: Option<Timestamp>,
    participant: bool,
    woken: Option<Woken>,
}

impl Clock {
    /// A clock whose calendar starts at `epoch`, trusted.
    #[must_use]
    pub fn starting_at(epoch: jiff::Timestamp) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                now: Duration::ZERO,
                epoch,
                trusted: true,
                announced: 0,
                participants: HashSet::new(),
                waiters: BTreeMap::new(),
                next: 0,
            }),
            changed: Condvar::new(),
        }))
    }

    /// The same clock behind the trait.
    #[must_use]
    pub fn shared(&self) -> Arc<dyn ClockTrait> {
        Arc::new(self.clone())
    }

    /// Makes the calling thread a participant until the returned value is dropped.
    pub fn enter(&self) -> Participant {
        ClockTrait::participant(self).enter()
    }

    /// Lets `duration` pass without waiting, for tests that only need another date.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.lock();
        state.now += duration;
        state.wake_earliest();
        drop(state);
        self.0.changed.notify_all();
    }

    /// Whether the calendar is to be believed: a reader whose battery died says no.
    pub fn set_trusted(&self, trusted: bool) {
        self.lock().trusted = trusted;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Moves time to the earliest deadline if every participant is blocked; says whether that woke
    /// somebody. One waiter wakes at a time, in the order of deadline and arrival, so that runs are
    /// reproducible.
    fn advance_if_all_blocked(&mut self) -> bool {
        let blocked = self
            .waiters
            .values()
            .filter(|waiter| waiter.participant && waiter.woken.is_none())
            .count();
        // A woken waiter that has not returned yet counts as running, participant or not.
        let running = self.waiters.values().any(|waiter| waiter.woken.is_some());
        if self.announced > 0 || running || blocked < self.participants.len() {
            return false;
        }
        let earliest = self
            .waiters
            .values()
            .filter_map(|waiter| waiter.deadline)
            .min();
        let Some(deadline) = earliest else {
            return false;
        };
        self.now = self.now.max(deadline.since_start());
        self.wake_earliest()
    }

    /// Says whether somebody was due.
    fn wake_earliest(&mut self) -> bool {
        let now = Timestamp::new(self.now);
        let due = self
            .waiters
            .iter_mut()
            .filter(|(_, waiter)| waiter.woken.is_none())
            .filter(|(_, waiter)| waiter.deadline.is_some_and(|deadline| deadline <= now))
            .min_by_key(|(id, waiter)| (waiter.deadline, **id));
        let Some((_, waiter)) = due else {
            return false;
        };
        waiter.woken = Some(Woken::Deadline);
        true
    }
}

impl ClockTrait for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::new(self.lock().now)
    }

    fn utc(&self) -> UtcTime {
        let state = self.lock();
        let passed = jiff::SignedDuration::try_from(state.now).unwrap_or(jiff::SignedDuration::MAX);
        UtcTime {
            instant: state
                .epoch
                .saturating_add(passed)
                .unwrap_or(jiff::Timestamp::MAX),
            trusted: state.trusted,
        }
    }

    fn wait_until(&self, deadline: Option<Timestamp>, wake: &Wake) -> Woken {
        let mut state = self.lock();
        if wake.take() {
            return Woken::Notified;
        }
        let id = state.next;
        state.next += 1;
        let waker = Waker::from(Arc::new(WaiterWaker {
            clock: self.clone(),
            id,
        }));
        if !wake.listen(waker) {
            return Woken::Notified;
        }
        let participant = state.participants.contains(&std::thread::current().id());
        state.waiters.insert(
            id,
            Waiter {
                deadline,
                participant,
                woken: None,
            },
        );
        loop {
            if let Some(woken) = state.waiters.get(&id).and_then(|waiter| waiter.woken) {
                state.waiters.remove(&id);
                if !participant {
                    // Nobody will notice when a stranger blocks next: look again for the others.
                    state.advance_if_all_blocked();
                    self.0.changed.notify_all();
                }
                let _ = wake.take();
                return woken;
            }
            if state.advance_if_all_blocked() {
                // Only then: whoever is woken for nothing comes here again, and would wake all
                // others for nothing, again and again for as long as one thread computes.
                self.0.changed.notify_all();
                continue;
            }
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn participant(&self) -> Participant {
        self.lock().announced += 1;
        Participant::new(Box::new(Enrolled {
            clock: self.clone(),
            stage: Stage::Announced,
        }))
    }
}

/// Marks its waiter runnable on the notifying thread, before the clock can move on.
struct WaiterWaker {
    clock: Clock,
    id: u64,
}

impl TaskWake for WaiterWaker {
    fn wake(self: Arc<Self>) {
        if let Some(waiter) = self.clock.lock().waiters.get_mut(&self.id) {
            waiter.woken.get_or_insert(Woken::Notified);
        }
        self.clock.0.changed.notify_all();
    }
}

struct Enrolled {
    clock: Clock,
    stage: Stage,
}

enum Stage {
    Announced,
    Entered(ThreadId),
    /// The thread already took part by an earlier enrolment, which keeps it in.
    Nested,
}

impl Enrolment for Enrolled {
    fn enter(&mut self) {
        if !matches!(self.stage, Stage::Announced) {
            return;
        }
        let thread = std::thread::current().id();
        let mut state = self.clock.lock();
        state.announced -= 1;
        self.stage = if state.participants.insert(thread) {
            Stage::Entered(thread)
        } else {
            Stage::Nested
        };
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        let mut state = self.clock.lock();
        match self.stage {
            Stage::Announced => state.announced -= 1,
            Stage::Entered(thread) => {
                state.participants.remove(&thread);
            }
            Stage::Nested => return,
        }
        state.advance_if_all_blocked();
        drop(state);
        self.clock.0.changed.notify_all();
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("sim::Clock").field(&self.lock().now).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::Wait;

    fn clock() -> Clock {
        Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"))
    }

    #[test]
    fn an_hour_passes_at_once() {
        let clock = clock();
        let _me = clock.enter();
        let wait = Wait::forever(clock.shared());
        wait.sleep(Duration::from_secs(3600))
            .expect("not cancelled");
        assert_eq!(clock.now(), Timestamp::new(Duration::from_secs(3600)));
        assert_eq!(clock.utc().instant.to_string(), "2026-11-22T01:00:00Z");
    }

    #[test]
    fn time_stands_still_while_a_participant_runs() {
        let clock = clock();
        let seat = ClockTrait::participant(&clock);
        let waiting = clock.clone();
        let sleeper = std::thread::spawn(move || {
            Wait::forever(waiting.shared()).sleep(Duration::from_secs(5))
        });
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(
            clock.now(),
            Timestamp::START,
            "a seat is taken but nobody sits on it"
        );
        drop(seat);
        assert!(sleeper.join().is_ok_and(|slept| slept.is_ok()));
        assert_eq!(clock.now(), Timestamp::new(Duration::from_secs(5)));
    }

    #[test]
    fn threads_interleave_the_same_way_every_time() {
        let mut runs = HashSet::new();
        for _ in 0..50 {
            let clock = clock();
            let log = Arc::new(Mutex::new(Vec::new()));
            // All seats are taken before the first thread starts, or the clock may run ahead.
            let seats = [("a", 30), ("b", 20), ("c", 50)]
                .map(|(name, step)| (name, step, ClockTrait::participant(&clock)));
            let threads: Vec<_> = seats
                .into_iter()
                .map(|(name, step, seat)| {
                    let (clock, log) = (clock.clone(), log.clone());
                    std::thread::spawn(move || {
                        let _seat = seat.enter();
                        let wait = Wait::forever(clock.shared());
                        for _ in 0..5 {
                            wait.sleep(Duration::from_millis(step))
                                .expect("not cancelled");
                            log.lock()
                                .expect("no panic")
                                .push(format!("{name}{}", clock.now().since_start().as_millis()));
                        }
                    })
                })
                .collect();
            for thread in threads {
                assert!(thread.join().is_ok());
            }
            // Threads due at the same instant wake in the order in which they went to sleep.
            runs.insert(log.lock().expect("no panic").join(" "));
        }
        assert_eq!(runs.len(), 1, "{runs:#?}");
    }

    #[test]
    fn a_reply_beats_the_deadline() {
        let clock = clock();
        let _me = clock.enter();
        let wake = Wake::new();
        let seat = ClockTrait::participant(&clock);
        let (other, theirs) = (clock.clone(), wake.clone());
        let thread = std::thread::spawn(move || {
            let _seat = seat.enter();
            let _ = Wait::forever(other.shared()).sleep(Duration::from_millis(10));
            theirs.notify();
        });
        let wait = Wait::at_most(clock.shared(), Duration::from_millis(100));
        wait.on(&wake).expect("notified");
        assert_eq!(clock.now(), Timestamp::new(Duration::from_millis(10)));
        assert!(thread.join().is_ok());
    }
}
