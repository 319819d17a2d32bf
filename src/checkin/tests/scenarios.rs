//! What happens at a reception, told step by step.

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
    let report = w.face(MATCH).to_the_end();
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
        .to_the_end();
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
        .to_the_end();
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
    let report = w.capturing().face(MATCH).to_the_end();
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
fn refusing_everything_is_an_ordinary_visit() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.consents(ConsentAnswer::No)
        .answer(Answer::Submitted)
        .drain();
    assert_eq!(w.report().outcome, Outcome::Completed);
    assert!(w.report().failures.is_empty());
    assert!(
        w.report()
            .consents
            .iter()
            .all(|(_, consent)| consent == Consent::Refused)
    );
}

#[test]
fn the_check_up_is_asked_from_forty_on() {
    for (birth, day, asked) in [
        (date(1986, 11, 23), date(2026, 11, 22), false),
        (date(1986, 11, 22), date(2026, 11, 22), true),
        (date(1984, 2, 29), date(2024, 2, 28), false),
        (date(1984, 2, 29), date(2024, 2, 29), true),
    ] {
        let mut w = World::on(day);
        w.choosing().feed(Event::Chosen(Method::Face));
        w.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
        w.answer(Answer::Portrait(portrait(birth)))
            .face(MATCH)
            .accepted()
            .eligible();
        w.answer(Answer::Consent(ConsentAnswer::No));
        assert_eq!(
            asks(&w, ConsentItem::HealthCheckup),
            asked,
            "{birth} on {day}"
        );
        w.drain();
    }
}

#[test]
fn the_limit_information_is_provided_or_asked() {
    use super::super::consent::LimitInfoPolicy;
    let mut w = World::new();
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.to_the_end().provided, [ConsentItem::LimitInfo]);

    let mut w = World::new();
    w.policy.consent.limit_info = LimitInfoPolicy::AskAfterConsent;
    w.choosing().capturing().face(MATCH);
    let report = w.to_the_end();
    assert!(matches!(
        report.consents.consent(ConsentItem::LimitInfo),
        Consent::Granted { .. }
    ));
    assert!(report.provided.is_empty());
}

#[test]
fn detail_asks_one_by_one() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.answer(Answer::Consent(ConsentAnswer::Detail))
        .is(Phase::Consenting(0));
    w.answer(Answer::Consent(ConsentAnswer::Yes))
        .is(Phase::Consenting(1));
    w.consents(ConsentAnswer::No)
        .answer(Answer::Submitted)
        .drain();
    let consents = &w.report().consents;
    assert!(matches!(
        consents.consent(ConsentItem::Diagnosis),
        Consent::Granted { .. }
    ));
    assert_eq!(consents.consent(ConsentItem::Medication), Consent::Refused);
}

#[test]
fn a_card_left_behind_is_reminded_of_alarms_and_blocks_the_next_patient() {
    let mut w = World::new();
    w.choosing()
        .feed(Event::Cancel)
        .is(Phase::RemoveCard(RemoveReason::Stopped));
    assert!(w.does(|it| *it == Effect::PowerCycleCard));
    let begun = w.at;
    let mut alarms = 0;
    for reminder in 1..=8 {
        w.time_out();
        assert!(w.says(MessageId::RemoveCard));
        let waited = w.at - begun;
        assert!(
            waited >= Duration::from_secs(5 * reminder) && waited.as_secs() <= 5 * reminder + 1
        );
        if w.notifies(MessageId::StaffCardLeft) {
            assert!(waited >= Duration::from_secs(30));
            alarms += 1;
        }
    }
    assert_eq!(alarms, 1);
    assert!(w.reports.is_empty(), "not over before the card is gone");
    w.feed(Event::CardStable).feed(Event::Chosen(Method::Face));
    w.is(Phase::RemoveCard(RemoveReason::Stopped));
    w.feed(Event::CardLeft).is(Phase::Idle);
    assert_eq!(
        w.report().outcome,
        Outcome::Cancelled {
            by: CancelledBy::Patient
        }
    );
}

#[test]
fn staff_can_clear_the_reader() {
    let mut w = World::new();
    w.choosing()
        .feed(Event::Cancel)
        .feed(Event::StaffClear)
        .is(Phase::Idle);
    assert_eq!(w.reports.len(), 1);
}

#[test]
fn the_mode_changes_with_the_next_session() {
    let mut w = World::new();
    w.choosing().feed(Event::ModeChanged(SiteMode::Disaster));
    w.capturing().face(MATCH);
    assert_eq!(w.to_the_end().mode, SiteMode::Normal);
    assert!(w.says(MessageId::DisasterWelcome));
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.to_the_end().mode, SiteMode::Disaster);
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
        .to_the_end();
    assert_eq!(report.outcome, Outcome::Completed);
}

#[test]
fn an_outage_of_the_certificate_authority_stops_first_registration_only() {
    let outage = UpstreamOutage::CertificateAuthority;
    let mut w = World::new();
    w.choosing().capturing().face(MATCH);
    w.answer(Answer::Authentication(accepted(
        RegistrationState::NotRegistered,
    )));
    w.answer(Answer::RegistrationChoice(true));
    w.answer(Answer::Registration(RegistrationAnswer::Outage(outage)))
        .drain();
    assert!(w.failed_with(FailureCode::JpkiOutage));
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.to_the_end().outcome, Outcome::Completed);
}

