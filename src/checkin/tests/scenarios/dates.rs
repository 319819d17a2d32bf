//! What the calendar says.

use super::*;

/// A visit on `day` with a certificate that ends on `expiry`: what the patient is told, and whether
/// consents are asked; `None` when the card is refused at once.
fn visit(expiry: Date, day: Date) -> (Vec<MessageId>, Option<bool>) {
    let mut w = World::on(day);
    w.read(expiring(expiry));
    let told = [
        MessageId::ExpiresSoon,
        MessageId::ExpiredInGrace,
        MessageId::Expired,
    ];
    let told = told.into_iter().filter(|id| w.says(*id)).collect();
    if w.state.phase() != Phase::ChooseMethod {
        w.drain();
        let (reason, routes) = w.routes();
        assert_eq!(reason, FailureCode::ExpiredPastGrace, "{day}");
        assert!(routes.len() > 1, "{day}");
        return (told, None);
    }
    w.capturing().face(MATCH).accepted().eligible();
    let asked = asks(&w, ConsentItem::Diagnosis);
    w.consents(ConsentAnswer::Yes)
        .answer(Answer::Submitted)
        .drain();
    assert_eq!(w.report().outcome, Outcome::Completed, "{day}");
    assert_eq!(w.report().consents.has_granted(), asked, "{day}");
    (told, Some(asked))
}

#[test]
pub(super) fn scenario_05_a_certificate_is_announced_tolerated_and_refused() {
    let expiry = date(2025, 1, 15);
    for (day, told, asked) in [
        (date(2024, 10, 14), vec![], Some(true)),
        // Eighty days left.
        (date(2024, 10, 27), vec![MessageId::ExpiresSoon], Some(true)),
        (date(2025, 1, 15), vec![MessageId::ExpiresSoon], Some(true)),
        (
            date(2025, 1, 16),
            vec![MessageId::ExpiredInGrace],
            Some(false),
        ),
        (
            date(2025, 4, 30),
            vec![MessageId::ExpiredInGrace],
            Some(false),
        ),
        (date(2025, 5, 1), vec![MessageId::Expired], None),
    ] {
        assert_eq!(visit(expiry, day), (told, asked), "{day}");
    }
}

#[test]
pub(super) fn scenario_07_three_months_from_the_end_of_february_end_in_may() {
    let expiry = date(2025, 2, 28);
    for day in [29, 30, 31] {
        let grace = (vec![MessageId::ExpiredInGrace], Some(false));
        assert_eq!(visit(expiry, date(2025, 5, day)), grace, "{day} May");
    }
    let refused = (vec![MessageId::Expired], None);
    assert_eq!(visit(expiry, date(2025, 6, 1)), refused);
}

#[test]
pub(super) fn scenario_32_the_routes_change_with_the_end_of_the_old_cards() {
    use Fallback::{ExpiredInsuranceCard, OldInsuranceCard};
    for (day, old, expired) in [
        (date(2025, 11, 30), true, false),
        (date(2025, 12, 1), true, false),
        (date(2025, 12, 2), false, true),
        (date(2026, 4, 1), false, false),
    ] {
        let mut w = World::on(day);
        w.choosing().capturing().face(MATCH).accepted();
        w.eligibility(EligibilityOutcome::NotFound).drain();
        let routes = w.routes().1;
        assert_eq!(routes.contains(&OldInsuranceCard), old, "{day}");
        assert_eq!(routes.contains(&ExpiredInsuranceCard), expired, "{day}");
    }
    // Whoever does not know the day does not promise what may be over.
    let mut w = World::on(date(2025, 6, 1));
    w.trusted = false;
    w.choosing().capturing().face(MATCH).accepted();
    w.eligibility(EligibilityOutcome::NotFound).drain();
    assert!(!w.routes().1.contains(&OldInsuranceCard));
}

#[test]
pub(super) fn scenario_06_a_revoked_certificate_has_no_grace() {
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
pub(super) fn scenario_08_between_the_two_ends_the_government_system_is_asked() {
    let end = date(2025, 6, 30);
    // The card's own two months: the last day that people were told.
    let mut w = World::on(date(2025, 8, 31));
    w.read(CardFacts {
        card_expiry: Some(end),
        ..expiring(end)
    });
    let told = Detail::LastDay(date(2025, 8, 31));
    assert!(w.does(|it| matches!(it, Effect::Prompt(prompt) if prompt.detail == told)));
    w.drain();

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
pub(super) fn scenario_09_registration_with_few_days_left_is_announced_and_tried() {
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
pub(super) fn scenario_12_the_check_up_is_asked_from_forty_on() {
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
