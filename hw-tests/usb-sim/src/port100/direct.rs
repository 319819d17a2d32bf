//! A bus of simulated readers that leads straight into the library's driver, without a kernel.

use std::time::Duration;

use myna_hal::Result;
use myna_hal::drivers::port100::{Bus, Found, Transport};
use myna_hal::time::Wake;
use zeroize::Zeroizing;

use super::{BULK_IN, BULK_OUT, Port100Reader};
use crate::line::{Board, End};

/// A bus. Clones are the same bus.
#[derive(Clone, Default)]
pub struct Port100Bus(Board<Found, Port100Reader>);

impl Port100Bus {
    /// A bus without readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plugs a reader in at `place`.
    pub fn plug(&self, place: &str, reader: &Port100Reader) {
        let identity = reader.model().identity();
        self.0.plug(place, reader, |instance| {
            let usb_id = (identity.vendor, identity.product);
            let name = format!("{} {}", identity.manufacturer, identity.name);
            Found::new(instance, place, usb_id, &name)
        });
    }

    /// Pulls the plug of what is at `place`.
    pub fn unplug(&self, place: &str) {
        self.0.unplug(place);
    }
}

impl Bus for Port100Bus {
    fn readers(&self) -> Result<Vec<Found>> {
        Ok(self.0.found())
    }

    fn open(&self, found: &Found) -> Result<Box<dyn Transport>> {
        let (line, _) = self.0.open(&found.instance)?;
        Ok(Box::new(End(line)))
    }
}

impl Transport for End {
    fn send(&mut self, frame: &[u8], _: Duration) -> Result<()> {
        self.0.write(BULK_OUT, frame)
    }

    fn receive(&mut self, wake: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let read = self.0.read(BULK_IN, 640, wake)?;
        Ok(read.map(Zeroizing::new))
    }
}
