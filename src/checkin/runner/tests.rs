//! Whole visits: virtual card, reader, PIN pad, camera and government, on the virtual clock.

use std::time::Duration;

use super::{CardAtStart, Devices, Input, Ports, Runner, Screen, Setup, Shown};
use crate::card::CardContext;
use crate::checkin::consent::Consent;
use crate::checkin::{
    ConsentAnswer, FailureCode, MessageId, Method, Outcome, PadPolicy, PinOwner, Policy, Proven,
    SessionReport,
};
use crate::face::{FaceOutcome, QualityReason};
use crate::myna::{Client, TrustStore};
use crate::pin::HostPinPad;
use crate::sim::card::{Certificate, Fault, Key, Profile, Trigger};
use crate::sim::ports::{Behaviour, ExternalPin, Government, Scanner, Staff};
use crate::sim::{
    Clock, DRAWN_FACE_JP2, Keypad, Scene, ScriptedVerifier, SecurePinPad, VirtualCamera,
    VirtualCard, VirtualContext, VirtualReader,
};
use crate::time::{Clock as _, Participant};
use crate::wait::Wait;

struct Reception {
    clock: Clock,
    reader: VirtualReader,
    card: VirtualCard,
    keypad: Keypad,
    government: Government,
    runner: Runner,
    context: VirtualContext,
    _me: Participant,
}

/// What differs between visits.
struct Visit {
    profile: Profile,
    verifier: ScriptedVerifier,
    policy: Policy,
    /// A card that lies in the reader before anybody looks.
    left_behind: bool,
    /// The pad takes the PIN on the device.
    secure_pad: bool,
}

impl Default for Visit {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            verifier: ScriptedVerifier::matching(),
            policy: policy(),
            left_behind: false,
            secure_pad: false,
        }
    }
}

/// No liveness check takes part in these visits, and the policy says so.
fn policy() -> Policy {
    Policy {
        pad: PadPolicy::Off,
        ..Policy::default()
    }
}

impl Reception {
    fn new(visit: Visit) -> Self {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let me = clock.enter();
        let shared = clock.shared();
        let card = VirtualCard::new(visit.profile, shared.clone());
        let mut context = VirtualContext::new(shared.clone());
        let watch = context.watch().expect("a watch");
        let reader = context.add_reader("reception");
        if visit.left_behind {
            reader.insert(&card);
        }
        let keypad = Keypad::new("keys");
        let government = Government::new(7);
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let holder = card.holder();
        let runner = Runner::start(Setup {
            clock: shared.clone(),
            client: Client::new(trust),
            policy: visit.policy,
            devices: Devices {
                watch,
                reader: Box::new(reader.clone()),
                pin_pad: if visit.secure_pad {
                    Box::new(SecurePinPad::new(keypad.clone(), reader.clone()))
                } else {
                    Box::new(HostPinPad::new(keypad.clone()))
                },
                face: Some((
                    Box::new(VirtualCamera::drawn(
                        shared.clone(),
                        Scene::Face { person: 1 },
                    )),
                    Box::new(visit.verifier),
                )),
                scanner: Some(Box::new(Scanner::new(
                    holder.birth,
                    holder.expiry.year(),
                    *b"2468",
                ))),
            },
            ports: Ports {
                pinless: Box::new(government.clone()),
                signature: Box::new(government.clone()),
                external_pin: Some(Box::new(ExternalPin::new(government.clone()))),
                eligibility: Box::new(government.clone()),
                registration: Box::new(government.clone()),
                staff: Box::new(Staff::new()),
            },
            card_at_start: CardAtStart::LeftBehind,
            first_session: 1,
        })
        .expect("threads");
        Self {
            clock,
            reader,
            card,
            keypad,
            government,
            runner,
            context,
            _me: me,
        }
    }

    /// Runs one session with a patient who takes the card when told to.
    fn visit(&mut self, patient: &mut Patient) -> SessionReport {
        patient.reader = Some(self.reader.clone());
        patient.card = Some(self.card.clone());
        self.reader.insert(&self.card);
        let wait = Wait::at_most(self.clock.shared(), Duration::from_secs(600));
        let report = self
            .runner
            .run_session(patient, &wait)
            .expect("ends by itself");
        assert_eq!(self.card.violations(), [], "touched what a kiosk must not");
        assert!(!patient.left_open, "left something open on the card");
        report
    }
}

