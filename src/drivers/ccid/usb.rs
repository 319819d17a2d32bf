//! Readers on the USB of this machine, through `nusb`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nusb::descriptors::TransferType;
use nusb::transfer::{ControlOut, ControlType, Direction, In, Interrupt, Recipient, TransferError};
use nusb::{DeviceInfo, Endpoint, Interface, MaybeFuture};
use zeroize::Zeroizing;

use super::descriptor::ClassDescriptor;
use super::transport::{Bus, Found, Notifications, Opened, Transport};
use crate::drivers::direct::listing::{device_of, devices};
use crate::drivers::direct::usb::{
    BulkPipes, endpoint, failed, from_nusb, instance, name, next, place,
};
use crate::drivers::profiles::ReaderProfile;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Wake;

/// `bInterfaceClass` of readers, and of those that are older than the class.
const CLASS: u8 = 0x0B;
const VENDOR_CLASS: u8 = 0xFF;

/// `bRequest` of ABORT (CCID 1.1 §5.3.1).
const ABORT: u8 = 0x01;

/// The machine's USB.
#[derive(Default)]
pub(super) struct Usb {
    /// Class descriptors of what is attached, by instance: reading one means opening the device,
    /// and readers are listed often.
    known: Mutex<HashMap<String, ClassDescriptor>>,
}

impl Bus for Usb {
    fn readers(&self) -> Result<Vec<Found>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |devices: &[DeviceInfo], wanted: &str| {
            let numbers = |device: &DeviceInfo| {
                let interfaces = device.interfaces();
                let mut numbers = interfaces.map(nusb::InterfaceInfo::interface_number);
                numbers.any(|number| instance(device, number) == wanted)
            };
            devices.iter().any(numbers)
        };
        let devices = devices(|devices| known.keys().all(|wanted| has(devices, wanted)))?;
        let mut found: Vec<Found> = devices
            .iter()
            .flat_map(|device| interfaces(device, &mut known))
            .collect();
        known.retain(|instance, _| !lacks(&found, instance));
        found.sort_by(|one, other| one.place.cmp(&other.place));
        Ok(found)
    }

    fn open(&self, found: &Found) -> Result<Opened> {
        let device = device_of(&found.instance, found.interface)?;
        let device = device.open().wait().map_err(from_nusb)?;
        let descriptor = class_descriptor(&device, found.interface)
            .ok_or_else(|| Error::protocol("the reader has no class descriptor of CCID"))?;
        let interface =
            device
                .claim_interface(found.interface)
                .wait()
                .map_err(|error| {
                    match error.kind() {
                nusb::ErrorKind::Busy => Error::new(
                    ErrorKind::Busy,
                    "another program has the reader's USB interface, most likely pcscd: stop it \
                     (systemctl stop pcscd.socket pcscd), or use the reader through PC/SC",
                )
                .with_source(error),
                _ => from_nusb(error),
            }
                })?;
        let notifications = match endpoint(&interface, TransferType::Interrupt, Direction::In) {
            Some(address) => Some(Box::new(InterruptPipe {
                pipe: interface.endpoint(address).map_err(from_nusb)?,
                interface: interface.clone(),
            }) as Box<dyn Notifications>),
            None => None,
        };
        let transport = Bulk {
            pipes: BulkPipes::open(&interface, descriptor.message_limit())?,
            interface,
        };
        Ok(Opened::new(descriptor, Box::new(transport), notifications))
    }
}

fn lacks(found: &[Found], instance: &str) -> bool {
    !found.iter().any(|found| found.instance == instance)
}

/// The interfaces of `device` that are readers.
fn interfaces(device: &DeviceInfo, known: &mut HashMap<String, ClassDescriptor>) -> Vec<Found> {
    let usb_id = (device.vendor_id(), device.product_id());
    let older = ReaderProfile::of_usb(usb_id).is_some_and(|profile| profile.is_ccid());
    let numbers: Vec<u8> = device
        .interfaces()
        .filter(|interface| match interface.class() {
            CLASS => true,
            VENDOR_CLASS => older,
            _ => false,
        })
        .map(nusb::InterfaceInfo::interface_number)
        .collect();
    if numbers.is_empty() {
        return Vec::new();
    }
    let several = numbers.len() > 1;
    let mut descriptor = |instance: &str, number: u8| {
        if let Some(known) = known.get(instance) {
            return Some(*known);
        }
        // This claims nothing; who may not do it still sees that there is a reader.
        let opened = device.open().wait().ok()?;
        let descriptor = class_descriptor(&opened, number)?;
        known.insert(instance.to_owned(), descriptor);
        Some(descriptor)
    };
    let found = |number: u8| {
        let instance = instance(device, number);
        let place = if several {
            format!("{} interface {number}", place(device))
        } else {
            place(device)
        };
        Found {
            interface: number,
            descriptor: descriptor(&instance, number),
            ..Found::new(&instance, &place, usb_id, &name(device))
        }
    };
    numbers.into_iter().map(found).collect()
}

fn class_descriptor(device: &nusb::Device, interface: u8) -> Option<ClassDescriptor> {
    let configuration = device.active_configuration().ok()?;
    ClassDescriptor::find(configuration.as_bytes(), interface)
}

struct Bulk {
    pipes: BulkPipes,
    interface: Interface,
}

impl Transport for Bulk {
    fn send(&mut self, message: &[u8], limit: Duration) -> Result<()> {
        self.pipes.send(message, limit)
    }

    fn receive(&mut self, wake: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.pipes.receive(wake)
    }

    fn abort(&mut self, slot: u8, sequence: u8, limit: Duration) -> Result<()> {
        let request = ControlOut {
            control_type: ControlType::Class,
            recipient: Recipient::Interface,
            request: ABORT,
            value: u16::from_le_bytes([slot, sequence]),
            index: self.interface.interface_number().into(),
            data: &[],
        };
        self.interface
            .control_out(request, limit)
            .wait()
            .map_err(|error| failed(&self.interface, error))
    }
}

struct InterruptPipe {
    pipe: Endpoint<Interrupt, In>,
    interface: Interface,
}

impl Notifications for InterruptPipe {
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<u8>>> {
        let packet = self.pipe.max_packet_size();
        let Some(done) = next(&mut self.pipe, packet, wake) else {
            return Ok(None);
        };
        match done.status {
            Ok(()) => Ok(Some(done.buffer.to_vec())),
            Err(TransferError::Stall) => {
                self.pipe.clear_halt().wait().map_err(from_nusb)?;
                Ok(Some(Vec::new()))
            }
            Err(error) => Err(failed(&self.interface, error)),
        }
    }
}
