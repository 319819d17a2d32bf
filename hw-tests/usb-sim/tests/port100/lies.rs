//! Readers and cards that do not keep to the rules: typed errors, in bounded time.

use std::time::{Duration, Instant};

use myna_hal::card::{Disposition, ShareMode};
use myna_hal::sim::card::Key;
use myna_hal::{ErrorKind, Wait};
use usb_sim::port100::{Chip, Lie, Model};

use crate::air::{SELECT, long, send};
use crate::desk;
use crate::sony::SMALL;
use crate::support::Hands as _;

const LIES: [Lie; 16] = [
    Lie::Check,
    Lie::Length,
    Lie::Cut(0),
    Lie::Cut(5),
    Lie::Cut(9),
    Lie::OtherCommand,
    Lie::Silence,
    Lie::Deaf,
    // Temperature, another field, CRC, and a bit that nobody knows.
    Lie::Status(0x0000_0200),
    Lie::Status(0x0000_0004),
    Lie::Status(0x0100_0000),
    Lie::Status(0),
    Lie::MoreTime,
    Lie::BlockNumber,
    Lie::NoBlock,
    Lie::EndlessAnswer,
];

#[test]
fn every_lie_is_a_typed_error_and_ends() {
    // Some of them are silence, so each has a reader of its own.
    std::thread::scope(|scope| {
        for lie in LIES {
            scope.spawn(move || is_found_out(lie));
        }
    });
}

fn is_found_out(lie: Lie) {
    let chip = match lie {
        // Of a command in parts, such a card takes one part twice, and answers that in order.
        Lie::BlockNumber => Chip::PLAIN,
        _ => SMALL,
    };
    let desk = desk(Model::S, chip);
    let mut connection = desk.connect().expect("honest so far");
    desk.reader.sony.lie(Some(lie));
    let begun = Instant::now();
    let error = send(&mut *connection, &SELECT, &long(&desk)).expect_err("a lie");
    // A look may have found out first, and then nothing went to the card.
    let kinds = [ErrorKind::Protocol, ErrorKind::CardReset, ErrorKind::NoCard];
    assert!(kinds.contains(&error.kind()), "{lie:?}: {error}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{lie:?}");
    desk.reader.sony.lie(None);
    // Nothing goes to the card before it was met anew.
    let commands = desk.card.log().len();
    assert!(
        send(&mut *connection, &SELECT, &long(&desk)).is_err(),
        "{lie:?}"
    );
    assert_eq!(desk.card.log().len(), commands, "{lie:?}");
    let patience = desk.wait(Duration::from_secs(20));
    loop {
        match connection.reconnect(Disposition::Leave, &long(&desk)) {
            Ok(()) => break,
            Err(error) => patience
                .sleep(Duration::from_millis(50))
                .unwrap_or_else(|_| unreachable!("{lie:?}: {error}")),
        }
    }
    send(&mut *connection, &SELECT, &long(&desk)).expect("honest again");
}

#[test]
fn whoever_gives_up_does_so_in_time() {
    let desk = desk(Model::S, Chip::PLAIN);
    let mut connection = desk.connect().expect("a card is near");
    desk.reader.sony.lie(Some(Lie::Deaf));
    let begun = Instant::now();
    let wait: Wait = desk.wait(Duration::from_millis(300));
    let error = send(&mut *connection, &SELECT, &wait).expect_err("it never answers");
    assert!(
        matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Busy),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_millis(1500));
    assert_eq!(desk.card.verify_count(Key::AuthPin), 0);
}

#[test]
fn whoever_gives_up_on_a_reader_that_is_being_opened_does_so_in_time() {
    let desk = desk(Model::S, Chip::PLAIN);
    desk.reader.sony.lie(Some(Lie::Deaf));
    let mut reader = desk.open_reader().expect("listed");
    let begun = Instant::now();
    let wait: Wait = desk.wait(Duration::from_millis(300));
    let error = reader
        .connect(ShareMode::Shared, &wait)
        .map(drop)
        .expect_err("it never answers");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(begun.elapsed() < Duration::from_millis(1050));
    desk.reader.sony.lie(None);
    // Its answer is lost, so that opening fails; whoever has the time begins another one.
    let connected = reader.connect(ShareMode::Shared, &long(&desk));
    connected.expect("honest again");
}

#[test]
fn two_cards_and_strange_ones_are_mute() {
    let desk = desk(Model::P, Chip::PLAIN);
    desk.reader.remove();
    desk.reader.insert_mute();
    let mut reader = desk.open_reader().expect("listed");
    let patience = desk.wait(Duration::from_secs(10));
    while reader.state().expect("it is there").card != myna_hal::card::CardPresence::Mute {
        patience
            .sleep(Duration::from_millis(20))
            .expect("told in time");
    }
    let error = desk
        .open_reader()
        .and_then(|mut reader| reader.connect(ShareMode::Shared, &long(&desk)))
        .map(drop)
        .expect_err("it says nothing");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}
