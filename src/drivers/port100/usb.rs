//! Readers on the USB of this machine, through `nusb`.

use std::time::Duration;

use nusb::{DeviceInfo, MaybeFuture};
use zeroize::Zeroizing;

use super::frame::LONGEST;
use super::transport::{Bus, Found, Transport};
use crate::drivers::direct::listing::{device_of, devices};
use crate::drivers::direct::usb::{BulkPipes, from_nusb, instance, name, place};
use crate::error::Result;
use crate::time::Wake;

/// `idVendor` of Sony; `idProduct` of RC-S380/S and RC-S380/P.
const VENDOR: u16 = 0x054C;
const PRODUCTS: [u16; 2] = [0x06C1, 0x06C3];

/// The one interface.
const INTERFACE: u8 = 0;

/// The machine's USB.
pub(super) struct Usb;

impl Bus for Usb {
    fn readers(&self) -> Result<Vec<Found>> {
        let ours = |device: &DeviceInfo| {
            device.vendor_id() == VENDOR && PRODUCTS.contains(&device.product_id())
        };
        let mut found: Vec<Found> = devices(|_| true)?
            .into_iter()
            .filter(ours)
            .map(|device| {
                let usb_id = (device.vendor_id(), device.product_id());
                Found::new(
                    &instance(&device, INTERFACE),
                    &place(&device),
                    usb_id,
                    &name(&device),
                )
            })
            .collect();
        found.sort_by(|one, other| one.place.cmp(&other.place));
        Ok(found)
    }

    fn open(&self, found: &Found) -> Result<Box<dyn Transport>> {
        let device = device_of(&found.instance, INTERFACE)?;
        let device = device.open().wait().map_err(from_nusb)?;
        // On Linux the kernel's own driver (NFC subsystem) may have it: that gives way, and has it
        // back when the interface is dropped. Only another program does not.
        let interface = device
            .detach_and_claim_interface(INTERFACE)
            .wait()
            .map_err(from_nusb)?;
        Ok(Box::new(Open(BulkPipes::open(&interface, LONGEST)?)))
    }
}

struct Open(BulkPipes);

impl Transport for Open {
    fn send(&mut self, frame: &[u8], limit: Duration) -> Result<()> {
        self.0.send(frame, limit)?;
        // A frame of whole packets needs an end, as nfcpy gives it one.
        if frame.len().is_multiple_of(self.0.packet().max(1)) {
            self.0.send(&[], limit)?;
        }
        Ok(())
    }

    fn receive(&mut self, wake: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.0.receive(wake)
    }
}
