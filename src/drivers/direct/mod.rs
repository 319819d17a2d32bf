//! Readers that this program drives itself, without a service between: what a service does for
//! PC/SC is done here, for one program. A reader is open once, on a thread of its own; any number
//! of connections share its cards, and each of them hears when another one resets the card.
//!
//! A driver says what it drives as a [`Family`] and carries out what is asked for as a [`Front`].

mod connection;
mod device;
mod hub;
pub(super) mod listing;
mod news;
mod opening;
mod reader;
mod service;
mod state;
pub(super) mod usb;
pub(super) mod watch;

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

pub(super) use connection::Connection;
pub(super) use hub::Hub;
pub(super) use reader::Reader;

use crate::apdu::Atr;
use crate::card::{ControlCode, Protocol, ReaderCapabilities};
use crate::error::Result;
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// Bytes that may hold a PIN.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// A kind of readers, and where they are found.
pub(super) trait Family: Sized + Send + Sync + 'static {
    /// Name of the driver in [`DeviceInfo`](crate::device::DeviceInfo).
    const DRIVER: &'static str;
    /// The pace of looking at a reader that says nothing by itself.
    const LOOK: Duration;

    /// A reader that was found.
    type Found: Attached;
    /// What is known of a reader that is open.
    type Facts: Send + Sync + 'static;
    /// What carries out requests.
    type Front: Front;

    /// The readers that are attached now.
    fn readers(&self) -> Result<Vec<Self::Found>>;

    /// Opens one of them, for this program alone.
    fn open(&self, found: &Self::Found, clock: &Arc<dyn Clock>) -> Result<Opened<Self>>;

    /// What a reader can do, as far as that is known before it is open.
    fn capabilities(found: &Self::Found, facts: Option<&Self::Facts>) -> ReaderCapabilities;

    /// A control code.
    fn control(
        connection: &Connection<Self>,
        code: ControlCode,
        input: &[u8],
        wait: &Wait,
    ) -> Result<Vec<u8>>;
}

/// What a [`Front`] takes besides what every reader can do.
pub(super) type Order<F> = <<F as Family>::Front as Front>::Order;

/// A reader that was opened.
pub(super) struct Opened<F: Family> {
    pub(super) slots: u8,
    pub(super) facts: F::Facts,
    pub(super) front: F::Front,
    /// What tells of changes, if anything does.
    pub(super) news: Option<Box<dyn News>>,
}

/// A reader that was found, by what tells it from others.
pub(super) trait Attached: Clone + Send + Sync + 'static {
    /// Where it is attached now. Another one after it was unplugged and plugged in again.
    fn instance(&self) -> &str;
    /// Where it is attached, for names; the same after plugging it in again.
    fn place(&self) -> &str;
    /// What it calls itself.
    fn name(&self) -> &str;
    /// How many slots it has.
    fn slots(&self) -> u8;
}

/// Carries out requests, on the thread of the reader.
pub(super) trait Front: Send + 'static {
    /// What this kind of reader can do besides.
    type Order: Send + 'static;

    /// Looks whether there is a card, and meets a new one. `changed`: the reader said that
    /// something happened.
    fn look(&mut self, slot: u8, changed: bool) -> Result<Seen>;

    /// The card, with power; a card whose last exchange broke off is powered anew. Whether that
    /// was a reset.
    fn meet(&mut self, slot: u8) -> Result<(Met, bool)>;

    /// Resets the card.
    fn reset(&mut self, slot: u8) -> Result<Met>;

    /// Takes the power, and gives it again only at the next meeting.
    fn power_off(&mut self, slot: u8) -> Result<()>;

    /// One command out, its answer back.
    fn transmit(&mut self, slot: u8, command: &[u8]) -> Result<Bytes>;

    /// Something else.
    fn carry_out(&mut self, slot: u8, order: Self::Order) -> Result<Bytes>;
}

/// What a reader says by itself.
pub(super) trait News: Send {
    /// Which slots changed, if it has said anything. If not, `wake` is notified once it has.
    ///
    /// # Errors
    /// `Disconnected` when the reader is gone.
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<bool>>>;
}

/// The card that was met at its last reset.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) atr: Atr,
    pub(super) protocol: Protocol,
}

/// What a look at a slot finds.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Absent,
    /// Something that does not answer its reset.
    Mute,
    /// The card that was there already.
    Same,
    /// A card that came since.
    New(Met),
}
