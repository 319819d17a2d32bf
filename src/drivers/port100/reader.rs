//! One reader.

use super::family::Port100;
use crate::card::{CardConnection, CardReader, ReaderCapabilities, ReaderState, ShareMode};
use crate::device::DeviceInfo;
use crate::drivers::direct::Reader;
use crate::error::Result;
use crate::wait::Wait;

/// A Sony RC-S380 on USB.
///
/// Its interface is claimed when it is first asked for its state or connected to, and given up
/// when the last [`Port100Reader`], connection and watch of this program that uses it is gone. From
/// then until then its field is on.
pub struct Port100Reader(pub(super) Reader<Port100>);

impl Port100Reader {
    /// `idVendor` and `idProduct` of the reader.
    #[must_use]
    pub fn usb_id(&self) -> (u16, u16) {
        self.0.found.usb_id
    }
}

impl CardReader for Port100Reader {
    fn info(&self) -> &DeviceInfo {
        &self.0.info
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.0.capabilities()
    }

    fn state(&mut self) -> Result<ReaderState> {
        self.0.state()
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        self.0.connect(mode, wait)
    }
}
