//! Virtual pads that each break one rule.

use std::sync::Arc;
use std::time::Duration;

use super::change::change_request;
use super::{Person, PinBench, request};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{CardConnection, Disposition, Protocol};
use crate::conformance::Acted;
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::pin::{
    ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, PinEntry, PinOutcome, PinPad, PinPath,
    PinPrompt, PinRequest,
};
use crate::sim::VirtualPinBench;
use crate::time::Clock;
use crate::wait::Wait;

/// What a mutant does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    CancelIsTooSlow,
    TooSlowIsCancel,
    IgnoresCancel,
    OverstaysWaits,
    PrepareAsks,
    SendsTwice,
    SendsUnprepared,
    KeepsDigits,
    DiscardsNothing,
    SendsWhenOver,
    BlockedIsRejected,
    UnansweredIsAnError,
    RightIsRejected,
    WrongIsVerified,
    ClaimsToBeSecure,
    ChangeSendsTwice,
    ChangesInSpiteOfAWrongPin,
    TakesEntriesThatDiffer,
    ChangesUnprepared,
    KeepsNewDigits,
    ChangesAnyLength,
    RefusedIsChanged,
    UnansweredChangeIsAnError,
}

/// Each case, the path of the mutant that it is there for, the mutant, and the other cases that
/// this one cannot pass.
pub(super) const MUTANTS: &[(&str, PinPath, How, &[&str])] = &[
    (
        "pin.person-cancels",
        PinPath::Host,
        How::CancelIsTooSlow,
        &["pin.change-cancelled"],
    ),
    (
        "pin.person-cancels",
        PinPath::Secure,
        How::CancelIsTooSlow,
        &[],
    ),
    (
        "pin.person-is-too-slow",
        PinPath::Host,
        How::TooSlowIsCancel,
        &[],
    ),
    (
        "pin.person-is-too-slow",
        PinPath::Secure,
        How::TooSlowIsCancel,
        &[],
    ),
    ("pin.caller-cancels", PinPath::Host, How::IgnoresCancel, &[]),
    (
        "pin.caller-cancels",
        PinPath::Secure,
        How::IgnoresCancel,
        &[],
    ),
    (
        "pin.caller-is-through",
        PinPath::Host,
        How::OverstaysWaits,
        &[],
    ),
    (
        "pin.caller-is-through",
        PinPath::Secure,
        How::OverstaysWaits,
        &[],
    ),
    (
        "pin.secure-prepares-at-once",
        PinPath::Secure,
        How::PrepareAsks,
        &[],
    ),
    (
        "pin.sends-once",
        PinPath::Host,
        How::SendsTwice,
        &["pin.wrong-costs-one"],
    ),
    (
        "pin.unprepared-sends-nothing",
        PinPath::Host,
        How::SendsUnprepared,
        &[],
    ),
    (
        "pin.digits-serve-once",
        PinPath::Host,
        How::KeepsDigits,
        &[],
    ),
    (
        "pin.discard-wipes",
        PinPath::Host,
        How::DiscardsNothing,
        &["pin.change-discard-wipes"],
    ),
    (
        "pin.over-sends-nothing",
        PinPath::Host,
        How::SendsWhenOver,
        &["pin.change-over-sends-nothing"],
    ),
    ("pin.outcomes", PinPath::Host, How::BlockedIsRejected, &[]),
    (
        "pin.unanswered",
        PinPath::Host,
        How::UnansweredIsAnError,
        &[],
    ),
    (
        "pin.right-verifies",
        PinPath::Secure,
        How::RightIsRejected,
        &[],
    ),
    (
        "pin.wrong-costs-one",
        PinPath::Secure,
        How::WrongIsVerified,
        &[],
    ),
    (
        "pin.secure-hides-digits",
        PinPath::Host,
        How::ClaimsToBeSecure,
        &[],
    ),
    (
        "pin.change-sends-each-once",
        PinPath::Host,
        How::ChangeSendsTwice,
        &[],
    ),
    (
        "pin.change-needs-the-present-pin",
        PinPath::Host,
        How::ChangesInSpiteOfAWrongPin,
        &[],
    ),
    (
        "pin.change-entries-differ",
        PinPath::Host,
        How::TakesEntriesThatDiffer,
        &[],
    ),
    (
        "pin.change-cancelled",
        PinPath::Host,
        How::CancelIsTooSlow,
        &["pin.person-cancels"],
    ),
    (
        "pin.change-unprepared-sends-nothing",
        PinPath::Host,
        How::ChangesUnprepared,
        &[],
    ),
    (
        "pin.change-digits-serve-once",
        PinPath::Host,
        How::KeepsNewDigits,
        &[],
    ),
    (
        "pin.change-discard-wipes",
        PinPath::Host,
        How::DiscardsNothing,
        &["pin.discard-wipes"],
    ),
    (
        "pin.change-over-sends-nothing",
        PinPath::Host,
        How::SendsWhenOver,
        &["pin.over-sends-nothing"],
    ),
    (
        "pin.change-checks-both-lengths",
        PinPath::Host,
        How::ChangesAnyLength,
        &[],
    ),
    (
        "pin.change-outcomes",
        PinPath::Host,
        How::RefusedIsChanged,
        &[],
    ),
    (
        "pin.change-unanswered",
        PinPath::Host,
        How::UnansweredChangeIsAnError,
        &[],
    ),
];

