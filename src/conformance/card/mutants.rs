//! Virtual readers that each break one rule.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use super::{Act, CardBench};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, CardContext, CardReader, Disposition, Protocol, ReaderCapabilities,
    ReaderEvent, ReaderState, ReaderWatch, ShareMode,
};
use crate::conformance::Acted;
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::sim::VirtualBench;
use crate::time::Clock;
use crate::wait::Wait;

/// What a mutant does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    ListsNothing,
    RenamesReaders,
    HidesWhatIsThere,
    OverstaysWaits,
    WatchIgnoresCancel,
    MissesRemovals,
    MissesUnplugging,
    ServiceIsAnError,
    TellsNoAtr,
    CountsNothing,
    EmptyIsProtocol,
    MuteIsNoCard,
    SharesExclusive,
    AddsData,
    RefusesCase1,
    LosesAByte,
    CutsExtended,
    RefusalIsAnError,
    RepeatsRefused,
    RepeatsLost,
    MakesUpStatus,
    OverIsBusy,
    OverIsSent,
    TimedOutWins,
    WaitsForTheCard,
    AnswersStale,
    SharesTransactions,
    LetsCommandsThrough,
    TakesTheCardLater,
    Nests,
    DropKeepsTheCard,
    HidesOwnReset,
    HidesOthersReset,
    Selects,
    GoneIsReset,
    ForgetsRemovals,
    NamesAnother,
    KnowsItsThread,
    DropResets,
    DropIsSlow,
    DropWaitsForTheCard,
}

/// Each case, the mutant that it is there for, and the other cases that this one cannot pass.
pub(super) const MUTANTS: &[(&str, How, &[&str])] = &[
    ("context.lists-the-reader", How::ListsNothing, &[]),
    ("context.ids-are-stable", How::RenamesReaders, &[]),
    ("watch.tells-what-is-there", How::HidesWhatIsThere, &[]),
    ("watch.ends-in-time", How::OverstaysWaits, &[]),
    ("watch.cancel-wakes", How::WatchIgnoresCancel, &[]),
    ("watch.sees-both-events", How::MissesRemovals, &[]),
    ("watch.sees-the-plug", How::MissesUnplugging, &[]),
    ("watch.survives-the-service", How::ServiceIsAnError, &[]),
    ("reader.tells-the-card", How::TellsNoAtr, &[]),
    ("reader.counts-changes", How::CountsNothing, &[]),
    ("reader.empty-is-no-card", How::EmptyIsProtocol, &[]),
    ("reader.mute-is-protocol", How::MuteIsNoCard, &[]),
    ("reader.exclusive-is-alone", How::SharesExclusive, &[]),
    ("transmit.status-only", How::AddsData, &[]),
    ("transmit.every-case", How::RefusesCase1, &[]),
    ("transmit.full-short-answer", How::LosesAByte, &[]),
    ("transmit.extended", How::CutsExtended, &[]),
    ("transmit.refusals-are-answers", How::RefusalIsAnError, &[]),
    ("transmit.once", How::RepeatsRefused, &[]),
    ("transmit.no-repeat", How::RepeatsLost, &[]),
    ("transmit.no-status-word", How::MakesUpStatus, &[]),
    ("wait.over-fails-first", How::OverIsBusy, &[]),
    ("wait.over-touches-nothing", How::OverIsSent, &[]),
    ("wait.cancelled-wins", How::TimedOutWins, &[]),
    ("wait.gives-up-in-time", How::WaitsForTheCard, &[]),
    ("wait.nothing-stale", How::AnswersStale, &[]),
    ("transaction.excludes-others", How::SharesTransactions, &[]),
    (
        "transaction.holds-back-commands",
        How::LetsCommandsThrough,
        &[],
    ),
    ("transaction.abandoned-begin", How::TakesTheCardLater, &[]),
    ("transaction.nested-is-refused", How::Nests, &[]),
    ("transaction.drop-gives-back", How::DropKeepsTheCard, &[]),
    ("reset.own-end-is-loud", How::HidesOwnReset, &[]),
    ("reset.reaches-every-handle", How::HidesOthersReset, &[]),
    ("reset.selects-nothing", How::Selects, &[]),
    ("removal.is-no-card", How::GoneIsReset, &[]),
    ("removal.is-remembered", How::ForgetsRemovals, &[]),
    ("connection.names-its-reader", How::NamesAnother, &[]),
    ("connection.moves-between-threads", How::KnowsItsThread, &[]),
    ("drop.leaves-the-card", How::DropResets, &[]),
    ("drop.is-quick", How::DropIsSlow, &[]),
    ("drop.while-the-card-works", How::DropWaitsForTheCard, &[]),
];

/// A bench whose reader breaks one rule.
pub(super) struct Mutant(Made);

/// What all parts of a mutant share.
#[derive(Clone)]
struct Made {
    how: How,
    bench: VirtualBench,
    clock: Arc<dyn Clock>,
    /// What a mutant has to remember: that it listed, that it told what is there, that a handle
    /// has the card.
    note: Arc<AtomicU32>,
    /// A handle whose `begin_transaction` was given up, and that takes the card later.
    later: Arc<Mutex<Option<Box<dyn CardConnection>>>>,
    /// Handles that never end.
    kept: Arc<Mutex<Vec<Box<dyn CardConnection>>>>,
    removals: Arc<AtomicU32>,
}

impl Mutant {
    pub(super) fn new(bench: VirtualBench, how: How) -> Self {
        let clock = bench.clock();
        Self(Made {
            how,
            bench,
            clock,
            note: Arc::default(),
            later: Arc::default(),
            kept: Arc::default(),
            removals: Arc::default(),
        })
    }
}

