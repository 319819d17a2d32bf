//! Visits with an engine that really looks: a vendor's SDK behind its adapter.

use super::*;
use crate::sim::{FakeSdk, SdkVerifier};

fn visit(sdk: &FakeSdk, scene: Scene) -> Visit {
    Visit {
        verifier: Box::new(SdkVerifier::new(sdk.clone()).with_max_frames(20)),
        scene,
        ..Visit::default()
    }
}

#[test]
fn checked_in_by_a_vendors_engine() {
    let sdk = FakeSdk::new();
    let mut reception = Reception::new(visit(&sdk, Scene::Face { person: 1 }));
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.method, Some(Method::Face));
    assert!(report.proven.contains(Proven::FaceMatch));
    let face = report.face.expect("an attempt was made");
    // The runner asked the engine: nobody wrote this into a policy.
    assert_eq!(face.statement.engine(), "fake SDK for drawn faces");
    assert_eq!(face.bound().expect("claimed").to_string(), "5e-2");
    assert_eq!(face.bound_allowed().expect("claimed").to_string(), "1.5e-1");
    drop(reception);
    assert_eq!(sdk.open_handles(), 0, "every template was closed");
}

#[test]
fn a_vendors_engine_refuses_a_stranger() {
    let sdk = FakeSdk::new();
    let mut reception = Reception::new(visit(&sdk, Scene::Face { person: 2 }));
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    assert_ne!(report.outcome, Outcome::Completed);
    assert_eq!(report.face_attempts, 3);
    assert!(!report.proven.contains(Proven::FaceMatch));
    assert!(!report.authenticated);
    let codes: Vec<_> = report.failures.iter().map(|failure| failure.code).collect();
    assert_eq!(codes[..3], [FailureCode::NoMatch; 3], "{codes:?}");
    drop(reception);
    assert_eq!(sdk.open_handles(), 0);
}

#[test]
fn what_the_engine_sees_is_told_to_the_patient() {
    let mut nobody = visit(&FakeSdk::new(), Scene::Empty);
    nobody.policy.budgets.face_attempts = 1;
    let mut reception = Reception::new(nobody);
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    assert!(patient.heard.contains(&MessageId::LookAtCamera));
    assert_eq!(report.failures[0].code, FailureCode::NoFace, "{report:#?}");
    // Whether or not anybody was compared, the attempt is counted.
    assert_eq!(report.face.expect("one attempt").attempts, 1);
}

/// The maker's trouble is not the patient's: nothing is said against card or face, the PIN is
/// still there, and the staff know.
#[test]
fn an_expired_licence_is_the_engines_failure_and_leaves_the_pin() {
    let sdk = FakeSdk::new();
    sdk.set_expired(true);
    let mut reception = Reception::new(visit(&sdk, Scene::Face { person: 1 }));
    reception.keypad.types("1234");
    let mut patient = Patient::choosing(&[Method::Face, Method::Pin]);
    let report = reception.visit(&mut patient);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.method, Some(Method::Pin));
    let codes: Vec<_> = report.failures.iter().map(|failure| failure.code).collect();
    assert_eq!(codes, [FailureCode::EngineFailure]);
    assert_eq!(patient.staff, [FailureCode::EngineFailure]);
    assert_eq!(report.face, None, "no attempt was made");
}