/// Somebody before the kiosk.
struct Patient {
    methods: Vec<Method>,
    consent: ConsentAnswer,
    same: bool,
    /// Pulls the card when these words appear.
    pull_at: MessageId,
    /// How often the words are heard before the card is pulled. The second reminder comes five
    /// seconds after the first, when everything that was to be locked is locked.
    patience: u32,
    card: Option<VirtualCard>,
    /// Whether the card was open just before it was pulled.
    left_open: bool,
    reader: Option<VirtualReader>,
    heard: Vec<MessageId>,
    staff: Vec<FailureCode>,
}

impl Patient {
    fn choosing(methods: &[Method]) -> Self {
        Self {
            methods: methods.iter().rev().copied().collect(),
            consent: ConsentAnswer::Yes,
            same: true,
            pull_at: MessageId::RemoveCard,
            patience: 1,
            card: None,
            left_open: false,
            reader: None,
            heard: Vec::new(),
            staff: Vec::new(),
        }
    }
}

impl Screen for Patient {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            Shown::Prompt(prompt) => {
                self.heard.push(prompt.message);
                if prompt.message == self.pull_at
                    && let Some(reader) = &self.reader
                {
                    if self.patience == 0 {
                        self.left_open = self.card.as_ref().is_some_and(VirtualCard::is_unlocked);
                        reader.remove();
                    }
                    self.patience = self.patience.saturating_sub(1);
                }
            }
            Shown::Methods(offered) => match self.methods.pop() {
                Some(method) if offered.contains(method) => input.choose(method),
                _ => input.cancel(),
            },
            Shown::CompareWithPhoto => input.staff_decides(self.same),
            Shown::OfferRegistration(ticket) => input.register(ticket, true),
            Shown::Consent { ticket, .. } => input.consent(ticket, self.consent),
            Shown::Staff { failure, .. } => {
                self.staff.extend(failure.map(|failure| failure.code));
            }
            Shown::Digits(_) => {}
        }
    }
}

fn words(report: &SessionReport) -> Vec<&'static str> {
    report.proven.iter().map(Proven::code).collect()
}

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
        verifier: ScriptedVerifier::non_matching(),
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

#[test]
fn a_card_pulled_while_the_face_is_looked_at() {
    let mut reception = Reception::new(Visit {
        verifier: ScriptedVerifier::answering([]),
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
            verifier: ScriptedVerifier::answering([
                FaceOutcome::MoreFrames {
                    reasons: reasons.clone(),
                },
                FaceOutcome::FailureToAcquire { reasons },
            ]),
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
fn a_reader_that_was_unplugged_serves_again() {
    let mut reception = Reception::new(Visit::default());
    for _ in 0..3 {
        // More insertions than the reader counts after it came back.
        let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
        assert_eq!(report.outcome, Outcome::Completed);
    }
    reception.reader.unplug();
    let mut patient = Patient::choosing(&[Method::Face]);
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(10));
    drop(reception.runner.run_session(&mut patient, &wait));
    assert!(
        patient.heard.contains(&MessageId::UseCounter),
        "{:?}",
        patient.heard
    );
    reception.reader.plug();
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_service_that_died_serves_again() {
    let mut reception = Reception::new(Visit::default());
    reception.context.lose_service();
    let mut patient = Patient::choosing(&[Method::Face]);
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(10));
    drop(reception.runner.run_session(&mut patient, &wait));
    assert!(
        patient.heard.contains(&MessageId::UseCounter),
        "{:?}",
        patient.heard
    );
    reception.context.restore_service();
    let report = reception.visit(&mut Patient::choosing(&[Method::Face]));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_runner_that_is_dropped_in_the_middle_leaves_nothing_open() {
    for method in [Method::Pin, Method::Face] {
        let mut reception = Reception::new(Visit {
            verifier: ScriptedVerifier::answering([]),
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