impl CardBench for Mutant {
    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    fn reader(&mut self) -> Result<Box<dyn CardReader>> {
        let inner = self.0.bench.reader()?;
        Ok(self.0.reader(inner, None))
    }

    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        let (inner, made) = (self.0.bench.context()?, self.0.clone());
        Ok(Box::new(Broken { inner, made }))
    }

    fn act(&mut self, act: Act) -> Acted {
        if act == Act::Remove {
            self.0.removals.fetch_add(1, Ordering::SeqCst);
        }
        self.0.bench.act(act)
    }

    fn commands_seen(&mut self) -> Option<u64> {
        self.0.bench.commands_seen()
    }
}

struct Broken<D> {
    inner: D,
    made: Made,
}

impl Made {
    fn is(&self, how: How) -> bool {
        self.how == how
    }

    fn pause(&self, duration: Duration) {
        let _ = Wait::forever(self.clock.clone()).sleep(duration);
    }

    fn ample(&self) -> Wait {
        Wait::at_most(self.clock.clone(), Duration::from_secs(60))
    }

    fn reader(&self, inner: Box<dyn CardReader>, name: Option<&str>) -> Box<dyn CardReader> {
        let info = inner.info().clone();
        let info = name.map_or(info, |name| DeviceInfo::new("sim", name));
        let made = self.clone();
        Box::new(BrokenReader {
            inner: Broken { inner, made },
            info,
        })
    }
}

impl CardContext for Broken<Box<dyn CardContext>> {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let mut readers = self.inner.readers()?;
        if self.made.is(How::ListsNothing) {
            readers.clear();
        }
        let made = &self.made;
        let again = made.note.fetch_add(1, Ordering::SeqCst) > 0;
        let name = (again && made.is(How::RenamesReaders)).then_some("Renamed");
        let readers = readers.into_iter();
        Ok(readers.map(|inner| made.reader(inner, name)).collect())
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        let (inner, made) = (self.inner.watch()?, self.made.clone());
        Ok(Box::new(Broken { inner, made }))
    }
}

impl ReaderWatch for Broken<Box<dyn ReaderWatch>> {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        let deaf;
        let wait = if self.made.is(How::WatchIgnoresCancel) {
            let most = Duration::from_secs(2);
            let left = wait.remaining().map_or(most, |left| left.min(most));
            deaf = Wait::at_most(self.made.clock.clone(), left);
            &deaf
        } else {
            wait
        };
        loop {
            let event = self.inner.next_event(wait);
            let missed = match (&event, self.made.how) {
                (Ok(ReaderEvent::ReaderAdded(_)), How::HidesWhatIsThere) => {
                    self.made.note.load(Ordering::SeqCst) == 0
                }
                (Err(_), How::HidesWhatIsThere) => {
                    self.made.note.store(1, Ordering::SeqCst);
                    false
                }
                (Ok(ReaderEvent::ReaderRemoved(_)), How::MissesUnplugging) => true,
                (Ok(ReaderEvent::StateChanged { state, .. }), How::MissesRemovals) => {
                    state.card == crate::card::CardPresence::Absent
                }
                (Ok(ReaderEvent::ServiceLost), How::ServiceIsAnError) => {
                    return Err(ErrorKind::Unavailable.into());
                }
                (Err(error), How::OverstaysWaits) if error.kind() == ErrorKind::TimedOut => {
                    self.made.pause(Duration::from_secs(1));
                    false
                }
                _ => false,
            };
            if !missed {
                return event;
            }
        }
    }
}

struct BrokenReader {
    inner: Broken<Box<dyn CardReader>>,
    info: DeviceInfo,
}

impl CardReader for BrokenReader {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.inner.inner.capabilities()
    }

    fn state(&mut self) -> Result<ReaderState> {
        let mut state = self.inner.inner.state()?;
        match self.inner.made.how {
            How::TellsNoAtr => state.atr = None,
            How::CountsNothing => state.changes = Some(1),
            _ => {}
        }
        Ok(state)
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        let made = self.inner.made.clone();
        let mode = if made.is(How::SharesExclusive) {
            ShareMode::Shared
        } else {
            mode
        };
        let connection = made.spoil(wait, |wait| self.inner.inner.connect(mode, wait));
        let connection = connection.map_err(|error| match (error.kind(), made.how) {
            (ErrorKind::NoCard, How::EmptyIsProtocol) => ErrorKind::Protocol.into(),
            (ErrorKind::Protocol, How::MuteIsNoCard) => ErrorKind::NoCard.into(),
            _ => error,
        })?;
        Ok(Box::new(BrokenConnection {
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
        }))
    }
}

impl Made {
    /// Makes a call with a wait that this mutant got wrong.
    fn spoil<T>(&self, wait: &Wait, call: impl FnOnce(&Wait) -> Result<T>) -> Result<T> {
        match (wait.check().map_err(|error| error.kind()), self.how) {
            (Err(ErrorKind::TimedOut), How::OverIsBusy) => Err(ErrorKind::Busy.into()),
            (Err(ErrorKind::Cancelled), How::TimedOutWins) => Err(ErrorKind::TimedOut.into()),
            (Err(kind), How::OverIsSent) => {
                let _ = call(&self.ample());
                Err(kind.into())
            }
            _ => call(wait),
        }
    }
}

struct BrokenConnection {
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
                self.made.pause(Duration::from_millis(2500));
            }
            How::DropWaitsForTheCard if self.given_up.is_some() => {
                self.made.pause(Duration::from_secs(5));
            }
            _ => {}
        }
    }
}
