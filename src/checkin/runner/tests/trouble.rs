//! Devices, cards and services that fail.

use super::*;

#[test]
fn a_card_pulled_while_the_face_is_looked_at() {
    let mut reception = Reception::new(Visit {
        verifier: Box::new(ScriptedVerifier::answering([])),
        ..Visit::default()
    });
    let mut patient = Patient::choosing(&[Method::Face]);
    patient.pull_at = MessageId::LookAtCamera;
    patient.patience = 0;
    let report = reception.visit(&mut patient);
    assert!(
        matches!(report.outcome, Outcome::Aborted { .. }),
        "{report:#?}"
    );
    assert!(!report.authenticated);
}

#[test]
fn a_forged_portrait_is_the_staffs_business() {
    let mut reception = Reception::new(Visit {
        profile: Profile {
            tampered_portrait: true,
            ..Profile::default()
        },
        ..Visit::default()
    });
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    assert!(matches!(
        report.outcome,
        Outcome::Fallback {
            reason: FailureCode::NotGenuine,
            ..
        }
    ));
    assert!(patient.staff.contains(&FailureCode::NotGenuine));
}

#[test]
fn another_card_and_a_mute_one() {
    let mut reception = Reception::new(Visit::default());
    reception
        .card
        .inject(Trigger::Ins(0xA4), Fault::Status(0x6A82));
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    let another = matches!(
        report.outcome,
        Outcome::Fallback {
            reason: FailureCode::NotMyNumberCard,
            ..
        }
    );
    assert!(another, "{report:#?}");

    // Something whose chip does not answer.
    reception.reader.insert_mute();
    let mut patient = Patient::choosing(&[Method::Face]);
    patient.reader = Some(reception.reader.clone());
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(60));
    let report = reception
        .runner
        .run_session(&mut patient, &wait)
        .expect("ends by itself");
    let mute = matches!(
        report.outcome,
        Outcome::Fallback {
            reason: FailureCode::Mute,
            ..
        }
    );
    assert!(mute, "{report:#?}");
    assert!(
        patient.heard.contains(&MessageId::InsertAgain),
        "{:?}",
        patient.heard
    );
}

#[test]
fn a_silent_government_ends_at_the_counter() {
    let mut reception = Reception::new(Visit::default());
    reception.government.behave(Behaviour::Never);
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert!(
        matches!(report.outcome, Outcome::Fallback { .. }),
        "{report:#?}"
    );
    assert!(reception.government.submitted().is_empty());
}

/// Nobody is served, and whoever comes is sent to the counter.
fn out_of_service(reception: &mut Reception) {
    let mut patient = Patient::choosing(&[Method::Face]);
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(10));
    drop(reception.runner.run_session(&mut patient, &wait));
    assert!(
        patient.heard.contains(&MessageId::UseCounter),
        "{:?}",
        patient.heard
    );
}

#[test]
fn a_reader_that_was_unplugged_serves_again() {
    let mut reception = Reception::new(Visit::default());
    for _ in 0..3 {
        // More insertions than the reader counts after it came back.
        let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
        assert_eq!(report.outcome, Outcome::Completed);
    }
    reception.reader.unplug();
    out_of_service(&mut reception);
    reception.reader.plug();
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_service_that_died_serves_again() {
    let mut reception = Reception::new(Visit::default());
    reception.context.lose_service();
    out_of_service(&mut reception);
    reception.context.restore_service();
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_runner_that_is_dropped_in_the_middle_leaves_nothing_open() {
    for method in [Method::Pin, Method::Face] {
        let mut reception = Reception::new(Visit {
            verifier: Box::new(ScriptedVerifier::answering([])),
            ..Visit::default()
        });
        // Nobody types, nobody looks.
        reception.reader.insert(&reception.card);
        let wait = Wait::at_most(reception.clock.shared(), Duration::from_millis(1500));
        let error = reception
            .runner
            .run_session(&mut Patient::choosing(&[method]), &wait)
            .expect_err("in the middle");
        assert_eq!(error.kind(), crate::ErrorKind::TimedOut);
        let (card, before) = (reception.card.clone(), reception.clock.now());
        let Reception { runner, clock, .. } = reception;
        drop(runner);
        assert!(!card.is_unlocked());
        assert!(
            clock.now().since(before) <= Duration::from_secs(6),
            "waited for somebody"
        );
    }
}

#[test]
fn a_slow_challenge_costs_no_try() {
    let mut reception = Reception::new(Visit::default());
    reception.government.behave_for_challenges(Behaviour::Never);
    reception.keypad.types("1234");
    let report = reception.visit(&mut Patient::choosing(&[Method::Pin]));
    let outage = matches!(report.outcome, Outcome::Fallback { .. });
    assert!(outage, "{report:#?}");
    assert!(
        report.proven.contains(Proven::PinVerified),
        "the PIN was right all the same"
    );
    assert!(
        !report
            .failures
            .iter()
            .any(|failure| failure.code == FailureCode::PinUnanswered)
    );
}

/// The issuer signed a file of which the end is missing.
fn cut() -> Visit {
    let mut profile = Profile::default();
    profile.portrait.truncate(DRAWN_FACE_JP2.len() * 9 / 10);
    Visit {
        profile,
        ..Visit::default()
    }
}

#[test]
fn a_damaged_portrait_is_refused_unless_the_policy_allows_it_and_then_reported() {
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = Reception::new(cut()).visit(&mut patient);
    assert!(!report.proven.contains(Proven::FaceMatch), "{report:#?}");
    assert_eq!(report.failures[0].code, FailureCode::PortraitUndecodable);
    assert!(!report.portrait_damaged);

    let mut visit = cut();
    visit.policy.allow_damaged_portrait = true;
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = Reception::new(visit).visit(&mut patient);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert!(report.portrait_damaged);
}
