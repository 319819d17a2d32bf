//! What is asked and what is shared.

use super::*;

#[test]
pub(super) fn scenario_11_refusing_everything_is_an_ordinary_visit() {
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
pub(super) fn scenario_13_the_limit_information_is_provided_or_asked() {
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
pub(super) fn scenario_19_a_card_pulled_between_eligibility_and_consent_grants_nothing() {
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
pub(super) fn scenario_28_a_second_visit_on_the_same_day_asks_everything_anew() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH);
    assert!(w.finish_visit().consents.has_granted());
    // The same card, minutes later: the consent of this morning still holds for the server.
    w.choosing();
    assert!(w.state.identified().is_none() && w.state.authenticated().is_none());
    assert!(w.state.consents().iter().next().is_none());
    w.capturing().face(MATCH).accepted().eligible();
    assert!(asks(&w, ConsentItem::Diagnosis));
    w.consents(ConsentAnswer::No)
        .answer(Answer::Submitted)
        .drain();
    assert_eq!(w.report().outcome, Outcome::Completed);
    assert!(!w.report().consents.has_granted(), "nothing is remembered");
}

#[test]
pub(super) fn scenario_33_the_certificate_of_a_specific_disease_is_asked_for() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    let mut screens = Vec::new();
    while let Phase::Consenting(_) = w.state.phase() {
        screens.push(asks(&w, ConsentItem::SpecificDisease));
        w.answer(Answer::Consent(ConsentAnswer::Yes));
    }
    // Last, on a screen of its own, although the limit information beside it is not asked for.
    assert_eq!(screens, [false, false, true]);
    w.answer(Answer::Submitted).drain();
    let granted = w.report().consents.consent(ConsentItem::SpecificDisease);
    assert!(matches!(granted, Consent::Granted { .. }));
    assert_eq!(w.report().provided, [ConsentItem::LimitInfo]);
}
