//! Thousands of random sequences of events.

use super::*;
use crate::random::Random;

fn policies() -> Vec<Policy> {
    let changed = |change: fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        policy
    };
    vec![
        Policy::default(),
        changed(|policy| policy.pin_owner = PinOwner::ExternalSoftware),
        changed(|policy| {
            policy.pad = PadPolicy::Off;
            policy.budgets.guard_last_attempt = false;
            policy.consent.blanket = true;
            policy.allow_unknown_card_face_counter = true;
        }),
        changed(|policy| policy.context = ServiceContext::OnlineConsultation),
    ]
}

#[test]
fn random_events_never_break_the_contract() {
    let (plain, answers, policies) = (plain_events(), answers(), policies());
    let mut completed = 0;
    for seed in 1..=4000_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut world = World::new();
        world.policy = random.pick(&policies).clone();
        for _ in 0..60 {
            let event = match (
                random.below(10),
                world.state.waits_for(),
                world.state.armed_timer(),
            ) {
                // Mostly an answer that fits, or nothing would ever get far.
                (0..=33, Some(ticket), _) => {
                    let fitting: Vec<_> = answers
                        .iter()
                        .filter(|it| fits(world.state.phase(), it))
                        .collect();
                    Event::Answer(ticket, (*random.pick(&fitting)).clone())
                }
                (34, Some(ticket), _) => Event::Answer(ticket, random.pick(&answers).clone()),
                (35, _, Some(timer)) => Event::Timeout(timer),
                (0..=33, None, _) => usual(world.state.phase(), &mut random),
                _ => random.pick(&plain).clone(),
            };
            world.feed(event);
        }
        world.drain();
        completed += world
            .reports
            .iter()
            .filter(|report| report.outcome == Outcome::Completed)
            .count();
    }
    assert!(
        completed > 50,
        "the sequences hardly got anywhere: {completed}"
    );
}

fn fits(phase: Phase, answer: &Answer) -> bool {
    match answer {
        Answer::Card(_) => phase == Phase::ReadingCard,
        Answer::CardFace(_) | Answer::Portrait(_) => phase == Phase::UnlockingPortrait,
        Answer::Face(_) => phase == Phase::FaceCapture,
        Answer::Pin(_) => matches!(phase, Phase::PinEntry | Phase::PinVerifying),
        Answer::StaffCode(_) => phase == Phase::StaffGate,
        Answer::Authentication(_) => matches!(phase, Phase::Authenticating | Phase::PinVerifying),
        Answer::RegistrationChoice(_) => phase == Phase::OfferingRegistration,
        Answer::Registration(_) => phase == Phase::Registering,
        Answer::Eligibility(_) => phase == Phase::Querying,
        Answer::Consent(_) => matches!(phase, Phase::Consenting(_)),
        Answer::Submitted => phase == Phase::Submitting,
        _ => false,
    }
}

fn usual(phase: Phase, random: &mut Random) -> Event {
    match phase {
        Phase::OutOfService(_) => {
            let back = [
                Event::ReaderBack {
                    card_present: random.below(2) == 0,
                },
                Event::ServiceBack,
                Event::CameraBack,
            ];
            random.pick(&back).clone()
        }
        Phase::Idle => Event::CardArrived,
        Phase::CardSettling => Event::CardStable,
        Phase::ChooseMethod => Event::Chosen(*random.pick(Method::ALL)),
        Phase::PinEntry => Event::AcknowledgeLastTry,
        Phase::StaffConfirm => Event::StaffDecision { same: true },
        Phase::RemoveCard(_) => Event::CardLeft,
        _ => Event::MoreTime,
    }
}

/// A person who never gives up and always asks for more time still leaves in the end.
#[test]
fn every_session_ends_in_finitely_many_steps() {
    for method in [Method::Face, Method::Pin, Method::StaffVisual] {
        let mut world = World::new();
        world.choosing();
        let session = world.state.session();
        let mut steps = 0;
        while world.state.session() == session
            && !matches!(world.state.phase(), Phase::RemoveCard(_))
        {
            match world.state.phase() {
                Phase::ChooseMethod => world.feed(Event::Chosen(method)),
                _ => world.feed(Event::Cancel),
            };
            steps += 1;
            assert!(steps < 200, "{method:?} goes round for ever");
        }
        world.drain();
        assert_eq!(world.reports.len(), 1);
    }
    let mut world = World::new();
    world.choosing();
    let mut timers = HashSet::new();
    for _ in 0..100 {
        world.feed(Event::MoreTime);
        timers.extend(world.state.armed_timer());
    }
    assert_eq!(timers.len(), 10, "ten extensions and no more");
}
