//! Virtual readers that each break one rule.

mod connection;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::connection::BrokenConnection;
use super::{Act, CardBench};
use crate::card::{
    CardConnection, CardContext, CardReader, ReaderCapabilities, ReaderEvent, ReaderState,
    ReaderWatch, ShareMode,
};
use crate::conformance::Acted;
use crate::device::DeviceInfo;
use crate::error::{ErrorKind, Result};
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
    CutIsProtocol,
    UnpluggedIsNoCard,
    ForgetsUnplugging,
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
    ("unplug.ends-a-command", How::CutIsProtocol, &[]),
    (
        "unplug.is-disconnected",
        How::UnpluggedIsNoCard,
        &["unplug.ends-a-command", "unplug.is-remembered"],
    ),
    ("unplug.is-remembered", How::ForgetsUnplugging, &[]),
    ("connection.names-its-reader", How::NamesAnother, &[]),
    (
        "connection.moves-between-threads",
        How::KnowsItsThread,
        &["unplug.ends-a-command"],
    ),
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
            let most = Duration::from_secs(4);
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
                    self.made.pause(Duration::from_secs(3));
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
        Ok(Box::new(BrokenConnection::new(connection, made)))
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
