//! One slot of one reader.

use super::family::Ccid;
use crate::card::{CardConnection, CardReader, ReaderCapabilities, ReaderState, ShareMode};
use crate::device::DeviceInfo;
use crate::drivers::direct::Reader;
use crate::drivers::profiles::ReaderProfile;
use crate::error::Result;
use crate::wait::Wait;

/// A slot of a reader on USB.
///
/// Its interface is claimed when it is first asked for its state or connected to, and given up
/// when the last [`CcidReader`], connection and watch of this program that uses it is gone.
pub struct CcidReader(pub(super) Reader<Ccid>);

impl CcidReader {
    /// `idVendor` and `idProduct` of the reader.
    #[must_use]
    pub fn usb_id(&self) -> (u16, u16) {
        self.0.found.usb_id
    }

    /// Whether PC/SC's name of a reader is one that it gives to readers of this make.
    #[must_use]
    pub fn is_called(&self, pcsc_name: &str) -> bool {
        let found = &self.0.found;
        let profile = ReaderProfile::of_usb(found.usb_id);
        let known = profile.is_some_and(|it| it.pcsc_names.iter().any(|it| pcsc_name.contains(it)));
        known || pcsc_name.contains(&found.name)
    }
}

impl CardReader for CcidReader {
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
