//! The readers of one bus, each of them open once in this program.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::device::Device;
use super::{Attached as _, Family};
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Wake};

/// An interface that was given up a moment ago may not be free yet, and a device that was plugged in a
/// moment ago may not be ready.
const AGAIN: Duration = Duration::from_millis(50);
const TRIES: u32 = 10;

/// A bus, and the readers of it that somebody uses.
pub(in crate::drivers) struct Hub<F: Family> {
    pub(in crate::drivers) bus: F,
    open: Mutex<Vec<Weak<Device<F>>>>,
}

impl<F: Family> Hub<F> {
    pub(in crate::drivers) fn new(bus: F) -> Self {
        Self {
            bus,
            open: Mutex::default(),
        }
    }

    /// The reader, if it is open.
    pub(super) fn opened(&self, found: &F::Found) -> Option<Arc<Device<F>>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter()
            .filter_map(Weak::upgrade)
            .find(|device| device.instance == found.instance() && !device.is_gone())
    }

    /// The reader, opened if it is not.
    pub(super) fn open(&self, found: &F::Found, clock: &Arc<dyn Clock>) -> Result<Arc<Device<F>>> {
        for tries in 1.. {
            if let Some(device) = self.opened(found) {
                return Ok(device);
            }
            let opened = match self.bus.open(found, clock) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::Busy | ErrorKind::Other)
                        && tries < TRIES =>
                {
                    clock.wait_until(Some(clock.now() + AGAIN), &Wake::new());
                    continue;
                }
                opened => opened?,
            };
            let device = Device::start(found, opened, clock)?;
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.retain(|other| other.strong_count() > 0);
            open.push(Arc::downgrade(&device));
            return Ok(device);
        }
        Err(ErrorKind::Busy.into())
    }
}
