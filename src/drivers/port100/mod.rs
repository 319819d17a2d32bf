//! Sony RC-S380/S and RC-S380/P (chip Port-100) straight over USB: the commonest reader of the country,
//! for which Linux has no PC/SC driver. **Not yet seen on hardware**: it was tried with a simulated
//! reader alone, which nfcpy accepts as real.
//!
//! *For application authors*: [`Port100Context`] lists these readers. This program then has the reader
//! for itself; connecting is `Busy` while another one has it. On Linux the user needs write access
//! to the device file, which a udev rule gives:
//!
//! ```text
//! SUBSYSTEM=="usb", ATTRS{idVendor}=="054c", ATTRS{idProduct}=="06c1", TAG+="uaccess"
//! SUBSYSTEM=="usb", ATTRS{idVendor}=="054c", ATTRS{idProduct}=="06c3", TAG+="uaccess"
//! ```
//!
//! The kernel's own driver (module `port100`, of the NFC subsystem) has every reader that is plugged
//! in, where the module is installed. It is detached from a reader that is opened, and gets it back
//! when the reader is closed. A desk that uses this driver better keeps the module away (`blacklist
//! port100` in `/etc/modprobe.d/port100.conf`): it probes a reader that it gets back without a limit of
//! time, and may then hold it for ever, which `connect` tells as a reader that is still being opened
//! (observed once with the simulated reader, Linux 6.1). Programs that use the NFC
//! subsystem lose the reader meanwhile.
//!
//! *For driver authors*: a simulated bus comes in through [`Bus`] and [`Transport`]; the block protocol
//! is [`iso_dep`], over any [`iso_dep::Radio`].
//!
//! ## What it does
//!
//! Cards of Type B with ISO/IEC 14443-4, which My Number Cards are, at 106 kbit/s: frames of 256
//! bytes, chaining in both directions, more time where a card asks for it, recovery from lost and
//! broken blocks. Their answer to reset is made up as PC/SC part 3 says. Cards of Type A and FeliCa
//! are not seen; two cards of Type B at once are one that is mute.
//!
//! ## Threads and blocking
//!
//! A reader that is in use has two threads: one carries out requests, the other asks for cards that
//! come and go, five times a second; a watch has one. A card that was met is asked whether it is
//! still there (R(NAK)), which changes nothing for it. A reader is opened on a thread of its own, which
//! takes up to seven seconds where it says nothing: a call that gives up before leaves that to end by
//! itself, and the next one meets it; `state` gives up after two seconds. Nobody waits for more than a
//! minute of a card's asking for more time. A call that is given up leaves the reader `Busy` until it
//! has drained; a command that may have reached the card is never repeated: what is sent again are
//! numbered blocks.
//!
//! ## Sharing
//!
//! Connections of this program share a card as they do through PC/SC. Resetting takes the field
//! away. After an exchange that broke off nothing goes to the card until
//! `reconnect`. When the last user of a reader is gone its field is off.
//!
//! *Source of codes and settings*: nfcpy and the Linux kernel's `port100` use them.

mod chipset;
mod family;
mod field;
mod frame;
pub mod iso_dep;
mod reader;
mod transport;
mod type_b;
mod usb;

use std::fmt;
use std::sync::Arc;

pub use frame::{Frame, FrameError};
pub use reader::Port100Reader;
pub use transport::{Bus, Found, Transport};
pub use type_b::{Atqb, AtqbError};

use self::family::Port100;
use super::direct::{Hub, Reader, watch};
use crate::card::{CardContext, CardReader, ReaderWatch};
use crate::error::Result;
use crate::time::Clock;

/// The readers of a bus.
#[derive(Clone)]
pub struct Port100Context {
    hub: Arc<Hub<Port100>>,
    clock: Arc<dyn Clock>,
}

impl Port100Context {
    /// The readers on the USB of this machine.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            hub: Port100::usb(),
            clock,
        }
    }

    /// The readers of another bus. Readers are open once for all clones of this value.
    #[must_use]
    pub fn with_bus(bus: impl Bus + 'static, clock: Arc<dyn Clock>) -> Self {
        Self {
            hub: Port100::hub(bus),
            clock,
        }
    }

    /// The readers attached now. Listing claims nothing.
    ///
    /// # Errors
    /// `Unavailable`, `PermissionDenied`, `Other`: the USB system cannot be asked.
    pub fn list(&self) -> Result<Vec<Port100Reader>> {
        let readers = Reader::list(&self.hub, &self.clock)?;
        Ok(readers.into_iter().map(Port100Reader).collect())
    }
}

impl CardContext for Port100Context {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let readers = self.list()?;
        Ok(readers
            .into_iter()
            .map(|reader| Box::new(reader) as _)
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        let watch = watch::start(self.hub.clone(), &self.clock)?;
        Ok(Box::new(watch))
    }
}

impl fmt::Debug for Port100Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Port100Context")
    }
}
