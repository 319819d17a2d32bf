//! Faults, time and the log.

use super::*;
use std::sync::mpsc;
use std::time::Duration;

fn after(card: &VirtualCard, fault: Fault) {
    card.inject(Trigger::Nth(2), fault);
    send(card, JPKI);
}

#[test]
fn pulled_out_before_it_heard() {
    let card = plain();
    after(&card, Fault::RemoveBefore);
    assert_eq!(card.process(&bytes(WRONG)), Answer::Gone);
    assert!(!card.powered());
    assert_eq!(card.tries_left(Key::AuthPin), 3);
    card.power_on();
    dialogue(&card, &[("00200098", 0x6a82), (JPKI, 0x9000)]);
}

#[test]
fn pulled_out_before_it_answered() {
    let card = plain();
    after(&card, Fault::RemoveDuring);
    assert_eq!(card.process(&bytes(WRONG)), Answer::Gone);
    assert_eq!(card.tries_left(Key::AuthPin), 2, "the try is spent");
    assert_eq!(card.process(&bytes(JPKI)), Answer::Gone);
}

#[test]
fn pulled_out_after_it_answered() {
    let card = plain();
    after(&card, Fault::RemoveAfter);
    dialogue(&card, &[(PIN, 0x9000)]);
    assert!(!card.powered() && !card.is_unlocked());
}

#[test]
fn other_faults() {
    let card = plain();
    after(&card, Fault::Mute);
    assert_eq!(card.process(&bytes(WRONG)), Answer::Mute);
    assert_eq!(card.tries_left(Key::AuthPin), 3);

    card.inject(Trigger::Ins(0x20), Fault::AnswerLost);
    send(&card, JPKI);
    assert_eq!(card.process(&bytes(WRONG)), Answer::Mute);
    assert_eq!(card.tries_left(Key::AuthPin), 2);

    card.inject(Trigger::Nth(1), Fault::LinkError);
    assert_eq!(card.process(&bytes(PIN)), Answer::LinkError);
    card.inject(Trigger::Nth(1), Fault::Status(0x6581));
    dialogue(&card, &[(PIN, 0x6581), (PIN, 0x9000)]);
    card.inject(Trigger::Nth(1), Fault::Truncate(1));
    assert_eq!(card.process(&bytes(JPKI)), Answer::Response(vec![0x90]));
    assert_eq!(card.log().last().map(|entry| entry.status), Some(None));

    card.inject(Trigger::Nth(1), Fault::Mute);
    card.clear_faults();
    dialogue(&card, &[(JPKI, 0x9000)]);
}

#[test]
fn commands_take_their_time_on_the_clock() {
    let clock = clock();
    let _me = clock.enter();
    let profile = Profile {
        latency: Latency::TypeB106,
        ..Profile::default()
    };
    let card = VirtualCard::new(profile, clock.shared());
    card.power_on();
    dialogue(
        &card,
        &[(JPKI, 0x9000), (PIN, 0x9000), ("802A0097 01 41 00", 0x9000)],
    );
    let times: Vec<_> = card
        .log()
        .iter()
        .map(|entry| entry.elapsed.as_millis())
        .collect();
    assert_eq!(times, [10, 30, 431]);
    for entry in card.log() {
        assert_eq!(entry.takes(Latency::TypeB106), entry.elapsed, "{entry:?}");
        assert!(entry.takes(Latency::Contact) > entry.elapsed, "{entry:?}");
        assert_eq!(entry.takes(Latency::None), Duration::ZERO);
    }
    assert_eq!(clock.now().since_start().as_millis(), 472);
    card.inject(Trigger::Nth(1), Fault::Delay(Duration::from_secs(5)));
    dialogue(&card, &[(JPKI, 0x9000)]);
    assert_eq!(clock.now().since_start().as_millis(), 5_482);
}

#[test]
fn power_off_ends_a_command_under_way() {
    let clock = clock();
    let _me = clock.enter();
    let card = VirtualCard::new(Profile::default(), clock.shared());
    card.power_on();
    card.inject(Trigger::Nth(1), Fault::Delay(Duration::from_secs(3600)));
    let (heard, hear) = mpsc::channel();
    let seat = Clock::participant(&clock);
    let (other, theirs) = (card.clone(), clock.clone());
    let thread = std::thread::spawn(move || {
        let _seat = seat.enter();
        let wait = crate::wait::Wait::forever(theirs.shared());
        wait.sleep(Duration::from_millis(7)).expect("not cancelled");
        other.power_off();
        heard.send(theirs.now()).expect("the test listens");
    });
    assert_eq!(card.process(&bytes(JPKI)), Answer::Gone);
    assert_eq!(hear.recv(), Ok(clock.now()));
    assert_eq!(clock.now().since_start(), Duration::from_millis(7));
    assert!(thread.join().is_ok());
}

#[test]
fn the_log_has_headers_and_lengths_and_no_bodies() {
    let card = plain();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    card.observe(move |entry| sink.lock().expect("no panic").push(entry.clone()));
    dialogue(&card, &[(JPKI, 0x9000), (WRONG, 0x63c2), ("00", 0x6700)]);
    let log = card.take_log();
    assert_eq!(*seen.lock().expect("no panic"), log);
    assert!(card.log().is_empty());
    let rows: Vec<_> = log
        .iter()
        .map(|e| (e.number, e.header, e.sent, e.received, e.status))
        .collect();
    assert_eq!(
        rows,
        [
            (1, [0, 0xa4, 4, 12], 15, 2, Some(0x9000)),
            (2, [0, 0x20, 0, 0x98], 9, 2, Some(0x63c2)),
            (3, [0, 0, 0, 0], 1, 2, Some(0x6700)),
        ]
    );
    assert!(!format!("{log:?} {card:?}").contains("57, 57, 57, 57"));
}

#[test]
fn hundreds_of_cards_are_cheap() {
    plain();
    let begun = std::time::Instant::now();
    for _ in 0..200 {
        plain();
    }
    // Generous: a signature that is not remembered takes longer than a whole card.
    assert!(begun.elapsed() < Duration::from_secs(5));
}
