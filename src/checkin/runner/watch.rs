//! The thread that listens to the reader and tells the session about cards coming and going.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::inbox::Input;
use crate::card::{CardPresence, ReaderEvent, ReaderState, ReaderWatch};
use crate::checkin::Event;
use crate::device::DeviceId;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;
use crate::wait::{CancelToken, Wait};

/// Listens until it is dropped.
pub(super) struct Watching {
    stop: CancelToken,
    thread: Option<JoinHandle<()>>,
}

/// What was last seen of our reader.
struct Seen {
    reader: DeviceId,
    attached: bool,
    card: bool,
    changes: Option<u32>,
    /// Until the first event that is not older than the first look at the reader.
    starting: bool,
    /// The reader was told lost while it stayed attached: by this thread, or by the card's lane.
    /// What it next says of its slot brings it back.
    lost: Arc<AtomicBool>,
    /// The reader is back; whether a card lies in it is told by the state that follows.
    returning: bool,
}

/// How long until a watch that failed is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

impl Watching {
    pub(super) fn start(
        clock: &Arc<dyn Clock>,
        mut watch: Box<dyn ReaderWatch>,
        reader: DeviceId,
        lost: Arc<AtomicBool>,
        first: &ReaderState,
        input: Input,
    ) -> Result<Self> {
        let stop = CancelToken::new();
        let wait = Wait::forever(clock.clone()).with_cancel(stop.clone());
        let mut seen = Seen {
            reader,
            attached: true,
            card: is_there(first),
            changes: first.changes,
            starting: true,
            lost,
            returning: false,
        };
        let seat = clock.participant();
        let thread = std::thread::Builder::new()
            .name("myna-hal session watch".to_owned())
            .spawn(move || {
                let _seat = seat.enter();
                // Only cancellation ends a watch; the death of a service is an event. A watch
                // that fails all the same is asked again, and nobody is served meanwhile.
                while wait.check().is_ok() {
                    match watch.next_event(&wait) {
                        Ok(event) => seen.tell(event, &input),
                        Err(_) => {
                            seen.out_of_reach(&input);
                            // Ends at once when the runner does.
                            let _ = wait.sleep(ASK_AGAIN);
                        }
                    }
                }
            })
            .map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "no thread can be started for the session",
                )
                .with_source(source)
            })?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(super) fn is_there(state: &ReaderState) -> bool {
    matches!(state.card, CardPresence::Present | CardPresence::Mute)
}

impl Seen {
    /// What happens at the reader is not heard until it says again what it holds.
    fn out_of_reach(&mut self, input: &Input) {
        self.card = false;
        if !self.lost.swap(true, Ordering::SeqCst) && !self.returning {
            input.send(Event::ReaderLost);
        }
    }

    fn tell(&mut self, event: ReaderEvent, input: &Input) {
        match event {
            ReaderEvent::StateChanged { reader, state } if reader == self.reader => {
                self.state_changed(&state, input);
            }
            ReaderEvent::ReaderRemoved(reader) if reader == self.reader && self.attached => {
                self.card = false;
                self.attached = false;
                self.starting = false;
                self.returning = false;
                // The platform counts anew when the reader comes back.
                self.changes = None;
                input.send(Event::ReaderLost);
            }
            // A watch begins by telling what is there already.
            ReaderEvent::ReaderAdded(info) if info.id == self.reader && !self.attached => {
                self.attached = true;
                self.returning = true;
            }
            ReaderEvent::ServiceLost => {
                self.changes = None;
                input.send(Event::ServiceLost);
                // What lies there when the service is back is nobody's, as after a cable was
                // pulled: the reader is back once it says what it holds.
                if self.attached {
                    self.out_of_reach(input);
                }
            }
            ReaderEvent::ServiceBack => input.send(Event::ServiceBack),
            _ => {}
        }
    }

