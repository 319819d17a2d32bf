//! A session's report as a document for other programs, by `serde`.
//!
//! The document is part of the interface: its keys stay, new ones may come, and `version` changes
//! when one goes. Words are the stable codes of this crate. It holds nobody's name, number or
//! score, and no date but those of consents: a card and its certificate end on a birthday.

use serde::{Serialize, Serializer};

use super::consent::Consent;
use super::failure::{Consumed, Failure};
use super::ports::EligibilityOutcome;
use super::report::{CancelledBy, FaceClaim, Notice, Outcome, SessionReport, StepTime};
use super::validity::Validity;

/// Of the document, as it is written now.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Document<'r> {
    version: u8,
    session: String,
    reception: Option<String>,
    outcome: Ending<'r>,
    credential: &'static str,
    method: Option<&'static str>,
    proven: Vec<&'static str>,
    authenticated: bool,
    confirmed_by: Option<&'static str>,
    eligibility: Option<&'static str>,
    validity: &'static str,
    capability: Option<&'static str>,
    consents: Vec<Answered>,
    consents_assisted: bool,
    consents_sent: bool,
    provided: Vec<&'static str>,
    notices: Vec<&'static str>,
    failures: Vec<Failed<'r>>,
    steps: Vec<Step>,
    face: Option<Face>,
    portrait_damaged: bool,
    presentation: &'static str,
    pad: &'static str,
    pad_evidence: Option<String>,
    mode: &'static str,
    assisted: bool,
}

#[derive(Serialize)]
struct Ending<'r> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
}

#[derive(Serialize)]
struct Answered {
    item: &'static str,
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
}

#[derive(Serialize)]
struct Failed<'r> {
    code: &'static str,
    step: &'static str,
    consumed: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_code: Option<&'r str>,
}

#[derive(Serialize)]
struct Step {
    step: &'static str,
    took_ms: u64,
}

#[derive(Serialize)]
struct Face {
    engine: String,
    attempts: u8,
    allowed: u8,
    bound: Option<String>,
    bound_allowed: Option<String>,
}

impl Serialize for SessionReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document {
            version: VERSION,
            session: self.session.to_string(),
            reception: self.reception.map(|it| format!("{:032x}", it.number())),
            outcome: ending(&self.outcome),
            credential: self.credential.code(),
            method: self.method.map(|method| method.code()),
            proven: self.proven.iter().map(|proven| proven.code()).collect(),
            authenticated: self.authenticated,
            confirmed_by: self.confirmed_by,
            eligibility: self.eligibility.map(eligibility),
            validity: validity(self.validity),
            capability: self.capability.map(|capability| capability.code()),
            consents: self
                .consents
                .iter()
                .map(|(item, consent)| answered(item.code(), consent))
                .collect(),
            consents_assisted: self.consents_assisted,
            consents_sent: self.consents_sent,
            provided: self.provided.iter().map(|item| item.code()).collect(),
            notices: self.notices.iter().map(notice).collect(),
            failures: self.failures.iter().map(failed).collect(),
            steps: self.steps.iter().map(step).collect(),
            face: self.face.as_ref().map(face),
            portrait_damaged: self.portrait_damaged,
            presentation: self.presentation.code(),
            pad: self.pad.code(),
            pad_evidence: self.pad_evidence.as_ref().map(ToString::to_string),
            mode: self.mode.code(),
            assisted: self.assisted,
        }
        .serialize(serializer)
    }
}

fn ending(outcome: &Outcome) -> Ending<'_> {
    let mut ending = Ending {
        kind: outcome.code(),
        at: None,
        reason: None,
        routes: Vec::new(),
        by: None,
    };
    match outcome {
        Outcome::Completed => {}
        Outcome::Fallback { reason, routes } => {
            ending.reason = Some(reason.code());
            ending.routes = routes.iter().map(|route| route.code()).collect();
        }
        Outcome::Cancelled { by } => {
            ending.by = Some(match by {
                CancelledBy::Patient => "patient",
                CancelledBy::System => "system",
            });
        }
        Outcome::Partial { at }
        | Outcome::TimedOut { at }
        | Outcome::Aborted { at }
        | Outcome::DeviceFailure { at } => ending.at = Some(at),
    }
    ending
}

fn eligibility(outcome: EligibilityOutcome) -> &'static str {
    match outcome {
        EligibilityOutcome::Valid => "valid",
        EligibilityOutcome::Invalid => "invalid",
        EligibilityOutcome::NotFound => "not-found",
        EligibilityOutcome::NotRegistered => "not-registered",
        EligibilityOutcome::Unavailable(_) => "unavailable",
    }
}

fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::ExpiresSoon { .. } => "expires-soon",
        Validity::Grace { .. } => "grace",
        Validity::Lapsed { .. } => "lapsed",
        Validity::Revoked => "revoked",
        Validity::Unknown(_) => "unknown",
    }
}

fn notice(notice: &Notice) -> &'static str {
    match notice {
        Notice::ExpiresSoon { .. } => "expires-soon",
        Notice::InGrace { .. } => "in-grace",
        Notice::RegistrationMayFail { .. } => "registration-may-fail",
        Notice::ClockUntrusted => "clock-untrusted",
    }
}

fn answered(item: &'static str, consent: Consent) -> Answered {
    let (answer, times) = match consent {
        Consent::NotAsked => ("not-asked", None),
        Consent::Refused => ("refused", None),
        Consent::Granted { at, valid_until } => ("granted", Some((at, valid_until))),
    };
    Answered {
        item,
        answer,
        at: times.map(|(at, _)| at.to_string()),
        valid_until: times.map(|(_, until)| until.to_string()),
    }
}

fn failed(failure: &Failure) -> Failed<'_> {
    let (consumed, left) = match failure.consumed {
        Consumed::No => ("no", None),
        Consumed::Yes { left } => ("yes", Some(left)),
        Consumed::Unknown => ("unknown", None),
    };
    Failed {
        code: failure.code.code(),
        step: failure.step,
        consumed,
        left,
        vendor_code: failure.vendor_code.as_deref(),
    }
}

fn step(step: &StepTime) -> Step {
    Step {
        step: step.step,
        took_ms: u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
    }
}

fn face(claim: &FaceClaim) -> Face {
    Face {
        engine: claim.statement.engine().to_owned(),
        attempts: claim.attempts,
        allowed: claim.allowed,
        bound: claim.bound().map(|bound| bound.to_string()),
        bound_allowed: claim.bound_allowed().map(|bound| bound.to_string()),
    }
}
