//! Readers and cards coming and going.

use std::ffi::CString;
use std::time::Duration;

use pcsc::{PNP_NOTIFICATION, State};

use super::context::Context;
use super::error::service_is_gone;
use super::reader::{describe, state_of};
use super::{DRIVER, Service};
use crate::card::ReaderEvent;
use crate::device::DeviceId;
use crate::drivers::watch::{Events, Watch};
use crate::error::Result;
use crate::telemetry;

/// How long one look lasts, after which the thread sees whether anybody still listens. Also the
/// pace of looking for a service that died.
const LOOK: Duration = Duration::from_millis(500);

/// How long a reader that says nothing of its slot is left alone before it is asked again.
const SETTLING: Duration = Duration::from_millis(100);

/// Has a thread look, which ends within a look after nobody listens any more. Nobody waits for that:
/// a service that hangs would hold them up, and what is closed disturbs nobody.
pub(super) fn start(service: &Service) -> Result<Watch> {
    let theirs = service.clone();
    Watch::start(DRIVER, &service.clock, move |events, _| {
        run(&events, &theirs)
    })
}

/// Whether the service is up, as last told to the listener.
fn run(events: &Events, service: &Service) {
    let mut lost = false;
    let mut readers: Vec<pcsc::ReaderState> = Vec::new();
    while !events.are_over() {
        let established = Context::establish();
        if let Ok(context) = established {
            if std::mem::take(&mut lost) {
                telemetry::service(DRIVER, true);
                events.push(ReaderEvent::ServiceBack);
            }
            watch(events, service, &context, &mut readers);
        }
        if events.are_over() {
            return;
        }
        if !std::mem::replace(&mut lost, true) {
            telemetry::service(DRIVER, false);
            events.push(ReaderEvent::ServiceLost);
        }
        // With the service all its readers are gone, and their counts.
        service.verdicts.forget_all_but(&[]);
        for reader in readers.drain(..) {
            events.push(ReaderEvent::ReaderRemoved(describe(reader.name()).id));
        }
        pause(events, service, LOOK);
    }
}

/// Watches with one context until it dies or the watch ends.
fn watch(
    events: &Events,
    service: &Service,
    context: &Context,
    readers: &mut Vec<pcsc::ReaderState>,
) {
    // The pseudo reader that wakes us when the list of readers changes.
    let mut plug = pcsc::ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE);
    while !events.are_over() {
        match super::list(context) {
            Ok(names) => {
                service.verdicts.forget_all_but(&names);
                compare(events, readers, &names);
            }
            Err(error) if service_is_gone(error) => return,
            Err(_) => {}
        }
        plug.sync_current_state();
        readers.iter_mut().for_each(ask_for_changes);
        // The states are moved into one slice and back: the call wants them together.
        let mut all: Vec<pcsc::ReaderState> =
            std::iter::once(plug).chain(readers.drain(..)).collect();
        let looked = context.get_status_change(LOOK, &mut all);
        let mut all = all.into_iter();
        plug = match all.next() {
            Some(plug) => plug,
            None => return,
        };
        readers.extend(all);
        match looked {
            Ok(()) => {
                for reader in readers.iter().filter(|reader| is_news(reader)) {
                    if let Some(state) = state_of(service, reader) {
                        events.push(ReaderEvent::StateChanged {
                            reader: describe(reader.name()).id,
                            state,
                        });
                    }
                }
            }
            Err(pcsc::Error::Timeout | pcsc::Error::Cancelled | pcsc::Error::UnknownReader) => {}
            Err(_) => return,
        }
        if !readers
            .iter()
            .all(|reader| is_settled(reader.event_state()))
        {
            pause(events, service, SETTLING);
        }
    }
}

/// Ends early when nobody listens any more.
fn pause(events: &Events, service: &Service, time: Duration) {
    let clock = &service.clock;
    clock.wait_until(Some(clock.now() + time), &events.news);
}

/// Whether the service says what is in the reader, or that it cannot. For up to some seconds
/// after a reader was plugged in it may say neither (observed with pcsc-lite 1.9).
fn is_settled(state: State) -> bool {
    let told = State::EMPTY | State::PRESENT | State::UNAVAILABLE | State::UNKNOWN | State::IGNORE;
    state.intersects(told)
}

fn is_news(reader: &pcsc::ReaderState) -> bool {
    is_settled(reader.event_state()) && reader.event_state().contains(State::CHANGED)
}

/// Next time only what differs is told; from a reader that is not settled, whatever it is, since
/// the service tells no change from a state that it never told.
fn ask_for_changes(reader: &mut pcsc::ReaderState) {
    if is_settled(reader.event_state()) {
        reader.sync_current_state();
    } else {
        *reader = pcsc::ReaderState::new(reader.name().to_owned(), State::UNAWARE);
    }
}

/// Tells which readers came and which went, and keeps the states of those that stayed.
fn compare(events: &Events, readers: &mut Vec<pcsc::ReaderState>, names: &[CString]) {
    readers.retain(|reader| {
        let stays = names.iter().any(|name| name.as_c_str() == reader.name());
        if !stays {
            let id: DeviceId = describe(reader.name()).id;
            events.push(ReaderEvent::ReaderRemoved(id));
        }
        stays
    });
    for name in names {
        if !readers
            .iter()
            .any(|reader| reader.name() == name.as_c_str())
        {
            events.push(ReaderEvent::ReaderAdded(describe(name)));
            readers.push(pcsc::ReaderState::new(name.clone(), State::UNAWARE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_says_nothing_of_its_slot_is_not_settled() {
        for flags in [
            State::UNAWARE,
            State::CHANGED,
            State::INUSE | State::CHANGED,
        ] {
            assert!(!is_settled(flags), "{flags:?}");
        }
        for flags in [
            State::EMPTY,
            State::PRESENT | State::MUTE,
            State::UNAVAILABLE,
        ] {
            assert!(is_settled(flags | State::CHANGED), "{flags:?}");
        }
        let mut unsettled = pcsc::ReaderState::new(c"a reader", State::CHANGED);
        ask_for_changes(&mut unsettled);
        assert_eq!(unsettled.name(), c"a reader");
        assert!(!is_news(&unsettled));
    }
}
