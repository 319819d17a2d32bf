//! What happens around a session: cards left behind, devices lost, modes, late answers.

use super::*;

#[test]
pub(super) fn scenario_14_a_card_left_behind_is_reminded_of_alarms_and_blocks_the_next_patient() {
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
pub(super) fn scenario_15_a_lost_reader_ends_out_of_service_from_everywhere() {
    for mut world in everywhere() {
        world.feed(Event::ReaderLost).drain();
        assert!(matches!(world.state.phase(), Phase::OutOfService(_)));
        world
            .feed(Event::ReaderBack { card_present: true })
            .feed(Event::ServiceBack);
        world.is(Phase::RemoveCard(RemoveReason::LeftBehind));
        world.feed(Event::CardLeft).is(Phase::Idle);
    }
}

#[test]
pub(super) fn scenario_16_the_mode_changes_with_the_next_session() {
    let mut w = World::new();
    w.choosing()
        .feed(Event::ModeChanged(SiteMode::Disaster { until: None }));
    w.capturing().face(MATCH);
    assert_eq!(w.finish_visit().mode, SiteMode::Normal);
    assert!(w.says(MessageId::DisasterWelcome));
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.finish_visit().mode, SiteMode::Disaster { until: None });
}

#[test]
pub(super) fn scenario_18_an_outage_of_the_certificate_authority_stops_first_registration_only() {
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
pub(super) fn scenario_21_a_late_result_of_the_former_session_is_dropped() {
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
pub(super) fn scenario_22_the_service_stops_when_the_reader_is_unplugged() {
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
pub(super) fn scenario_36_a_card_is_pulled_at_any_moment() {
    for mut world in everywhere() {
        let running = world.state.session().is_some();
        let answered = matches!(world.state.phase(), Phase::Submitting | Phase::Showing);
        world.feed(Event::CardLeft).drain();
        assert_eq!(world.reports.len(), usize::from(running));
        for report in &world.reports {
            // Whoever was not asked to the end is not checked in, and nothing is sent for them.
            let completed = report.outcome == Outcome::Completed;
            assert!(!completed || answered || report.credential == Credential::Phone);
            assert!(!report.consents_sent || answered);
        }
    }
}

#[test]
pub(super) fn scenario_37_staff_are_called_at_any_moment() {
    for mut world in everywhere() {
        world.feed(Event::CallStaff);
        assert!(world.notifies(MessageId::StaffIdentityHelp));
        if world.state.phase() == Phase::StaffGate {
            world.staff_confirms().is(Phase::Authenticating);
            let method = world.state.identified().map(Identified::method);
            assert_eq!(method, Some(Method::StaffVisual));
        }
        world.drain();
    }
}

#[test]
pub(super) fn scenario_38_the_program_stops_at_any_moment() {
    for mut world in everywhere() {
        let begun = world.at;
        world.feed(Event::Shutdown);
        while let Phase::RemoveCard(_) = world.state.phase() {
            world.time_out();
        }
        let stopped = Phase::OutOfService(OutOfServiceReason::ShuttingDown);
        world.is(stopped);
        assert!(world.at - begun < Duration::from_secs(3));
        world.feed(Event::ServiceBack);
    }
}