#[test]
fn a_card_pulled_between_eligibility_and_consent_grants_nothing() {
    let mut w = World::new();
    w.choosing()
        .capturing()
        .face(MATCH)
        .accepted()
        .feed(Event::CardLeft)
        .is(Phase::Querying);
    w.eligible().is(Phase::Idle);
    assert_eq!(w.report().outcome, Outcome::Partial { at: "querying" });

    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.answer(Answer::Consent(ConsentAnswer::Yes))
        .feed(Event::CardLeft)
        .is(Phase::Idle);
    let report = w.report();
    assert_eq!(report.outcome, Outcome::Partial { at: "consenting" });
    assert_eq!(
        report.consents.consent(ConsentItem::HealthCheckup),
        Consent::NotAsked
    );
    assert!(!report.consents_sent);
}

#[test]
fn nobody_at_the_consent_screen_is_asked_twice_and_grants_nothing() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.time_out().is(Phase::Consenting(0));
    assert!(w.says(MessageId::ConsentAgain));
    w.time_out()
        .is(Phase::RemoveCard(RemoveReason::Stopped))
        .drain();
    assert_eq!(w.report().outcome, Outcome::Partial { at: "consenting" });
    assert!(!w.report().consents.has_granted());
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
    assert_eq!(w.to_the_end().outcome, Outcome::Completed);
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
fn a_late_result_of_the_former_session_is_dropped() {
    let mut w = World::new();
    w.choosing().capturing();
    let late = w.state.waits_for().expect("a face request");
    w.feed(Event::CardLeft).is(Phase::Idle);
    w.choosing()
        .capturing()
        .feed(Event::Answer(late, Answer::Face(MATCH)));
    w.is(Phase::FaceCapture);
    assert_eq!(w.state.counters().stale_answers, 1);
    // Nor does an earlier attempt of the same session count.
    let earlier = w.state.waits_for().expect("a face request");
    w.feed(Event::Cancel)
        .capturing()
        .feed(Event::Answer(earlier, Answer::Face(MATCH)));
    w.is(Phase::FaceCapture);
    assert_eq!(w.state.counters().stale_answers, 2);
}

#[test]
fn the_service_stops_when_the_reader_is_unplugged() {
    let mut w = World::new();
    w.choosing()
        .feed(Event::ReaderLost)
        .feed(Event::ServiceLost);
    w.feed(Event::ReaderBack {
        card_present: false,
    });
    assert!(
        matches!(w.state.phase(), Phase::OutOfService(_)),
        "the service is still out"
    );
    w.feed(Event::ServiceBack).is(Phase::Idle);
    assert_eq!(
        w.report().outcome,
        Outcome::DeviceFailure {
            at: "choose-method"
        }
    );
}

#[test]
fn the_next_card_is_asked_out_while_the_former_session_ends() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted();
    w.feed(Event::CardLeft)
        .feed(Event::CardArrived)
        .is(Phase::Querying);
    w.eligible().is(Phase::RemoveCard(RemoveReason::LeftBehind));
    w.feed(Event::CardLeft).is(Phase::Idle);
}

#[test]
fn people_who_need_more_time_get_it() {
    let mut w = World::new();
    let profile = AssistProfile {
        extra_time: true,
        audio: true,
        ..AssistProfile::default()
    };
    w.feed(Event::Assist(profile)).choosing();
    assert!(w.does(|it| matches!(it, Effect::Prompt(Prompt { audio: true, .. }))));
    let begun = w.at;
    w.time_out();
    assert_eq!((w.at - begun).as_secs(), 180);
    w.drain().choosing();
    let begun = w.at;
    w.time_out();
    assert_eq!(
        (w.at - begun).as_secs(),
        60,
        "the profile goes with its person"
    );
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
fn consents_that_do_not_arrive_are_retried_once_and_told() {
    let mut w = World::new();
    w.choosing()
        .capturing()
        .face(MATCH)
        .accepted()
        .eligible()
        .consents(ConsentAnswer::Yes);
    w.answer(Answer::Failed(ErrorKind::Disconnected))
        .is(Phase::Submitting);
    w.time_out().is(Phase::Showing);
    assert!(w.says(MessageId::ConsentsNotSent));
    w.drain();
    assert!(!w.report().consents_sent);
}

#[test]
fn wrong_data_withdraw_every_consent() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.answer(Answer::Consent(ConsentAnswer::Yes))
        .feed(Event::DataLooksWrong)
        .drain();
    assert!(!w.report().consents.has_granted());
    assert!(w.failed_with(FailureCode::DataLooksWrong));
}

#[test]
fn shutting_down_ends_the_session_within_two_seconds() {
    let mut w = World::new();
    w.choosing()
        .feed(Event::Shutdown)
        .is(Phase::RemoveCard(RemoveReason::ShuttingDown));
    let begun = w.at;
    w.time_out();
    assert_eq!((w.at - begun).as_secs(), 2);
    assert_eq!(
        w.report().outcome,
        Outcome::Cancelled {
            by: CancelledBy::System
        }
    );
    assert!(matches!(
        w.state.phase(),
        Phase::OutOfService(OutOfServiceReason::ShuttingDown)
    ));
}

#[test]
fn a_report_tells_steps_and_policy_and_no_person() {
    let mut w = World::new();
    w.policy.match_policy = "engine-1 threshold 0.36".into();
    w.choosing().capturing().face(MATCH);
    let report = w.to_the_end();
    let steps: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(
        steps[..3],
        ["reading-card", "choose-method", "unlocking-portrait"]
    );
    assert_eq!(report.match_policy, "engine-1 threshold 0.36");
    let printed = format!("{report:?}");
    assert!(
        !printed.contains("1980") && !printed.contains("p-1"),
        "{printed}"
    );
}
