//! Contexts of the service, and the calls that must not meet in pcsc-lite's client library.
//!
//! That library has one list of contexts for all threads of a program. Whoever ends a connection goes through it
//! without its lock (`SCardRemoveHandle`, read in 1.9.9 and 2.3.3), while others put contexts in and take them out:
//! the program dies, seldom and of something that looks like anything else (seen with 1.9.9). So here these three wait
//! for each other.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pcsc::{Card, Disposition, Error, Scope};

/// A call that takes longer hangs, with its reader or with the service, and may do so for ever. The others
/// do not: it is hardly just now that it goes through the list.
const HANGS: Duration = Duration::from_secs(1);

/// When each call began that is under way.
static UNDER_WAY: Mutex<Vec<Instant>> = Mutex::new(Vec::new());
static ENDED: Condvar = Condvar::new();

/// A context, released when nobody else is at the list.
pub(super) struct Context {
    context: pcsc::Context,
    /// Taken by the drop; declared last, so that it ends when the context is gone.
    turn: Option<Turn>,
}

impl Context {
    /// A dialogue with the service.
    ///
    /// # Errors
    /// As the platform says it.
    pub(super) fn establish() -> Result<Self, Error> {
        let context = alone(|| pcsc::Context::establish(Scope::User))?;
        Ok(Self {
            context,
            turn: None,
        })
    }
}

impl Deref for Context {
    type Target = pcsc::Context;

    fn deref(&self) -> &pcsc::Context {
        &self.context
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.turn = Some(Turn::wait());
    }
}

/// Ends a connection. The drop of the `pcsc` crate would reset the card, so a disposition that
/// the service refuses is followed by one that leaves the card alone. When it refuses that too it
/// does not know the handle, and the drop resets nothing; but it gives the context back, of which
/// a service has only so many.
///
/// # Errors
/// As the platform says it of the first.
pub(super) fn disconnect(card: Card, disposition: Disposition) -> Result<(), Error> {
    alone(|| {
        card.disconnect(disposition).map_err(|(card, error)| {
            let _ = card.disconnect(Disposition::LeaveCard);
            error
        })
    })
}

/// Makes a call while no other is under way, but for those that hang.
fn alone<T>(call: impl FnOnce() -> T) -> T {
    let _turn = Turn::wait();
    call()
}

/// Ends with its drop, also when a call panics.
struct Turn(Instant);

impl Turn {
    fn wait() -> Self {
        let mut calls = under_way();
        // The youngest is the last to be given up.
        while let Some(left) = calls
            .iter()
            .filter_map(|began| HANGS.checked_sub(began.elapsed()))
            .max()
        {
            calls = ENDED
                .wait_timeout(calls, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let now = Instant::now();
        calls.push(now);
        Self(now)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut calls = under_way();
        if let Some(at) = calls.iter().position(|began| *began == self.0) {
            calls.swap_remove(at);
        }
        ENDED.notify_all();
    }
}

fn under_way() -> MutexGuard<'static, Vec<Instant>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn calls_wait_for_each_other_but_not_for_one_that_hangs() {
        // At once, both in one: the list is the program's.
        let at_once = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        alone(|| {
                            assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0);
                            thread::yield_now();
                            at_once.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                });
            }
        });

        let (let_go, hangs) = mpsc::channel::<()>();
        let (hung, has_begun) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                alone(|| {
                    hung.send(()).expect("somebody waits");
                    let _ = hangs.recv();
                });
            });
            has_begun.recv().expect("it begins");
            alone(|| {});
            // From then on nobody waits for it.
            let begun = Instant::now();
            alone(|| {});
            assert!(begun.elapsed() < HANGS / 2, "{:?}", begun.elapsed());
            drop(let_go);
        });
        assert!(under_way().is_empty());
    }
}
