//! The wire to a card with contacts: its speed, its waiting times, and blocks that arrive broken.

use std::time::Duration;

use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, CardPresence, CardReader as _, ShareMode};
use myna_hal::myna::{Client, PinOptions, Proven, TrustStore};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::card::{Fault, Key, Profile, Quirks, Trigger};
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::{Error, ErrorKind};
use usb_sim::ccid::{BANK_ATR, Exchange, PRODUCTS, Product};

use crate::commands::{READ_CERTIFICATE, SELECT, VERIFY};
use crate::{Desk, desk, product};

/// As TA1 says them: the speed that every card begins with, and four times that.
const FIRST: u8 = 0x11;
const FOUR_TIMES: u8 = 0x13;

fn with_contacts() -> impl Iterator<Item = &'static Product> {
    PRODUCTS.iter().filter(|product| !product.contactless)
}

/// Those that pass blocks on.
fn of_blocks() -> impl Iterator<Item = &'static Product> {
    with_contacts().filter(|product| product.exchange() == Exchange::Tpdu)
}

fn send(connection: &mut dyn CardConnection, desk: &Desk, command: &[u8]) -> Result<usize, Error> {
    let command = CommandApdu::parse(command)?;
    let wait = desk.wait(Duration::from_secs(60));
    let response = connection.transmit(&command, &wait)?;
    assert!(response.status().is_ok(), "{response:?}");
    Ok(response.data().len())
}

/// Another card in the reader, with this answer to reset.
fn put_in(desk: &Desk, atr: &[u8]) -> VirtualCard {
    let profile = Profile {
        atr: atr.to_vec(),
        ..desk.reader.product().card()
    };
    let card = VirtualCard::new(profile, desk.clock.clone());
    desk.reader.remove();
    desk.reader.insert(&card);
    card
}

#[test]
fn cards_are_talked_to_as_fast_as_they_can() {
    for product in with_contacts() {
        let desk = desk(product);
        let mut connection = desk.connect().expect("a card is in");
        send(&mut *connection, &desk, &SELECT).expect("answered");
        assert_eq!(desk.reader.speed(), Some(FOUR_TIMES), "{}", product.key);
    }
}

#[test]
fn cards_that_promise_no_more_stay_at_their_first_speed() {
    // Other contact cards that people reported (OpenSC's list).
    let reported: [&[u8]; 2] = [
        b"\x3B\xE0\x00\xFF\x81\x31\xFE\x45\x14",
        b"\x3B\xC5\xFF\x81\x31\xFB\x45\x80\x73\xC6\x01\x00\x00",
    ];
    for product in of_blocks() {
        for atr in reported {
            let desk = desk(product);
            let _card = put_in(&desk, atr);
            let mut connection = desk.connect().expect("a card is in");
            send(&mut *connection, &desk, &SELECT).expect("answered");
            assert_eq!(desk.reader.speed(), Some(FIRST), "{}", product.key);
        }
    }
}

#[test]
fn a_reader_that_cannot_follow_goes_slowly() {
    for product in of_blocks() {
        let desk = desk(product);
        desk.reader.only_slow();
        let mut connection = desk.connect().expect("at the second try");
        let length = send(&mut *connection, &desk, &SELECT).expect("answered");
        assert_eq!(length, 0);
        assert_eq!(desk.reader.speed(), Some(FIRST), "{}", product.key);
    }
}

#[test]
fn a_reader_that_is_not_told_goes_its_own_way() {
    // One that speaks with the card itself, and says nothing of reading its answer to reset.
    let quiet = Product {
        features: 0x0004_04B8,
        ..Product::UNLISTED
    };
    // Those of 02 read the answer to reset; one of blocks that does not has to be told.
    let reads = |product: &&Product| product.features & 0x02 != 0;
    let own = with_contacts().filter(reads).cloned();
    for product in own.chain([quiet]) {
        let desk = desk(&product);
        desk.reader.refuse_parameters();
        let mut connection = desk.connect().expect("a card is in");
        send(&mut *connection, &desk, &SELECT).expect("answered");
    }
    let desk = desk(product("idbridge-ct30"));
    desk.reader.refuse_parameters();
    let wait = desk.wait(Duration::from_secs(60));
    let mut reader = desk.open_reader().expect("listed");
    let refused = reader.connect(ShareMode::Shared, &wait).map(drop);
    assert_eq!(
        refused.expect_err("not told").kind(),
        ErrorKind::Unsupported
    );
}

