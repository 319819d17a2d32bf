//! Readers and cards coming and going.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::device::Device;
use super::hub::Hub;
use super::reader::describe;
use super::{Attached as _, Family};
use crate::card::{ReaderEvent, ReaderState, ReaderWatch};
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// The pace of looking for readers. Cards are told at once.
const LOOK: Duration = Duration::from_millis(500);

/// A reader that could not be opened is tried again at this pace.
const AGAIN: Duration = Duration::from_secs(2);

/// Its thread ends by itself when nobody listens any more, and gives up the readers.
pub(in crate::drivers) struct Watch(Arc<Shared>);

struct Shared {
    events: Mutex<VecDeque<ReaderEvent>>,
    arrived: Wake,
    stop: AtomicBool,
    /// Has the thread look: a card came or went, or nobody listens any more.
    news: Wake,
}

impl Watch {
    pub(in crate::drivers) fn start<F: Family>(
        hub: Arc<Hub<F>>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            events: Mutex::default(),
            arrived: Wake::new(),
            stop: AtomicBool::new(false),
            news: Wake::new(),
        });
        let (theirs, clock, seat) = (shared.clone(), clock.clone(), clock.participant());
        std::thread::Builder::new()
            .name(format!("myna-hal {} watch", F::DRIVER))
            .spawn(move || {
                let _seat = seat.enter();
                let mut lookout = Lookout {
                    hub,
                    clock,
                    shared: theirs,
                    readers: Vec::new(),
                };
                lookout.run();
            })
            .map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "no thread can be started for the watch",
                )
                .with_source(source)
            })?;
        Ok(Self(shared))
    }
}

impl ReaderWatch for Watch {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        wait.until(&self.0.arrived, || self.0.events().pop_front())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::SeqCst);
        self.0.news.notify();
    }
}

impl Shared {
    fn events(&self) -> MutexGuard<'_, VecDeque<ReaderEvent>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: ReaderEvent) {
        self.events().push_back(event);
        self.arrived.notify();
    }
}

/// What the thread knows: it compares what is there with what was told.
struct Lookout<F: Family> {
    hub: Arc<Hub<F>>,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
    readers: Vec<Watched<F>>,
}

/// A reader that was told of.
struct Watched<F: Family> {
    found: F::Found,
    /// Open, or when to try next.
    device: Result<Arc<Device<F>>, Timestamp>,
    /// What was told of its slots last.
    told: Vec<Option<ReaderState>>,
}

impl<F: Family> Lookout<F> {
    fn run(&mut self) {
        let mut look_at = self.clock.now();
        while !self.shared.stop.load(Ordering::SeqCst) {
            if self.clock.now() >= look_at {
                self.compare();
                look_at = self.clock.now() + LOOK;
            }
            self.look();
            self.clock.wait_until(Some(look_at), &self.shared.news);
        }
    }

    /// Compares the bus with what was told. A reader that left and came back between two looks
    /// is another instance, and both are told.
    fn compare(&mut self) {
        let Ok(found) = self.hub.bus.readers() else {
            return;
        };
        let shared = &self.shared;
        self.readers.retain(|watched| {
            let same = |found: &F::Found| found.instance() == watched.found.instance();
            let stays = found.iter().any(same);
            if !stays {
                for slot in 0..watched.found.slots() {
                    let id = describe::<F>(&watched.found, slot).id;
                    shared.push(ReaderEvent::ReaderRemoved(id));
                }
            }
            stays
        });
        for found in found {
            let known = |watched: &Watched<F>| watched.found.instance() == found.instance();
            if !self.readers.iter().any(known) {
                let watched: Watched<F> = Watched {
                    device: Err(self.clock.now()),
                    told: Vec::new(),
                    found,
                };
                for slot in 0..watched.found.slots() {
                    let info = describe::<F>(&watched.found, slot);
                    shared.push(ReaderEvent::ReaderAdded(info));
                }
                self.readers.push(watched);
            }
        }
    }

    /// Opens what is not open, and tells which slots changed.
    fn look(&mut self) {
        for watched in &mut self.readers {
            let now = self.clock.now();
            if watched.device.as_ref().is_err_and(|again| *again <= now) {
                let opened = self.hub.open(&watched.found, &self.clock);
                watched.device = opened.map_err(|_| now + AGAIN);
            }
            let Ok(device) = &watched.device else {
                continue;
            };
            device.wait_with(&self.shared.news);
            watched
                .told
                .resize(usize::from(watched.found.slots()), None);
            for (slot, told) in (0..).zip(&mut watched.told) {
                let Ok(state) = device.state_of(slot) else {
                    continue;
                };
                if told.as_ref() != Some(&state) {
                    *told = Some(state.clone());
                    let reader = describe::<F>(&watched.found, slot).id;
                    self.shared
                        .push(ReaderEvent::StateChanged { reader, state });
                }
            }
        }
    }
}
