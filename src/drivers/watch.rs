//! The watch of a driver for readers: a thread looks, and its listener hears one event after the other.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::threads;
use crate::card::{ReaderEvent, ReaderWatch};
use crate::error::Result;
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// What the listener has. When it is dropped the thread is told, and ends by itself: nobody waits for
/// that.
pub(super) struct Watch(Arc<Events>);

/// What the thread has.
pub(super) struct Events {
    queue: Mutex<VecDeque<ReaderEvent>>,
    arrived: Wake,
    over: AtomicBool,
    /// Notified when nobody listens any more, and by whatever else is to have the thread look.
    pub(super) news: Wake,
}

impl Watch {
    /// Has a thread `look` until nobody listens any more, for the driver of this name.
    pub(super) fn start(
        driver: &str,
        clock: &Arc<dyn Clock>,
        look: impl FnOnce(Arc<Events>, Arc<dyn Clock>) + Send + 'static,
    ) -> Result<Self> {
        let events = Arc::new(Events {
            queue: Mutex::default(),
            arrived: Wake::new(),
            over: AtomicBool::new(false),
            news: Wake::new(),
        });
        let (theirs, time) = (events.clone(), clock.clone());
        let name = format!("myna-hal {driver} watch");
        threads::start(clock, &name, "watch", move || look(theirs, time))?;
        Ok(Self(events))
    }
}

impl ReaderWatch for Watch {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        wait.until(&self.0.arrived, || self.0.queue().pop_front())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
        self.0.news.notify();
    }
}

impl Events {
    fn queue(&self) -> MutexGuard<'_, VecDeque<ReaderEvent>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: ReaderEvent) {
        self.queue().push_back(event);
        self.arrived.notify();
    }

    /// Whether nobody listens any more.
    pub(super) fn are_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}
