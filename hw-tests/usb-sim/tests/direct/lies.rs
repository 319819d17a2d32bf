//! Readers that do not keep to the standard: typed errors, in bounded time.

use std::time::{Duration, Instant};

use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, CardPresence, CardReader, Disposition, ReaderCapabilities};
use myna_hal::conformance::card::{Act, CardBench as _};
use myna_hal::pin::{
    PinFormat, PinOutcome, PinPad, PinPrompt, PinPurpose, PinRequest, ReaderPinPad,
};
use myna_hal::sim::card::Key;
use myna_hal::{Error, ErrorKind, Wait};
use usb_sim::ccid::{Lie, PRODUCTS, Product};

use crate::commands::{READ_CERTIFICATE, SELECT};
use crate::{Desk, desk, product};

fn send(connection: &mut dyn CardConnection, command: &[u8], wait: &Wait) -> Result<usize, Error> {
    let command = CommandApdu::parse(command)?;
    let response = connection.transmit(&command, wait)?;
    Ok(response.data().len())
}

fn long(desk: &Desk) -> Wait {
    desk.wait(Duration::from_secs(120))
}

/// The driver looks at a slot of which it was told something: that it has, so that the next to hear
/// the reader is the test.
fn looked_at(desk: &Desk) {
    let wait = desk.wait(Duration::from_secs(60));
    wait.sleep(Duration::from_secs(1)).expect("in time");
}

#[test]
fn every_lie_is_a_typed_error_and_ends() {
    const LIES: [Lie; 10] = [
        Lie::Sequence,
        Lie::Slot,
        Lie::Type,
        Lie::Length(0),
        Lie::Length(5),
        Lie::Length(70_000),
        Lie::Length(u32::MAX),
        Lie::Cut(0),
        Lie::Cut(9),
        Lie::Cut(11),
    ];
    // Some of them are silence, so each has a reader of its own.
    std::thread::scope(|scope| {
        for lie in LIES {
            for key in ["rc-s300", "acr39u", "omnikey-3821"] {
                scope.spawn(move || is_found_out(lie, key));
            }
        }
    });
}

#[test]
fn a_reader_that_is_silent_when_it_is_opened_can_be_opened_again() {
    let desk = desk(product("rc-s300"));
    desk.reader.lie(Some(Lie::Silence));
    let mut reader = desk.open_reader().expect("listed");
    let error = reader.state().expect_err("it says nothing");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    drop(reader);
    desk.reader.lie(None);
    desk.connect().expect("nobody has it any more");
}

fn is_found_out(lie: Lie, key: &str) {
    let desk = desk(product(key));
    let mut connection = desk.connect().expect("honest so far");
    looked_at(&desk);
    desk.reader.lie(Some(lie));
    let begun = Instant::now();
    let error = send(&mut *connection, &SELECT, &long(&desk)).expect_err("a lie");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{key}, {lie:?}: {error}");
    // The limit of silence, that of a look at the slot that came first, and what a busy machine
    // adds.
    assert!(begun.elapsed() < Duration::from_secs(30), "{key}, {lie:?}");
    desk.reader.lie(None);
    // Nothing goes to the card before it was powered anew.
    let next = send(&mut *connection, &SELECT, &long(&desk)).expect_err("broken off");
    assert_eq!(next.kind(), ErrorKind::CardReset, "{key}, {lie:?}: {next}");
    let again = connection.reconnect(Disposition::Leave, &long(&desk));
    again.unwrap_or_else(|error| unreachable!("{key}, {lie:?}: {error}"));
    let length = send(&mut *connection, &SELECT, &long(&desk)).expect("honest again");
    assert_eq!(length, 0);
}

#[test]
fn a_reader_that_asks_for_time_without_end_is_given_up() {
    let desk = desk(product("acr1252u"));
    let mut connection = desk.connect().expect("honest so far");
    looked_at(&desk);
    desk.reader.lie(Some(Lie::MoreTime));
    let wait = desk.wait(Duration::from_secs(2));
    let begun = Instant::now();
    let error = send(&mut *connection, &SELECT, &wait).expect_err("it never answers");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(begun.elapsed() < Duration::from_millis(3500));
    let error = send(&mut *connection, &SELECT, &long(&desk)).expect_err("it drains");
    assert_eq!(error.kind(), ErrorKind::Busy);
    desk.reader.lie(Some(Lie::Silence));
    // The thread ends by its own limit of silence.
    let patience = desk.wait(Duration::from_secs(20));
    desk.reader.lie(None);
    loop {
        match connection.reconnect(Disposition::Leave, &long(&desk)) {
            Ok(()) => break,
            Err(error) => patience
                .sleep(Duration::from_millis(100))
                .unwrap_or_else(|_| unreachable!("{error}")),
        }
    }
    send(&mut *connection, &SELECT, &long(&desk)).expect("honest again");
}

