//! What happens at a reception after the patient is identified, and around it.

use super::*;

fn asks(world: &World, wanted: ConsentItem) -> bool {
    world.does(|it| matches!(it, Effect::AskConsent { items, .. } if items.contains(&wanted)))
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
    assert_eq!(w.finish_visit().provided, [ConsentItem::LimitInfo]);

    let mut w = World::new();
    w.policy.consent.limit_info = LimitInfoPolicy::AskAfterConsent;
    w.choosing().capturing().face(MATCH);
    let report = w.finish_visit();
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
    assert_eq!(w.finish_visit().mode, SiteMode::Normal);
    assert!(w.says(MessageId::DisasterWelcome));
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.finish_visit().mode, SiteMode::Disaster);
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
    assert_eq!(w.finish_visit().outcome, Outcome::Completed);
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
    w.feed(Event::FaceEngine(engine()));
    w.choosing().capturing().face(MATCH);
    let report = w.finish_visit();
    let steps: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(
        steps[..3],
        ["reading-card", "choose-method", "unlocking-portrait"]
    );
    let face = report.face.as_ref().expect("one attempt");
    assert_eq!(face.statement, engine());
    let printed = format!("{report:?}");
    assert!(
        !printed.contains("1980") && !printed.contains("p-1"),
        "{printed}"
    );
}

#[test]
fn a_vendor_code_goes_with_the_failure_it_belongs_to() {
    let mut w = World::new();
    w.feed(Event::CardArrived)
        .feed(Event::VendorCode("001".into()));
    w.feed(Event::CardUnrecognised).drain();
    let failures = &w.report().failures;
    assert_eq!(failures[0].code, FailureCode::Unrecognised);
    assert_eq!(failures[0].vendor_code.as_deref(), Some("001"));
}
