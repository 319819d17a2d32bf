//! What happens at a reception after the patient is identified, and around it.

use super::*;

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
fn staff_can_clear_the_reader() {
    let mut w = World::new();
    w.choosing()
        .feed(Event::Cancel)
        .feed(Event::StaffClear)
        .is(Phase::Idle);
    assert_eq!(w.reports.len(), 1);
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
