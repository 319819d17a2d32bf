//! The readers of one bus, each of them open once in this program.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::device::Device;
use super::opening::Opening;
use super::{Attached as _, Family};
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// An interface that was given up a moment ago may not be free yet, and a device that was plugged in a
/// moment ago may not be ready.
const AGAIN: Duration = Duration::from_millis(50);
const TRIES: u32 = 10;

/// How long whoever looks at several readers waits for one of them: the others have news meanwhile.
const MOMENT: Duration = Duration::from_millis(500);

/// A bus, and the readers of it that somebody uses.
pub(in crate::drivers) struct Hub<F: Family> {
    pub(in crate::drivers) bus: F,
    readers: Mutex<Readers<F>>,
}

struct Readers<F: Family> {
    open: Vec<Weak<Device<F>>>,
    /// No reader is in here twice: a second opening would meet the first.
    openings: Vec<Arc<Opening<F>>>,
}

impl<F: Family> Readers<F> {
    /// The reader, if it is open.
    fn opened(&self, found: &F::Found) -> Option<Arc<Device<F>>> {
        self.open
            .iter()
            .filter_map(Weak::upgrade)
            .find(|device| device.instance == found.instance() && !device.is_gone())
    }

    /// The opening that is under way.
    fn opening(&self, found: &F::Found) -> Option<Arc<Opening<F>>> {
        let mut openings = self.openings.iter();
        openings
            .find(|opening| opening.instance == found.instance())
            .cloned()
    }
}

impl<F: Family> Hub<F> {
    pub(in crate::drivers) fn new(bus: F) -> Self {
        Self {
            bus,
            readers: Mutex::new(Readers {
                open: Vec::new(),
                openings: Vec::new(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Readers<F>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reader, if it is open.
    pub(super) fn opened(&self, found: &F::Found) -> Option<Arc<Device<F>>> {
        self.lock().opened(found)
    }

    /// The reader, opened if it is not, as far as that is a matter of a moment. An opening that takes
    /// longer goes on, and is met by whoever asks again.
    pub(super) fn open(
        self: &Arc<Self>,
        found: &F::Found,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Device<F>>> {
        self.open_within(found, clock, &Wait::at_most(clock.clone(), MOMENT))
    }

    /// The reader, opened if it is not.
    ///
    /// # Errors
    /// `TimedOut`, `Cancelled` while it is being opened, which goes on; `Unavailable` when that hangs; what its
    /// bus says.
    pub(super) fn open_within(
        self: &Arc<Self>,
        found: &F::Found,
        clock: &Arc<dyn Clock>,
        wait: &Wait,
    ) -> Result<Arc<Device<F>>> {
        loop {
            wait.check()?;
            let (opening, ours) = {
                let mut readers = self.lock();
                if let Some(device) = readers.opened(found) {
                    return Ok(device);
                }
                match readers.opening(found) {
                    Some(opening) => (opening, false),
                    None => {
                        let opening = Opening::begin(self, found, clock)?;
                        readers.openings.push(opening.clone());
                        (opening, true)
                    }
                }
            };
            match opening.wait(wait)? {
                Some(device) => return Ok(device),
                None if ours => return Err(opening.failure()),
                // It began before this call, and what was wrong may be mended since.
                None => {}
            }
        }
    }

    /// Opens the reader, however long that takes.
    pub(super) fn open_now(
        &self,
        found: &F::Found,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Device<F>>> {
        for _ in 1..TRIES {
            match self.bus.open(found, clock) {
                Err(error) if matches!(error.kind(), ErrorKind::Busy | ErrorKind::Other) => {
                    clock.wait_until(Some(clock.now() + AGAIN), &Wake::new());
                }
                opened => return Device::start(found, opened?, clock),
            }
        }
        Device::start(found, self.bus.open(found, clock)?, clock)
    }

    /// An opening has ended, with an open reader or without.
    pub(super) fn ended(&self, opening: &Arc<Opening<F>>, device: Option<&Arc<Device<F>>>) {
        let mut readers = self.lock();
        readers
            .openings
            .retain(|other| !Arc::ptr_eq(other, opening));
        readers.open.retain(|other| other.strong_count() > 0);
        readers.open.extend(device.map(Arc::downgrade));
    }
}
