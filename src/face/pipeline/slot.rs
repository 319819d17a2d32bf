//! Hand-over between two threads: room for one, and the newest wins.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::time::{Clock, Wake};

/// A place for one value. What is not taken in time is replaced, so nothing ever queues.
pub(super) struct Slot<T> {
    state: Mutex<State<T>>,
    /// Wakes the one thread that takes.
    filled: Wake,
}

struct State<T> {
    value: Option<T>,
    closed: bool,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                value: None,
                closed: false,
            }),
            filled: Wake::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in; what it replaces, or the value itself if the slot is closed, comes back.
    pub(super) fn put(&self, value: T) -> Option<T> {
        let replaced = {
            let mut state = self.lock();
            if state.closed {
                return Some(value);
            }
            state.value.replace(value)
        };
        self.filled.notify();
        replaced
    }

    /// Takes the value out, if there is one.
    pub(super) fn clear(&self) -> Option<T> {
        self.lock().value.take()
    }

    /// Waits for a value; `None` once the slot is closed.
    pub(super) fn take(&self, clock: &dyn Clock) -> Option<T> {
        loop {
            {
                let mut state = self.lock();
                if state.closed {
                    return None;
                }
                if let Some(value) = state.value.take() {
                    return Some(value);
                }
            }
            clock.wait_until(None, &self.filled);
        }
    }

    /// Lets the taking thread end; what is still in the slot comes back.
    pub(super) fn close(&self) -> Option<T> {
        let left = {
            let mut state = self.lock();
            state.closed = true;
            state.value.take()
        };
        self.filled.notify();
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SystemClock;

    #[test]
    fn the_newest_wins_and_a_closed_slot_takes_nothing() {
        let (slot, clock) = (Slot::new(), SystemClock::new());
        assert_eq!(slot.put(1), None);
        assert_eq!(slot.put(2), Some(1));
        assert_eq!(slot.take(&clock), Some(2));
        assert_eq!(slot.clear(), None);
        assert_eq!(slot.put(3), None);
        assert_eq!(slot.close(), Some(3));
        assert_eq!(slot.take(&clock), None);
        assert_eq!(slot.put(4), Some(4));
    }
}
