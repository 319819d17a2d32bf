//! What remains of a session: facts for a log, without names, serial numbers or scores.

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;

use super::consent::{ConsentItem, ConsentRecord};
use super::event::Presentation;
use super::failure::{Failure, FailureCode};
use super::identity::{Credential, Method, ProvenSet, SessionId};
use super::policy::{PadPolicy, SiteMode};
use super::ports::{EligibilityOutcome, ReceptionRef};
use super::routes::Fallback;
use super::validity::{Capability, Validity};
use crate::face::{MatchStatement, PadEvidence, RateBound};

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

/// What the face decisions of a session are worth: what the engine claims per comparison, and
/// what that adds up to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaceClaim {
    /// What the engine claims.
    pub statement: MatchStatement,
    /// Attempts made, usable pictures or not.
    pub attempts: u8,
    /// Attempts that the policy allows per session.
    pub allowed: u8,
}

impl FaceClaim {
    /// Bound of the probability that the attempts of this session let a wrong person pass; `None`
    /// if no rate is known.
    #[must_use]
    pub fn bound(&self) -> Option<RateBound> {
        self.statement.per_session(u32::from(self.attempts))
    }

    /// The same for all attempts that were allowed. This is the figure of the site: how many
    /// attempts a session needs depends on how they go.
    #[must_use]
    pub fn bound_allowed(&self) -> Option<RateBound> {
        self.statement.per_session(u32::from(self.allowed))
    }
}

impl fmt::Display for FaceClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.statement)?;
        if let (Some(bound), Some(allowed)) = (self.bound(), self.bound_allowed()) {
            write!(
                f,
                "; at most {bound} for this session (attempts made: {}), {allowed} for the {} \
                 allowed",
                self.attempts, self.allowed
            )?;
        }
        Ok(())
    }
}

/// What remains of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionReport {
    /// Which session.
    pub session: SessionId,
    /// How it ended.
    pub outcome: Outcome,
    /// What the patient presented.
    pub credential: Credential,
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
    /// Who it said so about, on the caller's own list.
    pub reception: Option<ReceptionRef>,
    /// What the dates said.
    pub validity: Validity,
    /// What the card could be used for; `None` if nobody could say.
    pub capability: Option<Capability>,
    /// What was asked and answered.
    pub consents: ConsentRecord,
    /// Whether staff stood by while the consents were asked, and may have pressed for the patient.
    pub consents_assisted: bool,
    /// Whether the answers arrived. Never in training.
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
    /// Whether the photo on the chip was damaged and compared with all the same, as the policy
    /// allows.
    pub portrait_damaged: bool,
    /// What the face engine claims about its matches, and what that adds up to; `None` if no
    /// attempt was made. Nobody is to lower a threshold unseen.
    pub face: Option<FaceClaim>,
    /// What presentation-attack detection said about the match.
    pub presentation: Presentation,
    /// What presentation-attack detection may decide here.
    pub pad: PadPolicy,
    /// What the liveness check was tested with; `None` without a check, or when it was off.
    pub pad_evidence: Option<PadEvidence>,
    /// The mode of the site.
    pub mode: SiteMode,
    /// Whether staff helped.
    pub assisted: bool,
}
