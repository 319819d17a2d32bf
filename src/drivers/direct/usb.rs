//! Devices on the USB of this machine, through `nusb`: their names, their pipes, and what goes wrong.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nusb::descriptors::TransferType;
use nusb::transfer::{
    Buffer, Bulk, Completion, ControlIn, ControlType, Direction, In, Out, Recipient, TransferError,
};
use nusb::{DeviceInfo, Endpoint, Interface, MaybeFuture};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, ErrorKind, Result};
use crate::time::Wake;

/// The longest name of a reader, in characters.
const NAME: usize = 96;

/// `bRequest` of GET_STATUS (USB 2.0 §9.4.5), which every device answers, and the length of the answer.
const GET_STATUS: u8 = 0x00;
const STATUS: u16 = 2;

/// How often, with what pause and for how long each time a device that failed is asked whether it is there. A
/// platform notices in some milliseconds that one was pulled out.
const QUESTIONS: u32 = 25;
const PAUSE: Duration = Duration::from_millis(10);
const ANSWER: Duration = Duration::from_millis(100);

/// Another one each time that a device is plugged in.
pub(in crate::drivers) fn instance(device: &DeviceInfo, interface: u8) -> String {
    format!(
        "{}-{}.{interface}",
        device.bus_id(),
        device.device_address()
    )
}

/// Bus and ports, as the kernel writes them: `3-1.4`.
pub(in crate::drivers) fn place(device: &DeviceInfo) -> String {
    place_of(device.bus_id(), device.port_chain())
}

/// `nusb` fills the number of a bus up with zeros, which the kernel does not.
fn place_of(bus: &str, ports: &[u8]) -> String {
    let bus = bus
        .parse::<u32>()
        .map_or_else(|_| bus.to_owned(), |number| number.to_string());
    let ports: Vec<String> = ports.iter().map(u8::to_string).collect();
    format!("usb {bus}-{}", ports.join("."))
}

/// What the device calls itself, as far as that can be shown.
pub(in crate::drivers) fn name(device: &DeviceInfo) -> String {
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

/// The address of the first endpoint of this kind.
pub(in crate::drivers) fn endpoint(
    interface: &Interface,
    kind: TransferType,
    direction: Direction,
) -> Option<u8> {
    let descriptor = interface.descriptor()?;
    descriptor
        .endpoints()
        .find(|end| end.transfer_type() == kind && end.direction() == direction)
        .map(|end| end.address())
}

/// The bulk pipes of an interface.
pub(in crate::drivers) struct BulkPipes {
    /// Claimed as long as this lasts.
    interface: Interface,
    outgoing: Endpoint<Bulk, Out>,
    incoming: Endpoint<Bulk, In>,
    /// The longest message that comes in.
    limit: usize,
}

impl BulkPipes {
    pub(in crate::drivers) fn open(interface: &Interface, limit: usize) -> Result<Self> {
        let address = |direction: Direction| {
            endpoint(interface, TransferType::Bulk, direction)
                .ok_or_else(|| Error::protocol("the reader has no bulk pipes"))
        };
        let outgoing = interface.endpoint::<Bulk, Out>(address(Direction::Out)?);
        let incoming = interface.endpoint::<Bulk, In>(address(Direction::In)?);
        Ok(Self {
            interface: interface.clone(),
            outgoing: outgoing.map_err(from_nusb)?,
            incoming: incoming.map_err(from_nusb)?,
            limit,
        })
    }

    /// The size of packets to the device.
    #[cfg_attr(
        not(feature = "port100"),
        allow(dead_code, reason = "messages of CCID say how long they are")
    )]
    pub(in crate::drivers) fn packet(&self) -> usize {
        self.outgoing.max_packet_size()
    }

    /// Sends one message.
    pub(in crate::drivers) fn send(&mut self, message: &[u8], limit: Duration) -> Result<()> {
        let mut buffer = Buffer::new(message.len());
        buffer.extend_from_slice(message);
        let mut done = self.outgoing.transfer_blocking(buffer, limit);
        done.buffer.zeroize();
        if done.status == Err(TransferError::Stall) {
            let _ = self.outgoing.clear_halt().wait();
        }
        done.status.map_err(|error| failed(&self.interface, error))
    }

    /// What came in, if anything did; else `wake` is notified when it has.
    pub(in crate::drivers) fn receive(
        &mut self,
        wake: &Wake,
    ) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(mut done) = next(&mut self.incoming, self.limit, wake) else {
            return Ok(None);
        };
        let bytes = Zeroizing::new(done.buffer.to_vec());
        done.buffer.zeroize();
        if done.status == Err(TransferError::Stall) {
            let _ = self.incoming.clear_halt().wait();
        }
        done.status
            .map_err(|error| failed(&self.interface, error))?;
        Ok(Some(bytes))
    }
}

/// The next transfer that ended, one being under way at all times; else `wake` is notified when it
/// has.
pub(in crate::drivers) fn next<T: nusb::transfer::BulkOrInterrupt>(
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

pub(in crate::drivers) fn from_nusb(error: nusb::Error) -> Error {
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

/// What it means that a transfer failed. The transfers of a device that is pulled out fail before the platform
/// knows that it is gone, so a device that gives no answer is asked until it does or is gone.
pub(in crate::drivers) fn failed(interface: &Interface, error: TransferError) -> Error {
    if error == TransferError::Fault && is_gone(|| get_status(interface)) {
        return from_transfer(TransferError::Disconnected);
    }
    from_transfer(error)
}

fn get_status(interface: &Interface) -> std::result::Result<Vec<u8>, TransferError> {
    let request = ControlIn {
        control_type: ControlType::Standard,
        recipient: Recipient::Device,
        request: GET_STATUS,
        value: 0,
        index: 0,
        length: STATUS,
    };
    interface.control_in(request, ANSWER).wait()
}

/// Whether the device that `ask` asks is gone. One that is there and never answers is not.
fn is_gone(mut ask: impl FnMut() -> std::result::Result<Vec<u8>, TransferError>) -> bool {
    for _ in 0..QUESTIONS {
        match ask() {
            Ok(_) | Err(TransferError::Stall) => return false,
            Err(TransferError::Disconnected) => return true,
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_asked_until_it_answers_or_is_gone() {
        // Whether it is gone, when it answers that at last, and after how many questions that is known.
        let asked =
            |unanswered: u32, at_last: fn() -> std::result::Result<Vec<u8>, TransferError>| {
                let mut asked = 0;
                let gone = is_gone(|| {
                    asked += 1;
                    if asked > unanswered {
                        at_last()
                    } else {
                        Err(TransferError::Fault)
                    }
                });
                (gone, asked)
            };
        assert_eq!(asked(0, || Ok(vec![1, 0])), (false, 1));
        assert_eq!(asked(1, || Err(TransferError::Stall)), (false, 2));
        assert_eq!(asked(2, || Err(TransferError::Disconnected)), (true, 3));
        assert_eq!(
            asked(0, || Err(TransferError::Cancelled)),
            (false, QUESTIONS)
        );
    }

    #[test]
    fn a_place_is_written_as_the_kernel_writes_it() {
        assert_eq!(place_of("003", &[1, 4]), "usb 3-1.4");
        assert_eq!(place_of("10", &[2]), "usb 10-2");
        // Other systems have names for it.
        assert_eq!(place_of("xhci0", &[2]), "usb xhci0-2");
    }
}
