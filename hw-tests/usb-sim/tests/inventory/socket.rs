//! A socket of the bench: always the same one, as the inventory has it.

use std::time::{Duration, Instant};

use usb_sim::device::UsbDevice;
use usb_sim::vhci::{self, Attached};

/// How long the kernel may take to give an address, without the help of a processor.
const PATIENCE: Duration = Duration::from_secs(10);

/// A device, and the socket that it is plugged into.
pub(crate) struct Socket<D> {
    device: D,
    port: Option<u32>,
    attached: Option<Attached>,
}

impl<D: UsbDevice + Clone + 'static> Socket<D> {
    pub(crate) fn of(device: D) -> Self {
        Self {
            device,
            port: None,
            attached: None,
        }
    }

    /// Plugs the device in, if it is not; returns when the kernel has given it an address.
    pub(crate) fn plug(&mut self) -> Result<(), String> {
        if self.attached.is_some() {
            return Ok(());
        }
        let attached = vhci::attach_at(self.device.clone(), self.port);
        let attached = attached.map_err(|error| error.to_string())?;
        self.port = Some(attached.port());
        let begun = Instant::now();
        while attached.place().is_none() {
            if begun.elapsed() > PATIENCE {
                return Err("the kernel gives the device no address".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.attached = Some(attached);
        Ok(())
    }

    pub(crate) fn unplug(&mut self) {
        drop(self.attached.take());
    }

    /// Bus and port, as the kernel writes them.
    pub(crate) fn place(&self) -> Result<String, String> {
        let place = self.attached.as_ref().and_then(Attached::place);
        place.ok_or_else(|| "nothing is plugged in".to_owned())
    }
}
