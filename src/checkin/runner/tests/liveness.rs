//! Visits with a liveness check beside the face engine.

use super::*;
use crate::checkin::Presentation;
use crate::face::PadEvidence;
use crate::face::liveness::{LivenessCheck, LivenessEngine, PadDecision, PadReason, Sample};
use crate::face::{FaceDetector, FaceRegion};
use crate::imaging::{ImageView, Rect};
use crate::sim::ScriptedLiveness;

/// Finds a face wherever it looks: what is tested here is not where.
struct Told;

impl FaceDetector for Told {
    fn detect(&mut self, _: &ImageView<'_>) -> crate::error::Result<Vec<FaceRegion>> {
        Ok(vec![FaceRegion {
            bounds: Rect {
                x: 220.0,
                y: 120.0,
                width: 200.0,
                height: 230.0,
            },
            landmarks: [
                (280.0, 210.0),
                (360.0, 210.0),
                (320.0, 250.0),
                (290.0, 290.0),
                (350.0, 290.0),
            ],
            confidence: 1.0,
            covered: None,
        }])
    }
}

fn visit(check: ScriptedLiveness, pad: PadPolicy) -> Visit {
    Visit {
        liveness: Some(Liveness::new(LivenessEngine::new(check, Told))),
        policy: Policy {
            pad,
            ..Policy::default()
        },
        ..Visit::default()
    }
}

fn by_face(visit: Visit) -> (SessionReport, Patient) {
    let mut reception = Reception::new(visit);
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    (report, patient)
}

/// Passes whom it saw in both lights three times, and gives up on whom it saw in one alone ten times.
#[derive(Default)]
struct BothLights {
    alone: u32,
    pairs: u32,
}

impl LivenessCheck for BothLights {
    fn needs_infrared(&self) -> bool {
        true
    }

    fn start(&mut self) {
        *self = Self::default();
    }

    fn probe(&mut self, sample: &Sample<'_>) -> crate::error::Result<PadDecision> {
        match sample.infrared {
            Some(_) => self.pairs += 1,
            None => self.alone += 1,
        }
        Ok(match (self.pairs, self.alone) {
            (3.., _) => PadDecision::BonaFide,
            (_, 10..) => PadDecision::NoResponse(PadReason::TooFewSamples),
            _ => PadDecision::Inconclusive { asked: None },
        })
    }

    fn forget(&mut self) {}
}

#[test]
fn an_infrared_camera_gives_the_check_pairs_and_nobody_passes_without_it() {
    for (attached, presentation) in [
        (true, Presentation::Passed),
        (false, Presentation::NoResponse),
    ] {
        let engine = LivenessEngine::new(BothLights::default(), Told);
        let mut policy = Policy {
            pad: PadPolicy::Enforce,
            ..Policy::default()
        };
        policy.budgets.face_attempts = 1;
        let (report, _) = by_face(Visit {
            liveness: Some(Liveness::new(engine)),
            infrared: Some(attached),
            policy,
            ..Visit::default()
        });
        assert_eq!(report.presentation, presentation, "{report:#?}");
        assert_eq!(report.outcome == Outcome::Completed, attached);
    }
}

#[test]
fn a_living_patient_does_what_is_asked_and_is_checked_in() {
    let (report, patient) = by_face(visit(ScriptedLiveness::passing(), PadPolicy::Enforce));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.presentation, Presentation::Passed);
    assert_eq!(report.pad_evidence, Some(PadEvidence::Untested));
    let asked: Vec<_> = patient
        .heard
        .iter()
        .filter(|message| {
            let words = [
                MessageId::LookAtCamera,
                MessageId::TurnHeadLeft,
                MessageId::BlinkOnce,
            ];
            words.contains(message)
        })
        .collect();
    assert_eq!(
        asked,
        [
            &MessageId::LookAtCamera,
            &MessageId::TurnHeadLeft,
            &MessageId::LookAtCamera,
            &MessageId::BlinkOnce,
            &MessageId::LookAtCamera
        ]
    );
}

