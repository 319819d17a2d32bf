//! Host work while the card computes.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};

use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// Runs `host` on a thread of its own and `here` on this one, and returns when both are done.
/// Where the system gives no thread, `host` runs here afterwards.
///
/// A panic of `host` goes on in the caller.
pub(super) fn overlap<H: Send, T>(
    clock: &Arc<dyn Clock>,
    host: impl FnOnce() -> H + Send,
    here: impl FnOnce() -> T,
) -> (H, T) {
    // In a slot, because a thread that cannot be started would keep it.
    let slot = Mutex::new(Some(host));
    let run = || {
        let host = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        host.map(|host| host())
    };
    let done = Done::default();
    thread::scope(|scope| {
        let seat = clock.participant();
        let thread = Builder::new()
            .name("myna-host".to_owned())
            .spawn_scoped(scope, || {
                // Left in the reverse order: whoever waits is woken before time may go on.
                let _seat = seat.enter();
                let _announced = Announce(&done);
                run()
            });
        let result = here();
        let made = match thread {
            Ok(thread) => {
                // Through the clock, and not in `join`: a virtual clock must know that this
                // thread is blocked. A wait without end and token does not fail.
                let _ = Wait::forever(clock.clone()).until(&done.wake, || done.is_set());
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            }
            Err(_) => run(),
        };
        let made = made.expect("the slot is emptied once, by the thread or here");
        (made, result)
    })
}

/// Whether the thread is done.
#[derive(Default)]
struct Done {
    set: AtomicBool,
    wake: Wake,
}

impl Done {
    fn is_set(&self) -> Option<()> {
        self.set.load(Ordering::SeqCst).then_some(())
    }
}

/// Tells when it is dropped, so also when the work panics.
struct Announce<'d>(&'d Done);

impl Drop for Announce<'_> {
    fn drop(&mut self) {
        self.0.set.store(true, Ordering::SeqCst);
        self.0.wake.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SystemClock;

    #[test]
    fn both_are_done_and_on_two_threads() {
        let clock = SystemClock::shared();
        let me = || thread::current().id();
        let (host, here) = overlap(&clock, me, me);
        assert_eq!(here, me());
        assert_ne!(host, here);
    }

    #[test]
    fn a_panic_of_the_host_reaches_the_caller() {
        let caught = std::panic::catch_unwind(|| {
            let clock = SystemClock::shared();
            overlap(&clock, || panic!("as meant: a test of panics"), || ())
        });
        assert!(caught.is_err());
    }
}
