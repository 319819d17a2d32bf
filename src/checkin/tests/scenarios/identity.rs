//! Who the patient is: by face, by PIN, by staff.

use super::super::catalogue::verified_phone;
use super::*;

#[test]
pub(super) fn scenario_01_a_mask_is_taken_off_and_the_second_look_matches() {
    let mut w = World::new();
    w.choosing().capturing();
    w.answer(Answer::FaceHint(FaceHint::Occluded))
        .is(Phase::FaceCapture);
    assert!(w.says(MessageId::RemoveMaskOrHat));
    w.face(FaceAnswer::NoMatch(Some(FaceHint::Occluded)))
        .is(Phase::FaceCapture);
    assert!(w.says(MessageId::RemoveMaskOrHat));
    let report = w.face(MATCH).finish_visit();
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!(report.face_attempts, 2);
    assert_eq!(report.method, Some(Method::Face));
    let proven: Vec<_> = report.proven.iter().map(Proven::code).collect();
    assert_eq!(
        proven,
        [
            "certificate-chain",
            "portrait-signed",
            "chip-present",
            "face-match"
        ]
    );
}

#[test]
pub(super) fn scenario_02_three_misses_lead_to_the_pin() {
    let mut w = World::new();
    w.choosing().capturing();
    w.face(FaceAnswer::NoMatch(None))
        .face(FaceAnswer::NoMatch(None));
    w.face(FaceAnswer::NoMatch(None)).is(Phase::ChooseMethod);
    assert!(w.does(|it| *it == Effect::Wipe));
    assert!(w.says(MessageId::FaceUseOther));
    w.feed(Event::Chosen(Method::Face)).is(Phase::ChooseMethod);
    assert!(w.says(MessageId::MethodUnavailable));
    w.feed(Event::Chosen(Method::Pin));
    let report = w
        .pin(PinAnswer::Verified {
            proven: ProvenSet::EMPTY,
        })
        .finish_visit();
    assert_eq!(report.method, Some(Method::Pin));
    assert!(!report.proven.contains(Proven::FaceMatch));
}

#[test]
pub(super) fn scenario_03_misses_and_a_forgotten_pin_lead_to_the_staff() {
    let mut w = World::new();
    w.choosing().capturing();
    for _ in 0..3 {
        w.face(FaceAnswer::NoMatch(None));
    }
    w.feed(Event::Chosen(Method::Pin))
        .feed(Event::PinUnknown)
        .is(Phase::ChooseMethod);
    assert!(w.says(MessageId::PinNotNeeded));
    let only_staff = MethodSet::EMPTY.with(Method::StaffVisual);
    assert!(w.does(|it| *it == Effect::OfferMethods(only_staff)));
    let report = w
        .feed(Event::Chosen(Method::StaffVisual))
        .staff_confirms()
        .finish_visit();
    assert_eq!(report.method, Some(Method::StaffVisual));
    assert_eq!(report.confirmed_by, Some("reception"));
    assert!(report.assisted);
}

#[test]
pub(super) fn scenario_04_a_locked_pin_takes_nothing_but_the_pin_away() {
    let mut w = World::new();
    w.read(CardFacts {
        pin: Attempts::Blocked,
        ..facts()
    })
    .is(Phase::ChooseMethod);
    let rest = MethodSet::of_card().without(Method::Pin);
    assert!(w.does(|it| *it == Effect::OfferMethods(rest)));
    let report = w.capturing().face(MATCH).finish_visit();
    assert_eq!(report.capability, Some(Capability::Full));
    assert!(report.consents.has_granted() && report.consents_sent);
}

#[test]
pub(super) fn scenario_17_a_mute_chip_is_guided_and_a_soiled_face_leaves_the_pin() {
    let mut w = World::new();
    w.feed(Event::CardArrived).feed(Event::CardMute);
    w.is(Phase::RemoveCard(RemoveReason::Stopped)).drain();
    assert!(w.failed_with(FailureCode::Mute));

    let mut w = World::new();
    w.choosing().feed(Event::Chosen(Method::Face));
    for _ in 0..3 {
        w.is(Phase::UnlockingPortrait)
            .answer(Answer::CardFace(CardFaceAnswer::Unreadable));
    }
    w.is(Phase::ChooseMethod).feed(Event::Chosen(Method::Pin));
    let report = w
        .pin(PinAnswer::Verified {
            proven: ProvenSet::EMPTY,
        })
        .finish_visit();
    assert_eq!(report.outcome, Outcome::Completed);
}

#[test]
pub(super) fn scenario_20_misreadings_are_stopped_before_the_third_verify() {
    let mut w = World::new();
    w.choosing().feed(Event::Chosen(Method::Face));
    for (value, left) in [(0, 9), (1, 8)] {
        w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(value))));
        assert!(w.does(|it| matches!(it, Effect::UnlockPortrait(..))));
        w.answer(Answer::Portrait(PortraitAnswer::CodeWrong {
            left: Some(left),
        }));
    }
    w.is(Phase::ChooseMethod);
    assert!(w.says(MessageId::CardFaceUnreadable));
    w.drain();
    assert!(w.failed_with(FailureCode::CardFaceGuarded));
}

#[test]
pub(super) fn scenario_34_an_external_owner_of_the_pin_sends_no_verify() {
    let mut w = World::new();
    w.policy.pin_owner = PinOwner::ExternalSoftware;
    w.choosing()
        .feed(Event::Chosen(Method::Pin))
        .is(Phase::PinVerifying);
    assert!(w.does(|it| *it == Effect::ReleaseCard));
    assert!(!w.does(|it| matches!(it, Effect::VerifyPin(_) | Effect::CollectPin(_))));
    w.answer(Answer::Authentication(accepted(
        RegistrationState::Registered,
    )));
    w.is(Phase::Querying);
    assert_eq!(
        w.state.identified().map(Identified::method),
        Some(Method::Pin)
    );
}

#[test]
pub(super) fn scenario_35_a_phone_checks_in_without_a_card() {
    for method in [Method::PhonePin, Method::PhoneBiometric] {
        let mut w = phone::waiting(date(2026, 11, 22), method);
        assert!(
            w.does(|it| matches!(it, Effect::AwaitPhone { method: way, .. } if *way == method))
        );
        w.answer(Answer::Phone(verified_phone(Some(date(2030, 2, 17)))));
        w.accepted().eligible().consents(ConsentAnswer::Yes);
        w.answer(Answer::Submitted).is(Phase::Showing);
        w.time_out().is(Phase::Idle);
        let report = w.report();
        assert_eq!(report.outcome, Outcome::Completed);
        assert_eq!(report.method, Some(method));
        assert_eq!(report.credential, Credential::Phone);
        assert!(report.proven.contains(Proven::CertificatePossession));
        assert!(report.consents.has_granted() && report.consents_sent);
    }
}
