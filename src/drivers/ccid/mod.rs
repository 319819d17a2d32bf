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
//! reader's keys (PC/SC part 10), which ends when its caller gives up. Where a reader leaves it to its
//! driver, cards are asked for the highest speed that both can, and for T=1 where they know it; a reader
//! that does not follow goes at the first speed. T=0 is for telling other cards apart: it has no
//! extended length. Cards whose blocks end with a CRC count as mute, and readers of single characters are refused.
//!
//! ## Threads and blocking
//!
//! A reader that is in use has two threads: one carries out requests, the other hears of cards that
//! come and go; a watch has one. A reader is opened on a thread of its own, which takes five seconds
//! where it says nothing: a call that gives up before leaves that to end by itself, and the next one
//! meets it; `state` gives up after two seconds. When the system has not come back from opening after fifteen, the
//! reader is `Unavailable` until it is plugged in anew. Nobody waits for more than a reader's own limits: ten
//! seconds of silence, a minute of asking for more time. A call that is given up leaves the reader `Busy` until it has drained; a
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
mod descriptor;
mod family;
mod line;
mod message;
mod reader;
mod secure;
mod service;
mod slot;
mod t0;
mod t1;
mod transport;
mod usb;

use std::fmt;
use std::sync::Arc;

pub use descriptor::{ClassDescriptor, DESCRIPTOR_TYPE, ExchangeLevel};
pub use message::{
    Answer, CommandStatus, HEADER, IccStatus, MessageError, slot_changes, stated_length,
};
pub use reader::CcidReader;
pub use t1::{Block, BlockError, BlockKind};
pub use transport::{Bus, Found, Notifications, Opened, Transport};

use self::family::Ccid;
use super::direct::{Hub, Reader, watch};
use crate::card::{CardContext, CardReader, ControlCode, ReaderWatch};
use crate::error::Result;
use crate::time::Clock;

/// `IOCTL_SMARTCARD_VENDOR_IFD_EXCHANGE`, as pcsc-lite numbers it (`SCARD_CTL_CODE(1)`): the data
/// goes to the reader as an escape command, as it is.
pub const ESCAPE: ControlCode = ControlCode(0x4200_0001);

/// The readers of a bus.
#[derive(Clone)]
pub struct CcidContext {
    hub: Arc<Hub<Ccid>>,
    clock: Arc<dyn Clock>,
}

impl CcidContext {
    /// The readers on the USB of this machine.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            hub: Ccid::usb(),
            clock,
        }
    }

    /// The readers of another bus. Readers are open once for all clones of this value.
    #[must_use]
    pub fn with_bus(bus: impl Bus + 'static, clock: Arc<dyn Clock>) -> Self {
        Self {
            hub: Ccid::hub(bus),
            clock,
        }
    }

    /// The readers attached now, one for each slot. Listing claims nothing.
    ///
    /// # Errors
    /// `Unavailable`, `PermissionDenied`, `Other`: the USB system cannot be asked.
    pub fn list(&self) -> Result<Vec<CcidReader>> {
        let readers = Reader::list(&self.hub, &self.clock)?;
        Ok(readers.into_iter().map(CcidReader).collect())
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
        let watch = watch::start(self.hub.clone(), &self.clock)?;
        Ok(Box::new(watch))
    }
}

impl fmt::Debug for CcidContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CcidContext")
    }
}