#[test]
fn a_suspected_attack_uses_up_the_attempt_and_the_patient_hears_what_any_miss_says() {
    let mut enforced = visit(ScriptedLiveness::suspecting(), PadPolicy::Enforce);
    enforced.policy.budgets.face_attempts = 2;
    let (report, patient) = by_face(enforced);
    assert_ne!(report.outcome, Outcome::Completed);
    assert!(
        !report.proven.contains(Proven::FaceMatch),
        "though it matches"
    );
    assert_eq!(report.face_attempts, 2);
    assert_eq!(report.presentation, Presentation::Suspect);
    let failure = &report.failures[0];
    assert_eq!(failure.code, FailureCode::SpoofSuspected);
    assert_eq!(failure.vendor_code.as_deref(), Some("flat-turn"));
    assert!(patient.staff_heard.contains(&MessageId::StaffSpoof));

    let mut undecided = visit(ScriptedLiveness::undecided(), PadPolicy::Enforce);
    undecided.policy.budgets.face_attempts = 2;
    let (report, other) = by_face(undecided);
    assert_ne!(report.outcome, Outcome::Completed);
    assert_eq!(report.presentation, Presentation::NoResponse);
    assert_eq!(report.failures[0].code, FailureCode::LivenessUndecided);
    assert!(!other.staff_heard.contains(&MessageId::StaffSpoof));
    assert_eq!(
        patient.heard, other.heard,
        "the patient cannot tell them apart"
    );
}

#[test]
fn under_report_a_suspect_is_checked_in_and_the_report_tells() {
    for (tell, told) in [(false, 0), (true, 1)] {
        let mut reported = visit(ScriptedLiveness::suspecting(), PadPolicy::Report);
        reported.policy.tell_staff_of_reported_suspects = tell;
        let (report, patient) = by_face(reported);
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        assert_eq!(report.presentation, Presentation::Suspect);
        assert_eq!(report.face_attempts, 1);
        assert_eq!(report.failures[0].code, FailureCode::SpoofSuspected);
        let rung = patient.staff_heard.iter();
        assert_eq!(
            rung.filter(|it| **it == MessageId::StaffSpoof).count(),
            told
        );
    }
}

/// A check that never ends must not keep a patient who matches from being checked in where it
/// decides nothing.
#[test]
fn under_report_nobody_waits_for_ever() {
    let mut endless = visit(ScriptedLiveness::endless(), PadPolicy::Report);
    endless.policy.deadlines.face = Duration::from_secs(1);
    let (report, _) = by_face(endless);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.presentation, Presentation::NoResponse);
    assert_eq!(report.face_attempts, 1);
}

#[test]
fn off_is_off() {
    let (report, patient) = by_face(visit(ScriptedLiveness::suspecting(), PadPolicy::Off));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.presentation, Presentation::NotChecked);
    assert_eq!((report.pad, report.pad_evidence), (PadPolicy::Off, None));
    assert!(!patient.heard.contains(&MessageId::TurnHeadLeft));
}

#[test]
fn without_a_check_nobody_passes_where_it_is_enforced() {
    let mut unchecked = visit(ScriptedLiveness::passing(), PadPolicy::Enforce);
    unchecked.liveness = None;
    unchecked.policy.budgets.face_attempts = 1;
    let (report, _) = by_face(unchecked);
    assert_ne!(report.outcome, Outcome::Completed);
    assert_eq!(report.presentation, Presentation::NotChecked);
    assert!(!report.proven.contains(Proven::FaceMatch));
}

/// The answer of the check goes beside the comparison, never into it: who passes the check and does
/// not match stays out, and its score is nobody's.
#[test]
fn passing_the_check_does_not_help_who_does_not_match() {
    let mut stranger = visit(ScriptedLiveness::passing(), PadPolicy::Enforce);
    stranger.policy.budgets.face_attempts = 1;
    stranger.verifier = Box::new(ScriptedVerifier::non_matching());
    let (report, _) = by_face(stranger);
    assert_ne!(report.outcome, Outcome::Completed);
    assert_eq!(report.failures[0].code, FailureCode::NoMatch);
}
