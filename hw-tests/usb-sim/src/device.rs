//! What a USB device is to the bus.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::descriptor::Descriptors;

/// Speed of a device, as the kernel numbers it (`enum usb_device_speed`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// 12 Mbit/s.
    Full = 2,
    /// 480 Mbit/s.
    High = 3,
}

/// A setup packet (USB 2.0 §9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// `bmRequestType`.
    pub request_type: u8,
    /// `bRequest`.
    pub request: u8,
    /// `wValue`.
    pub value: u16,
    /// `wIndex`.
    pub index: u16,
    /// `wLength`.
    pub length: u16,
}

impl Setup {
    /// Reads the eight bytes.
    #[must_use]
    pub fn parse(bytes: [u8; 8]) -> Self {
        let [request_type, request, v0, v1, i0, i1, l0, l1] = bytes;
        Self {
            request_type,
            request,
            value: u16::from_le_bytes([v0, v1]),
            index: u16::from_le_bytes([i0, i1]),
            length: u16::from_le_bytes([l0, l1]),
        }
    }

    /// Whether the data stage goes to the host.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.request_type & 0x80 != 0
    }
}

/// What a device says to a read of one of its endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Bytes, at most as many as were asked for. The transfer ends with them.
    Data(Vec<u8>),
    /// Nothing yet (NAK): the transfer stays pending.
    Pending,
    /// The endpoint is halted.
    Stall,
}

/// A device on the bus. The bus calls one method at a time.
///
/// A device that gets something to say by itself (a card comes, a key is pressed) calls
/// [`Waker::wake`]; pending reads are then tried again.
pub trait UsbDevice: Send {
    /// Its descriptors.
    fn descriptors(&self) -> &Descriptors;

    /// The bus takes the device in; `waker` is how it gets the bus's attention from now on.
    fn attached(&mut self, waker: Waker) {
        let _ = waker;
    }

    /// A class or vendor request to endpoint 0: the bytes of the data stage to the host (none
    /// for the other direction), or `None` to stall.
    fn control(&mut self, setup: &Setup, data: &[u8]) -> Option<Vec<u8>> {
        let _ = (setup, data);
        None
    }

    /// Bytes for an OUT endpoint; `false` stalls.
    fn write(&mut self, endpoint: u8, data: &[u8]) -> bool {
        let _ = (endpoint, data);
        false
    }

    /// A read of an IN endpoint (its address, with bit 7), asked again until it is answered.
    fn read(&mut self, endpoint: u8, length: usize) -> Read {
        let _ = (endpoint, length);
        Read::Stall
    }

    /// The host selects an alternate setting of an interface; `false` stalls.
    fn set_interface(&mut self, interface: u8, alternate: u8) -> bool {
        let _ = interface;
        alternate == 0
    }

    /// The host clears the halt of an endpoint (its address).
    fn clear_halt(&mut self, endpoint: u8) {
        let _ = endpoint;
    }

    /// How soon pending reads are to be tried again although nobody woke the bus: for devices
    /// that keep a pace of their own, such as frames of a camera.
    fn due_in(&self) -> Option<Duration> {
        None
    }
}

/// Gets the attention of the bus. Clones wake the same bus.
#[derive(Clone, Debug, Default)]
pub struct Waker(Arc<(Mutex<bool>, Condvar)>);

impl Waker {
    /// A waker that nobody listens to yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has pending reads tried again.
    pub fn wake(&self) {
        let (woken, changed) = &*self.0;
        *woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }

    /// Waits until somebody wakes, or for `limit`.
    pub(crate) fn wait(&self, limit: Duration) {
        let (woken, changed) = &*self.0;
        let guard = woken.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut guard, _) = changed
            .wait_timeout_while(guard, limit, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
        *guard = false;
    }
}
