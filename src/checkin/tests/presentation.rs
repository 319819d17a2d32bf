//! What is said, and not said, when a presentation did not pass.

use super::*;

/// The words that a patient hears when an attempt ends like this, up to the next one.
fn heard(policy: PadPolicy, answer: FaceAnswer) -> Vec<MessageId> {
    let mut w = World::new();
    w.policy.pad = policy;
    w.choosing().capturing().face(answer);
    let prompts = w.effects.iter().filter_map(|effect| match effect {
        Effect::Prompt(prompt) => Some(prompt.message),
        _ => None,
    });
    prompts.collect()
}

#[test]
fn whoever_is_suspected_hears_what_anybody_hears_who_does_not_match() {
    let miss = heard(PadPolicy::Enforce, FaceAnswer::NoMatch(None));
    assert!(miss.contains(&MessageId::FaceTryAgain));
    for answer in [
        FaceAnswer::Spoof,
        FaceAnswer::NoLiveness,
        FaceAnswer::Match(Presentation::Suspect),
        FaceAnswer::Match(Presentation::NoResponse),
    ] {
        assert_eq!(heard(PadPolicy::Enforce, answer), miss, "{answer:?}");
    }
}

#[test]
fn what_is_reported_decides_nothing() {
    for presentation in [
        Presentation::Passed,
        Presentation::Suspect,
        Presentation::NoResponse,
        Presentation::NotChecked,
    ] {
        let mut w = World::new();
        w.policy.pad = PadPolicy::Report;
        w.choosing()
            .capturing()
            .face(FaceAnswer::Match(presentation))
            .is(Phase::Authenticating);
        assert!(!w.notifies(MessageId::StaffSpoof), "{presentation:?}");
        let passed = heard(PadPolicy::Report, FaceAnswer::Match(Presentation::Passed));
        assert_eq!(
            heard(PadPolicy::Report, FaceAnswer::Match(presentation)),
            passed
        );
    }
}

#[test]
fn a_challenge_is_a_prompt_and_keeps_the_attempt_open() {
    let mut w = World::new();
    w.choosing().capturing();
    for (challenge, words) in [
        (Some(Challenge::TurnLeft), MessageId::TurnHeadLeft),
        (Some(Challenge::TurnRight), MessageId::TurnHeadRight),
        (Some(Challenge::Blink), MessageId::BlinkOnce),
        (Some(Challenge::ComeNearer), MessageId::MoveCloser),
        (None, MessageId::LookAtCamera),
    ] {
        w.answer(Answer::FaceChallenge(challenge))
            .is(Phase::FaceCapture);
        assert!(w.says(words), "{challenge:?}");
    }
    w.face(MATCH).is(Phase::Authenticating);
}
