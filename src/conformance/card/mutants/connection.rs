//! Connections of mutants.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::thread::ThreadId;
use std::time::Duration;

use super::{How, Made};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, CardReader, Disposition, Protocol, ReaderCapabilities, ShareMode,
};
use crate::conformance::card::CardBench;
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Wait;

pub(super) struct BrokenConnection {
    /// `None` once it is ended.
    inner: Option<Box<dyn CardConnection>>,
    made: Made,
    info: DeviceInfo,
    thread: ThreadId,
    /// In a transaction, as it believes.
    owned: bool,
    /// It ended its transaction with a reset.
    ended: bool,
    given_up: Option<Vec<u8>>,
    selected: Option<Vec<u8>>,
    removals: u32,
}

impl BrokenConnection {
    pub(super) fn new(connection: Box<dyn CardConnection>, made: Made) -> Self {
        Self {
            info: if made.is(How::NamesAnother) {
                DeviceInfo::new("sim", "Another")
            } else {
                connection.reader().clone()
            },
            removals: made.removals.load(Ordering::SeqCst),
            inner: Some(connection),
            thread: std::thread::current().id(),
            owned: false,
            ended: false,
            given_up: None,
            selected: None,
            made,
        }
    }

    fn inner(&mut self) -> &mut dyn CardConnection {
        &mut **self.inner.as_mut().expect("not ended")
    }

    /// Sends a command as a driver should.
    fn send(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let made = self.made.clone();
        made.spoil(wait, |wait| self.inner().transmit(command, wait))
    }

    fn heal(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        self.inner().reconnect(Disposition::Leave, wait)?;
        self.send(command, wait)
    }
}

fn answer(bytes: &[u8]) -> Result<ResponseApdu> {
    ResponseApdu::new(bytes.to_vec())
}

fn without(response: &ResponseApdu, length: usize) -> Result<ResponseApdu> {
    let status = response.status().to_u16().to_be_bytes();
    answer(&[&response.data()[..length], &status].concat())
}

impl CardConnection for BrokenConnection {
    fn reader(&self) -> &DeviceInfo {
        &self.info
    }

    fn atr(&self) -> &Atr {
        self.inner.as_ref().expect("not ended").atr()
    }

