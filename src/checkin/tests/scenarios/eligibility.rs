//! What the government system says, and how the counter goes on.

use super::*;

#[test]
pub(super) fn scenario_10_a_face_only_card_cannot_be_used_online() {
    let mut w = World::new();
    w.policy.context = ServiceContext::OnlineConsultation;
    w.read(CardFacts {
        profile: CardProfile::FaceOnly,
        ..facts()
    })
    .drain();
    assert!(w.failed_with(FailureCode::FaceOnlyUnsupportedHere));
}

/// A visit up to the answer of the eligibility query, and how it goes on at the counter.
fn answered(outcome: EligibilityOutcome) -> World {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted();
    w.eligibility(outcome).is(Phase::Showing);
    assert!(w.says(MessageId::EligibilityNotConfirmed));
    assert!(w.notifies(MessageId::StaffEligibility));
    w.drain();
    assert!(!w.report().consents_sent && !w.report().consents.has_granted());
    w
}

#[test]
pub(super) fn scenario_23_eligibility_that_is_not_found_goes_on_at_the_counter_in_order() {
    use Fallback::*;
    let (reason, routes) = answered(EligibilityOutcome::NotFound).routes();
    assert_eq!(reason, FailureCode::EligibilityNotFound);
    assert_eq!(
        routes,
        [
            PortalScreenWithCard,
            EligibilityNoticeWithCard,
            EligibilityCertificate,
            OralCheckOfReturningPatient,
            SelfDeclarationWithCard,
        ]
    );
    assert!(reason.next_steps().contains(&NextStep::AskInsurer));
}

#[test]
pub(super) fn scenario_24_after_a_change_of_insurer_nobody_is_asked_whether_nothing_changed() {
    use Fallback::*;
    let (reason, routes) = answered(EligibilityOutcome::Invalid).routes();
    assert_eq!(reason, FailureCode::EligibilityInvalid);
    assert_eq!(
        routes,
        [
            PortalScreenWithCard,
            EligibilityNoticeWithCard,
            EligibilityCertificate,
            SelfDeclarationWithCard,
        ]
    );
}

#[test]
pub(super) fn scenario_25_a_patient_without_any_card_finds_the_counter() {
    let mut w = World::new();
    w.feed(Event::WithoutCard).shows(Papers {
        certificate: true,
        ..Papers::default()
    });
    w.is(Phase::Idle);
    assert!(w.notifies(MessageId::StaffWithoutCard) && w.says(MessageId::GoToCounter));
    let certificate = vec![Fallback::EligibilityCertificate];
    assert_eq!(w.routes(), (FailureCode::WithoutCard, certificate));
    assert_eq!(w.report().credential, Credential::Papers);
    // No medical information flows with it, so nothing was asked.
    assert!(w.report().consents.iter().next().is_none() && !w.report().authenticated);

    w.feed(Event::WithoutCard).shows(Papers::default());
    let nothing = (FailureCode::NothingToShow, vec![Fallback::PayInFull]);
    assert_eq!(w.routes(), nothing);

    w.feed(Event::WithoutCard).shows(Papers {
        card: true,
        ..Papers::default()
    });
    let (_, routes) = w.routes();
    assert!(routes.contains(&Fallback::SelfDeclarationWithCard));
}

#[test]
pub(super) fn scenario_26_a_notice_without_the_card_is_refused() {
    let notice = Papers {
        notice: true,
        ..Papers::default()
    };
    let mut w = World::new();
    w.feed(Event::WithoutCard)
        .shows(notice)
        .is(Phase::WithoutCard);
    assert!(w.says(MessageId::NoticeNeedsCard));
    w.shows(Papers {
        card: true,
        ..notice
    });
    let (reason, routes) = w.routes();
    assert_eq!(reason, FailureCode::WithoutCard);
    assert_eq!(routes[0], Fallback::EligibilityNoticeWithCard);

    w.feed(Event::WithoutCard).shows(notice).shows(notice);
    let refused = (FailureCode::NoticeNeedsCard, vec![Fallback::PayInFull]);
    assert_eq!(w.routes(), refused);

    // The card was in the bag after all.
    w.feed(Event::WithoutCard).shows(notice);
    w.choosing().capturing().face(MATCH);
    assert_eq!(w.finish_visit().outcome, Outcome::Completed);
}

