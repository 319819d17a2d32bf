//! Visits that end as they should, one way or the other.

use super::*;

#[test]
fn checked_in_by_face() {
    let mut reception = Reception::new(Visit::default());
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(
        words(&report),
        [
            "certificate-chain",
            "portrait-signed",
            "chip-present",
            "face-match"
        ]
    );
    assert_eq!(report.method, Some(Method::Face));
    assert!(
        report
            .consents
            .iter()
            .any(|(_, consent)| matches!(consent, Consent::Granted { .. }))
    );
    assert!(
        patient.heard.contains(&MessageId::RemoveCard),
        "the card is not forgotten"
    );
    assert_eq!(reception.card.verify_count(Key::AuthPin), 0);
    assert_eq!(reception.card.verify_count(Key::SurfaceB), 1);
    assert_eq!(reception.government.submitted().len(), 1);
}

#[test]
fn checked_in_by_pin_and_the_next_patient_too() {
    let mut reception = Reception::new(Visit::default());
    for session in 1..=3 {
        reception.keypad.types_after(Duration::from_secs(4), "1234");
        let mut patient = Patient::choosing(&[Method::Pin]);
        let report = reception.visit(&mut patient);
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        assert_eq!(report.session.number(), session);
        assert_eq!(
            words(&report),
            [
                "certificate-chain",
                "certificate-possession",
                "pin-verified"
            ]
        );
        assert_eq!(reception.card.verify_count(Key::AuthPin), session as u32);
    }
}

#[test]
fn a_face_that_does_not_match_leads_to_the_pin() {
    let mut reception = Reception::new(Visit {
        verifier: Box::new(ScriptedVerifier::non_matching()),
        ..Visit::default()
    });
    reception.keypad.types("1234");
    let mut patient = Patient::choosing(&[Method::Face, Method::Pin]);
    let report = reception.visit(&mut patient);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.method, Some(Method::Pin));
    assert_eq!(report.face_attempts, 3);
    assert!(!report.proven.contains(Proven::FaceMatch));
    assert_eq!(
        reception.card.verify_count(Key::SurfaceB),
        1,
        "a failing face costs no card try"
    );
}

#[test]
fn wrong_pins_stop_before_the_last_try() {
    let mut reception = Reception::new(Visit::default());
    for _ in 0..2 {
        reception.keypad.types("9999");
    }
    let mut patient = Patient::choosing(&[Method::Pin, Method::StaffVisual]);
    let report = reception.visit(&mut patient);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(report.method, Some(Method::StaffVisual));
    assert_eq!(reception.card.tries_left(Key::AuthPin), 1);
    assert!(patient.heard.contains(&MessageId::PinLastTry));
}

/// The drawn portrait, claiming to be 100,000 pixels wide and high, correctly signed.
fn gigantic() -> Vec<u8> {
    let mut bytes = DRAWN_FACE_JP2.to_vec();
    let size = 100_000u32.to_be_bytes();
    let at = |bytes: &[u8], mark: &[u8]| {
        let found = bytes.windows(mark.len()).position(|window| window == mark);
        found.expect("every JP2 file has it") + mark.len()
    };
    let header = at(&bytes, b"ihdr");
    bytes[header..header + 4].copy_from_slice(&size);
    bytes[header + 4..header + 8].copy_from_slice(&size);
    // SIZ: length and capabilities, two bytes each, then width and height.
    let siz = at(&bytes, &[0xFF, 0x51]) + 4;
    bytes[siz..siz + 4].copy_from_slice(&size);
    bytes[siz + 4..siz + 8].copy_from_slice(&size);
    bytes
}

#[test]
fn portraits_that_cannot_be_used_lead_to_the_pin() {
    for (portrait, code) in [
        (gigantic(), FailureCode::PortraitTooLarge),
        (
            DRAWN_FACE_JP2[..900].to_vec(),
            FailureCode::PortraitUndecodable,
        ),
        (b"not a picture".to_vec(), FailureCode::PortraitUndecodable),
    ] {
        let mut reception = Reception::new(Visit {
            profile: Profile {
                portrait,
                ..Profile::default()
            },
            ..Visit::default()
        });
        reception.keypad.types("1234");
        let report = reception.visit(&mut Patient::choosing(&[Method::Face, Method::Pin]));
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        let told: Vec<_> = report.failures.iter().map(|failure| failure.code).collect();
        assert_eq!(told, [code]);
        assert_eq!(report.method, Some(Method::Pin));
    }
}

#[test]
fn nobody_or_two_before_the_camera() {
    for (reason, code, words) in [
        (
            QualityReason::NoFace,
            FailureCode::NoFace,
            MessageId::LookAtCamera,
        ),
        (
            QualityReason::SeveralFaces,
            FailureCode::ManyFaces,
            MessageId::OnePerson,
        ),
    ] {
        let reasons = vec![reason];
        let mut reception = Reception::new(Visit {
            verifier: Box::new(ScriptedVerifier::answering([
                FaceOutcome::MoreFrames {
                    reasons: reasons.clone(),
                },
                FaceOutcome::FailureToAcquire { reasons },
            ])),
            ..Visit::default()
        });
        let mut patient = Patient::choosing(&[Method::Face, Method::StaffVisual]);
        let report = reception.visit(&mut patient);
        assert_eq!(report.method, Some(Method::StaffVisual), "{report:#?}");
        assert!(report.failures.iter().any(|failure| failure.code == code));
        assert!(patient.heard.contains(&words));
        assert!(!report.proven.contains(Proven::FaceMatch));
    }
}

