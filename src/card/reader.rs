//! Readers: listing, watching, connecting.

use bitflags::bitflags;

use super::{CardConnection, ShareMode};
use crate::apdu::Atr;
use crate::device::{DeviceId, DeviceInfo};
use crate::error::{Error, Result};
use crate::wait::Wait;

bitflags! {
    /// What a reader says it can do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct ReaderCapabilities: u32 {
        /// Carries extended-length APDUs. A hint: it is tried, not believed.
        const EXTENDED_LENGTH = 1 << 0;
        /// Takes a PIN on its own keys and gives it to the card (PC/SC part 10).
        const SECURE_PIN_VERIFY = 1 << 1;
        /// The same for changing a PIN.
        const SECURE_PIN_MODIFY = 1 << 2;
        /// Talks to contactless cards.
        const CONTACTLESS = 1 << 3;
        /// Can be opened exclusively.
        const EXCLUSIVE = 1 << 4;
        /// Reports arrivals and removals.
        const HOT_PLUG = 1 << 5;
        /// Takes vendor commands.
        const CONTROL = 1 << 6;
        /// Bits that a newer driver sets survive an older caller.
        const _ = !0;
    }
}

/// The readers of one platform interface.
pub trait CardContext: Send {
    /// The readers attached now.
    ///
    /// # Errors
    /// `Unavailable` when the service behind the driver is not running.
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>>;

    /// Starts to watch for readers and cards. Open the watch before listing.
    ///
    /// # Errors
    /// `Unsupported`, `Unavailable`.
    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        Err(Error::unsupported("watching for readers"))
    }
}

impl<T: CardContext + ?Sized> CardContext for Box<T> {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        (**self).readers()
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        (**self).watch()
    }
}

/// A stream of what happens to readers and cards.
pub trait ReaderWatch: Send {
    /// The next event.
    ///
    /// # Errors
    /// `TimedOut`, `Cancelled`. A service that died is an event, not an error.
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent>;
}

impl<T: ReaderWatch + ?Sized> ReaderWatch for Box<T> {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        (**self).next_event(wait)
    }
}

/// Something happened to a reader, its card or the service behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReaderEvent {
    /// A reader is there: at the start of the watch or because it was plugged in.
    ReaderAdded(DeviceInfo),
    /// A reader is gone.
    ReaderRemoved(DeviceId),
    /// A card came or went, or the reader's use changed.
    StateChanged {
        /// Which reader.
        reader: DeviceId,
        /// Its state now.
        state: ReaderState,
    },
    /// The service behind the driver died. Windows stops it with the last reader.
    ServiceLost,
    /// The service is back, and the driver has reconnected to it. The states of the readers are
    /// told anew behind it.
    ServiceBack,
}

/// Whether a card is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CardPresence {
    /// No card.
    Absent,
    /// A card that answered the reset.
    Present,
    /// Something that does not answer: a chipless card, upside down, or broken.
    Mute,
    /// The reader does not say.
    Unknown,
}

/// Who uses a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReaderUsage {
    /// Nobody.
    Free,
    /// One or more programs, shared.
    Shared,
    /// One program alone.
    Exclusive,
}

/// State of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderState {
    /// Whether a card is there.
    pub card: CardPresence,
    /// Who uses the reader.
    pub usage: ReaderUsage,
    /// The card's answer to reset, if one is there and answered.
    pub atr: Option<Atr>,
    /// Grows with every insertion and removal: two readings with the same value saw the same
    /// card. `None` when the platform does not count.
    pub changes: Option<u32>,
}

impl ReaderState {
    /// A state with nothing more known than the presence of a card.
    #[must_use]
    pub fn new(card: CardPresence) -> Self {
        Self {
            card,
            usage: ReaderUsage::Free,
            atr: None,
            changes: None,
        }
    }
}

/// One reader.
pub trait CardReader: Send {
    /// What the reader is called.
    fn info(&self) -> &DeviceInfo;

    /// What the reader says it can do.
    fn capabilities(&self) -> ReaderCapabilities {
        ReaderCapabilities::empty()
    }

    /// The state of the reader now.
    ///
    /// # Errors
    /// `NotFound` when the reader is gone, `Unavailable` when the service is. Where a reader must be
    /// opened to be asked: `Busy` when another program has it, `TimedOut` when it takes too long.
    fn state(&mut self) -> Result<ReaderState>;

    /// Connects to the card in the reader.
    ///
    /// # Errors
    /// `NoCard`, `Busy` (held exclusively by another program), `NotFound`, `Unavailable`,
    /// `Protocol` (the card is mute), `TimedOut`, `Cancelled`.
    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>>;
}

impl<T: CardReader + ?Sized> CardReader for Box<T> {
    fn info(&self) -> &DeviceInfo {
        (**self).info()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        (**self).capabilities()
    }

    fn state(&mut self) -> Result<ReaderState> {
        (**self).state()
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        (**self).connect(mode, wait)
    }
}
