//! Cards that do not answer the reset, and those that are only said to be there.

use hw_tests::client::SELECT;
use hw_tests::ifd::TestReader;
use hw_tests::ifd::protocol::operation;
use hw_tests::pcscd::{NOTICE, Pcscd, READER};
use hw_tests::puppet::Puppet;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Profile;
use myna_hal::time::SystemClock;

use crate::bed::Bed;
use crate::{PUPPET, done};

/// How many events a watch may hear when a card or a program comes or goes.
const FEW: usize = 4;

/// The events of the watch of a hand until it is quiet for a second.
fn events(puppet: &Puppet, hand: char) -> Vec<String> {
    let mut events = Vec::new();
    loop {
        let outcome = puppet.ask(hand, "next 1000ms");
        if outcome == "timed-out" {
            return events;
        }
        events.push(outcome.result);
        assert!(events.len() <= FEW, "no end of events: {events:?}");
    }
}

/// A reader of which the daemon says that a mute card is in, after the card was pulled out while
/// a client gave it power anew.
struct Stale {
    rig: Pcscd,
    reader: TestReader,
    puppet: Puppet,
}

impl Stale {
    fn new(tells_presence: bool) -> Self {
        let (rig, [reader], log) = Pcscd::with_readers_and_log([READER]);
        reader.set_tells_presence(tells_presence);
        reader.insert(&new_card());
        let puppet = Puppet::start(&rig, PUPPET);
        puppet.until('a', "state Myna", "present");
        // Two, which hear of each other's questions to the reader.
        for hand in ['w', 'v'] {
            assert_eq!(puppet.ask(hand, "watch"), "ok");
            puppet.until(hand, "next", "present");
        }
        assert_eq!(puppet.ask('a', "connect Myna shared"), "ok");

        reader.hold(operation::POWER_UP);
        puppet.tell('a', "reconnect unpower");
        assert!(reader.await_asked(operation::POWER_UP, NOTICE));
        reader.remove();
        // The daemon's thread for the client will want to log that this failed. Meanwhile the one
        // for the reader sees that the card is gone.
        log.fill();
        reader.release();
        assert!(reader.await_look(NOTICE));
        log.read();
        Self {
            rig,
            reader,
            puppet,
        }
    }

    /// Whether another program sees a card.
    fn shows_a_card(&self) -> bool {
        let output = done(self.rig.run("opensc-tool", &["--list-readers"]));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.contains(READER));
        line.unwrap_or_else(|| panic!("no reader: {text}"))
            .contains("Yes")
    }

    /// Asserts that what both watches hear still, if anything, ends with this and then in quiet.
    #[track_caller]
    fn watches_end_with(&self, presence: &str) {
        for hand in ['w', 'v'] {
            let heard = events(&self.puppet, hand);
            let last = heard.last().map_or(presence, String::as_str);
            assert_eq!(last, presence, "{hand}: {heard:?}");
        }
    }

    /// A card that comes ends it.
    fn ends(&self) {
        self.reader.insert(&new_card());
        self.puppet.until('w', "next", "present");
        self.puppet.until('a', "connect Myna shared", "ok");
        assert_eq!(self.puppet.ask('a', &format!("send {SELECT}")), "9000");
    }
}

fn new_card() -> VirtualCard {
    VirtualCard::new(Profile::default(), SystemClock::shared())
}

#[test]
fn a_card_that_answers_no_reset_is_mute_from_the_start() {
    let bed = Bed::own();
    let puppet = bed.puppet();
    assert_eq!(puppet.ask('w', "watch"), "ok");
    puppet.until('w', "next", "present");
    bed.reader().0.insert_mute();
    puppet.until('w', "next", "mute");
    assert_eq!(puppet.ask('a', "state Myna"), "mute");
    let outcome = puppet.ask('a', "connect Myna shared");
    assert_eq!(outcome, "protocol", "{outcome:?}");
    assert!(events(&puppet, 'w').iter().all(|event| event == "mute"));
    bed.remove();
    puppet.until('w', "next", "absent");
}

#[test]
fn an_empty_reader_that_the_daemon_calls_mute_is_empty() {
    let stale = Stale::new(true);
    let puppet = &stale.puppet;
    let outcome = puppet.hear('a');
    assert_eq!(outcome, "no-card", "{outcome:?}");
    assert!(stale.shows_a_card(), "the daemon knows that it is empty");
    assert_eq!(puppet.ask('b', "state Myna"), "absent");
    puppet.until('w', "next", "absent");
    stale.watches_end_with("absent");
    let asked = stale.reader.presence_asked();
    for order in ["reconnect leave", "connect Myna shared"] {
        let outcome = puppet.ask('a', order);
        assert_eq!(outcome, "no-card", "{order}: {outcome:?}");
    }
    stale.watches_end_with("absent");
    assert!(stale.shows_a_card(), "the daemon knows that it is empty");
    // A watch that begins now hears the same.
    assert_eq!(puppet.ask('w', "watch"), "ok");
    assert_eq!(events(puppet, 'w'), ["reader-added", "absent"]);
    assert_eq!(stale.reader.presence_asked(), asked, "asked again");
    stale.ends();
}

#[test]
fn a_reader_that_cannot_tell_is_believed_mute() {
    let stale = Stale::new(false);
    let puppet = &stale.puppet;
    let outcome = puppet.hear('a');
    assert_eq!(outcome, "protocol", "{outcome:?}");
    assert_eq!(puppet.ask('b', "state Myna"), "mute");
    let outcome = puppet.ask('a', "connect Myna shared");
    assert_eq!(outcome, "protocol", "{outcome:?}");
    puppet.until('w', "next", "mute");
    stale.watches_end_with("mute");
    let asked = stale.reader.presence_asked();
    assert!(asked > 0, "believed without asking");
    assert_eq!(puppet.ask('b', "state Myna"), "mute");
    assert_eq!(stale.reader.presence_asked(), asked, "asked again");
    stale.ends();
}

#[test]
fn a_reader_that_takes_long_to_tell_is_believed_mute_until_it_does() {
    let bed = Bed::own();
    let reader = bed.reader().0;
    let puppet = bed.puppet();
    assert_eq!(puppet.ask('w', "watch"), "ok");
    reader.hold(operation::ATTRIBUTE);
    reader.insert_mute();
    assert!(reader.await_asked(operation::ATTRIBUTE, NOTICE));
    let outcome = puppet.ask('a', "state Myna");
    assert_eq!(outcome, "mute", "{outcome:?}");
    assert!(outcome.ms < 4000, "{outcome:?}");
    puppet.until('w', "next", "mute");
    reader.release();
    puppet.until('a', "state Myna", "mute");
    assert!(events(&puppet, 'w').iter().all(|event| event == "mute"));
    bed.remove();
    puppet.until('w', "next", "absent");
}
