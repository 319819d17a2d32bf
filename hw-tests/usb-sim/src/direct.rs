//! A bus of simulated readers that leads straight into the library's CCID driver: no kernel, no
//! root, nothing to boot. What it cannot show is what a kernel does; `vhci` shows that.

use std::time::Duration;

use myna_hal::drivers::ccid::{Bus, ClassDescriptor, Found, Notifications, Opened, Transport};
use myna_hal::time::Wake;
use myna_hal::{Error, Result};

use crate::ccid::CcidReader;
use crate::ccid::product::{BULK_IN, BULK_OUT, INTERRUPT_IN};
use crate::device::{Setup, UsbDevice as _};
use crate::line::{Board, End};

/// The one interface of every simulated reader.
const INTERFACE: u8 = 0;

/// Longer than any message on the interrupt pipe.
const INTERRUPT_LENGTH: usize = 8;

/// A bus. Clones are the same bus.
#[derive(Clone, Default)]
pub struct DirectBus(Board<Found, CcidReader>);

impl DirectBus {
    /// A bus without readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plugs a reader in at `place`.
    pub fn plug(&self, place: &str, reader: &CcidReader) {
        let identity = &reader.product().identity;
        self.0.plug(place, reader, |instance| {
            let usb_id = (identity.vendor, identity.product);
            let name = format!("{} {}", identity.manufacturer, identity.name);
            let mut found = Found::new(instance, place, usb_id, &name);
            found.descriptor = descriptor(reader);
            found
        });
    }

    /// Pulls the plug of what is at `place`.
    pub fn unplug(&self, place: &str) {
        self.0.unplug(place);
    }
}

/// The class descriptor inside the configuration.
fn descriptor(reader: &CcidReader) -> Option<ClassDescriptor> {
    ClassDescriptor::find(&reader.descriptors().configuration, INTERFACE)
}

impl Bus for DirectBus {
    fn readers(&self) -> Result<Vec<Found>> {
        Ok(self.0.found())
    }

    fn open(&self, found: &Found) -> Result<Opened> {
        let (line, reader) = self.0.open(&found.instance)?;
        let end = End(line);
        let descriptor =
            descriptor(&reader).ok_or_else(|| Error::protocol("no class descriptor"))?;
        Ok(Opened::new(
            descriptor,
            Box::new(end.clone()),
            Some(Box::new(end)),
        ))
    }
}

impl Transport for End {
    fn send(&mut self, message: &[u8], _: Duration) -> Result<()> {
        self.0.write(BULK_OUT, message)
    }

    fn receive(&mut self, wake: &Wake) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
        let length = 1 << 17;
        let read = self.0.read(BULK_IN, length, wake)?;
        Ok(read.map(zeroize::Zeroizing::new))
    }

    fn abort(&mut self, slot: u8, sequence: u8, _: Duration) -> Result<()> {
        self.0.control(&Setup {
            request_type: 0x21,
            request: 0x01,
            value: u16::from_le_bytes([slot, sequence]),
            index: 0,
            length: 0,
        })
    }
}

impl Notifications for End {
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<u8>>> {
        self.0.read(INTERRUPT_IN, INTERRUPT_LENGTH, wake)
    }
}
