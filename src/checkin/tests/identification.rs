//! How patients are identified, and which cards are refused.

use super::*;

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
    let rest = MethodSet::of_card().without(Method::Pin);
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
