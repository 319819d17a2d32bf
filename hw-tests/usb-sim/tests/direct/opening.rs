//! Readers that take their time to be opened, or say nothing: nobody waits longer than he said, no
//! reader is opened twice at once, and none stays claimed.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use myna_hal::card::{
    CardConnection, CardContext as _, CardPresence, CardReader as _, ReaderEvent, ReaderWatch as _,
    ShareMode,
};
use myna_hal::drivers::ccid::{Bus, CcidContext, CcidReader as Listed, Found, Opened};
use myna_hal::sim;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{CancelToken, Error, ErrorKind, Result, Wait};
use usb_sim::ccid::{CcidReader, Lie, Product};
use usb_sim::direct::DirectBus;

use crate::product;
use crate::straight::PLACE;

/// What a call may take beyond its wait, and what a busy machine adds.
const MARGIN: Duration = Duration::from_millis(250 + 500);

/// A bus that opens a reader when the test allows it, and counts.
#[derive(Clone)]
struct Slow {
    bus: DirectBus,
    held: Arc<Mutex<()>>,
    opened: Arc<AtomicU32>,
    broken: Arc<AtomicBool>,
}

impl Bus for Slow {
    fn readers(&self) -> Result<Vec<Found>> {
        self.bus.readers()
    }

    fn open(&self, found: &Found) -> Result<Opened> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        assert!(
            !self.broken.load(Ordering::SeqCst),
            "a bus that panics: the test wants it"
        );
        drop(self.hold());
        self.bus.open(found)
    }
}

impl Slow {
    /// Nothing is opened while this lasts.
    fn hold(&self) -> MutexGuard<'_, ()> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn openings(&self) -> u32 {
        self.opened.load(Ordering::SeqCst)
    }
}

struct Setting {
    clock: Arc<dyn Clock>,
    reader: CcidReader,
    slow: Slow,
    context: CcidContext,
}

/// One reader with a card in it.
fn setting() -> Setting {
    setting_at(SystemClock::shared())
}

fn setting_at(clock: Arc<dyn Clock>) -> Setting {
    let reader = with_card(product("rc-s300"), &clock);
    let slow = Slow {
        bus: DirectBus::new(),
        held: Arc::default(),
        opened: Arc::default(),
        broken: Arc::default(),
    };
    slow.bus.plug(PLACE, &reader);
    let context = CcidContext::with_bus(slow.clone(), clock.clone());
    Setting {
        clock,
        reader,
        slow,
        context,
    }
}

fn with_card(product: &Product, clock: &Arc<dyn Clock>) -> CcidReader {
    let reader = CcidReader::new(product);
    reader.insert(&crate::support::card(product, clock));
    reader
}

impl Setting {
    fn listed(&self) -> Listed {
        let mut readers = self.context.list().expect("the bus answers");
        readers.pop().expect("plugged in")
    }

    fn wait(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock.clone(), limit)
    }

    /// Connects while another user of the simulated reader may still hold it.
    fn connect_elsewhere(&self) -> Result<Box<dyn CardConnection>> {
        let elsewhere = CcidContext::with_bus(self.slow.bus.clone(), self.clock.clone());
        let patience = self.wait(Duration::from_secs(20));
        loop {
            let mut reader = elsewhere.list()?.pop().ok_or(ErrorKind::NotFound)?;
            match reader.connect(ShareMode::Shared, &patience) {
                Err(error) if error.kind() == ErrorKind::Busy => {
                    patience.sleep(Duration::from_millis(50))?;
                }
                connected => return connected,
            }
        }
    }
}

/// What a call says, and whether it kept its time.
fn timed<T>(limit: Duration, call: impl FnOnce() -> Result<T>) -> Option<ErrorKind> {
    let begun = Instant::now();
    let kind = call().err().map(|error: Error| error.kind());
    let took = begun.elapsed();
    assert!(took < limit + MARGIN, "{took:?} instead of {limit:?}");
    kind
}

#[test]
fn whoever_gives_up_on_a_silent_reader_does_so_in_time() {
    let setting = setting();
    setting.reader.lie(Some(Lie::Silence));
    let mut reader = setting.listed();
    let limit = Duration::from_millis(300);
    for _ in 0..3 {
        let wait = setting.wait(limit);
        let kind = timed(limit, || reader.connect(ShareMode::Shared, &wait));
        assert_eq!(kind, Some(ErrorKind::TimedOut));
    }
    let token = CancelToken::new();
    let wait = Wait::forever(setting.clock.clone()).with_cancel(token.clone());
    let kind = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(limit);
            token.cancel();
        });
        timed(limit, || reader.connect(ShareMode::Shared, &wait))
    });
    assert_eq!(kind, Some(ErrorKind::Cancelled));
    let kind = timed(Duration::from_secs(2), || reader.state());
    assert_eq!(kind, Some(ErrorKind::TimedOut));
    assert_eq!(setting.slow.openings(), 1, "one was under way all the time");
    drop(reader);
    setting.reader.lie(None);
    let connected = setting.connect_elsewhere();
    connected.expect("nobody has it any more");
}

