//! What a dialogue is doing, and how long it took.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::overlap::overlap;
use crate::time::{Clock, Timestamp};

/// A part of a dialogue. Those of the host run while the card is busy with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// A person enters the PIN. The card is not held.
    PinEntry,
    /// Taking the card: another program may have it.
    TakeCard,
    /// Finding the user-authentication application and reading its certificate.
    Certificate,
    /// The host checks the chain of the certificate and its validity.
    CertificateCheck,
    /// Reading the card's expiry.
    CardData,
    /// Finding the card-surface application and reading its issuer's certificate.
    Issuer,
    /// The host checks the issuer's certificate.
    IssuerCheck,
    /// Asking for the tries left, and how the card names its keys where that is not known;
    /// nothing where neither is asked.
    Retries,
    /// The PIN or the card-face code is presented.
    Verify,
    /// Reading the face record.
    FaceRecord,
    /// The host checks the face record, decodes the portrait and makes the template.
    Portrait,
    /// The card signs.
    Signature,
    /// Giving the card back, without power if anything may be open on it.
    Release,
    /// The host checks the card's signature.
    SignatureCheck,
}

impl Phase {
    /// The stable word, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PinEntry => "pin-entry",
            Self::TakeCard => "take-card",
            Self::Certificate => "certificate",
            Self::CertificateCheck => "certificate-check",
            Self::CardData => "card-data",
            Self::Issuer => "issuer",
            Self::IssuerCheck => "issuer-check",
            Self::Retries => "retries",
            Self::Verify => "verify",
            Self::FaceRecord => "face-record",
            Self::Portrait => "portrait",
            Self::Signature => "signature",
            Self::Release => "release",
            Self::SignatureCheck => "signature-check",
        }
    }
}

/// An event of a dialogue under way. It says what is being done and nothing about whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A phase begins. More than one may be under way.
    Began(Phase),
    /// A phase ended, well or not, after this long.
    Ended(Phase, Duration),
}

/// When one phase ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhaseTime {
    /// Which.
    pub phase: Phase,
    /// From the beginning of the dialogue to that of the phase.
    pub began: Duration,
    /// How long it took.
    pub took: Duration,
}

/// How long the phases of a dialogue took, measured on the clock of its
/// [`Wait`](crate::wait::Wait).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    phases: Vec<PhaseTime>,
    total: Duration,
}

impl Timing {
    /// The whole dialogue. Less than the sum of the phases by what the host did while the card
    /// was busy.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The time of one phase, added up if there were several of its kind.
    #[must_use]
    pub fn of(&self, phase: Phase) -> Duration {
        self.phases
            .iter()
            .filter(|time| time.phase == phase)
            .map(|time| time.took)
            .sum()
    }

    /// The phases in the order in which they ended.
    pub fn iter(&self) -> impl Iterator<Item = PhaseTime> {
        self.phases.iter().copied()
    }
}

/// Who is told.
#[derive(Default)]
pub(super) struct Watch(Option<Box<dyn FnMut(Progress) + Send>>);

impl Watch {
    pub(super) fn new(watch: impl FnMut(Progress) + Send + 'static) -> Self {
        Self(Some(Box::new(watch)))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.0.is_some()).finish()
    }
}

/// Tells and measures the phases of one dialogue.
pub(super) struct Phases<'w> {
    watch: &'w mut Watch,
    clock: Arc<dyn Clock>,
    begun: Timestamp,
    phases: Vec<PhaseTime>,
}

impl<'w> Phases<'w> {
    pub(super) fn begin(watch: &'w mut Watch, clock: &Arc<dyn Clock>) -> Self {
        Self {
            watch,
            clock: clock.clone(),
            begun: clock.now(),
            phases: Vec::with_capacity(16),
        }
    }

    pub(super) fn end(self) -> Timing {
        Timing {
            total: self.clock.now().since(self.begun),
            phases: self.phases,
        }
    }

    /// Runs one phase.
    pub(super) fn run<T>(&mut self, phase: Phase, work: impl FnOnce() -> T) -> T {
        self.tell(Progress::Began(phase));
        let began = self.clock.now();
        let result = work();
        self.note(phase, began, self.clock.now());
        result
    }

    /// Runs a phase of the host on a thread of its own while the card is dealt with on this one.
    ///
    /// Only for what nothing on the card depends on yet: what is to be checked before a value is
    /// presented has been checked when this returns, and not before.
    pub(super) fn beside<H: Send, T>(
        &mut self,
        phase: Phase,
        host: impl FnOnce() -> H + Send,
        card: impl FnOnce(&mut Self) -> T,
    ) -> (H, T) {
        self.tell(Progress::Began(phase));
        let clock = self.clock.clone();
        let timed = || {
            let began = clock.now();
            let result = host();
            (result, began, clock.now())
        };
        let ((made, began, ended), result) = overlap(&clock, timed, || card(self));
        self.note(phase, began, ended);
        (made, result)
    }

    fn note(&mut self, phase: Phase, began: Timestamp, ended: Timestamp) {
        let took = ended.since(began);
        self.phases.push(PhaseTime {
            phase,
            began: began.since(self.begun),
            took,
        });
        self.tell(Progress::Ended(phase, took));
    }

    fn tell(&mut self, progress: Progress) {
        if let Some(watch) = &mut self.watch.0 {
            watch(progress);
        }
    }
}
