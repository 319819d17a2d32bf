//! How patients are identified, and which cards are refused.

use super::*;

fn expiring(day: Date) -> CardFacts {
    CardFacts {
        certificate_expiry: Some(day),
        ..facts()
    }
}

fn asks(world: &World, wanted: ConsentItem) -> bool {
    world.does(|it| matches!(it, Effect::AskConsent { items, .. } if items.contains(&wanted)))
}

#[test]
fn a_mask_is_taken_off_and_the_second_look_matches() {
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
fn three_misses_lead_to_the_pin() {
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
fn misses_and_a_forgotten_pin_lead_to_the_staff() {
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
fn a_locked_pin_takes_nothing_but_the_pin_away() {
    let mut w = World::new();
    w.read(CardFacts {
        pin: Attempts::Blocked,
        ..facts()
    })
    .is(Phase::ChooseMethod);
    let rest = MethodSet::all().without(Method::Pin);
    assert!(w.does(|it| *it == Effect::OfferMethods(rest)));
    let report = w.capturing().face(MATCH).finish_visit();
    assert_eq!(report.capability, Some(Capability::Full));
    assert!(report.consents.has_granted() && report.consents_sent);
}

/// Day, whether a consent is asked, whether the card is refused at once.
#[test]
fn days_around_the_expiry_of_a_certificate() {
    let expiry = date(2025, 2, 28);
    for (day, notice, asked, refused) in [
        (date(2024, 11, 27), None, true, false),
        (
            date(2024, 12, 10),
            Some(MessageId::ExpiresSoon),
            true,
            false,
        ),
        (date(2025, 2, 28), Some(MessageId::ExpiresSoon), true, false),
        (
            date(2025, 3, 1),
            Some(MessageId::ExpiredInGrace),
            false,
            false,
        ),
        (
            date(2025, 5, 29),
            Some(MessageId::ExpiredInGrace),
            false,
            false,
        ),
        (
            date(2025, 5, 31),
            Some(MessageId::ExpiredInGrace),
            false,
            false,
        ),
        (date(2025, 6, 1), Some(MessageId::Expired), false, true),
    ] {
        let mut w = World::on(day);
        w.read(expiring(expiry));
        if let Some(notice) = notice {
            assert!(w.says(notice), "{day}");
        }
        if refused {
            w.is(Phase::RemoveCard(RemoveReason::Stopped)).drain();
            let Outcome::Fallback { reason, routes } = &w.report().outcome else {
                unreachable!("{day}: {:?}", w.report().outcome)
            };
            assert_eq!(*reason, FailureCode::ExpiredPastGrace);
            assert!(routes.len() > 1);
            continue;
        }
        w.capturing().face(MATCH).accepted().eligible();
        assert_eq!(asks(&w, ConsentItem::Diagnosis), asked, "{day}");
        w.consents(ConsentAnswer::Yes)
            .answer(Answer::Submitted)
            .drain();
        assert_eq!(w.report().outcome, Outcome::Completed);
        assert_eq!(w.report().consents.has_granted(), asked, "{day}");
    }
}

#[test]
fn a_revoked_certificate_has_no_grace() {
    let mut w = World::new();
    w.choosing()
        .capturing()
        .face(MATCH)
        .is(Phase::Authenticating);
    w.answer(Answer::Authentication(AuthAnswer::Revoked))
        .drain();
    assert!(w.failed_with(FailureCode::Revoked));
    assert_eq!(w.report().validity, Validity::Revoked);
    assert_eq!(w.report().capability, Some(Capability::None));
}

#[test]
fn between_the_two_ends_the_government_system_is_asked() {
    let end = date(2025, 6, 30);
    let mut w = World::on(date(2025, 9, 15));
    w.read(CardFacts {
        card_expiry: Some(end),
        ..expiring(end)
    })
    .is(Phase::ChooseMethod);
    w.capturing().face(MATCH);
    let in_grace = AuthAnswer::Accepted {
        patient: PatientRef::new("p-1"),
        registration: RegistrationState::Registered,
        certificate: CertificateStanding::InGrace,
    };
    w.answer(Answer::Authentication(in_grace))
        .eligible()
        .is(Phase::Submitting);
    w.answer(Answer::Submitted).drain();
    assert_eq!(w.report().capability, Some(Capability::EligibilityOnly));

    let mut w = World::on(date(2025, 10, 1));
    w.read(CardFacts {
        card_expiry: Some(end),
        ..expiring(end)
    });
    w.is(Phase::RemoveCard(RemoveReason::Stopped));
}

#[test]
fn registration_with_few_days_left_is_announced_and_tried() {
    for (day, warned) in [(24, false), (25, true), (26, true)] {
        let mut w = World::on(date(2026, 5, day));
        w.read(expiring(date(2026, 5, 30))).capturing().face(MATCH);
        w.answer(Answer::Authentication(accepted(
            RegistrationState::NotRegistered,
        )));
        w.is(Phase::OfferingRegistration);
        assert_eq!(w.says(MessageId::RegistrationMayFail), warned, "day {day}");
        w.answer(Answer::RegistrationChoice(true))
            .is(Phase::Registering);
        w.answer(Answer::Registration(
            RegistrationAnswer::CertificateTooCloseToExpiry,
        ))
        .drain();
        assert!(w.failed_with(FailureCode::CertificateTooCloseToExpiry));
    }
}

#[test]
fn a_released_card_is_registered_only_when_its_holder_says_so() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH);
    w.answer(Answer::Authentication(accepted(
        RegistrationState::Released,
    )));
    assert!(!w.does(|it| matches!(it, Effect::Register(..))));
    w.answer(Answer::RegistrationChoice(false)).drain();
    assert!(w.failed_with(FailureCode::NotRegistered));
    assert!(!FailureCode::NotRegistered.next_steps().is_empty());
}

#[test]
fn a_face_only_card_cannot_be_used_online() {
    let mut w = World::new();
    w.policy.context = ServiceContext::OnlineConsultation;
    w.read(CardFacts {
        profile: CardProfile::FaceOnly,
        ..facts()
    })
    .drain();
    assert!(w.failed_with(FailureCode::FaceOnlyUnsupportedHere));
}

#[test]
fn a_mute_chip_is_guided_and_a_soiled_face_leaves_the_pin() {
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
fn misreadings_are_stopped_before_the_third_verify() {
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
fn one_code_is_presented_once_and_never_below_the_floor() {
    let mut w = World::new();
    w.choosing().feed(Event::Chosen(Method::Face));
    w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
    w.answer(Answer::Portrait(PortraitAnswer::CodeWrong {
        left: Some(9),
    }));
    w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
    assert!(!w.does(|it| matches!(it, Effect::UnlockPortrait(..))));

    for card_face in [Attempts::Left(5), Attempts::Unknown, Attempts::Blocked] {
        let mut w = World::new();
        w.read(CardFacts {
            card_face,
            ..facts()
        });
        w.feed(Event::Chosen(Method::Face)).is(Phase::ChooseMethod);
    }
    let mut w = World::new();
    w.read(CardFacts {
        card_face: Attempts::Left(6),
        ..facts()
    });
    w.feed(Event::Chosen(Method::Face));
    w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
    w.answer(Answer::Portrait(PortraitAnswer::CodeWrong {
        left: Some(5),
    }));
    w.is(Phase::ChooseMethod);
}

#[test]
fn the_last_try_of_a_pin_needs_a_word() {
    let mut w = World::new();
    w.choosing().feed(Event::Chosen(Method::Pin));
    w.pin(PinAnswer::Wrong { left: Some(2) })
        .is(Phase::PinEntry);
    assert!(w.does(|it| matches!(
        it,
        Effect::Prompt(Prompt {
            message: MessageId::PinWrong,
            detail: Detail::TriesLeft(2),
            ..
        })
    )));
    w.pin(PinAnswer::Wrong { left: Some(1) })
        .is(Phase::ChooseMethod);
    assert!(w.says(MessageId::PinLastTry));
    w.feed(Event::Chosen(Method::Pin)).is(Phase::PinEntry);
    assert!(!w.does(|it| matches!(it, Effect::CollectPin(_))));
    w.feed(Event::AcknowledgeLastTry);
    assert!(w.does(|it| matches!(it, Effect::CollectPin(_))));
    w.pin(PinAnswer::Blocked).is(Phase::ChooseMethod);
    w.feed(Event::Chosen(Method::Pin)).is(Phase::ChooseMethod);
    w.capturing().face(MATCH);
    assert_eq!(w.finish_visit().outcome, Outcome::Completed);
}

#[test]
fn a_pin_that_nobody_answered_is_not_sent_again() {
    let mut w = World::new();
    w.choosing().feed(Event::Chosen(Method::Pin));
    w.answer(Answer::Pin(PinAnswer::Ready {
        entry_in_device: false,
    }));
    w.time_out().is(Phase::RemoveCard(RemoveReason::Stopped));
    assert!(!w.does(|it| matches!(it, Effect::VerifyPin(_))));
    w.drain();
    let unknown = |failure: &Failure| failure.consumed == Consumed::Unknown;
    assert!(w.report().failures.iter().any(unknown));
}

#[test]
fn other_software_owns_the_pin_where_the_policy_says_so() {
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
fn guessing_the_staff_code_locks_it_across_sessions() {
    let mut w = World::new();
    w.choosing().feed(Event::CallStaff);
    w.answer(Answer::StaffCode(StaffCodeAnswer::Wrong));
    w.answer(Answer::StaffCode(StaffCodeAnswer::Wrong))
        .feed(Event::CardLeft);
    w.choosing().feed(Event::CallStaff).is(Phase::StaffGate);
    w.answer(Answer::StaffCode(StaffCodeAnswer::Wrong))
        .is(Phase::ChooseMethod);
    w.feed(Event::CardLeft);
    w.choosing()
        .feed(Event::CallStaff)
        .is(Phase::ChooseMethod)
        .feed(Event::CardLeft);
    w.at += Duration::from_secs(60);
    w.choosing().feed(Event::CallStaff).is(Phase::StaffGate);
}

#[test]
fn a_forged_portrait_or_a_spoof_identifies_nobody() {
    let mut w = World::new();
    w.choosing().feed(Event::Chosen(Method::Face));
    w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
    let unsigned = PortraitAnswer::Ready {
        proven: ProvenSet::EMPTY.with(Proven::ChipPresent),
        birth: None,
        card_expiry: None,
        damaged: false,
    };
    w.answer(Answer::Portrait(unsigned))
        .is(Phase::RemoveCard(RemoveReason::Stopped));
    assert!(w.notifies(MessageId::StaffNotGenuine));

    let mut w = World::new();
    w.choosing()
        .capturing()
        .face(FaceAnswer::Match(Presentation::Suspect));
    w.is(Phase::FaceCapture);
    assert!(w.notifies(MessageId::StaffSpoof) && w.says(MessageId::FaceTryAgain));
    assert!(w.state.identified().is_none());
}

#[test]
fn a_pin_is_not_asked_of_those_who_cannot_type_it_unseen() {
    let mut w = World::new();
    w.feed(Event::Assist(AssistProfile {
        tactile_pin: true,
        ..AssistProfile::default()
    }));
    w.choosing();
    let rest = MethodSet::all().without(Method::Pin);
    assert!(w.does(|it| *it == Effect::OfferMethods(rest)));
}

#[test]
fn a_clock_that_nobody_believes_refuses_nobody_and_asks_less() {
    let mut w = World::on(date(2030, 1, 1));
    w.trusted = false;
    w.read(expiring(date(2025, 2, 28))).is(Phase::ChooseMethod);
    w.capturing()
        .face(MATCH)
        .accepted()
        .eligible()
        .is(Phase::Submitting);
    w.answer(Answer::Submitted).drain();
    assert!(w.failed_with(FailureCode::ClockUntrusted));
}

#[test]
fn the_code_that_opened_the_portrait_may_open_it_again() {
    let mut w = World::new();
    w.choosing()
        .capturing()
        .feed(Event::Cancel)
        .feed(Event::Chosen(Method::Face));
    // A misreading in between spends the second value, not the first.
    w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(1))));
    w.answer(Answer::Portrait(PortraitAnswer::CodeWrong {
        left: Some(9),
    }));
    w.is(Phase::ChooseMethod);

    let mut w = World::new();
    w.policy.budgets.card_face_values = 3;
    w.choosing()
        .capturing()
        .feed(Event::Cancel)
        .feed(Event::Chosen(Method::Face));
    w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(1))));
    w.answer(Answer::Portrait(PortraitAnswer::CodeWrong {
        left: Some(9),
    }));
    for _ in 0..2 {
        w.is(Phase::UnlockingPortrait);
        w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
        assert!(w.does(|it| matches!(it, Effect::UnlockPortrait(_, ValueId(0)))));
        w.answer(Answer::Portrait(portrait(date(1980, 2, 17))))
            .is(Phase::FaceCapture);
        w.feed(Event::Cancel).feed(Event::Chosen(Method::Face));
    }
}
