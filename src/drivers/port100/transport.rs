//! The way to a reader: two pipes, whatever carries them.
//!
//! *For driver authors*: a simulated bus comes in here; everything above is the same.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::Result;
use crate::time::Wake;

/// The bulk pipes of one reader.
///
/// Reading does not block: a thread waits for the answer and for its own limits at the same time.
pub trait Transport: Send {
    /// Sends one frame, for at most `limit`.
    ///
    /// # Errors
    /// `Disconnected` when the reader is gone; `Protocol`.
    fn send(&mut self, frame: &[u8], limit: Duration) -> Result<()>;

    /// The next bytes from the reader, at most a frame, if they are there. If not, `wake` is
    /// notified once they are.
    ///
    /// # Errors
    /// `Disconnected`, `Protocol`.
    fn receive(&mut self, wake: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>>;
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
    /// Manufacturer and product, as the device says them.
    pub name: String,
}

impl Found {
    /// A reader.
    #[must_use]
    pub fn new(instance: &str, place: &str, usb_id: (u16, u16), name: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            place: place.to_owned(),
            usb_id,
            name: name.to_owned(),
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

/// Where readers are found.
pub trait Bus: Send + Sync {
    /// The readers that are attached now.
    ///
    /// # Errors
    /// `Unavailable`, `PermissionDenied`.
    fn readers(&self) -> Result<Vec<Found>>;

    /// Opens one of them, for this program alone.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Busy` when another program has it.
    fn open(&self, found: &Found) -> Result<Box<dyn Transport>>;
}
