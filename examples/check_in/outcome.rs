//! What came of the visit.

use std::process::ExitCode;

use myna_hal::checkin::consent::Consent;
use myna_hal::checkin::{FaceClaim, FailureCode, Notice, Outcome, SessionReport};
use myna_hal::face::pipeline::FrameCounts;
use serde_json::{Value, json};

use crate::person::Stopped;
use crate::support::problem;

/// The next step for people; for the last try also what this program can do.
fn words(error: &str, stopped: Option<Stopped>) -> String {
    match error {
        _ if stopped.is_some_and(|stopped| stopped.code() == error) => stopped
            .map(Stopped::next_step)
            .unwrap_or_default()
            .to_owned(),
        "last-try" => "use --method face, or repeat with --acknowledge-last-try: one more wrong \
                       PIN locks it"
            .to_owned(),
        error => problem::words(error),
    }
}

pub(crate) struct Visit {
    pub(crate) report: SessionReport,
    pub(crate) stopped: Option<Stopped>,
    pub(crate) is_virtual: bool,
    /// What became of the camera's frames.
    pub(crate) frames: Option<FrameCounts>,
}

impl Visit {
    /// Prints the report; the exit status is 0 only for a checked-in patient.
    pub(crate) fn report(&self, as_json: bool) -> ExitCode {
        let value = self.json();
        if as_json {
            println!("{value}");
        } else {
            self.print(&value);
        }
        if self.report.outcome == Outcome::Completed {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// The failure that decided: the last one that says why, not that somebody then gave up.
    fn error(&self) -> Option<&'static str> {
        let gave_up = |code: &FailureCode| {
            matches!(
                code,
                FailureCode::Cancelled | FailureCode::FaceBudgetUsed | FailureCode::PinPadCancelled
            )
        };
        let failures = || {
            self.report
                .failures
                .iter()
                .rev()
                .map(|failure| failure.code)
        };
        let decided = failures()
            .find(|code| !gave_up(code))
            .map(FailureCode::code)
            .or(self.stopped.map(Stopped::code))
            .or(failures().next().map(FailureCode::code));
        match &self.report.outcome {
            Outcome::Completed => None,
            Outcome::Fallback { reason, .. } => Some(reason.code()),
            Outcome::Aborted { .. } => Some("removed-during"),
            other => Some(decided.unwrap_or(other.code())),
        }
    }

    fn json(&self) -> Value {
        let report = &self.report;
        let error = self.error();
        let codes: Vec<_> = report.proven.iter().map(|proven| proven.code()).collect();
        let consents: Vec<_> = report
            .consents
            .iter()
            .map(|(item, consent)| {
                let answer = match consent {
                    Consent::Granted { .. } => "granted",
                    Consent::Refused => "refused",
                    _ => "not-asked",
                };
                json!({ "item": item.code(), "answer": answer })
            })
            .collect();
        let provided: Vec<_> = report.provided.iter().map(|item| item.code()).collect();
        let steps: Vec<_> = report
            .steps
            .iter()
            .map(|step| json!({ "step": step.step, "ms": step.took.as_secs_f64() * 1000.0 }))
            .collect();
        let notices: Vec<_> = report.notices.iter().map(notice).collect();
        json!({
            "virtual": self.is_virtual,
            "outcome": report.outcome.code(),
            "method": report.method.map(|method| method.code()),
            "proven": codes,
            "face_attempts": report.face_attempts,
            "face": report.face.as_ref().map(face),
            "frames": self.frames.as_ref().map(frames),
            "presentation_attack_detection": {
                "policy": report.pad.code(),
                "result": report.presentation.code(),
                "evidence": report.pad_evidence.as_ref().map(ToString::to_string),
                "virtual": report.pad_evidence.is_some(),
            },
            "consents": consents,
            "provided_without_asking": provided,
            "consents_sent": report.consents_sent,
            "notices": notices,
            "steps": steps,
            "error": error,
            "next_step": error.map(|error| words(error, self.stopped)),
        })
    }

    fn print(&self, value: &Value) {
        let list = |key: &str| -> String {
            let items = value[key].as_array().into_iter().flatten();
            items
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let report = &self.report;
        println!();
        if self.is_virtual {
            println!("The card was VIRTUAL and trusted by its own virtual hierarchy.");
        }
        println!("The government side was simulated.");
        println!("Outcome   {}", report.outcome.code());
        println!("Proven    {}", list("proven"));
        if let Some(face) = &report.face {
            println!("Face      {}", face.statement);
            match (face.bound(), face.bound_allowed()) {
                (Some(bound), Some(allowed)) => println!(
                    "          at most {bound} for this session, attempts made: {}; {allowed} for \
                     the {} allowed",
                    face.attempts, face.allowed
                ),
                _ => println!("          no bound for this session"),
            }
            match &report.pad_evidence {
                None => println!("          no presentation-attack detection took part"),
                Some(evidence) => println!(
                    "          presentation-attack detection: {}, policy {} (VIRTUAL: {evidence})",
                    report.presentation.code(),
                    report.pad.code()
                ),
            }
        }
        if let Some(frames) = &self.frames {
            println!(
                "Frames    {} seen, {} searched, {} unusable, {} made into templates, {} dropped",
                frames.seen,
                frames.detected,
                frames.gated_out,
                frames.embedded,
                frames.dropped_before_detection + frames.dropped_before_embedding
            );
        }
        for (item, consent) in report.consents.iter() {
            let answer = match consent {
                Consent::Granted { .. } => "granted for 24 hours",
                Consent::Refused => "refused",
                _ => "not asked",
            };
            println!("Consent   {}: {answer}", item.code());
        }
        for told in &report.notices {
            println!("Notice    {}", notice(told));
        }
        println!("Steps");
        for step in &report.steps {
            println!(
                "  {:<20} {:>8.1} ms",
                step.step,
                step.took.as_secs_f64() * 1000.0
            );
        }
        if let Some(error) = self.error() {
            println!("Not done  {error}");
            println!("Next      {}", words(error, self.stopped));
        }
    }
}

/// What the face decision is worth: per comparison, and bounds for what is more than one.
fn face(claim: &FaceClaim) -> Value {
    let stated = &claim.statement;
    json!({
        "engine": stated.engine(),
        "model_sha256": stated.model_sha256().map(|digest| {
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        }),
        "threshold": stated.threshold().map(|score| (f64::from(score.value()) * 1e4).round() / 1e4),
        "false_match_rate_per_comparison": stated.per_comparison().map(|rate| rate.value()),
        "evidence": stated.evidence().map(|evidence| evidence.code()),
        "weak_threshold_acknowledged": stated.is_weak_acknowledged(),
        "false_match_bound_per_verification": stated.per_verification().map(|bound| bound.value()),
        "false_match_bound_this_session": claim.bound().map(|bound| bound.value()),
        "false_match_bound_all_attempts": claim.bound_allowed().map(|bound| bound.value()),
        "bound_evidence": stated.bound_evidence().map(|evidence| evidence.code()),
        "attempts": claim.attempts,
        "attempts_allowed": claim.allowed,
    })
}

/// What became of the camera's frames; those whose fate was open at the end are in none but `seen`.
fn frames(counts: &FrameCounts) -> Value {
    json!({
        "seen": counts.seen,
        "detected": counts.detected,
        "gated_out": counts.gated_out,
        "embedded": counts.embedded,
        "failed": counts.failed,
        "dropped_before_detection": counts.dropped_before_detection,
        "dropped_before_embedding": counts.dropped_before_embedding,
    })
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::ExpiresSoon {
            not_after,
            days_left,
        } => {
            format!("expires on {not_after}, in {days_left} days")
        }
        Notice::InGrace { until } => format!("expired; eligibility only, until {until}"),
        Notice::RegistrationMayFail { days_left } => {
            format!("registration may fail: {days_left} days left")
        }
        _ => "the clock of this machine is not set".to_owned(),
    }
}
