//! Readers and cards coming and going.

use std::sync::Arc;
use std::time::Duration;

use super::device::Device;
use super::hub::Hub;
use super::reader::describe;
use super::transport::Found;
use crate::card::{ReaderEvent, ReaderState, ReaderWatch};
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// The pace of looking for readers. Cards are told at once.
const LOOK: Duration = Duration::from_millis(250);

/// A reader that could not be opened is tried again at this pace.
const AGAIN: Duration = Duration::from_secs(2);

/// It has no thread: it looks while somebody waits for an event, and finds what happened before by
/// comparing.
pub(super) struct CcidWatch {
    hub: Arc<Hub>,
    clock: Arc<dyn Clock>,
    wake: Wake,
    events: std::collections::VecDeque<ReaderEvent>,
    readers: Vec<Watched>,
    look_at: Timestamp,
}

/// A reader that was told of.
struct Watched {
    found: Found,
    /// Open, or when to try next.
    device: Result<Arc<Device>, Timestamp>,
    /// What was told of its slots last.
    told: Vec<Option<ReaderState>>,
}

impl CcidWatch {
    pub(super) fn new(hub: Arc<Hub>, clock: Arc<dyn Clock>) -> Self {
        Self {
            hub,
            look_at: clock.now(),
            clock,
            wake: Wake::new(),
            events: std::collections::VecDeque::new(),
            readers: Vec::new(),
        }
    }

    /// Compares the bus with what was told. A reader that left and came back between two looks
    /// is another instance, and both are told.
    fn compare(&mut self) {
        let Ok(found) = self.hub.bus.readers() else {
            return;
        };
        let events = &mut self.events;
        self.readers.retain(|watched| {
            let stays = found
                .iter()
                .any(|found| found.instance == watched.found.instance);
            if !stays {
                for slot in 0..watched.slots() {
                    let id = describe(&watched.found, slot).id;
                    events.push_back(ReaderEvent::ReaderRemoved(id));
                }
            }
            stays
        });
        for found in found {
            let known = |watched: &Watched| watched.found.instance == found.instance;
            if !self.readers.iter().any(known) {
                let watched = Watched {
                    device: Err(self.clock.now()),
                    told: Vec::new(),
                    found,
                };
                for slot in 0..watched.slots() {
                    let info = describe(&watched.found, slot);
                    events.push_back(ReaderEvent::ReaderAdded(info));
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
            device.wait_with(&self.wake);
            watched.told.resize(usize::from(watched.slots()), None);
            for (slot, told) in (0..).zip(&mut watched.told) {
                let Ok(state) = device.state_of(slot) else {
                    continue;
                };
                if told.as_ref() != Some(&state) {
                    *told = Some(state.clone());
                    let reader = describe(&watched.found, slot).id;
                    self.events
                        .push_back(ReaderEvent::StateChanged { reader, state });
                }
            }
        }
    }
}

impl Watched {
    fn slots(&self) -> u8 {
        self.found
            .descriptor
            .map_or(1, |descriptor| descriptor.slots)
    }
}

impl ReaderWatch for CcidWatch {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            wait.check()?;
            if self.clock.now() >= self.look_at {
                self.compare();
                self.look_at = self.clock.now() + LOOK;
            }
            self.look();
            if !self.events.is_empty() {
                continue;
            }
            let pause = self.look_at.since(self.clock.now());
            if let Err(error) = wait.shortened(pause).on(&self.wake)
                && error.kind() == ErrorKind::Cancelled
            {
                return Err(error);
            }
        }
    }
}
