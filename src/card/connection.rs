//! A connection to a card: what a vendor writes.

use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::ReaderCapabilities;
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::wait::Wait;

/// Who else may use the card while we are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShareMode {
    /// Other programs may connect too.
    Shared,
    /// Nobody else.
    Exclusive,
}

/// What happens to the card at the end of a transaction or connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disposition {
    /// Nothing.
    Leave,
    /// Warm reset. A My Number Card keeps a verified PIN through it (observed).
    Reset,
    /// Power off and on: the only sure way to lock the card again.
    Unpower,
    /// Eject, where the reader can.
    Eject,
}

/// The transmission protocol in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// T=0.
    T0,
    /// T=1, and what PC/SC calls so for contactless cards.
    T1,
    /// None or unknown.
    Raw,
}

/// A vendor command of a reader, as the platform numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ControlCode(pub u32);

/// A connection to the card in one reader.
///
/// Applications rarely call these methods: they hand a connection to a
/// [`Transaction`](super::Transaction), which ends what it began on every exit path.
pub trait CardConnection: Send {
    /// The reader this connection goes through.
    fn reader(&self) -> &DeviceInfo;

    /// The card's answer to reset.
    fn atr(&self) -> &Atr;

    /// The protocol in use.
    fn protocol(&self) -> Protocol;

    /// What the reader can do.
    fn capabilities(&self) -> ReaderCapabilities {
        ReaderCapabilities::empty()
    }

    /// One command out, one response back: no GET RESPONSE, no chaining, no retry here.
    ///
    /// # Errors
    /// `NoCard`, `CardReset`, `Disconnected`, `Unavailable`, `Protocol` (an answer without status
    /// word), `TimedOut`, `Cancelled`, `Busy`. After `TimedOut` and `Cancelled` the command may
    /// still reach the card.
    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu>;

    /// Takes the card for us alone. Called through [`Transaction`](super::Transaction).
    ///
    /// # Errors
    /// `Busy` or `TimedOut` while another handle holds it, `NoCard`, `CardReset`, `Disconnected`,
    /// `Unavailable`, `Cancelled`.
    fn begin_transaction(&mut self, wait: &Wait) -> Result<()>;

    /// Gives the card back. Called through [`Transaction`](super::Transaction).
    ///
    /// # Errors
    /// `NoCard`, `Disconnected`, `Unavailable`.
    fn end_transaction(&mut self, disposition: Disposition) -> Result<()>;

    /// Connects anew after `CardReset`, or to reset or re-power the card. Selected files and PIN
    /// state are gone afterwards, and another card may be there.
    ///
    /// # Errors
    /// `NoCard`, `Busy`, `Disconnected`, `Unavailable`, `TimedOut`, `Cancelled`.
    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()>;

    /// Sends a vendor command to the reader: the road to PC/SC part 10.
    ///
    /// # Errors
    /// `Unsupported`, and as [`CardConnection::transmit`].
    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let _ = (code, input, wait);
        Err(Error::unsupported("reader control"))
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// `Disconnected`, `Unavailable`; the connection is gone in any case.
    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()>;
}

macro_rules! forward_connection {
    () => {
        fn reader(&self) -> &DeviceInfo {
            (**self).reader()
        }
        fn atr(&self) -> &Atr {
            (**self).atr()
        }
        fn protocol(&self) -> Protocol {
            (**self).protocol()
        }
        fn capabilities(&self) -> ReaderCapabilities {
            (**self).capabilities()
        }
        fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
            (**self).transmit(command, wait)
        }
        fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
            (**self).begin_transaction(wait)
        }
        fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
            (**self).end_transaction(disposition)
        }
        fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
            (**self).reconnect(disposition, wait)
        }
        fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
            (**self).control(code, input, wait)
        }
    };
}

impl<T: CardConnection + ?Sized> CardConnection for &mut T {
    forward_connection!();

    /// A borrowed connection cannot be ended, only left.
    fn disconnect(self: Box<Self>, _: Disposition) -> Result<()> {
        Err(Error::invalid_input(
            "a borrowed connection is ended by its owner",
        ))
    }
}

impl<T: CardConnection + ?Sized> CardConnection for Box<T> {
    forward_connection!();

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        (*self).disconnect(disposition)
    }
}
