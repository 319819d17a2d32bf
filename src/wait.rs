//! How long a call may block: a deadline, a cancel token and the clock they are measured on.
//!
//! Every call of this crate that can block takes a [`Wait`]; nothing takes a bare duration.
//!
//! *Contract* for implementors: a call returns within [`Wait::remaining`] plus 250 ms. A wait
//! that is already over fails before the device is touched. `Cancelled` wins over `TimedOut`.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Timestamp, Wake};

/// Cancels calls from another thread. Clones cancel together.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<CancelInner>);

#[derive(Default)]
struct CancelInner {
    cancelled: AtomicBool,
    hooks: Mutex<Vec<(u64, Hook)>>,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

impl CancelToken {
    /// A token that nobody cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels every call that waits on this token, now and later.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        // Cloned out of the lock: a hook may drop a `CancelHook` of the same token.
        let hooks: Vec<Hook> = self.hooks().iter().map(|(_, hook)| hook.clone()).collect();
        for hook in hooks {
            hook();
        }
    }

    /// Whether [`CancelToken::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Runs `hook` when the token is cancelled (at once if it already is) until the returned
    /// value is dropped.
    #[must_use = "the hook is removed when this is dropped"]
    pub fn on_cancel(&self, hook: impl Fn() + Send + Sync + 'static) -> CancelHook {
        let hook: Hook = Arc::new(hook);
        let id = {
            let mut hooks = self.hooks();
            let id = hooks.last().map_or(0, |(id, _)| id + 1);
            hooks.push((id, hook.clone()));
            id
        };
        if self.is_cancelled() {
            hook();
        }
        CancelHook {
            token: self.clone(),
            id,
        }
    }

    fn hooks(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Hook)>> {
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken")
            .field(&self.is_cancelled())
            .finish()
    }
}

/// A registered hook; dropping it removes the hook.
#[derive(Debug)]
pub struct CancelHook {
    token: CancelToken,
    id: u64,
}

impl Drop for CancelHook {
    fn drop(&mut self) {
        self.token.hooks().retain(|(id, _)| *id != self.id);
    }
}

/// How long a call may block.
#[derive(Clone, Debug)]
pub struct Wait {
    clock: Arc<dyn Clock>,
    deadline: Option<Timestamp>,
    cancel: CancelToken,
}

impl Wait {
    /// No deadline; only cancellation ends it.
    pub fn forever(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            deadline: None,
            cancel: CancelToken::new(),
        }
    }

    /// At most `limit` from now.
    pub fn at_most(clock: Arc<dyn Clock>, limit: Duration) -> Self {
        let deadline = Some(clock.now() + limit);
        Self {
            clock,
            deadline,
            cancel: CancelToken::new(),
        }
    }

    /// The same wait, cancelled by `token`.
    #[must_use]
    pub fn with_cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// The same wait, ended at most `limit` from now: a part may take less than the whole.
    #[must_use]
    pub fn shortened(&self, limit: Duration) -> Self {
        let limit = self.clock.now() + limit;
        Self {
            clock: self.clock.clone(),
            deadline: Some(self.deadline.map_or(limit, |own| own.min(limit))),
            cancel: self.cancel.clone(),
        }
    }

    /// The clock this wait is measured on.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The token that cancels this wait.
    #[must_use]
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// When the wait ends.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Time left; `None` without a deadline.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.since(self.clock.now()))
    }

    /// Whether the caller still waits.
    ///
    /// # Errors
    /// `Cancelled`, `TimedOut`.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(ErrorKind::Cancelled.into());
        }
        match self.remaining() {
            Some(Duration::ZERO) => Err(ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }

    /// Blocks until `wake` is notified. May return early without one: look again at what you
    /// wait for.
    ///
    /// # Errors
    /// `Cancelled`, `TimedOut`.
    pub fn on(&self, wake: &Wake) -> Result<()> {
        self.check()?;
        let cancelled = wake.clone();
        let _hook = self.cancel.on_cancel(move || cancelled.notify());
        self.clock.wait_until(self.deadline, wake);
        self.check()
    }

    /// Blocks until `ready` gives a value, looking again whenever `wake` is notified.
    ///
    /// # Errors
    /// `Cancelled`, `TimedOut`.
    pub fn until<T>(&self, wake: &Wake, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
        loop {
            if let Some(value) = ready() {
                return Ok(value);
            }
            if let Err(error) = self.on(wake) {
                // What arrived at the last moment still arrived.
                return ready().ok_or(error);
            }
        }
    }

    /// Blocks for `duration`.
    ///
    /// # Errors
    /// `Cancelled`, `TimedOut`.
    pub fn sleep(&self, duration: Duration) -> Result<()> {
        let end = self.clock.now() + duration;
        let part = self.shortened(duration);
        let wake = Wake::new();
        loop {
            match part.on(&wake) {
                Err(error) if error.kind() == ErrorKind::TimedOut && self.clock.now() >= end => {
                    return if self.cancel.is_cancelled() {
                        Err(Error::from(ErrorKind::Cancelled))
                    } else {
                        Ok(())
                    };
                }
                Err(error) => return Err(error),
                Ok(()) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SystemClock;

    #[test]
    fn cancelled_wins_over_timed_out() {
        let token = CancelToken::new();
        let wait = Wait::at_most(SystemClock::shared(), Duration::ZERO).with_cancel(token.clone());
        assert_eq!(wait.check().expect_err("over").kind(), ErrorKind::TimedOut);
        token.cancel();
        assert_eq!(
            wait.check().expect_err("cancelled").kind(),
            ErrorKind::Cancelled
        );
    }

    #[test]
    fn cancel_from_another_thread_ends_a_wait_without_deadline() {
        let token = CancelToken::new();
        let wait = Wait::forever(SystemClock::shared()).with_cancel(token.clone());
        let thread = std::thread::spawn(move || token.cancel());
        let error = wait
            .sleep(Duration::from_secs(3600))
            .expect_err("cancelled");
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(thread.join().is_ok());
    }

    #[test]
    fn a_dropped_hook_is_not_called() {
        let token = CancelToken::new();
        let called = Arc::new(AtomicBool::new(false));
        let seen = called.clone();
        drop(token.on_cancel(move || seen.store(true, Ordering::SeqCst)));
        token.cancel();
        assert!(!called.load(Ordering::SeqCst));
    }

    #[test]
    fn a_part_never_outlives_the_whole() {
        let wait = Wait::at_most(SystemClock::shared(), Duration::from_secs(1));
        assert!(wait.shortened(Duration::from_secs(9)).deadline() <= wait.deadline());
    }
}