#[test]
pub(super) fn scenario_27_data_that_look_wrong_withdraw_every_consent() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.answer(Answer::Consent(ConsentAnswer::Yes))
        .feed(Event::DataLooksWrong)
        .is(Phase::RemoveCard(RemoveReason::Stopped));
    assert!(w.notifies(MessageId::StaffDataLooksWrong));
    w.drain();
    assert!(!w.report().consents.has_granted() && !w.report().consents_sent);
    assert_eq!(w.routes().0, FailureCode::DataLooksWrong);

    // Seen only at the end: what was sent was sent, and the staff are told to withdraw it.
    w.choosing().capturing().face(MATCH).accepted().eligible();
    w.consents(ConsentAnswer::Yes).answer(Answer::Submitted);
    w.feed(Event::DataLooksWrong);
    assert!(w.notifies(MessageId::StaffDataLooksWrong));
    w.drain();
    assert!(w.report().consents_sent);
    assert_eq!(w.routes().0, FailureCode::DataLooksWrong);
}

#[test]
pub(super) fn scenario_29_a_released_registration_is_offered_and_never_taken_by_itself() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH);
    let released = Answer::Authentication(accepted(RegistrationState::Released));
    w.answer(released.clone()).is(Phase::OfferingRegistration);
    assert!(w.says(MessageId::OfferRegistrationAgain));
    assert!(!w.does(|it| matches!(it, Effect::Register(..))));
    // Nobody answers: nobody is registered.
    w.time_out().drain();
    assert_eq!(
        w.report().outcome,
        Outcome::TimedOut {
            at: "offering-registration"
        }
    );
    w.choosing()
        .capturing()
        .face(MATCH)
        .answer(released.clone());
    w.answer(Answer::RegistrationChoice(false)).drain();
    assert_eq!(w.routes().0, FailureCode::NotRegistered);

    w.choosing().capturing().face(MATCH).answer(released);
    w.answer(Answer::RegistrationChoice(true))
        .is(Phase::Registering);
    w.answer(Answer::Registration(RegistrationAnswer::Registered))
        .is(Phase::Querying)
        .drain();
}

#[test]
pub(super) fn scenario_30_a_face_only_card_is_confirmed_by_staff_at_a_home_visit() {
    let mut w = World::new();
    w.policy.context = ServiceContext::HomeVisit;
    w.read(CardFacts {
        profile: CardProfile::FaceOnly,
        pin: Attempts::Blocked,
        ..facts()
    });
    let only_staff = MethodSet::EMPTY.with(Method::StaffVisual);
    assert!(w.does(|it| *it == Effect::OfferMethods(only_staff)));
    w.feed(Event::Chosen(Method::StaffVisual)).staff_confirms();
    assert_eq!(w.finish_visit().method, Some(Method::StaffVisual));
}

#[test]
pub(super) fn scenario_31_a_suspended_card_has_no_grace_and_is_no_paper_either() {
    let mut w = World::new();
    w.choosing().capturing().face(MATCH);
    w.answer(Answer::Authentication(AuthAnswer::Suspended));
    assert!(w.says(MessageId::Suspended) && w.notifies(MessageId::StaffSuspended));
    w.drain();
    let (reason, routes) = w.routes();
    assert_eq!(reason, FailureCode::Suspended);
    assert_eq!(routes, [Fallback::EligibilityCertificate]);
    assert_eq!(w.report().capability, Some(Capability::None));
    assert!(reason.next_steps().contains(&NextStep::CallCardLine));
}
