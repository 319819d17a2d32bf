//! The guard that gives the card back on every exit path.

use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Wait;

/// A card taken for us alone, until this value is dropped or [ended](Transaction::end).
///
/// It owns `C`, and `C` may be `&mut dyn CardConnection`, a `Box` or a driver's own type. While
/// it lives it *is* the connection: it forwards `transmit` and `control`, and refuses a nested
/// begin, a raw end and a reconnect.
///
/// It ends with [`Disposition::Leave`], unless something secret may be open on the card: after
/// [`Transaction::unpower_at_end`], which verifying a PIN calls, and after any transport error it
/// cuts the card's power. A warm reset would not be enough: a My Number Card keeps a verified PIN
/// through it (observed).
#[must_use = "dropping the guard ends the transaction"]
pub struct Transaction<C: CardConnection> {
    /// `None` only after `end` took it out.
    connection: Option<C>,
    at_end: Disposition,
}

impl<C: CardConnection> Transaction<C> {
    /// Takes the card.
    ///
    /// # Errors
    /// As [`CardConnection::begin_transaction`]; the connection comes back with the error.
    pub fn begin(mut connection: C, wait: &Wait) -> Result<Self, (C, Error)> {
        match connection.begin_transaction(wait) {
            Ok(()) => Ok(Self {
                connection: Some(connection),
                at_end: Disposition::Leave,
            }),
            Err(error) => Err((connection, error)),
        }
    }

    /// From now on the end of this transaction cuts the card's power.
    pub fn unpower_at_end(&mut self) {
        self.at_end = Disposition::Unpower;
    }

    /// How the transaction will end.
    #[must_use]
    pub fn disposition_at_end(&self) -> Disposition {
        self.at_end
    }

    /// Undoes [`Transaction::unpower_at_end`] after the card said that nothing was opened.
    pub(crate) fn restore_disposition(&mut self, disposition: Disposition) {
        self.at_end = disposition;
    }

    /// Gives the card back and returns the connection.
    ///
    /// # Errors
    /// As [`CardConnection::end_transaction`]; the connection comes back with the error.
    pub fn end(self) -> Result<C, (C, Error)> {
        let disposition = self.at_end;
        self.end_with(disposition)
    }

    /// The same with a disposition of the caller's choice. [`Disposition::Leave`] after a
    /// verified PIN leaves the card open to every other program: log out first by selecting
    /// another application.
    ///
    /// # Errors
    /// As [`Transaction::end`].
    pub fn end_with(mut self, disposition: Disposition) -> Result<C, (C, Error)> {
        let mut connection = self
            .connection
            .take()
            .expect("present until `end`, which consumes the guard");
        match connection.end_transaction(disposition) {
            Ok(()) => Ok(connection),
            Err(error) => Err((connection, error)),
        }
    }

    fn inner(&self) -> &C {
        self.connection
            .as_ref()
            .expect("present until `end`, which consumes the guard")
    }

    fn inner_mut(&mut self) -> &mut C {
        self.connection
            .as_mut()
            .expect("present until `end`, which consumes the guard")
    }
}

impl<C: CardConnection> Drop for Transaction<C> {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            // Nobody is left to hear the error, and a drop must not panic.
            let _ = connection.end_transaction(self.at_end);
        }
    }
}

impl<C: CardConnection> CardConnection for Transaction<C> {
    fn reader(&self) -> &DeviceInfo {
        self.inner().reader()
    }

    fn atr(&self) -> &Atr {
        self.inner().atr()
    }

    fn protocol(&self) -> Protocol {
        self.inner().protocol()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.inner().capabilities()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let result = self.inner_mut().transmit(command, wait);
        // The card's state is unknown now; leave nothing open behind us. A wait that was over
        // beforehand never reached the card, but telling that apart is not worth a leak.
        if result.is_err() {
            self.unpower_at_end();
        }
        result
    }

    fn begin_transaction(&mut self, _: &Wait) -> Result<()> {
        Err(Error::invalid_input("a transaction is already open"))
    }

    fn end_transaction(&mut self, _: Disposition) -> Result<()> {
        Err(Error::invalid_input("end the guard, not the connection"))
    }

    fn reconnect(&mut self, _: Disposition, _: &Wait) -> Result<()> {
        Err(Error::invalid_input(
            "end the transaction before reconnecting",
        ))
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let result = self.inner_mut().control(code, input, wait);
        // The same care as for `transmit`; a reader that cannot do it did not touch the card.
        if result
            .as_ref()
            .is_err_and(|error| error.kind() != ErrorKind::Unsupported)
        {
            self.unpower_at_end();
        }
        result
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) -> Result<()> {
        let Some(mut connection) = self.connection.take() else {
            return Ok(());
        };
        let ended = connection.end_transaction(self.at_end);
        let disconnected = Box::new(connection).disconnect(disposition);
        ended.and(disconnected)
    }
}
