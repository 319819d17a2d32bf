//! One slot of one reader.

use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::device::Device;
use super::hub::Hub;
use super::{Attached as _, Family};
use crate::card::{CardConnection, ReaderCapabilities, ReaderState, ShareMode};
use crate::device::DeviceInfo;
use crate::error::{ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// How long a caller without a limit of its own waits for a reader to be opened. One that works is open
/// before.
const PATIENCE: Duration = Duration::from_secs(2);

pub(in crate::drivers) struct Reader<F: Family> {
    pub(in crate::drivers) info: DeviceInfo,
    pub(in crate::drivers) found: F::Found,
    hub: Arc<Hub<F>>,
    slot: u8,
    clock: Arc<dyn Clock>,
    device: Option<Arc<Device<F>>>,
}

impl<F: Family> Reader<F> {
    /// One for each slot of each reader that is attached now.
    pub(in crate::drivers) fn list(hub: &Arc<Hub<F>>, clock: &Arc<dyn Clock>) -> Result<Vec<Self>> {
        let mut readers = Vec::new();
        for found in hub.bus.readers()? {
            for slot in 0..found.slots() {
                readers.push(Self {
                    info: describe::<F>(&found, slot),
                    found: found.clone(),
                    hub: hub.clone(),
                    slot,
                    clock: clock.clone(),
                    device: hub.opened(&found),
                });
            }
        }
        Ok(readers)
    }

    /// The open reader; one that went away is looked for where it was attached.
    fn device(&mut self, wait: &Wait) -> Result<Arc<Device<F>>> {
        if let Some(device) = &self.device
            && !device.is_gone()
        {
            return Ok(device.clone());
        }
        self.device = None;
        let same = |found: &F::Found| describe::<F>(found, self.slot).id == self.info.id;
        let found = self.hub.bus.readers()?.into_iter().find(same);
        self.found = found.ok_or(ErrorKind::NotFound)?;
        let device = self.hub.open_within(&self.found, &self.clock, wait)?;
        self.device = Some(device.clone());
        Ok(device)
    }

    pub(in crate::drivers) fn capabilities(&self) -> ReaderCapabilities {
        let facts = self.device.as_ref().map(|device| &device.facts);
        F::capabilities(&self.found, facts)
    }

    pub(in crate::drivers) fn state(&mut self) -> Result<ReaderState> {
        let wait = Wait::at_most(self.clock.clone(), PATIENCE);
        self.device(&wait)?.state_of(self.slot)
    }

    pub(in crate::drivers) fn connect(
        &mut self,
        mode: ShareMode,
        wait: &Wait,
    ) -> Result<Box<dyn CardConnection>> {
        wait.check()?;
        let device = self.device(wait)?;
        let (info, found) = (self.info.clone(), self.found.clone());
        let connection = Connection::open(device, info, found, self.slot, mode, wait)?;
        Ok(Box::new(connection))
    }
}

/// The name of a slot: what the reader calls itself, and where it is, for a desk may have two of
/// a make.
pub(super) fn describe<F: Family>(found: &F::Found, slot: u8) -> DeviceInfo {
    let (name, place) = (found.name(), found.place());
    let name = match slot {
        0 => format!("{name} ({place})"),
        slot => format!("{name} ({place}) slot {}", slot + 1),
    };
    DeviceInfo::new(F::DRIVER, name)
}
