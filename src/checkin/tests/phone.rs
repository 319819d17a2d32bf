//! Patients who present a phone in the place of the card.

use super::catalogue::verified_phone;
use super::*;

pub(super) fn waiting(day: Date, method: Method) -> World {
    let mut w = World::on(day);
    w.policy.methods = MethodSet::all();
    w.feed(Event::Chosen(method)).is(Phase::PhoneAwait);
    w
}

/// The card has three more months for eligibility, the phone has none.
#[test]
fn an_expired_phone_sends_its_owner_for_the_card() {
    let expiry = Some(date(2026, 11, 21));
    let mut w = waiting(date(2026, 11, 22), Method::PhoneBiometric);
    w.answer(Answer::Phone(verified_phone(expiry)))
        .is(Phase::Idle);
    assert!(w.says(MessageId::PhoneExpired) && !w.says(MessageId::ExpiredInGrace));
    assert_eq!(w.routes().0, FailureCode::PhoneExpired);
    assert_eq!(w.report().capability, Some(Capability::None));

    // Nobody knows the day: the government system says it.
    let mut w = waiting(date(2026, 11, 22), Method::PhoneBiometric);
    w.trusted = false;
    w.answer(Answer::Phone(verified_phone(expiry)))
        .is(Phase::Authenticating);
    w.answer(Answer::Authentication(AuthAnswer::Accepted {
        patient: PatientRef::new("p-1"),
        registration: RegistrationState::Registered,
        certificate: CertificateStanding::InGrace,
    }));
    assert!(w.says(MessageId::PhoneExpired) && w.state.authenticated().is_none());
    assert_eq!(w.routes().0, FailureCode::PhoneExpired);
}

#[test]
fn the_first_time_needs_the_card_itself() {
    let mut w = waiting(date(2026, 11, 22), Method::PhonePin);
    w.answer(Answer::Phone(verified_phone(None)));
    let new = Answer::Authentication(accepted(RegistrationState::NotRegistered));
    w.answer(new).is(Phase::Idle);
    assert_eq!(w.routes().0, FailureCode::PhoneNotRegistered);
}

#[test]
fn a_phone_proves_what_its_method_needs() {
    let mut w = waiting(date(2026, 11, 22), Method::PhoneBiometric);
    w.answer(Answer::Phone(PhoneAnswer::Verified {
        certificate_expiry: None,
        proven: ProvenSet::EMPTY,
    }));
    assert_eq!(w.routes().0, FailureCode::NotGenuine);
}

#[test]
fn a_card_on_the_reader_ends_the_wait_for_a_phone_and_is_asked_out() {
    let mut w = waiting(date(2026, 11, 22), Method::PhonePin);
    w.feed(Event::CardArrived)
        .is(Phase::RemoveCard(RemoveReason::LeftBehind));
    assert!(w.says(MessageId::CardAndPhone));
    w.feed(Event::CardLeft).choosing().drain();
}

#[test]
fn a_neighbours_card_changes_nothing_later_on() {
    let mut w = waiting(date(2026, 11, 22), Method::PhonePin);
    w.answer(Answer::Phone(verified_phone(None)));
    w.feed(Event::CardArrived)
        .feed(Event::CardLeft)
        .is(Phase::Authenticating);
    w.feed(Event::CardArrived).accepted();
    w.eligibility(EligibilityOutcome::NotFound).drain();
    assert_eq!(w.reports.len(), 1);
}

#[test]
fn a_phone_is_held_again_a_few_times_and_its_last_try_is_kept() {
    let mut w = waiting(date(2026, 11, 22), Method::PhonePin);
    for _ in 0..2 {
        w.answer(Answer::Phone(PhoneAnswer::Unreadable))
            .is(Phase::PhoneAwait);
    }
    w.answer(Answer::Phone(PhoneAnswer::Unreadable))
        .is(Phase::Idle);
    assert_eq!(w.routes().0, FailureCode::PhoneUnreadable);

    let mut w = waiting(date(2026, 11, 22), Method::PhonePin);
    let wrong = |left| Answer::Phone(PhoneAnswer::PinWrong { left });
    w.answer(wrong(Some(2))).is(Phase::PhoneAwait);
    w.answer(wrong(Some(1))).is(Phase::Idle);
    assert_eq!(w.routes().0, FailureCode::PhonePinWrong);
}

#[test]
fn a_phone_is_offered_only_where_the_site_and_its_context_say_so() {
    for (methods, context) in [
        (MethodSet::of_card(), ServiceContext::Reception),
        (MethodSet::all(), ServiceContext::OnlineConsultation),
    ] {
        let mut w = World::new();
        (w.policy.methods, w.policy.context) = (methods, context);
        w.feed(Event::Chosen(Method::PhonePin)).is(Phase::Idle);
        assert!(w.says(MessageId::MethodUnavailable));
    }
}
