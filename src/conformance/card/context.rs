//! Listing and watching.

use super::{Act, Bench};
use crate::card::{CardPresence, CardReader, ReaderEvent, ReaderWatch};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, fails, works};
use crate::conformance::watch;
use crate::device::DeviceId;
use crate::error::ErrorKind;
use crate::wait::Wait;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "context.lists-the-reader",
        rule: "`readers` lists every reader that is attached.",
        run: lists_the_reader,
    },
    Case {
        name: "context.ids-are-stable",
        rule: "A reader has the same id for as long as it stays attached.",
        run: ids_are_stable,
    },
    Case {
        name: "watch.tells-what-is-there",
        rule: "A new watch tells of every reader that is there, and of its state.",
        run: tells_what_is_there,
    },
    Case {
        name: "watch.ends-in-time",
        rule: "`next_event` ends with `TimedOut` when its wait does, not before and not later.",
        run: ends_in_time,
    },
    Case {
        name: "watch.cancel-wakes",
        rule: "Cancelling a wait ends `next_event` within 250 ms.",
        run: cancel_wakes,
    },
    Case {
        name: "watch.sees-both-events",
        rule: "A card that leaves and comes back yields both events.",
        run: sees_both_events,
    },
    Case {
        name: "watch.sees-the-plug",
        rule: "A reader that is unplugged and plugged in again is told, by the same id.",
        run: sees_the_plug,
    },
    Case {
        name: "watch.survives-the-service",
        rule: "A service that dies is an event, and the driver finds it again by itself.",
        run: survives_the_service,
    },
];

fn lists_the_reader(bench: &mut Bench) -> Verdict {
    let id = bench.the_reader()?.info().id.clone();
    let readers = works("readers", bench.the_context()?.readers())?;
    check(
        readers.iter().any(|reader| reader.info().id == id),
        format!("{id} is not among {} readers", readers.len()),
    )
}

fn ids_are_stable(bench: &mut Bench) -> Verdict {
    let mut context = bench.the_context()?;
    let mut ids = || -> Result<Vec<_>, Stop> {
        let readers = works("readers", context.readers())?;
        Ok(readers.iter().map(|r| r.info().id.clone()).collect())
    };
    let (first, second) = (ids()?, ids()?);
    check(first == second, format!("{first:?}, then {second:?}"))
}

fn watch(bench: &mut Bench) -> Result<Box<dyn ReaderWatch>, Stop> {
    match bench.the_context()?.watch() {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            skip("the driver does not watch for readers")
        }
        result => works("watch", result),
    }
}

/// Hears events until `wanted` has had enough.
fn hear(
    watch: &mut dyn ReaderWatch,
    wait: &Wait,
    what: &str,
    mut wanted: impl FnMut(&ReaderEvent) -> bool,
) -> Verdict {
    loop {
        match watch.next_event(wait) {
            Ok(event) if wanted(&event) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                return fail(format!("the watch does not tell {what}"));
            }
            Err(error) => return fail(format!("the watch fails: {}: {error}", error.kind())),
        }
    }
}

/// Hears what a new watch tells of the reader `id` and of the card in it, so that what comes next is news.
/// Whether it tells, another case looks at.
fn settle(watch: &mut dyn ReaderWatch, bench: &mut Bench, id: &DeviceId) {
    let wait = bench.within(bench.notice());
    let _ = is_told(watch, &wait, id);
}

/// Hears that the reader `id` is there, and a card in it.
fn is_told(watch: &mut dyn ReaderWatch, wait: &Wait, id: &DeviceId) -> Verdict {
    hear(
        watch,
        wait,
        "that the reader is there",
        |event| matches!(event, ReaderEvent::ReaderAdded(info) if info.id == *id),
    )?;
    hear(watch, wait, "that a card is there", |event| {
        state_of(event, id) == Some(CardPresence::Present)
    })
}

fn tells_what_is_there(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.info().id.clone();
    let mut watch = watch(bench)?;
    let wait = bench.within(bench.notice());
    is_told(&mut *watch, &wait, &id)
}

/// What `event` says of the card in the reader `id`.
fn state_of(event: &ReaderEvent, id: &DeviceId) -> Option<CardPresence> {
    match event {
        ReaderEvent::StateChanged { reader, state } if reader == id => Some(state.card),
        _ => None,
    }
}

fn ends_in_time(bench: &mut Bench) -> Verdict {
    let mut watch = watch(bench)?;
    watch::ends_in_time(&bench.clock(), |wait| watch.next_event(wait))
}

fn cancel_wakes(bench: &mut Bench) -> Verdict {
    let mut watch = watch(bench)?;
    watch::cancel_wakes(&bench.clock(), |wait| watch.next_event(wait))
}

fn sees_both_events(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.info().id.clone();
    let mut watch = watch(bench)?;
    settle(&mut *watch, bench, &id);
    // Each is told before the next is done: a platform that looks now and then cannot see what
    // came and went between two looks.
    for (act, presence, what) in [
        (Act::Remove, CardPresence::Absent, "that the card left"),
        (
            Act::Insert,
            CardPresence::Present,
            "that the card came back",
        ),
    ] {
        bench.do_act(act)?;
        let wait = bench.within(bench.notice());
        hear(&mut *watch, &wait, what, |event| {
            state_of(event, &id) == Some(presence)
        })?;
    }
    Ok(())
}

fn sees_the_plug(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.info().id.clone();
    let mut watch = watch(bench)?;
    settle(&mut *watch, bench, &id);
    bench.do_act(Act::Unplug)?;
    let wait = bench.within(bench.notice());
    let gone = hear(
        &mut *watch,
        &wait,
        "that the reader left",
        |event| matches!(event, ReaderEvent::ReaderRemoved(gone) if *gone == id),
    );
    // Before the verdict: the cases after this one want the reader back.
    bench.do_act(Act::Plug)?;
    gone?;
    let wait = bench.within(bench.notice());
    hear(
        &mut *watch,
        &wait,
        "that the reader is back",
        |event| matches!(event, ReaderEvent::ReaderAdded(info) if info.id == id),
    )
}

fn survives_the_service(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.info().id.clone();
    let mut watch = watch(bench)?;
    let mut context = bench.the_context()?;
    settle(&mut *watch, bench, &id);
    bench.do_act(Act::StopService)?;
    let wait = bench.within(bench.notice());
    let lost = hear(&mut *watch, &wait, "that the service died", |event| {
        *event == ReaderEvent::ServiceLost
    });
    let without = fails("readers", context.readers(), &[ErrorKind::Unavailable]);
    bench.do_act(Act::StartService)?;
    lost.and(without)?;
    let wait = bench.within(bench.notice());
    hear(&mut *watch, &wait, "that the service is back", |event| {
        *event == ReaderEvent::ServiceBack
    })?;
    works("readers, once the service is back", context.readers()).map(drop)
}