#[test]
fn a_storm_of_notifications_is_no_news() {
    let desk = desk(product("utrust-3700f"));
    let mut connection = desk.connect().expect("a card is in");
    let mut watch = desk.open_context().watch().expect("it watches");
    while watch
        .next_event(&desk.wait(Duration::from_millis(600)))
        .is_ok()
    {}
    desk.reader.storm(u32::MAX);
    for _ in 0..20 {
        send(&mut *connection, &SELECT, &long(&desk)).expect("in between");
    }
    let event = watch.next_event(&desk.wait(Duration::from_millis(600)));
    let kind = event.map_err(|error| error.kind());
    assert_eq!(kind, Err(ErrorKind::TimedOut), "nothing changed");
    desk.reader.storm(0);
    desk.reader.remove();
    let mut reader = desk.open_reader().expect("listed");
    let patience = desk.wait(Duration::from_secs(5));
    while reader.state().expect("it is there").card != CardPresence::Absent {
        patience
            .sleep(Duration::from_millis(10))
            .expect("told in time");
    }
}

#[test]
fn keys_that_are_only_claimed_are_unsupported_and_cost_nothing() {
    let desk = desk(&Product::FALSE_PAD);
    let mut connection = desk.connect().expect("a card is in");
    let claims = connection.capabilities();
    assert!(claims.contains(ReaderCapabilities::SECURE_PIN_VERIFY));
    let mut pad = ReaderPinPad::new(connection.reader().clone());
    let error = pad
        .verify(&mut *connection, &request(), &long(&desk))
        .expect_err("there are no keys");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(desk.card.verify_count(Key::AuthPin), 0);
    // The card is as good as before.
    send(&mut *connection, &SELECT, &long(&desk)).expect("nothing broke off");
}

fn request() -> PinRequest {
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    PinRequest::new(prompt, myna_hal::apdu::Header::new(0x00, 0x20, 0x00, 0x98))
}

#[test]
fn an_entry_that_is_given_up_ends_on_the_reader() {
    for product in PRODUCTS.iter().filter(|product| product.pin_support != 0) {
        let desk = desk(product);
        let mut connection = desk.connect().expect("a card is in");
        send(&mut *connection, &SELECT, &long(&desk)).expect("selected");
        let mut pad = ReaderPinPad::new(connection.reader().clone());
        let outcome = pad.verify(
            &mut *connection,
            &request(),
            &desk.wait(Duration::from_millis(700)),
        );
        assert!(
            matches!(outcome, Ok(PinOutcome::Unanswered(_))),
            "{}: {outcome:?}",
            product.key
        );
        let patience = desk.wait(Duration::from_secs(3));
        loop {
            match connection.reconnect(Disposition::Leave, &long(&desk)) {
                Ok(()) => break,
                Err(error) => patience
                    .sleep(Duration::from_millis(20))
                    .unwrap_or_else(|_| unreachable!("{}: {error}", product.key)),
            }
        }
        assert_eq!(desk.card.verify_count(Key::AuthPin), 0);
    }
}

#[test]
fn blocks_that_ask_for_time_are_waited_for() {
    for key in ["acr39u", "idbridge-ct30"] {
        let desk = desk(product(key));
        let mut connection = desk.connect().expect("a card is in");
        send(&mut *connection, &SELECT, &long(&desk)).expect("selected");
        desk.reader.ask_for_time(5);
        let length = send(&mut *connection, &READ_CERTIFICATE, &long(&desk)).expect("waited for");
        assert!(length > 1000, "{length} bytes of the certificate");
        desk.reader.ask_for_time(200);
        let error = send(&mut *connection, &SELECT, &long(&desk)).expect_err("without end");
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[test]
fn two_slots_are_two_readers() {
    let mut desk = desk(&Product::TWO_SLOTS);
    let other = crate::support::card(&Product::TWO_SLOTS, &desk.clock);
    let mut readers = desk.open_context().readers().expect("listed");
    assert_eq!(readers.len(), 2);
    assert_ne!(readers[0].info().id, readers[1].info().id);
    let state = readers[1].state().expect("it is there").card;
    assert_eq!(state, CardPresence::Absent);
    desk.reader.insert_at(1, &other);
    let patience = desk.wait(Duration::from_secs(5));
    while readers[1].state().expect("it is there").card != CardPresence::Present {
        patience
            .sleep(Duration::from_millis(10))
            .expect("told in time");
    }
    let wait = long(&desk);
    let mut connections: Vec<_> = readers
        .iter_mut()
        .map(|reader| reader.connect(myna_hal::card::ShareMode::Shared, &wait))
        .collect::<Result<_, _>>()
        .expect("both have a card");
    for connection in &mut connections {
        send(&mut **connection, &SELECT, &wait).expect("each answers");
    }
    let _ = desk.act(Act::Remove);
    while readers[0].state().expect("it is there").card != CardPresence::Absent {
        patience
            .sleep(Duration::from_millis(10))
            .expect("told in time");
    }
    let gone = send(&mut *connections[0], &SELECT, &wait).expect_err("pulled out");
    assert_eq!(gone.kind(), ErrorKind::NoCard);
    send(&mut *connections[1], &SELECT, &wait).expect("the other one is there");
}