    fn protocol(&self) -> Protocol {
        self.inner.as_ref().expect("not ended").protocol()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.inner.as_ref().expect("not ended").capabilities()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let how = self.made.how;
        if how == How::KnowsItsThread && std::thread::current().id() != self.thread {
            return Err(Error::new(ErrorKind::Other, "wrong thread"));
        }
        if how == How::RefusesCase1 && command.case() == 1 && command.header().ins == 0xA4 {
            return Err(Error::invalid_input("no data"));
        }
        if how == How::WaitsForTheCard && wait.check().is_ok() {
            let result = self.send(command, &self.made.ample());
            return wait.check().and(result);
        }
        if how == How::AnswersStale
            && let Some(stale) = self.given_up.take()
        {
            let stale = CommandApdu::parse(&stale)?;
            loop {
                match self.send(&stale, wait) {
                    Err(error) if error.kind() == ErrorKind::Busy => {
                        self.made.pause(Duration::from_millis(10));
                    }
                    other => return other,
                }
            }
        }
        if command.header().ins == 0xA4 {
            self.selected = Some(command.as_bytes().to_vec());
        }
        let begun = self.made.clock.now();
        let result = self.send(command, wait);
        let waited = self.made.clock.now().since(begun);
        if result
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::TimedOut)
        {
            self.given_up = Some(command.as_bytes().to_vec());
        }
        match (how, result) {
            (How::AddsData, Ok(response)) if response.data().is_empty() => {
                let status = response.status().to_u16().to_be_bytes();
                answer(&[&[0], &status[..]].concat())
            }
            (How::LosesAByte, Ok(response))
                if response.data().len() == 256 && self.given_up.is_none() =>
            {
                without(&response, 255)
            }
            (How::CutsExtended, Ok(response)) if response.data().len() > 256 => {
                without(&response, 256)
            }
            (How::RefusalIsAnError, Ok(response)) if response.status().sw1() == 0x6D => {
                Err(Error::protocol("refused"))
            }
            (How::RepeatsRefused, Ok(response)) if !response.status().is_ok() => {
                self.send(command, wait)
            }
            // A command that was given up sooner is not lost.
            (How::RepeatsLost, Err(_)) if waited > Duration::from_secs(1) => {
                let again = self.made.ample();
                self.send(command, &again)
                    .and(Err(ErrorKind::Protocol.into()))
            }
            (How::MakesUpStatus, Err(error)) if error.kind() == ErrorKind::Protocol => {
                answer(&[0x90, 0])
            }
            (How::LetsCommandsThrough, Err(_))
                if !self.owned && self.made.note.load(Ordering::SeqCst) == 1 =>
            {
                answer(&[0x90, 0])
            }
            (How::CutIsProtocol, Err(error))
                if error.kind() == ErrorKind::Disconnected && !waited.is_zero() =>
            {
                Err(ErrorKind::Protocol.into())
            }
            (How::UnpluggedIsNoCard, Err(error)) if error.kind() == ErrorKind::Disconnected => {
                Err(ErrorKind::NoCard.into())
            }
            (How::ForgetsUnplugging, Err(error)) if error.kind() == ErrorKind::Disconnected => {
                let reader = self.made.bench.clone().reader();
                let again = reader.and_then(|mut it| it.connect(ShareMode::Shared, wait));
                self.inner = Some(again.map_err(|_| error)?);
                self.send(command, wait)
            }
            (How::GoneIsReset, Err(error)) if error.kind() == ErrorKind::NoCard => {
                Err(ErrorKind::CardReset.into())
            }
            (how, Err(error)) if error.kind() == ErrorKind::CardReset => {
                let came_back = self.removals != self.made.removals.load(Ordering::SeqCst);
                let hides = match how {
                    How::HidesOwnReset => self.ended,
                    How::HidesOthersReset => !self.ended && !came_back,
                    How::ForgetsRemovals => came_back,
                    _ => false,
                };
                if hides {
                    self.heal(command, wait)
                } else {
                    Err(error)
                }
            }
            (_, result) => result,
        }
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        let made = self.made.clone();
        let over = wait.check().is_err();
        let begun = made.spoil(wait, |wait| self.inner().begin_transaction(wait));
        match (made.how, begun.as_ref().map_err(Error::kind)) {
            (How::SharesTransactions, Err(ErrorKind::TimedOut)) if !over => return Ok(()),
            (How::Nests, Err(ErrorKind::InvalidInput)) => return Ok(()),
            (How::TakesTheCardLater, Err(ErrorKind::TimedOut)) if !over => {
                let mut reader = made.bench.clone().reader()?;
                let later = reader.connect(ShareMode::Shared, &made.ample())?;
                *made.later.lock().unwrap_or_else(PoisonError::into_inner) = Some(later);
            }
            (how, Ok(())) => {
                self.owned = true;
                self.ended = false;
                if how == How::LetsCommandsThrough {
                    made.note.store(1, Ordering::SeqCst);
                }
            }
            _ => {}
        }
        begun
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let ended = self.inner().end_transaction(disposition);
        self.owned = false;
        if self.made.is(How::LetsCommandsThrough) {
            self.made.note.store(0, Ordering::SeqCst);
        }
        self.ended = disposition != Disposition::Leave;
        let later = self.made.later.lock().map(|mut later| later.take());
        if let Ok(Some(mut later)) = later {
            let _ = later.begin_transaction(&self.made.ample());
            if let Ok(mut kept) = self.made.kept.lock() {
                kept.push(later);
            }
        }
        ended
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let made = self.made.clone();
        made.spoil(wait, |wait| self.inner().reconnect(disposition, wait))?;
        self.ended = false;
        self.removals = made.removals.load(Ordering::SeqCst);
        if let (How::Selects, Some(select)) = (made.how, self.selected.clone()) {
            self.send(&CommandApdu::parse(&select)?, wait)?;
        }
        Ok(())
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) -> Result<()> {
        match self.inner.take() {
            Some(inner) => inner.disconnect(disposition),
            None => Ok(()),
        }
    }
}

impl Drop for BrokenConnection {
    fn drop(&mut self) {
        let Some(inner) = self.inner.take() else {
            return;
        };
        match self.made.how {
            How::DropKeepsTheCard if self.owned => {
                if let Ok(mut kept) = self.made.kept.lock() {
                    kept.push(inner);
                }
            }
            How::DropResets => drop(inner.disconnect(Disposition::Reset)),
            How::DropIsSlow if self.given_up.is_none() => {
                self.made.pause(Duration::from_secs(4));
            }
            How::DropWaitsForTheCard if self.given_up.is_some() => {
                self.made.pause(Duration::from_secs(5));
            }
            _ => {}
        }
    }
}
