//! Readers on the USB of this machine, through `nusb`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nusb::descriptors::TransferType;
use nusb::transfer::{
    Buffer, Bulk, Completion, ControlOut, ControlType, Direction, In, Interrupt, Out, Recipient,
    TransferError,
};
use nusb::{DeviceInfo, Endpoint, Interface, MaybeFuture};
use zeroize::{Zeroize, Zeroizing};

use super::descriptor::ClassDescriptor;
use super::transport::{Bus, Found, Notifications, Opened, Transport};
use crate::drivers::profiles::ReaderProfile;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Wake;

/// `bInterfaceClass` of readers, and of those that are older than the class.
const CLASS: u8 = 0x0B;
const VENDOR_CLASS: u8 = 0xFF;

/// `bRequest` of ABORT (CCID 1.1 §5.3.1).
const ABORT: u8 = 0x01;

/// The longest name of a reader, in characters.
const NAME: usize = 96;

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
        let mut found = list(&mut known)?;
        // A list that is made while another device leaves may lack one that stays (observed).
        if known.keys().any(|instance| lacks(&found, instance)) {
            found = list(&mut known)?;
        }
        known.retain(|instance, _| !lacks(&found, instance));
        found.sort_by(|one, other| one.place.cmp(&other.place));
        Ok(found)
    }

    fn open(&self, found: &Found) -> Result<Opened> {
        let mut devices = nusb::list_devices().wait().map_err(from_nusb)?;
        let device = devices
            .find(|device| instance(device, found.interface) == found.instance)
            .ok_or(ErrorKind::NotFound)?;
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
        let pipes = Pipes::find(&interface)
            .ok_or_else(|| Error::protocol("the reader has no bulk pipes"))?;
        let outgoing = interface.endpoint::<Bulk, Out>(pipes.outgoing);
        let incoming = interface.endpoint::<Bulk, In>(pipes.incoming);
        let notifications = match pipes.interrupt {
            Some(address) => Some(Box::new(InterruptPipe(
                interface
                    .endpoint::<Interrupt, In>(address)
                    .map_err(from_nusb)?,
            )) as Box<dyn Notifications>),
            None => None,
        };
        let transport = BulkPipes {
            outgoing: outgoing.map_err(from_nusb)?,
            incoming: incoming.map_err(from_nusb)?,
            limit: descriptor.message_limit(),
            interface,
        };
        Ok(Opened::new(descriptor, Box::new(transport), notifications))
    }
}

fn list(known: &mut HashMap<String, ClassDescriptor>) -> Result<Vec<Found>> {
    let devices = nusb::list_devices().wait().map_err(from_nusb)?;
    Ok(devices
        .flat_map(|device| interfaces(&device, known))
        .collect())
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

/// Another one each time that a device is plugged in.
fn instance(device: &DeviceInfo, interface: u8) -> String {
    format!(
        "{}-{}.{interface}",
        device.bus_id(),
        device.device_address()
    )
}

/// Bus and ports, as the kernel writes them: `3-1.4`.
fn place(device: &DeviceInfo) -> String {
    let ports: Vec<String> = device.port_chain().iter().map(u8::to_string).collect();
    format!("usb {}-{}", device.bus_id(), ports.join("."))
}

/// What the device calls itself, as far as that can be shown.
fn name(device: &DeviceInfo) -> String {
    let said = [device.manufacturer_string(), device.product_string()];
    let words: Vec<String> = said
        .into_iter()
        .flatten()
        .map(|word| word.chars().filter(|c| !c.is_control()).collect::<String>())
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        let (vendor, product) = (device.vendor_id(), device.product_id());
        return format!("Card reader {vendor:04X}:{product:04X}");
    }
    words.join(" ").chars().take(NAME).collect()
}

fn class_descriptor(device: &nusb::Device, interface: u8) -> Option<ClassDescriptor> {
    let configuration = device.active_configuration().ok()?;
    ClassDescriptor::find(configuration.as_bytes(), interface)
}

/// Addresses of the endpoints.
struct Pipes {
    outgoing: u8,
    incoming: u8,
    interrupt: Option<u8>,
}