/// A bench whose pad breaks one rule.
pub(super) struct Mutant {
    pub(super) bench: VirtualPinBench,
    pub(super) how: How,
}

impl PinBench for Mutant {
    fn clock(&self) -> Arc<dyn Clock> {
        self.bench.clock()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        Ok(Box::new(BrokenPad {
            inner: self.bench.pad()?,
            how: self.how,
            asked: false,
            verified: false,
            prepared: false,
            changed: false,
        }))
    }

    fn person(&mut self, does: Person) -> Acted {
        self.bench.person(does)
    }

    fn clear(&mut self) {
        self.bench.clear();
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        self.bench.card()
    }
}

struct BrokenPad {
    inner: Box<dyn PinPad>,
    how: How,
    /// `prepare` was called.
    asked: bool,
    verified: bool,
    /// `prepare_change` was called.
    prepared: bool,
    changed: bool,
}

impl BrokenPad {
    /// A call with a wait that this mutant got wrong.
    fn spoil<T>(
        &mut self,
        wait: &Wait,
        call: impl FnOnce(&mut Self, &Wait) -> Result<T>,
    ) -> Result<T> {
        let clock = wait.clock().clone();
        match self.how {
            How::IgnoresCancel => {
                let left = wait.remaining().unwrap_or(Duration::from_secs(60));
                call(self, &Wait::at_most(clock, left))
            }
            How::OverstaysWaits => {
                let result = call(self, wait);
                let kind = result.as_ref().err().map(Error::kind);
                if kind == Some(ErrorKind::TimedOut) {
                    let _ = Wait::forever(clock).sleep(Duration::from_secs(3));
                }
                result
            }
            How::SendsWhenOver => call(self, &Wait::at_most(clock, Duration::from_secs(60))),
            _ => call(self, wait),
        }
    }

    /// A VERIFY that nobody asked for.
    fn send(card: &mut dyn CardConnection, wait: &Wait) -> Result<PinOutcome> {
        let command = CommandApdu::short(request().header, b"0000", 0)?;
        let response = card.transmit(&command, wait)?;
        Ok(PinOutcome::from_status(response.status()))
    }

    /// A new PIN that nobody asked for.
    fn send_new(card: &mut dyn CardConnection, wait: &Wait) -> Result<ChangeOutcome> {
        let command = CommandApdu::short(change_request().change, b"0000", 0)?;
        let response = card.transmit(&command, wait)?;
        Ok(ChangeOutcome::from_status(response.status()))
    }
}

impl PinPad for BrokenPad {
    fn info(&self) -> &DeviceInfo {
        self.inner.info()
    }

