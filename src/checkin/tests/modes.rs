//! The modes of a site, the clock, and what people may ask for at any time.

use super::*;

fn in_mode(mode: SiteMode) -> World {
    let mut w = World::new();
    w.feed(Event::ModeChanged(mode)).is(Phase::Idle);
    w
}

#[test]
fn staff_who_stand_by_do_so_for_one_patient() {
    let mut w = in_mode(SiteMode::StaffAssist);
    // Somebody without a card is not the patient whom the staff wait for.
    w.feed(Event::WithoutCard).shows(Papers::default());
    w.read(facts()).staff_confirms();
    let report = w.finish_visit();
    assert_eq!(report.mode, SiteMode::StaffAssist);
    assert_eq!(report.method, Some(Method::StaffVisual));
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.finish_visit().mode, SiteMode::Normal);

    // Switched on again in the middle, it holds for the next one too.
    let mut w = in_mode(SiteMode::StaffAssist);
    w.read(facts())
        .feed(Event::ModeChanged(SiteMode::Training))
        .staff_confirms();
    w.finish_visit();
    assert!(w.says(MessageId::TrainingWelcome));
}

#[test]
fn a_disaster_ends_on_its_last_day_and_weakens_nothing() {
    let until = Some(date(2026, 11, 22));
    let mut w = in_mode(SiteMode::Disaster { until });
    assert!(w.says(MessageId::DisasterWelcome));
    // People without a card are looked up at the counter, people with one do as ever.
    w.feed(Event::WithoutCard).shows(Papers::default());
    assert_eq!(w.routes().1, [Fallback::DisasterSearch]);
    w.choosing().capturing().face(FaceAnswer::NoMatch(None));
    w.is(Phase::FaceCapture).feed(Event::CardLeft);
    w.at += Duration::from_secs(24 * 60 * 60);
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.finish_visit().mode, SiteMode::Normal);
    assert!(w.says(MessageId::Welcome));
}

#[test]
fn while_the_system_is_out_nobody_is_asked_for_anything() {
    let mut w = in_mode(SiteMode::SystemFailure);
    assert!(w.says(MessageId::SystemFailureWelcome));
    w.read(facts()).is(Phase::RemoveCard(RemoveReason::Stopped));
    assert!(!w.does(|it| matches!(it, Effect::OfferMethods(_))));
    w.drain();
    let (reason, routes) = w.routes();
    assert_eq!(reason, FailureCode::SystemOutage);
    assert_eq!(routes[0], Fallback::NotesFromCard);
}

#[test]
fn practice_registers_nobody_and_sends_nothing() {
    let mut w = in_mode(SiteMode::Training);
    w.choosing().capturing().face(MATCH);
    let new = Answer::Authentication(accepted(RegistrationState::NotRegistered));
    w.answer(new).answer(Answer::RegistrationChoice(true));
    assert!(!w.does(|it| matches!(it, Effect::Register(..))));
    w.is(Phase::Querying).eligible();
    while let Phase::Consenting(_) = w.state.phase() {
        w.answer(Answer::Consent(ConsentAnswer::Yes));
        assert!(!w.does(|it| matches!(it, Effect::Submit(..))));
    }
    w.is(Phase::Showing).drain();
    assert_eq!(w.report().outcome, Outcome::Completed);
    assert_eq!(w.report().mode, SiteMode::Training);
    assert!(!w.report().consents_sent);
}

/// A day back, a day on: whatever was decided before stands, nothing more is decided by dates.
#[test]
fn a_clock_that_is_set_in_the_middle_is_not_believed_until_the_session_is_over() {
    for days in [-1, 1] {
        let mut w = World::on(date(2026, 5, 29));
        w.read(expiring(date(2026, 6, 2))).capturing();
        let day = jiff::SignedDuration::from_hours(24 * days);
        w.start = w.start.saturating_add(day).expect("in range");
        w.face(MATCH);
        assert!(w.notifies(MessageId::StaffClock), "{days}");
        // Neither the days left nor the age decide now.
        w.answer(Answer::Authentication(accepted(
            RegistrationState::NotRegistered,
        )));
        assert!(!w.says(MessageId::RegistrationMayFail), "{days}");
        w.answer(Answer::RegistrationChoice(true));
        w.answer(Answer::Registration(RegistrationAnswer::Registered));
        w.eligible().consents(ConsentAnswer::Yes);
        let checkup = w.state.consents().consent(ConsentItem::HealthCheckup);
        assert_eq!(checkup, Consent::NotAsked, "{days}");
        w.answer(Answer::Submitted).drain();
        assert!(w.report().notices.contains(&Notice::ClockUntrusted));
        // The next session believes it again.
        w.choosing().capturing().face(MATCH);
        assert!(w.finish_visit().notices.is_empty(), "{days}");
    }
}

#[test]
fn a_clock_that_is_corrected_by_a_second_is_believed() {
    let mut w = World::new();
    w.choosing().capturing();
    let second = jiff::SignedDuration::from_secs(1);
    w.start = w.start.saturating_add(second).expect("in range");
    w.face(MATCH);
    assert!(w.finish_visit().notices.is_empty());
}

#[test]
fn staff_who_help_with_the_consents_are_in_the_report() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.feed(Event::CallStaff).is(Phase::Consenting(0));
    assert!(w.notifies(MessageId::StaffIdentityHelp));
    w.consents(ConsentAnswer::Yes)
        .answer(Answer::Submitted)
        .drain();
    assert!(w.report().consents_assisted && w.report().assisted);
    w.choosing().capturing().face(MATCH);
    assert!(!w.finish_visit().consents_assisted);
}

#[test]
fn every_deadline_of_a_person_is_longer_for_those_who_need_it() {
    for (name, start) in product::named() {
        let mut usual = start.clone();
        let Some(timer) = usual.state.armed_timer() else {
            continue;
        };
        let begun = usual.at;
        usual.time_out();
        let mut slow = start.clone();
        let profile = AssistProfile {
            extra_time: true,
            ..AssistProfile::default()
        };
        slow.feed(Event::Assist(profile));
        let longer = slow.state.armed_timer() != Some(timer);
        let machine = matches!(
            start.state.phase(),
            Phase::CardSettling
                | Phase::ReadingCard
                | Phase::UnlockingPortrait
                | Phase::Authenticating
                | Phase::Registering
                | Phase::Querying
                | Phase::Submitting
                | Phase::RemoveCard(_)
        );
        assert_eq!(longer, !machine, "{name}");
        if longer {
            let begun_slow = slow.at;
            slow.time_out();
            assert!(slow.at - begun_slow > 2 * (usual.at - begun), "{name}");
        }
    }
}

/// The chip looks like one whose PIN is locked; only people can read what is printed.
#[test]
fn staff_say_that_a_card_was_issued_without_pins() {
    let rest = MethodSet::of_card().without(Method::Pin);
    let mut w = World::new();
    w.choosing().feed(Event::FaceOnlyCard);
    assert!(w.does(|it| *it == Effect::OfferMethods(rest)));
    w.drain().choosing().feed(Event::Chosen(Method::Pin));
    w.feed(Event::FaceOnlyCard).is(Phase::ChooseMethod);
    assert!(w.does(|it| *it == Effect::OfferMethods(rest)));
    w.drain();
    w.policy.context = ServiceContext::OnlineConsultation;
    w.choosing().feed(Event::FaceOnlyCard).drain();
    assert!(w.failed_with(FailureCode::FaceOnlyUnsupportedHere));
}
