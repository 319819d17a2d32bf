//! One reader of the service.

use std::ffi::CString;

use pcsc::State;

use super::connection::PcscConnection;
use super::{DRIVER, Service, direct, features};
use crate::apdu::Atr;
use crate::card::{
    CardConnection, CardPresence, CardReader, ReaderCapabilities, ReaderState, ReaderUsage,
    ShareMode,
};
use crate::device::DeviceInfo;
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
        direct::ask(&self.service.clock, &self.name, move |card| {
            service.ask(&name, card).capabilities
        })
    }

    /// What the service's complaint about a card comes to. It may have lost the reader and
    /// nevertheless try to power a card there (pcscd 1.9, observed), or know of no card any more.
    fn explain(&mut self, complaint: Error) -> Error {
        let (kind, context) = match self.state() {
            Ok(state) if state.card == CardPresence::Absent => {
                (ErrorKind::NoCard, "there is no card in the reader")
            }
            Ok(state) if state.card != CardPresence::Unknown => return complaint,
            Err(error) if error.kind() != ErrorKind::NotFound => return complaint,
            _ => (
                ErrorKind::Unavailable,
                "the reader does not answer the service any more",
            ),
        };
        Error::new(kind, context).with_source(complaint)
    }
}

impl CardReader for PcscReader {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> ReaderCapabilities {
        let known = self.service.known(&self.name);
        known.unwrap_or(features::NOTHING).capabilities
    }

    fn state(&mut self) -> Result<ReaderState> {
        let mut states = [pcsc::ReaderState::new(self.name.clone(), State::UNAWARE)];
        self.service.with_context(|context| {
            // An unaware query answers at once; the limit is for a service that hangs.
            context.get_status_change(std::time::Duration::from_secs(2), &mut states)
        })?;
        match state_of(&self.service, &states[0]) {
            Some(state) => Ok(state),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        match PcscConnection::open(&self.service, &self.info, &self.name, mode, wait) {
            Ok(connection) => Ok(Box::new(connection)),
            Err(error) if error.kind() == ErrorKind::Protocol => Err(self.explain(error)),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn describe(name: &std::ffi::CStr) -> DeviceInfo {
    DeviceInfo::new(DRIVER, name.to_string_lossy())
}

/// What a state of PC/SC says, and the reader where that is in doubt; `None` when the service does
/// not know the reader.
pub(super) fn state_of(service: &Service, state: &pcsc::ReaderState) -> Option<ReaderState> {
    let flags = state.event_state();
    if flags.intersects(State::UNKNOWN | State::IGNORE) {
        return None;
    }
    let card = if service.is_empty(state) {
        CardPresence::Absent
    } else if flags.contains(State::MUTE) {
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
