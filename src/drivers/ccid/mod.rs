//! Card readers straight over USB (CCID 1.1), without `pcscd` or any other service.
//!
//! *For application authors*: [`CcidContext`] lists readers of USB class 0B, and the few older ones
//! of [`profiles`](crate::drivers::profiles). This program then has the reader for itself: no other
//! one, `pcscd` included, can use it meanwhile, and connecting is `Busy` while another one has it.
//! On Linux the user needs write access to the device file, which a udev rule gives.
//!
//! *For driver authors*: readers that are not on USB come in through [`Bus`] and [`Transport`].
//!
//! ## What it does
//!
//! Readers that take short commands, commands of every length, or blocks of T=1, for which it has
//! a block layer of its own; cards with and without contacts; several slots; PIN entry on the
//! reader's keys (PC/SC part 10), which ends when its caller gives up. Cards that know only T=0 are
//! refused by readers of blocks, and so are readers of single characters.
//!
//! ## Threads and blocking
//!
//! A reader that is in use has two threads: one carries out requests, the other hears of cards that
//! come and go; a watch has one. Nobody waits for more than a reader's own limits: ten seconds of silence, a minute of
//! asking for more time. A call that is given up leaves the reader `Busy` until it has drained; a
//! command that may have reached the card is never called off, and never repeated.
//!
//! ## Sharing
//!
//! Connections of this program share a card as they do through PC/SC. After an exchange that broke
//! off nothing goes to the card until `reconnect`, which then gives power anew. When the last
//! user of a reader is gone its cards lose their power.
//!
//! Seen to work with the published descriptors of the products of the table, simulated behind a real
//! kernel; no maker's device was.

mod channel;
mod connection;
mod descriptor;
mod device;
mod hub;
mod message;
mod news;
mod reader;
mod secure;
mod service;
mod slot;
mod state;
mod t1;
mod transport;
mod usb;
mod watch;

use std::fmt;
use std::sync::Arc;

pub use connection::ESCAPE;
pub use descriptor::{ClassDescriptor, DESCRIPTOR_TYPE, ExchangeLevel};
pub use message::{
    Answer, CommandStatus, HEADER, IccStatus, MessageError, slot_changes, stated_length,
};
pub use reader::CcidReader;
pub use t1::{Block, BlockError, BlockKind};
pub use transport::{Bus, Found, Notifications, Opened, Transport};

use self::hub::Hub;
use self::secure::Keys;
use self::watch::CcidWatch;
use crate::card::{CardContext, CardReader, ReaderCapabilities, ReaderWatch};
use crate::error::Result;
use crate::time::Clock;

/// Name of this driver in [`DeviceInfo`](crate::device::DeviceInfo).
const DRIVER: &str = "ccid";

/// What every reader can do.
const BASIC: ReaderCapabilities = ReaderCapabilities::EXCLUSIVE
    .union(ReaderCapabilities::HOT_PLUG)
    .union(ReaderCapabilities::CONTROL);

/// The readers of a bus.
#[derive(Clone)]
pub struct CcidContext {
    hub: Arc<Hub>,
    clock: Arc<dyn Clock>,
}

impl CcidContext {
    /// The readers on the USB of this machine.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            hub: Hub::usb(),
            clock,
        }
    }

    /// The readers of another bus. Readers are open once for all clones of this value.
    #[must_use]
    pub fn with_bus(bus: impl Bus + 'static, clock: Arc<dyn Clock>) -> Self {
        Self {
            hub: Arc::new(Hub::new(Box::new(bus))),
            clock,
        }
    }

    /// The readers attached now, one for each slot. Listing claims nothing.
    ///
    /// # Errors
    /// `Unavailable`, `PermissionDenied`, `Other`: the USB system cannot be asked.
    pub fn list(&self) -> Result<Vec<CcidReader>> {
        let mut readers = Vec::new();
        for found in self.hub.bus.readers()? {
            let slots = found.descriptor.map_or(1, |descriptor| descriptor.slots);
            for slot in 0..slots {
                readers.push(CcidReader::new(&self.hub, &found, slot, &self.clock));
            }
        }
        Ok(readers)
    }
}

impl CardContext for CcidContext {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let readers = self.list()?;
        Ok(readers
            .into_iter()
            .map(|reader| Box::new(reader) as _)
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        let watch = CcidWatch::start(self.hub.clone(), &self.clock)?;
        Ok(Box::new(watch))
    }
}

impl fmt::Debug for CcidContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CcidContext")
    }
}

/// What a reader can do.
fn capabilities(descriptor: &ClassDescriptor, keys: &Keys) -> ReaderCapabilities {
    let mut capabilities = BASIC | keys.capabilities();
    // A hint: a reader of blocks carries them too, if the card takes them.
    let extended = matches!(
        descriptor.exchange(),
        ExchangeLevel::ExtendedApdu | ExchangeLevel::Tpdu
    );
    capabilities.set(ReaderCapabilities::EXTENDED_LENGTH, extended);
    capabilities
}
