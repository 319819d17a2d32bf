//! What happens in the air: answers to reset, chaining, frames that are lost.

use std::time::Duration;

use myna_hal::Wait;
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, Disposition, ReaderCapabilities};
use myna_hal::sim::card::Key;
use usb_sim::port100::{Chip, Disturbance, Model};

use crate::sony::SMALL;
use crate::support::Hands as _;
use crate::{DESKS, Desk, desk};

pub(crate) const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];
const READ_ALL: [u8; 7] = [0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00];
const SELECT_PIN: [u8; 7] = [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18];
const VERIFY: [u8; 9] = [0x00, 0x20, 0x00, 0x80, 0x04, b'1', b'2', b'3', b'4'];

pub(crate) fn long(desk: &Desk) -> Wait {
    desk.wait(Duration::from_secs(120))
}

pub(crate) fn send(
    connection: &mut dyn CardConnection,
    command: &[u8],
    wait: &Wait,
) -> myna_hal::Result<(Vec<u8>, u16)> {
    let command = CommandApdu::parse(command)?;
    let response = connection.transmit(&command, wait)?;
    Ok((response.data().to_vec(), response.status().to_u16()))
}

#[test]
fn the_answer_to_reset_is_the_cards() {
    let desk = desk(Model::P, Chip::PLAIN);
    let connection = desk.connect().expect("a card is near");
    assert_eq!(connection.atr().as_bytes(), desk.card.atr());
    let can = connection.capabilities();
    assert!(can.contains(ReaderCapabilities::CONTACTLESS | ReaderCapabilities::EXTENDED_LENGTH));
    let name = &connection.reader().name;
    assert!(name.starts_with("SONY RC-S380/P"), "{name}");
}

#[test]
fn long_commands_and_answers_go_through_every_size_of_frame() {
    for fsci in 0..=8 {
        let chip = Chip {
            fsci: Some(fsci),
            ..Chip::PLAIN
        };
        let desk = desk(Model::S, chip);
        let mut connection = desk.connect().expect("a card is near");
        send(&mut *connection, &SELECT, &long(&desk)).expect("selected");
        let (certificate, status) =
            send(&mut *connection, &READ_ALL, &long(&desk)).expect("read at once");
        assert_eq!(status, 0x9000);
        let expected = desk.card.auth_certificate();
        assert!(certificate.starts_with(expected), "FSCI {fsci}");
        // A command of over two frames of the longest size, which the card refuses for its content.
        let mut command = vec![0x80, 0x2A, 0x00, 0x80, 0x00, 0x02, 0x58];
        command.resize(7 + 600, 0x5A);
        let (_, status) = send(&mut *connection, &command, &long(&desk)).expect("an answer");
        assert_ne!(status, 0x9000, "FSCI {fsci}");
        let seen = desk.card.log().last().map(|entry| entry.sent);
        assert_eq!(seen, Some(command.len()), "FSCI {fsci}");
    }
}

/// Every frame of VERIFY and its answer is lost or broken once, in turn and in pairs: the PIN reaches
/// the card exactly once, and its answer arrives.
#[test]
fn lost_frames_cost_no_try_and_repeat_no_command() {
    use Disturbance::{BrokenFromCard, LostFromCard, LostToCard, None};
    let kinds = [LostToCard, LostFromCard, BrokenFromCard];
    let desk = desk(Model::S, SMALL);
    let mut connection = desk.connect().expect("a card is near");
    let mut verified = 0;
    for first in kinds {
        for second in [None].into_iter().chain(kinds) {
            let wait = long(&desk);
            connection.begin_transaction(&wait).expect("free");
            send(&mut *connection, &SELECT, &wait).expect("selected");
            send(&mut *connection, &SELECT_PIN, &wait).expect("selected");
            desk.reader.sony.disturb(&[first, second]);
            let (_, status) = send(&mut *connection, &VERIFY, &wait).expect("recovered");
            assert_eq!(status, 0x9000, "{first:?}, {second:?}");
            verified += 1;
            let counted = desk.card.verify_count(Key::AuthPin);
            assert_eq!(counted, verified, "{first:?}, {second:?}");
            connection
                .end_transaction(Disposition::Reset)
                .expect("ended");
            connection
                .reconnect(Disposition::Leave, &wait)
                .expect("there still");
        }
    }
}

#[test]
fn parts_of_long_answers_are_repaired() {
    use Disturbance::{BrokenFromCard, LostFromCard, LostToCard, None};
    let desk = desk(Model::S, SMALL);
    let mut connection = desk.connect().expect("a card is near");
    send(&mut *connection, &SELECT, &long(&desk)).expect("selected");
    desk.reader.sony.disturb(&[
        None,
        LostFromCard,
        None,
        LostToCard,
        BrokenFromCard,
        None,
        BrokenFromCard,
        LostFromCard,
    ]);
    let (certificate, _) = send(&mut *connection, &READ_ALL, &long(&desk)).expect("repaired");
    assert!(certificate.starts_with(desk.card.auth_certificate()));
}

#[test]
fn a_reset_takes_the_field_away() {
    for (name, model, chip) in DESKS {
        let desk = desk(model, chip);
        let mut connection = desk.connect().expect("a card is near");
        let wait = long(&desk);
        send(&mut *connection, &SELECT, &wait).expect("selected");
        send(&mut *connection, &SELECT_PIN, &wait).expect("selected");
        send(&mut *connection, &VERIFY, &wait).expect("verified");
        assert!(desk.card.is_unlocked(), "{name}");
        connection
            .reconnect(Disposition::Reset, &wait)
            .expect("there still");
        assert!(!desk.card.is_unlocked(), "{name}");
        send(&mut *connection, &SELECT, &wait).expect("answers again");
        connection.disconnect(Disposition::Unpower).expect("ended");
        assert!(!desk.card.powered(), "{name}");
    }
}

#[test]
fn a_card_that_changes_its_place_is_another_one() {
    let desk = desk(Model::S, Chip::PLAIN);
    let mut connection = desk.connect().expect("a card is near");
    send(&mut *connection, &SELECT, &long(&desk)).expect("selected");
    // Away and back before anybody looks: it has lost its power.
    desk.reader.remove();
    desk.reader.insert(&desk.card);
    let error = send(&mut *connection, &SELECT, &long(&desk)).expect_err("not the same dialogue");
    let kind = error.kind();
    assert!(
        matches!(
            kind,
            myna_hal::ErrorKind::CardReset | myna_hal::ErrorKind::Protocol
        ),
        "{error}"
    );
    connection
        .reconnect(Disposition::Leave, &long(&desk))
        .expect("met anew");
    send(&mut *connection, &SELECT, &long(&desk)).expect("answers again");
}
