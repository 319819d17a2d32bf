//! The full product of states and events.

use super::*;

/// One world in every phase.
fn everywhere() -> Vec<World> {
    let world = |drive: &dyn Fn(&mut World)| {
        let mut world = World::new();
        drive(&mut world);
        world
    };
    let to_consent = |w: &mut World| {
        w.choosing().capturing().face(MATCH).accepted().eligible();
    };
    let mut last_try = facts();
    last_try.pin = Attempts::Left(1);
    vec![
        world(&|w| {
            w.feed(Event::ReaderLost);
        }),
        world(&|w| {
            w.feed(Event::ServiceLost);
        }),
        world(&|w| {
            w.feed(Event::Shutdown);
        }),
        world(&|_| {}),
        world(&|w| {
            w.feed(Event::CardArrived);
        }),
        world(&|w| {
            w.insert();
        }),
        world(&|w| {
            w.choosing();
        }),
        world(&|w| {
            w.choosing().feed(Event::Chosen(Method::Face));
        }),
        world(&|w| {
            w.choosing().capturing();
        }),
        world(&|w| {
            w.choosing().feed(Event::Chosen(Method::Pin));
        }),
        world(&|w| {
            w.read(last_try.clone()).feed(Event::Chosen(Method::Pin));
        }),
        world(&|w| {
            w.choosing().feed(Event::Chosen(Method::Pin));
            w.answer(Answer::Pin(PinAnswer::Ready {
                entry_in_device: true,
            }));
        }),
        world(&|w| {
            w.policy.pin_owner = PinOwner::ExternalSoftware;
            w.choosing().feed(Event::Chosen(Method::Pin));
        }),
        world(&|w| {
            w.choosing().feed(Event::CallStaff);
        }),
        world(&|w| {
            w.choosing().feed(Event::CallStaff);
            w.answer(Answer::StaffCode(StaffCodeAnswer::Accepted {
                role: "reception",
            }));
        }),
        world(&|w| {
            w.choosing().capturing().face(MATCH);
        }),
        world(&|w| {
            w.choosing().capturing().face(MATCH);
            w.answer(Answer::Authentication(accepted(
                RegistrationState::NotRegistered,
            )));
        }),
        world(&|w| {
            w.choosing().capturing().face(MATCH);
            w.answer(Answer::Authentication(accepted(
                RegistrationState::NotRegistered,
            )));
            w.answer(Answer::RegistrationChoice(true));
        }),
        world(&|w| {
            w.choosing().capturing().face(MATCH).accepted();
        }),
        world(&|w| {
            w.choosing()
                .capturing()
                .face(MATCH)
                .accepted()
                .feed(Event::CardLeft);
        }),
        world(&|w| {
            w.choosing()
                .capturing()
                .face(MATCH)
                .accepted()
                .feed(Event::ReaderLost);
        }),
        world(&to_consent),
        world(&|w| {
            to_consent(w);
            w.consents(ConsentAnswer::Yes);
        }),
        world(&|w| {
            to_consent(w);
            w.consents(ConsentAnswer::Yes).feed(Event::CardLeft);
        }),
        world(&|w| {
            to_consent(w);
            w.consents(ConsentAnswer::No).answer(Answer::Submitted);
        }),
        world(&|w| {
            w.choosing().feed(Event::Cancel);
        }),
        world(&|w| {
            w.choosing().feed(Event::Shutdown);
        }),
        world(&|w| {
            w.feed(Event::ReaderLost)
                .feed(Event::ReaderBack { card_present: true });
        }),
    ]
}

/// All events as they would come to `world`: with its own tickets, and late ones.
fn events(world: &World) -> Vec<Event> {
    let mut all = plain_events();
    let own = world.state.waits_for();
    let stale = Ticket {
        session: SessionId(1),
        number: 0,
    };
    for answer in answers() {
        all.extend(own.map(|ticket| Event::Answer(ticket, answer.clone())));
        all.push(Event::Answer(stale, answer));
    }
    all.extend(world.state.armed_timer().map(Event::Timeout));
    all.push(Event::Timeout(TimerId(u64::MAX)));
    all
}

#[test]
fn every_phase_is_covered() {
    let codes: HashSet<_> = everywhere()
        .iter()
        .map(|it| it.state.phase().code())
        .collect();
    assert_eq!(codes.len(), 19, "{codes:?}");
}

/// The world checks its contract after every step: no panic, no way in without a way out, one
/// `Ended` per session, no `Authenticated` without `Identified`, every deadline cancelled or fired.
#[test]
fn every_event_in_every_phase_leaves_a_way_out() {
    let mut pairs = 0;
    for start in everywhere() {
        for event in events(&start) {
            let mut world = start.clone();
            world.feed(event).drain();
            pairs += 1;
        }
    }
    assert!(pairs > 2000, "{pairs}");
}

#[test]
fn a_second_event_finds_a_way_out_too() {
    for start in everywhere() {
        for first in plain_events() {
            let mut between = start.clone();
            between.feed(first);
            for second in plain_events() {
                between.clone().feed(second).drain();
            }
        }
    }
}

#[test]
fn a_late_answer_changes_nothing_and_is_counted() {
    for start in everywhere() {
        for answer in answers() {
            let mut world = start.clone();
            let before = (world.state.phase(), world.state.counters().stale_answers);
            let stale = Ticket {
                session: SessionId(1),
                number: 0,
            };
            world.feed(Event::Answer(stale, answer));
            assert_eq!(
                (
                    world.state.phase(),
                    world.state.counters().stale_answers - 1
                ),
                before
            );
            assert!(world.effects.is_empty());
        }
    }
}

#[test]
fn secrets_are_wiped_and_power_is_cut_before_a_session_ends() {
    for start in everywhere() {
        if start.state.session().is_none() {
            continue;
        }
        for event in [Event::CardLeft, Event::Shutdown, Event::ReaderLost] {
            let mut world = start.clone();
            world.feed(event);
            let ended = world.does(|it| matches!(it, Effect::Ended(_)));
            let wiped = world.does(|it| matches!(it, Effect::Wipe));
            assert!(!ended || wiped, "{:?}", start.state.phase());
        }
    }
}

#[test]
fn a_lost_reader_ends_out_of_service_from_everywhere() {
    for mut world in everywhere() {
        world.feed(Event::ReaderLost).drain();
        assert!(matches!(world.state.phase(), Phase::OutOfService(_)));
        world
            .feed(Event::ReaderBack { card_present: true })
            .feed(Event::ServiceBack);
        world.is(Phase::RemoveCard(RemoveReason::LeftBehind));
        world.feed(Event::CardLeft).is(Phase::Idle);
    }
}
