//! What remains of a session: facts for a log, without names, serial numbers or scores.

use std::time::Duration;

use jiff::civil::Date;

use super::consent::{ConsentItem, ConsentRecord};
use super::event::Presentation;
use super::failure::{Failure, FailureCode, Fallback};
use super::identity::{Method, ProvenSet, SessionId};
use super::policy::{PadPolicy, SiteMode};
use super::ports::EligibilityOutcome;
use super::validity::{Capability, Validity};

/// Who cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelledBy {
    /// The patient.
    Patient,
    /// The program.
    System,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Checked in.
    Completed,
    /// Eligibility is confirmed, the rest was interrupted: what was not answered was not asked.
    Partial {
        /// The interrupted step.
        at: &'static str,
    },
    /// The counter goes on by another route.
    Fallback {
        /// Why.
        reason: FailureCode,
        /// How, in order.
        routes: Vec<Fallback>,
    },
    /// Somebody cancelled.
    Cancelled {
        /// Who.
        by: CancelledBy,
    },
    /// Nobody acted.
    TimedOut {
        /// The step.
        at: &'static str,
    },
    /// The card was taken away before anything was confirmed.
    Aborted {
        /// The step.
        at: &'static str,
    },
    /// A device failed.
    DeviceFailure {
        /// The step.
        at: &'static str,
    },
}

impl Outcome {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Partial { .. } => "partial",
            Self::Fallback { .. } => "fallback",
            Self::Cancelled { .. } => "cancelled",
            Self::TimedOut { .. } => "timed-out",
            Self::Aborted { .. } => "aborted",
            Self::DeviceFailure { .. } => "device-failure",
        }
    }
}

/// Something that the patient was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Certificate or card ends soon.
    ExpiresSoon {
        /// Last valid day.
        not_after: Date,
        /// Days left.
        days_left: i64,
    },
    /// Expired, still usable for eligibility.
    InGrace {
        /// Last usable day.
        until: Date,
    },
    /// Registration may fail because so few days are left.
    RegistrationMayFail {
        /// Days left.
        days_left: i64,
    },
    /// The clock is not believed.
    ClockUntrusted,
}

/// How long one step took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTime {
    /// The step, for example `face-capture`.
    pub step: &'static str,
    /// Its duration.
    pub took: Duration,
}

/// What remains of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionReport {
    /// Which session.
    pub session: SessionId,
    /// How it ended.
    pub outcome: Outcome,
    /// How the patient was identified, if so.
    pub method: Option<Method>,
    /// What was proven.
    pub proven: ProvenSet,
    /// Whether the government system accepted the patient.
    pub authenticated: bool,
    /// The role of the staff member who confirmed, if one did.
    pub confirmed_by: Option<&'static str>,
    /// What the eligibility query said.
    pub eligibility: Option<EligibilityOutcome>,
    /// What the dates said.
    pub validity: Validity,
    /// What the card could be used for; `None` if nobody could say.
    pub capability: Option<Capability>,
    /// What was asked and answered.
    pub consents: ConsentRecord,
    /// Whether the answers arrived.
    pub consents_sent: bool,
    /// What is provided by rule, without a question.
    pub provided: Vec<ConsentItem>,
    /// What the patient was told.
    pub notices: Vec<Notice>,
    /// What went wrong on the way.
    pub failures: Vec<Failure>,
    /// The steps and how long they took.
    pub steps: Vec<StepTime>,
    /// Attempts by face.
    pub face_attempts: u8,
    /// What presentation-attack detection said about the match.
    pub presentation: Presentation,
    /// What presentation-attack detection may decide here.
    pub pad: PadPolicy,
    /// Model and thresholds of the face decision.
    pub match_policy: String,
    /// The mode of the site.
    pub mode: SiteMode,
    /// Whether staff helped.
    pub assisted: bool,
}