    fn path(&self) -> PinPath {
        match self.how {
            How::ClaimsToBeSecure => PinPath::Secure,
            _ => self.inner.path(),
        }
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        let how = self.how;
        self.asked = true;
        if how == How::ClaimsToBeSecure {
            return Ok(PinEntry::Ready);
        }
        if how == How::PrepareAsks {
            wait.sleep(Duration::from_secs(3))?;
        }
        let entry = match how {
            // A spoiled wait would be noticed in `prepare`, which is not what it is for.
            How::SendsWhenOver => self.inner.prepare(prompt, wait),
            _ => self.spoil(wait, |pad, wait| pad.inner.prepare(prompt, wait)),
        }?;
        self.verified = false;
        Ok(match (how, entry) {
            (How::CancelIsTooSlow, PinEntry::CancelledByUser) => PinEntry::EntryTimedOut,
            (How::TooSlowIsCancel, PinEntry::EntryTimedOut) => PinEntry::CancelledByUser,
            (_, entry) => entry,
        })
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        let how = self.how;
        match how {
            How::SendsUnprepared if !self.asked => return Self::send(card, wait),
            How::KeepsDigits if self.verified => return Self::send(card, wait),
            How::ClaimsToBeSecure => {
                let entry = self.inner.prepare(&request.prompt, wait)?;
                match entry {
                    PinEntry::CancelledByUser => return Ok(PinOutcome::CancelledByUser),
                    PinEntry::EntryTimedOut => return Ok(PinOutcome::EntryTimedOut),
                    PinEntry::Ready => {}
                }
            }
            _ => {}
        }
        self.verified = true;
        let outcome = if how == How::SendsTwice {
            let mut twice = Twice(card);
            self.inner.verify(&mut twice, request, wait)
        } else {
            self.spoil(wait, |pad, wait| pad.inner.verify(card, request, wait))
        }?;
        Ok(match (how, outcome) {
            (How::CancelIsTooSlow, PinOutcome::CancelledByUser) => PinOutcome::EntryTimedOut,
            (How::TooSlowIsCancel, PinOutcome::EntryTimedOut) => PinOutcome::CancelledByUser,
            (How::BlockedIsRejected, PinOutcome::Blocked) => {
                PinOutcome::Rejected { retries_left: None }
            }
            (How::UnansweredIsAnError, PinOutcome::Unanswered(error)) => return Err(error),
            (How::RightIsRejected, PinOutcome::Verified) => {
                PinOutcome::Rejected { retries_left: None }
            }
            (How::WrongIsVerified, PinOutcome::Rejected { .. }) => PinOutcome::Verified,
            (_, outcome) => outcome,
        })
    }

    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        let how = self.how;
        if how == How::ClaimsToBeSecure {
            return Err(Error::unsupported("changing a PIN"));
        }
        let entry = self.inner.prepare_change(prompt, wait)?;
        self.prepared = true;
        self.changed = false;
        Ok(match (how, entry) {
            (How::CancelIsTooSlow, ChangeEntry::CancelledByUser) => ChangeEntry::EntryTimedOut,
            (How::TakesEntriesThatDiffer, ChangeEntry::EntriesDiffer) => ChangeEntry::Ready,
            (_, entry) => entry,
        })
    }

    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        let how = self.how;
        let unasked = match how {
            How::ChangesUnprepared => !self.prepared,
            How::KeepsNewDigits => self.changed,
            _ => false,
        };
        if unasked {
            return Self::send_new(card, wait);
        }
        self.changed = true;
        let mut request = request.clone();
        if how == How::ChangesAnyLength {
            request.prompt.new = request.prompt.old;
        }
        let outcome = if how == How::ChangeSendsTwice {
            self.inner.change(&mut Twice(card), &request, wait)
        } else {
            self.spoil(wait, |pad, wait| pad.inner.change(card, &request, wait))
        }?;
        Ok(match (how, outcome) {
            (How::ChangesInSpiteOfAWrongPin, ChangeOutcome::NotVerified(_)) => {
                Self::send_new(card, wait)?
            }
            (How::RefusedIsChanged, ChangeOutcome::Refused(_)) => ChangeOutcome::Changed,
            (How::UnansweredChangeIsAnError, ChangeOutcome::Unanswered(error)) => {
                return Err(error);
            }
            (_, outcome) => outcome,
        })
    }

    fn discard(&mut self) {
        if self.how != How::DiscardsNothing {
            self.inner.discard();
        }
    }
}

/// A connection that sends everything twice.
struct Twice<'c>(&'c mut dyn CardConnection);

impl CardConnection for Twice<'_> {
    fn reader(&self) -> &DeviceInfo {
        self.0.reader()
    }

    fn atr(&self) -> &Atr {
        self.0.atr()
    }

    fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let first = self.0.transmit(command, wait)?;
        drop(first);
        self.0.transmit(command, wait)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.0.begin_transaction(wait)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        self.0.end_transaction(disposition)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        self.0.reconnect(disposition, wait)
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> Result<()> {
        Err(Error::from(ErrorKind::InvalidInput))
    }
}