#[test]
fn certificates_out_of_order() {
    for (certificate, reason) in [
        (Certificate::Expired, FailureCode::ExpiredPastGrace),
        (
            Certificate::NotYetValid,
            FailureCode::CertificateNotYetValid,
        ),
        (Certificate::OtherAuthority, FailureCode::NotGenuine),
    ] {
        let mut reception = Reception::new(Visit {
            profile: Profile {
                certificate,
                ..Profile::default()
            },
            ..Visit::default()
        });
        let report = reception.visit(&mut Patient::choosing(&[Method::Pin]));
        let expected =
            matches!(&report.outcome, Outcome::Fallback { reason: told, .. } if *told == reason);
        assert!(expected, "{certificate:?}: {report:#?}");
        assert_eq!(reception.card.verify_count(Key::AuthPin), 0);
    }
}

#[test]
fn other_software_takes_the_pin_and_we_send_no_verify() {
    let mut reception = Reception::new(Visit {
        policy: Policy {
            pin_owner: PinOwner::ExternalSoftware,
            ..policy()
        },
        ..Visit::default()
    });
    let report = reception.visit(&mut Patient::choosing(&[Method::Pin]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(reception.card.verify_count(Key::AuthPin), 0);
}

#[test]
fn a_card_left_from_before_is_never_processed() {
    let mut reception = Reception::new(Visit {
        left_behind: true,
        ..Visit::default()
    });
    let mut patient = Patient::choosing(&[Method::Face]);
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(60));
    let error = reception
        .runner
        .run_session(&mut patient, &wait)
        .expect_err("nobody takes it");
    assert_eq!(error.kind(), crate::ErrorKind::TimedOut);
    assert!(patient.heard.contains(&MessageId::CardLeftBehind));
    assert_eq!(reception.card.log(), [], "not one command");

    reception.reader.remove();
    let report = reception.visit(&mut patient);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_pad_on_the_device_takes_the_pin() {
    let mut reception = Reception::new(Visit {
        secure_pad: true,
        ..Visit::default()
    });
    reception.keypad.types_after(Duration::from_secs(9), "1234");
    let report = reception.visit(&mut Patient::choosing(&[Method::Pin]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert_eq!(reception.card.verify_count(Key::AuthPin), 1);
    // And when nobody types, the next patient is served all the same.
    let report = reception.visit(&mut Patient::choosing(&[Method::Pin, Method::Face]));
    assert!(
        !matches!(report.outcome, Outcome::Aborted { .. }),
        "{report:#?}"
    );
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn nobody_comes() {
    let mut reception = Reception::new(Visit::default());
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(3600));
    let error = reception
        .runner
        .run_session(&mut Patient::choosing(&[]), &wait)
        .expect_err("no card in an hour");
    assert_eq!(error.kind(), crate::ErrorKind::TimedOut);
    assert!(reception.clock.now().since_start() >= Duration::from_secs(3600));
}

#[test]
fn the_sites_own_floor_guards_the_card_face_code() {
    // Above the floor the code is presented; at it a face is not even offered.
    for (floor, method) in [(2, Method::Face), (4, Method::Pin)] {
        let mut visit = Visit {
            profile: Profile::default().with_tries(Key::SurfaceB, 4),
            ..Visit::default()
        };
        visit.policy.budgets.card_face_floor = floor;
        let mut reception = Reception::new(visit);
        reception.keypad.types("1234");
        let report = reception.visit(&mut Patient::choosing(&[method]));
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        assert_eq!(report.method, Some(method), "{report:#?}");
        let presented = u32::from(method == Method::Face);
        assert_eq!(reception.card.verify_count(Key::SurfaceB), presented);
    }
}

/// Writes down everything that anybody could show, log or record of a visit.
struct Recorder(Patient, String);

impl Screen for Recorder {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        self.1 += &format!("{shown:?}\n");
        self.0.show(shown, input);
    }
}

#[test]
fn no_secret_is_shown_or_reported() {
    let mut reception = Reception::new(Visit {
        verifier: Box::new(ScriptedVerifier::non_matching()),
        profile: Profile {
            pin: Some("7391".to_owned()),
            ..Profile::default()
        },
        ..Visit::default()
    });
    reception.keypad.types("7391");
    let mut recorder = Recorder(
        Patient::choosing(&[Method::Face, Method::Pin]),
        String::new(),
    );
    recorder.0.reader = Some(reception.reader.clone());
    reception.reader.insert(&reception.card);
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(600));
    let report = reception
        .runner
        .run_session(&mut recorder, &wait)
        .expect("ends by itself");
    assert_eq!(report.outcome, Outcome::Completed);
    let log = reception.card.log();
    let everything = format!("{}{report:?}{log:?}{:?}", recorder.1, reception.card);
    let holder = reception.card.holder();
    let year = holder.birth.year().to_string();
    for secret in [
        "7391",
        holder.card_face_code.as_str(),
        holder.name.as_str(),
        year.as_str(),
    ] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
}
