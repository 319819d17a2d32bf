//! The way to a reader: two pipes and a notification, whatever carries them.
//!
//! *For driver authors*: readers behind another way than USB (CCID over a network, a simulated
//! bus) come in here; everything above is the same.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::descriptor::ClassDescriptor;
use crate::error::Result;
use crate::time::Wake;

/// The bulk pipes of one reader.
///
/// Reading does not block: a thread waits for the answer, for its caller and for its own limits at
/// the same time.
pub trait Transport: Send {
    /// Sends one message, for at most `limit`.
    ///
    /// # Errors
    /// `Disconnected` when the reader is gone; `TimedOut`; `Protocol`.
    fn send(&mut self, message: &[u8], limit: Duration) -> Result<()>;

    /// The next bytes from the reader, at most a message, if they are there. If not, `wake` is
    /// notified once they are.
    ///
    /// # Errors
    /// `Disconnected`, `Protocol`.
    fn receive(&mut self, wake: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>>;

    /// The class request ABORT (CCID 1.1 §5.3.1), for at most `limit`.
    ///
    /// # Errors
    /// As [`Transport::send`], and `Unsupported`.
    fn abort(&mut self, slot: u8, sequence: u8, limit: Duration) -> Result<()>;
}

/// The interrupt pipe of one reader.
pub trait Notifications: Send {
    /// The next message, if there is one. If not, `wake` is notified once there is.
    ///
    /// # Errors
    /// `Disconnected` when the reader is gone.
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<u8>>>;
}

/// A reader that was found.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Where it is attached now. Another one after it was unplugged and plugged in again.
    pub instance: String,
    /// Where it is attached, for people and for names; the same after plugging it in again.
    pub place: String,
    /// `idVendor` and `idProduct`.
    pub usb_id: (u16, u16),
    /// Number of the interface.
    pub interface: u8,
    /// Manufacturer and product, as the device says them.
    pub name: String,
    /// What it says of itself, where that can be read without opening it.
    pub descriptor: Option<ClassDescriptor>,
}

impl Found {
    /// A reader with one interface, number 0.
    #[must_use]
    pub fn new(instance: &str, place: &str, usb_id: (u16, u16), name: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            place: place.to_owned(),
            usb_id,
            interface: 0,
            name: name.to_owned(),
            descriptor: None,
        }
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (vendor, product) = self.usb_id;
        write!(
            f,
            "{} {vendor:04X}:{product:04X} at {}",
            self.name, self.instance
        )
    }
}

/// A reader that was opened, for this program alone.
#[non_exhaustive]
pub struct Opened {
    /// What it says of itself.
    pub descriptor: ClassDescriptor,
    /// Its bulk pipes.
    pub transport: Box<dyn Transport>,
    /// Its interrupt pipe, if it has one.
    pub notifications: Option<Box<dyn Notifications>>,
}

impl Opened {
    /// A reader with both kinds of pipes.
    #[must_use]
    pub fn new(
        descriptor: ClassDescriptor,
        transport: Box<dyn Transport>,
        notifications: Option<Box<dyn Notifications>>,
    ) -> Self {
        Self {
            descriptor,
            transport,
            notifications,
        }
    }
}

/// Where readers are found.
pub trait Bus: Send + Sync {
    /// The readers that are attached now.
    ///
    /// # Errors
    /// `Unavailable`, `PermissionDenied`.
    fn readers(&self) -> Result<Vec<Found>>;

    /// Opens one of them.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Busy` when another program has it, `Unsupported`.
    fn open(&self, found: &Found) -> Result<Opened>;
}