impl Pipes {
    fn find(interface: &Interface) -> Option<Self> {
        let descriptor = interface.descriptor()?;
        let address = |kind: TransferType, direction: Direction| {
            descriptor
                .endpoints()
                .find(|end| end.transfer_type() == kind && end.direction() == direction)
                .map(|end| end.address())
        };
        Some(Self {
            outgoing: address(TransferType::Bulk, Direction::Out)?,
            incoming: address(TransferType::Bulk, Direction::In)?,
            interrupt: address(TransferType::Interrupt, Direction::In),
        })
    }
}

struct BulkPipes {
    outgoing: Endpoint<Bulk, Out>,
    incoming: Endpoint<Bulk, In>,
    limit: usize,
    interface: Interface,
}

impl Transport for BulkPipes {
    fn send(&mut self, message: &[u8], limit: Duration) -> Result<()> {
        let mut buffer = Buffer::new(message.len());
        buffer.extend_from_slice(message);
        let mut done = self.outgoing.transfer_blocking(buffer, limit);
        done.buffer.zeroize();
        if done.status == Err(TransferError::Stall) {
            let _ = self.outgoing.clear_halt().wait();
        }
        done.status.map_err(from_transfer)
    }

    fn receive(&mut self, wake: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(mut done) = next(&mut self.incoming, self.limit, wake) else {
            return Ok(None);
        };
        let bytes = Zeroizing::new(done.buffer.to_vec());
        done.buffer.zeroize();
        if done.status == Err(TransferError::Stall) {
            let _ = self.incoming.clear_halt().wait();
        }
        done.status.map_err(from_transfer)?;
        Ok(Some(bytes))
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
            .map_err(from_transfer)
    }
}

struct InterruptPipe(Endpoint<Interrupt, In>);

impl Notifications for InterruptPipe {
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<u8>>> {
        let packet = self.0.max_packet_size();
        let Some(done) = next(&mut self.0, packet, wake) else {
            return Ok(None);
        };
        match done.status {
            Ok(()) => Ok(Some(done.buffer.to_vec())),
            Err(TransferError::Stall) => {
                self.0.clear_halt().wait().map_err(from_nusb)?;
                Ok(Some(Vec::new()))
            }
            Err(error) => Err(from_transfer(error)),
        }
    }
}

/// The next transfer that ended, one being under way at all times; else `wake` is notified when it
/// has.
fn next<T: nusb::transfer::BulkOrInterrupt>(
    endpoint: &mut Endpoint<T, In>,
    length: usize,
    wake: &Wake,
) -> Option<Completion> {
    if endpoint.pending() == 0 {
        let packet = endpoint.max_packet_size().max(1);
        endpoint.submit(Buffer::new(length.div_ceil(packet) * packet));
    }
    let waker = Waker::from(Arc::new(Notify(wake.clone())));
    match endpoint.poll_next_complete(&mut Context::from_waker(&waker)) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// A [`Wake`] as `nusb` wants it.
struct Notify(Wake);

impl std::task::Wake for Notify {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

fn from_nusb(error: nusb::Error) -> Error {
    let (kind, what) = match error.kind() {
        nusb::ErrorKind::Disconnected => (ErrorKind::Disconnected, "the reader went away"),
        nusb::ErrorKind::Busy => (ErrorKind::Busy, "another program uses the reader"),
        nusb::ErrorKind::PermissionDenied => (
            ErrorKind::PermissionDenied,
            "the operating system refuses access to the reader (on Linux a udev rule gives it)",
        ),
        nusb::ErrorKind::NotFound => (ErrorKind::NotFound, "the reader is not there any more"),
        nusb::ErrorKind::Unsupported => (ErrorKind::Unsupported, "the platform cannot do this"),
        _ => (ErrorKind::Other, "the USB system reports an error"),
    };
    Error::new(kind, what).with_source(error)
}

fn from_transfer(error: TransferError) -> Error {
    let (kind, what) = match error {
        TransferError::Disconnected => (ErrorKind::Disconnected, "the reader went away"),
        TransferError::Cancelled => (ErrorKind::Protocol, "the reader does not take a message"),
        TransferError::Stall => (ErrorKind::Protocol, "the reader refuses a message"),
        _ => (ErrorKind::Protocol, "the transfer to the reader failed"),
    };
    Error::new(kind, what).with_source(error)
}
