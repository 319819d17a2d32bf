//! One slot of one reader.

use std::sync::Arc;

use super::connection::CcidConnection;
use super::device::Device;
use super::hub::Hub;
use super::secure::Keys;
use super::transport::Found;
use super::{BASIC, DRIVER, capabilities};
use crate::card::{CardConnection, CardReader, ReaderCapabilities, ReaderState, ShareMode};
use crate::device::DeviceInfo;
use crate::drivers::profiles::ReaderProfile;
use crate::error::{ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// A slot of a reader on USB.
///
/// Its interface is claimed when it is first asked for its state or connected to, and given up
/// when the last [`CcidReader`], connection and watch of this program that uses it is gone.
pub struct CcidReader {
    info: DeviceInfo,
    hub: Arc<Hub>,
    found: Found,
    slot: u8,
    clock: Arc<dyn Clock>,
    device: Option<Arc<Device>>,
}

impl CcidReader {
    pub(super) fn new(hub: &Arc<Hub>, found: &Found, slot: u8, clock: &Arc<dyn Clock>) -> Self {
        Self {
            info: describe(found, slot),
            hub: hub.clone(),
            found: found.clone(),
            slot,
            clock: clock.clone(),
            device: hub.opened(found),
        }
    }

    /// `idVendor` and `idProduct` of the reader.
    #[must_use]
    pub fn usb_id(&self) -> (u16, u16) {
        self.found.usb_id
    }

    /// Whether PC/SC's name of a reader is one that it gives to readers of this make.
    #[must_use]
    pub fn is_called(&self, pcsc_name: &str) -> bool {
        let profile = ReaderProfile::of_usb(self.found.usb_id);
        let known = profile.is_some_and(|it| it.pcsc_names.iter().any(|it| pcsc_name.contains(it)));
        known || pcsc_name.contains(&self.found.name)
    }

    /// The open reader; one that went away is looked for where it was attached.
    fn device(&mut self) -> Result<Arc<Device>> {
        if let Some(device) = &self.device
            && !device.is_gone()
        {
            return Ok(device.clone());
        }
        self.device = None;
        let same = |found: &Found| describe(found, self.slot).id == self.info.id;
        let found = self.hub.bus.readers()?.into_iter().find(same);
        self.found = found.ok_or(ErrorKind::NotFound)?;
        let device = self.hub.open(&self.found, &self.clock)?;
        self.device = Some(device.clone());
        Ok(device)
    }
}

impl CardReader for CcidReader {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> ReaderCapabilities {
        match (&self.device, &self.found.descriptor) {
            (Some(device), _) => capabilities(&device.descriptor, &device.keys),
            (None, Some(descriptor)) => {
                capabilities(descriptor, &Keys::new(descriptor, self.found.usb_id))
            }
            (None, None) => BASIC,
        }
    }

    fn state(&mut self) -> Result<ReaderState> {
        self.device()?.state_of(self.slot)
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        wait.check()?;
        let device = self.device()?;
        let connection = CcidConnection::open(device, self.info.clone(), self.slot, mode, wait)?;
        Ok(Box::new(connection))
    }
}

/// The name of a slot: what the reader calls itself, and where it is, for a desk may have two of
/// a make.
pub(super) fn describe(found: &Found, slot: u8) -> DeviceInfo {
    let (name, place) = (&found.name, &found.place);
    let name = match slot {
        0 => format!("{name} ({place})"),
        slot => format!("{name} ({place}) slot {}", slot + 1),
    };
    DeviceInfo::new(DRIVER, name)
}
