//! One reader of the service.

use std::ffi::{CStr, CString};

use pcsc::State;

use super::connection::PcscConnection;
use super::error::from_pcsc;
use super::handle::disconnect;
use super::thread::ReaderThread;
use super::{DRIVER, Service, features};
use crate::apdu::Atr;
use crate::card::{
    CardConnection, CardPresence, CardReader, ReaderCapabilities, ReaderState, ReaderUsage,
    ShareMode,
};
use crate::device::DeviceInfo;
use crate::drivers::worker::FAREWELL;
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Wait;

/// A reader as PC/SC names it.
#[derive(Debug)]
pub struct PcscReader {
    info: DeviceInfo,
    name: CString,
    service: Service,
}

impl PcscReader {
    pub(super) fn new(name: CString, service: Service) -> Self {
        Self {
            info: describe(&name),
            name,
            service,
        }
    }

    /// Asks the reader for its features, which needs no card. [`CardReader::capabilities`] knows
    /// them afterwards, as it does after connecting. A reader that another program holds exclusively keeps them to itself.
    /// One that hangs is given up after two seconds.
    ///
    /// # Errors
    /// `Busy`, `NotFound`, `Unavailable`, `TimedOut`.
    pub fn probe(&mut self) -> Result<ReaderCapabilities> {
        let (service, name) = (self.service.clone(), self.name.clone());
        let thread = ReaderThread::spawn(&self.service.clock, &self.name, move |port| {
            while port.next().is_some() {
                port.reply(features_of(&service, &name));
            }
        })?;
        let wait = Wait::at_most(self.service.clock.clone(), FAREWELL);
        thread.call((), &wait)?
    }
}

/// Asks in a context of its own, which is alive as it is new.
fn features_of(service: &Service, name: &CStr) -> Result<ReaderCapabilities> {
    let context = pcsc::Context::establish(pcsc::Scope::User).map_err(from_pcsc)?;
    let card = context
        .connect(name, pcsc::ShareMode::Direct, pcsc::Protocols::UNDEFINED)
        .map_err(from_pcsc)?;
    let capabilities = service.capabilities(name, &card);
    // Dropping would reset a card that another program is talking to.
    let _ = disconnect(card, pcsc::Disposition::LeaveCard);
    Ok(capabilities)
}

impl PcscReader {
    /// Whether the service has lost the reader: it may nevertheless try to power a card there, and
    /// complain about the card (pcscd 1.9, observed).
    fn is_gone(&mut self) -> bool {
        match self.state() {
            Ok(state) => state.card == CardPresence::Unknown,
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }
}

impl CardReader for PcscReader {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.service.known(&self.name).unwrap_or(features::BASIC)
    }

    fn state(&mut self) -> Result<ReaderState> {
        let mut states = [pcsc::ReaderState::new(self.name.clone(), State::UNAWARE)];
        self.service.with_context(|context| {
            // An unaware query answers at once; the limit is for a service that hangs.
            context.get_status_change(std::time::Duration::from_secs(2), &mut states)
        })?;
        match state_of(&states[0]) {
            Some(state) => Ok(state),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        match PcscConnection::open(&self.service, &self.info, &self.name, mode, wait) {
            Ok(connection) => Ok(Box::new(connection)),
            Err(error) if error.kind() == ErrorKind::Protocol && self.is_gone() => {
                let context = "the reader does not answer the service any more";
                Err(Error::new(ErrorKind::Unavailable, context).with_source(error))
            }
            Err(error) => Err(error),
        }
    }
}

pub(super) fn describe(name: &std::ffi::CStr) -> DeviceInfo {
    DeviceInfo::new(DRIVER, name.to_string_lossy())
}

/// What a state of PC/SC says; `None` when the service does not know the reader.
pub(super) fn state_of(state: &pcsc::ReaderState) -> Option<ReaderState> {
    let flags = state.event_state();
    if flags.intersects(State::UNKNOWN | State::IGNORE) {
        return None;
    }
    let card = if flags.contains(State::MUTE) {
        CardPresence::Mute
    } else if flags.contains(State::PRESENT) {
        CardPresence::Present
    } else if flags.contains(State::EMPTY) {
        CardPresence::Absent
    } else {
        CardPresence::Unknown
    };
    let usage = if flags.contains(State::EXCLUSIVE) {
        ReaderUsage::Exclusive
    } else if flags.contains(State::INUSE) {
        ReaderUsage::Shared
    } else {
        ReaderUsage::Free
    };
    Some(ReaderState {
        card,
        usage,
        atr: Atr::parse(state.atr()).ok(),
        changes: Some(state.event_count()),
    })
}
