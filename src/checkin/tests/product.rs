//! The full product of states and events.

use super::catalogue::verified_phone;
use super::*;

/// One world in every phase, and in every shape of it that a handler tells apart.
pub(super) fn named() -> Vec<(&'static str, World)> {
    // How a test puts a machine somewhere is no way that a person took.
    let trail = TRAIL.take();
    let world = |name: &'static str, drive: &dyn Fn(&mut World)| {
        let mut world = World::new();
        drive(&mut world);
        (name, world)
    };
    let to_consent = |w: &mut World| {
        w.choosing().capturing().face(MATCH).accepted().eligible();
    };
    let mut last_try = facts();
    last_try.pin = Attempts::Left(1);
    let worlds = vec![
        world("out-of-service, reader lost", &|w| {
            w.feed(Event::ReaderLost);
        }),
        world("out-of-service, service lost", &|w| {
            w.feed(Event::ServiceLost);
        }),
        world("out-of-service, shutting down", &|w| {
            w.feed(Event::Shutdown);
        }),
        world("idle", &|_| {}),
        world("card-settling", &|w| {
            w.feed(Event::CardArrived);
        }),
        world("reading-card", &|w| {
            w.insert();
        }),
        world("reading-card, staff stand by", &|w| {
            w.feed(Event::ModeChanged(SiteMode::StaffAssist)).insert();
        }),
        world("reading-card, system failure", &|w| {
            w.feed(Event::ModeChanged(SiteMode::SystemFailure)).insert();
        }),
        world("reading-card, clock not believed", &|w| {
            w.trusted = false;
            w.insert();
        }),
        world("choose-method", &|w| {
            w.choosing();
        }),
        world("unlocking-portrait", &|w| {
            w.choosing().feed(Event::Chosen(Method::Face));
        }),
        world("face-capture", &|w| {
            w.choosing().capturing();
        }),
        world("phone-await", &|w| {
            w.policy.methods = MethodSet::all();
            w.feed(Event::Chosen(Method::PhonePin));
        }),
        world("authenticating, a phone", &|w| {
            w.policy.methods = MethodSet::all();
            w.feed(Event::Chosen(Method::PhoneBiometric));
            w.answer(Answer::Phone(verified_phone(Some(date(2030, 2, 17)))));
        }),
        world("without-card", &|w| {
            w.feed(Event::WithoutCard);
        }),
        world("pin-entry", &|w| {
            w.choosing().feed(Event::Chosen(Method::Pin));
        }),
        world("pin-entry, last try", &|w| {
            w.read(last_try.clone()).feed(Event::Chosen(Method::Pin));
        }),
        world("pin-verifying, on the pad", &|w| {
            w.choosing().feed(Event::Chosen(Method::Pin));
            w.answer(Answer::Pin(PinAnswer::Ready {
                entry_in_device: true,
            }));
        }),
        world("pin-verifying, other software", &|w| {
            w.policy.pin_owner = PinOwner::ExternalSoftware;
            w.choosing().feed(Event::Chosen(Method::Pin));
        }),
        world("staff-gate", &|w| {
            w.choosing().feed(Event::CallStaff);
        }),
        world("staff-confirm", &|w| {
            w.choosing().feed(Event::CallStaff);
            w.answer(Answer::StaffCode(StaffCodeAnswer::Accepted {
                role: "reception",
            }));
        }),
        world("authenticating", &|w| {
            w.choosing().capturing().face(MATCH);
        }),
        world("offering-registration", &|w| {
            w.choosing().capturing().face(MATCH);
            w.answer(Answer::Authentication(accepted(
                RegistrationState::NotRegistered,
            )));
        }),
        world("registering", &|w| {
            w.choosing().capturing().face(MATCH);
            w.answer(Answer::Authentication(accepted(
                RegistrationState::NotRegistered,
            )));
            w.answer(Answer::RegistrationChoice(true));
        }),
        world("querying", &|w| {
            w.choosing().capturing().face(MATCH).accepted();
        }),
        world("querying, card gone", &|w| {
            w.choosing()
                .capturing()
                .face(MATCH)
                .accepted()
                .feed(Event::CardLeft);
        }),
        world("querying, reader lost", &|w| {
            w.choosing()
                .capturing()
                .face(MATCH)
                .accepted()
                .feed(Event::ReaderLost);
        }),
        world("consenting", &to_consent),
        world("consenting, practice", &|w| {
            w.feed(Event::ModeChanged(SiteMode::Training));
            to_consent(w);
            w.answer(Answer::Consent(ConsentAnswer::Yes));
            w.answer(Answer::Consent(ConsentAnswer::Yes));
        }),
        world("submitting", &|w| {
            to_consent(w);
            w.consents(ConsentAnswer::Yes);
        }),
        world("submitting, card gone", &|w| {
            to_consent(w);
            w.consents(ConsentAnswer::Yes).feed(Event::CardLeft);
        }),
        world("showing", &|w| {
            to_consent(w);
            w.consents(ConsentAnswer::No).answer(Answer::Submitted);
        }),
        world("remove-card, cancelled", &|w| {
            w.choosing().feed(Event::Cancel);
        }),
        world("remove-card, shutting down", &|w| {
            w.choosing().feed(Event::Shutdown);
        }),
        world("remove-card, left behind", &|w| {
            w.feed(Event::ReaderLost)
                .feed(Event::ReaderBack { card_present: true });
        }),
    ];
    TRAIL.set(trail);
    worlds
}

/// The same worlds without their names.
pub(super) fn everywhere() -> Vec<World> {
    named().into_iter().map(|(_, world)| world).collect()
}

/// All events as they would come to `world`: with its own tickets, and late ones.
pub(super) fn events(world: &World) -> Vec<Event> {
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
    assert_eq!(codes.len(), 21, "{codes:?}");
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