    fn state_changed(&mut self, state: &ReaderState, input: &Input) {
        let there = is_there(state);
        // Sixteen bits are what platforms count in, and the count wraps.
        let moved = match (self.changes, state.changes) {
            (Some(old), Some(new)) => (new as u16).wrapping_sub(old as u16),
            _ => 0,
        };
        if self.starting && moved > u16::MAX / 2 {
            // From before the reader was first asked: the watch was opened before that.
            return;
        }
        self.starting = false;
        self.changes = state.changes;
        // Listed and out of reach: its cable was pulled, and the service keeps its name.
        if state.card == CardPresence::Unknown {
            return self.out_of_reach(input);
        }
        let lost = self.lost.swap(false, Ordering::SeqCst);
        if std::mem::take(&mut self.returning) || lost {
            // A card that lay there when the reader came back is nobody's, and the session says so.
            self.card = there;
            return input.send(Event::ReaderBack {
                card_present: there,
            });
        }
        // Out and in again between two looks: perhaps another card, never the same session.
        let swapped = there && self.card && moved > 1;
        if self.card && (!there || swapped) {
            input.send(Event::CardLeft);
        }
        if there && (!self.card || swapped) {
            input.send(Event::CardArrived);
        }
        self.card = there;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(card: bool, changes: u32) -> (Seen, Input) {
        let seen = Seen {
            reader: DeviceId::new("test", "reader"),
            attached: true,
            card,
            changes: Some(changes),
            starting: false,
            lost: Arc::default(),
            returning: false,
        };
        (seen, Input::new())
    }

    fn state(card: CardPresence, changes: u32) -> ReaderEvent {
        let mut state = ReaderState::new(card);
        state.changes = Some(changes);
        ReaderEvent::StateChanged {
            reader: DeviceId::new("test", "reader"),
            state,
        }
    }

    fn told(input: &Input) -> Vec<Event> {
        std::iter::from_fn(|| input.take()).collect()
    }

    #[test]
    fn the_count_of_insertions_wraps() {
        let (mut seen, input) = seen(false, 0xFFFF);
        seen.tell(state(CardPresence::Present, 0), &input);
        seen.tell(state(CardPresence::Absent, 1), &input);
        assert_eq!(told(&input), [Event::CardArrived, Event::CardLeft]);
    }

    #[test]
    fn out_and_in_between_two_looks_is_another_card() {
        let (mut seen, input) = seen(true, 7);
        seen.tell(state(CardPresence::Present, 9), &input);
        assert_eq!(told(&input), [Event::CardLeft, Event::CardArrived]);
        seen.tell(state(CardPresence::Present, 9), &input);
        assert_eq!(told(&input), [], "somebody else uses the reader");
    }

    #[test]
    fn what_is_older_than_the_first_look_is_not_news() {
        let (mut seen, input) = seen(true, 5);
        seen.starting = true;
        seen.tell(state(CardPresence::Absent, 4), &input);
        seen.tell(state(CardPresence::Present, 5), &input);
        assert_eq!(told(&input), []);
        seen.tell(state(CardPresence::Absent, 6), &input);
        assert_eq!(told(&input), [Event::CardLeft]);
    }

    #[test]
    fn a_card_that_came_back_with_its_reader_is_nobodys() {
        let (mut seen, input) = seen(true, 40);
        let info = crate::device::DeviceInfo::new("test", "reader");
        seen.tell(ReaderEvent::ReaderRemoved(info.id.clone()), &input);
        seen.tell(ReaderEvent::ReaderAdded(info), &input);
        seen.tell(state(CardPresence::Present, 1), &input);
        let back = Event::ReaderBack { card_present: true };
        assert_eq!(told(&input), [Event::ReaderLost, back]);
    }

    #[test]
    fn a_reader_out_of_reach_is_lost_until_it_says_what_it_holds() {
        let (mut seen, input) = seen(true, 5);
        seen.tell(state(CardPresence::Unknown, 6), &input);
        seen.tell(state(CardPresence::Unknown, 6), &input);
        assert_eq!(told(&input), [Event::ReaderLost], "once");
        seen.tell(state(CardPresence::Absent, 7), &input);
        let back = Event::ReaderBack {
            card_present: false,
        };
        assert_eq!(told(&input), std::slice::from_ref(&back));
        seen.tell(state(CardPresence::Present, 8), &input);
        assert_eq!(told(&input), [Event::CardArrived]);
        // Told by the card's lane.
        seen.lost.store(true, Ordering::SeqCst);
        seen.tell(state(CardPresence::Absent, 9), &input);
        assert_eq!(told(&input), [back]);
    }

    #[test]
    fn a_card_that_lies_there_when_the_service_is_back_is_nobodys() {
        let (mut seen, input) = seen(true, 5);
        seen.tell(ReaderEvent::ServiceLost, &input);
        assert_eq!(told(&input), [Event::ServiceLost, Event::ReaderLost]);
        seen.tell(ReaderEvent::ServiceBack, &input);
        seen.tell(state(CardPresence::Present, 5), &input);
        let back = Event::ReaderBack { card_present: true };
        assert_eq!(told(&input), [Event::ServiceBack, back]);
    }

    /// Fails twice, then tells what it should have told.
    struct Failing(u32);

    impl ReaderWatch for Failing {
        fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
            self.0 += 1;
            match self.0 {
                1 | 2 => Err(ErrorKind::Protocol.into()),
                3 => Ok(state(CardPresence::Present, 8)),
                _ => {
                    wait.sleep(Duration::from_secs(3600))?;
                    Err(ErrorKind::Protocol.into())
                }
            }
        }
    }

    #[test]
    fn a_watch_that_fails_is_asked_again_and_nobody_is_served_meanwhile() {
        let clock = crate::time::SystemClock::shared();
        let input = Input::new();
        let first = ReaderState::new(CardPresence::Absent);
        let watch = Box::new(Failing(0));
        let reader = DeviceId::new("test", "reader");
        let lost = Arc::default();
        let watching = Watching::start(&clock, watch, reader, lost, &first, input.clone());
        let watching = watching.expect("a thread");
        let wait = Wait::at_most(clock, Duration::from_secs(20));
        let mut heard = Vec::new();
        loop {
            heard.extend(std::iter::from_fn(|| input.take()));
            if heard.len() >= 2 || wait.on(input.arrived()).is_err() {
                break;
            }
        }
        drop(watching);
        // What lies there came while nobody looked.
        let back = Event::ReaderBack { card_present: true };
        assert_eq!(heard, [Event::ReaderLost, back]);
    }
}
