//! A card of the kit's own, and one that listens at the door of another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::apdu::{Atr, CommandApdu, ResponseApdu, StatusWord};
use crate::card::{CardConnection, ControlCode, Disposition, Protocol};
use crate::conformance::report::Stop;
use crate::conformance::run::works;
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Wait;

/// INS of VERIFY (ISO/IEC 7816-4 §11.6.6).
const VERIFY: u8 = 0x20;
/// INS of CHANGE REFERENCE DATA (ISO/IEC 7816-4 §11.6.7).
const CHANGE: u8 = 0x24;

/// Counts the VERIFY commands with data that pass, the changes, and everything else.
#[derive(Clone, Default)]
pub(super) struct Count(Arc<Counters>);

#[derive(Default)]
struct Counters {
    digits: AtomicU32,
    changes: AtomicU32,
    others: AtomicU32,
}

impl Count {
    pub(super) fn digits(&self) -> u32 {
        self.0.digits.load(Ordering::SeqCst)
    }

    pub(super) fn others(&self) -> u32 {
        self.0.others.load(Ordering::SeqCst)
    }

    pub(super) fn changes(&self) -> u32 {
        self.0.changes.load(Ordering::SeqCst)
    }

    pub(super) fn all(&self) -> u32 {
        self.digits() + self.changes() + self.others()
    }

    fn add(&self, command: &CommandApdu) {
        let count = match command.header().ins {
            VERIFY if command.nc() > 0 => &self.0.digits,
            CHANGE => &self.0.changes,
            _ => &self.0.others,
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// A card that counts no tries: it says the same to every command, but perhaps another thing to a
/// change.
pub(super) struct Double {
    info: DeviceInfo,
    atr: Atr,
    pub(super) count: Count,
    says: Result<StatusWord, ErrorKind>,
    says_to_change: Result<StatusWord, ErrorKind>,
}

impl Double {
    pub(super) fn new(says: Result<StatusWord, ErrorKind>) -> Result<Self, Stop> {
        // TS and T0: the shortest there is.
        let atr = Atr::parse(&[0x3B, 0x00]).map_err(|error| Error::protocol(error.to_string()));
        Ok(Self {
            info: DeviceInfo::new("conformance", "card of the kit"),
            atr: works("an answer to reset", atr)?,
            count: Count::default(),
            says,
            says_to_change: says,
        })
    }

    pub(super) fn says_to_change(mut self, says: Result<StatusWord, ErrorKind>) -> Self {
        self.says_to_change = says;
        self
    }
}

impl CardConnection for Double {
    fn reader(&self) -> &DeviceInfo {
        &self.info
    }

    fn atr(&self) -> &Atr {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        Protocol::T1
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        wait.check()?;
        self.count.add(command);
        let says = match command.header().ins {
            CHANGE => self.says_to_change,
            _ => self.says,
        };
        ResponseApdu::new(says?.to_u16().to_be_bytes().to_vec())
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        wait.check()
    }

    fn end_transaction(&mut self, _: Disposition) -> Result<()> {
        Ok(())
    }

    fn reconnect(&mut self, _: Disposition, wait: &Wait) -> Result<()> {
        wait.check()
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> Result<()> {
        Ok(())
    }
}

/// A connection to the test card that counts what passes.
pub(super) struct Listening {
    pub(super) inner: Box<dyn CardConnection>,
    pub(super) count: Count,
}

impl CardConnection for Listening {
    fn reader(&self) -> &DeviceInfo {
        self.inner.reader()
    }

    fn atr(&self) -> &Atr {
        self.inner.atr()
    }

    fn protocol(&self) -> Protocol {
        self.inner.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        self.count.add(command);
        self.inner.transmit(command, wait)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.inner.begin_transaction(wait)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        self.inner.end_transaction(disposition)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        self.inner.reconnect(disposition, wait)
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        self.inner.control(code, input, wait)
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        self.inner.disconnect(disposition)
    }
}