#[test]
fn other_cards_are_there_and_say_that_they_are_others() {
    for product in of_blocks() {
        let desk = desk(product);
        let card = put_in(&desk, &BANK_ATR);
        card.inject(Trigger::Nth(1), Fault::Status(0x6A82));
        let mut reader = desk.open_reader().expect("listed");
        let state = reader.state().expect("it is there");
        assert_eq!(state.card, CardPresence::Present, "{}", product.key);
        let wait = desk.wait(Duration::from_secs(60));
        let mut connection = reader.connect(ShareMode::Shared, &wait).expect("talked to");
        let command = CommandApdu::parse(&SELECT).expect("a command");
        let response = connection.transmit(&command, &wait).expect("answered");
        assert_eq!(response.status().to_u16(), 0x6A82);
        let long = CommandApdu::parse(&READ_CERTIFICATE).expect("a command");
        let refused = connection.transmit(&long, &wait).expect_err("extended");
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }
}

/// Nobody saw a My Number Card do so: it shows that the bytes go both ways.
#[test]
fn a_whole_authentication_goes_through_t0() {
    for product in of_blocks() {
        let desk = desk(product);
        let profile = Profile {
            atr: b"\x3B\x14\x13\x00\x00\x00\x00".to_vec(),
            ..product.card()
        };
        let profile = profile.with_quirks(Quirks {
            holds_responses: true,
            ..Quirks::default()
        });
        let card = VirtualCard::new(profile, desk.clock.clone());
        desk.reader.remove();
        desk.reader.insert(&card);
        let mut connection = desk.connect().expect("a card is in");
        assert_eq!(desk.reader.speed(), Some(FOUR_TIMES), "{}", product.key);
        let keypad = Keypad::new("keys");
        keypad.types("1234");
        let mut pad = HostPinPad::new(keypad);
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("its issuers");
        let (challenge, options) = (Client::fresh_challenge(), PinOptions::default());
        let wait = desk.wait(Duration::from_secs(60));
        let done = Client::new(trust).authenticate(
            &mut *connection,
            &mut pad,
            &challenge,
            None,
            options,
            &wait,
        );
        let done = done.unwrap_or_else(|error| unreachable!("{}: {error}", product.key));
        assert!(done.proven.contains(Proven::CertificatePossession));
        assert_eq!(card.verify_count(Key::AuthPin), 1);
    }
}

#[test]
fn a_card_that_nobody_can_talk_to_counts_as_mute() {
    // T=2; blocks that end with a CRC; a speed that it does not tell.
    let strange: [&[u8]; 3] = [
        b"\x3B\x80\x82\x02\x00",
        b"\x3B\x80\x81\x41\x01\x41",
        b"\x3B\x80\x91\x11\x01\x01",
    ];
    for product in of_blocks() {
        for atr in strange {
            let desk = desk(product);
            let card = put_in(&desk, atr);
            let mut reader = desk.open_reader().expect("listed");
            let state = reader.state().expect("it is there");
            assert_eq!(state.card, CardPresence::Mute, "{}", product.key);
            let wait = desk.wait(Duration::from_secs(60));
            let refused = reader.connect(ShareMode::Shared, &wait).map(drop);
            let refused = refused.expect_err("not spoken");
            assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
            assert!(card.log().is_empty());
        }
    }
}

#[test]
fn a_block_that_arrives_broken_is_said_again_and_carried_out_once() {
    for product in of_blocks() {
        let desk = desk(product);
        let mut connection = desk.connect().expect("a card is in");
        send(&mut *connection, &desk, &SELECT).expect("answered");
        desk.reader.garble(2);
        let length = send(&mut *connection, &desk, &READ_CERTIFICATE).expect("said again");
        assert!(length > 1000, "{length} bytes of the certificate");
        desk.reader.garble(1);
        send(&mut *connection, &desk, &VERIFY).expect("said again");
        assert_eq!(desk.card.verify_count(Key::AuthPin), 1, "{}", product.key);
    }
}

#[test]
fn a_wire_that_stays_broken_is_given_up() {
    let desk = desk(product("idbridge-ct30"));
    let mut connection = desk.connect().expect("a card is in");
    send(&mut *connection, &desk, &SELECT).expect("answered");
    desk.reader.garble(u8::MAX);
    let error = send(&mut *connection, &desk, &VERIFY).expect_err("nothing gets through");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert_eq!(desk.card.verify_count(Key::AuthPin), 1);
}