#[test]
fn an_opening_that_was_given_up_serves_the_next_call() {
    let setting = setting();
    let mut reader = setting.listed();
    let held = setting.slow.hold();
    let limit = Duration::from_millis(200);
    let wait = setting.wait(limit);
    let kind = timed(limit, || reader.connect(ShareMode::Shared, &wait));
    assert_eq!(kind, Some(ErrorKind::TimedOut));
    drop(held);
    // It ends while nobody waits for it.
    std::thread::sleep(Duration::from_millis(500));
    let long = setting.wait(Duration::from_secs(20));
    let connected = reader.connect(ShareMode::Shared, &long);
    connected.expect("it is open");
    assert_eq!(setting.slow.openings(), 1);
}

#[test]
fn an_opening_that_the_system_does_not_come_back_from_is_told() {
    let begin = "2026-11-23T00:00:00Z".parse().expect("a date");
    let time = sim::Clock::starting_at(begin);
    let setting = setting_at(time.shared());
    let (mut one, mut other) = (setting.listed(), setting.listed());
    let forever = Wait::forever(setting.clock.clone());
    let held = setting.slow.hold();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| one.connect(ShareMode::Shared, &forever).err());
        while setting.slow.openings() == 0 {
            std::thread::yield_now();
        }
        time.advance(Duration::from_secs(15));
        let told = call.join().expect("no panic").map(|error| error.kind());
        assert_eq!(told, Some(ErrorKind::Unavailable), "it waited all the time");
    });
    let told = other.connect(ShareMode::Shared, &forever).err();
    let told = told.map(|error| error.kind());
    assert_eq!(told, Some(ErrorKind::Unavailable), "it came later");
    assert_eq!(setting.slow.openings(), 1, "nobody begins a second one");
    drop(held);
}

#[test]
fn a_reader_that_nobody_wants_any_more_is_given_up() {
    let setting = setting();
    let held = setting.slow.hold();
    let limit = Duration::from_millis(200);
    let (wait, mut reader) = (setting.wait(limit), setting.listed());
    let kind = timed(limit, || reader.connect(ShareMode::Shared, &wait));
    assert_eq!(kind, Some(ErrorKind::TimedOut));
    drop((reader, held));
    // It ends, and nobody comes.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(setting.slow.openings(), 1);
    let connected = setting.connect_elsewhere();
    connected.expect("nobody has it any more");
}

#[test]
fn two_who_come_at_once_meet_in_one_opening() {
    let setting = setting();
    let held = setting.slow.hold();
    let (mut one, mut other) = (setting.listed(), setting.listed());
    let wait = setting.wait(Duration::from_secs(20));
    std::thread::scope(|scope| {
        let calls = [&mut one, &mut other].map(|reader| {
            let wait = &wait;
            scope.spawn(move || reader.connect(ShareMode::Shared, wait))
        });
        std::thread::sleep(Duration::from_millis(200));
        drop(held);
        for call in calls {
            let connected = call.join().expect("no panic");
            connected.expect("both have it");
        }
    });
    assert_eq!(setting.slow.openings(), 1);
}

#[test]
fn a_bus_that_panics_leaves_nobody_waiting() {
    let setting = setting();
    setting.slow.broken.store(true, Ordering::SeqCst);
    let mut reader = setting.listed();
    let long = setting.wait(Duration::from_secs(20));
    let kind = timed(Duration::from_secs(2), || {
        reader.connect(ShareMode::Shared, &long)
    });
    assert_eq!(kind, Some(ErrorKind::Disconnected));
    setting.slow.broken.store(false, Ordering::SeqCst);
    let connected = reader.connect(ShareMode::Shared, &long);
    connected.expect("it is opened anew");
}

#[test]
fn a_silent_reader_does_not_hold_up_the_news_of_others() {
    let setting = setting();
    setting.reader.lie(Some(Lie::Silence));
    let other = with_card(product("acr39u"), &setting.clock);
    setting.slow.bus.plug("bus 2", &other);
    let mut context = setting.context.clone();
    let mut watch = context.watch().expect("it watches");
    let mut until_told = |card: CardPresence| {
        let wait = setting.wait(Duration::from_secs(20));
        loop {
            let event = watch.next_event(&wait).expect("told in time");
            if matches!(event, ReaderEvent::StateChanged { state, .. } if state.card == card) {
                return;
            }
        }
    };
    until_told(CardPresence::Present);
    for _ in 0..3 {
        let told = timed(Duration::from_secs(1), || {
            other.remove();
            until_told(CardPresence::Absent);
            Ok(())
        });
        assert_eq!(told, None);
        other.insert(&crate::support::card(product("acr39u"), &setting.clock));
        until_told(CardPresence::Present);
    }
}
