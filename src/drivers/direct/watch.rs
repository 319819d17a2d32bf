//! Readers and cards coming and going.

use std::sync::Arc;
use std::time::Duration;

use super::device::Device;
use super::hub::Hub;
use super::reader::describe;
use super::{Attached as _, Family};
use crate::card::{ReaderEvent, ReaderState};
use crate::drivers::watch::{Events, Watch};
use crate::error::Result;
use crate::time::{Clock, Timestamp};

/// The pace of looking for readers. Cards are told at once.
const LOOK: Duration = Duration::from_millis(500);

/// A reader that could not be opened is tried again at this pace.
const AGAIN: Duration = Duration::from_secs(2);

/// Has a thread look for the readers of `hub`. It ends when nobody listens any more, and gives up the
/// readers.
pub(in crate::drivers) fn start<F: Family>(
    hub: Arc<Hub<F>>,
    clock: &Arc<dyn Clock>,
) -> Result<Watch> {
    Watch::start(F::DRIVER, clock, move |events, clock| {
        let mut lookout = Lookout {
            hub,
            clock,
            events,
            readers: Vec::new(),
        };
        lookout.run();
    })
}

/// What the thread knows: it compares what is there with what was told.
struct Lookout<F: Family> {
    hub: Arc<Hub<F>>,
    clock: Arc<dyn Clock>,
    events: Arc<Events>,
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
        while !self.events.are_over() {
            if self.clock.now() >= look_at {
                self.compare();
                look_at = self.clock.now() + LOOK;
            }
            self.look();
            self.clock.wait_until(Some(look_at), &self.events.news);
        }
    }

    /// Compares the bus with what was told. A reader that left and came back between two looks
    /// is another instance, and both are told.
    fn compare(&mut self) {
        let Ok(found) = self.hub.bus.readers() else {
            return;
        };
        let events = &self.events;
        self.readers.retain(|watched| {
            let same = |found: &F::Found| found.instance() == watched.found.instance();
            let stays = found.iter().any(same);
            if !stays {
                for slot in 0..watched.found.slots() {
                    let id = describe::<F>(&watched.found, slot).id;
                    events.push(ReaderEvent::ReaderRemoved(id));
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
                    events.push(ReaderEvent::ReaderAdded(info));
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
            device.wait_with(&self.events.news);
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
                    self.events
                        .push(ReaderEvent::StateChanged { reader, state });
                }
            }
        }
    }
}
