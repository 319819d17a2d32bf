//! What holds for any sequence of events: properties over 100,000 of them.
//!
//! The world checks them after every step: no state without exit, one `Ended` per session, no
//! `Authenticated` without an `Identified` of the same session, no consent granted without that
//! answer, each timer cancelled or fired, secrets wiped when their state is left, one VERIFY for
//! each entry of a PIN, no more codes than the budget.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::Cell;

use super::*;

/// Sequences for each of the five policies.
const SEQUENCES: u32 = 20_000;

/// Events in one sequence at most.
const LENGTH: usize = 40;

/// Turns one number into something that happens. Mostly something that fits, or nothing would ever
/// get far.
fn happen(world: &mut World, number: u16, plain: &[Event], answers: &[Answer]) {
    let pick = usize::from(number >> 6);
    let event = match (number % 64, world.state.waits_for()) {
        (0..=51, Some(ticket)) => {
            let fits = |answer: &&Answer| fits(world.state.phase(), answer);
            let count = answers.iter().filter(fits).count();
            match answers.iter().filter(fits).nth(pick % count.max(1)) {
                Some(answer) => Event::Answer(ticket, answer.clone()),
                None => Event::MoreTime,
            }
        }
        (0..=51, None) => usual(world.state.phase(), pick),
        (52, Some(ticket)) => Event::Answer(ticket, answers[pick % answers.len()].clone()),
        (53, _) => match world.state.armed_timer() {
            Some(timer) => Event::Timeout(timer),
            None => Event::CardArrived,
        },
        (54, _) => {
            // Somebody sets the clock, back or on.
            let hours = jiff::SignedDuration::from_hours(pick as i64 % 49 - 24);
            world.start = world.start.saturating_add(hours).expect("in range");
            Event::MoreTime
        }
        (55, _) => {
            // An answer that came twice, or to a session that is over.
            let session = SessionId(100 + pick as u64 % 3);
            let number = pick as u32 % 16;
            let answer = answers[pick % answers.len()].clone();
            Event::Answer(Ticket { session, number }, answer)
        }
        _ => plain[pick % plain.len()].clone(),
    };
    world.feed(event);
}

fn fits(phase: Phase, answer: &Answer) -> bool {
    match answer {
        Answer::Card(_) => phase == Phase::ReadingCard,
        Answer::CardFace(_) | Answer::Portrait(_) => phase == Phase::UnlockingPortrait,
        Answer::Face(_) => phase == Phase::FaceCapture,
        Answer::Pin(_) => matches!(phase, Phase::PinEntry | Phase::PinVerifying),
        Answer::Phone(_) => phase == Phase::PhoneAwait,
        Answer::Papers(_) => phase == Phase::WithoutCard,
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

fn usual(phase: Phase, pick: usize) -> Event {
    match phase {
        Phase::OutOfService(_) => match pick % 3 {
            0 => Event::ReaderBack {
                card_present: pick & 1 == 0,
            },
            1 => Event::ServiceBack,
            _ => Event::CameraBack,
        },
        Phase::Idle => match pick % 8 {
            0 => Event::Chosen(Method::PhonePin),
            1 => Event::WithoutCard,
            _ => Event::CardArrived,
        },
        Phase::CardSettling => Event::CardStable,
        Phase::ChooseMethod => Event::Chosen(Method::ALL[pick % Method::ALL.len()]),
        Phase::PinEntry => Event::AcknowledgeLastTry,
        Phase::StaffConfirm => Event::StaffDecision { same: true },
        Phase::RemoveCard(_) => Event::CardLeft,
        _ => Event::MoreTime,
    }
}

fn hold(change: impl Fn(&mut Policy)) {
    let (plain, answers) = (plain_events(), answers());
    let (ended, accepted) = (Cell::new(0), Cell::new(0));
    let config = Config {
        cases: SEQUENCES,
        failure_persistence: None,
        ..Config::default()
    };
    // The same sequences in every run: what fails here fails everywhere.
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let sequences = proptest::collection::vec(any::<u16>(), 1..=LENGTH);
    let result = runner.run(&sequences, |numbers| {
        let mut world = World::new();
        change(&mut world.policy);
        for number in numbers {
            happen(&mut world, number, &plain, &answers);
        }
        world.drain();
        ended.set(ended.get() + world.reports.len());
        let done = world.reports.iter().filter(|report| report.authenticated);
        accepted.set(accepted.get() + done.count());
        Ok::<_, TestCaseError>(())
    });
    if let Err(error) = result {
        unreachable!("{error}");
    }
    assert!(
        ended.get() > SEQUENCES as usize && accepted.get() > 200,
        "the sequences hardly got anywhere: {ended:?} ended, {accepted:?} accepted"
    );
}

#[test]
fn any_sequence_keeps_the_contract_under_the_usual_policy() {
    hold(|policy| policy.methods = MethodSet::all());
}

#[test]
fn any_sequence_keeps_the_contract_when_other_software_owns_the_pin() {
    hold(|policy| policy.pin_owner = PinOwner::ExternalSoftware);
}

#[test]
fn any_sequence_keeps_the_contract_without_guards() {
    hold(|policy| {
        policy.pad = PadPolicy::Off;
        policy.budgets.guard_last_attempt = false;
        policy.consent.blanket = true;
        policy.allow_unknown_card_face_counter = true;
    });
}

#[test]
fn any_sequence_keeps_the_contract_online() {
    hold(|policy| policy.context = ServiceContext::OnlineConsultation);
}

/// A policy that contradicts itself helps nobody, and still ends every session.
#[test]
fn any_sequence_keeps_the_contract_under_a_contradictory_policy() {
    let change = |policy: &mut Policy| {
        policy.methods = MethodSet::of_phone();
        policy.budgets.choices = 0;
        policy.budgets.staff_codes = 0;
        policy.routes.clear();
        policy.deadlines.consenting = Duration::ZERO;
        policy.deadlines.assist_factor = 0;
    };
    let mut policy = Policy::default();
    change(&mut policy);
    assert!(policy.check().is_err());
    hold(change);
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
