//! Commands as the card sees them.

mod lengths;
mod relearning;

use std::time::Duration;

use super::{Aid, Dialogue, ExchangeError, Knowledge, Known, ShortFileId, SigningKey};
use crate::apdu::StatusWord;
use crate::card::{CardConnection, CardReader, ShareMode};
use crate::sim::card::{Fault, LogEntry, Profile, Quirks, Trigger};
use crate::sim::{Clock, VirtualCard, VirtualContext};
use crate::time::Participant;
use crate::wait::Wait;

const SURFACE: Aid = Aid(&[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02]);
const JPKI: Aid = Aid(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);

struct Bench {
    card: VirtualCard,
    connection: Box<dyn CardConnection>,
    wait: Wait,
    _me: Participant,
}

impl Bench {
    fn new(profile: Profile) -> Self {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let me = clock.enter();
        let clock = clock.shared();
        let card = VirtualCard::new(profile, clock.clone());
        let mut reader = VirtualContext::new(clock.clone()).add_reader("bench");
        reader.insert(&card);
        let wait = Wait::at_most(clock, Duration::from_secs(60));
        let connection = reader.connect(ShareMode::Shared, &wait).expect("a card");
        card.take_log();
        Self {
            card,
            connection,
            wait,
            _me: me,
        }
    }

    fn dialogue(&mut self) -> Dialogue<&mut Box<dyn CardConnection>> {
        self.knowing(Knowledge::default())
    }

    fn knowing(&mut self, knowledge: Knowledge) -> Dialogue<&mut Box<dyn CardConnection>> {
        Dialogue::begin(&mut self.connection, knowledge, &self.wait)
            .map_err(|(_, error)| error)
            .expect("nobody else holds it")
    }
}

fn headers(log: &[LogEntry]) -> Vec<[u8; 4]> {
    log.iter().map(|entry| entry.header).collect()
}

#[test]
fn an_application_is_selected_once() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    for _ in 0..3 {
        dialogue.select_application(SURFACE, &wait).expect("there");
    }
    dialogue.select_application(JPKI, &wait).expect("there");
    drop(dialogue);
    assert_eq!(bench.card.log().len(), 2);
}

#[test]
fn challenges_are_fresh_and_bounded() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    let first = dialogue.challenge(16, &wait).expect("random bytes");
    let second = dialogue.challenge(16, &wait).expect("random bytes");
    assert_eq!((first.len(), first != second), (16, true));
    assert_eq!(
        dialogue.challenge(256, &wait).expect("random bytes").len(),
        256
    );
    let error = dialogue.challenge(257, &wait).expect_err("does not fit");
    assert_eq!(error.kind(), Some(crate::ErrorKind::InvalidInput));
    drop(dialogue);
    assert_eq!(bench.card.log().len(), 3, "what does not fit is not sent");
}

#[test]
fn long_data_is_chained() {
    let mut bench = Bench::new(Profile::default().with_quirks(Quirks {
        chaining: true,
        ..Quirks::default()
    }));
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(SURFACE, &wait).expect("there");
    // More than any signature input may hold, so the card refuses it in the end.
    let error = dialogue
        .sign(SigningKey::Default, &[0x5A; 600], &wait)
        .expect_err("too long to sign");
    assert!(error.status().is_some());
    drop(dialogue);
    let log = bench.card.log();
    assert_eq!(
        headers(&log[1..]),
        [[0x90, 0x2A, 0, 0], [0x90, 0x2A, 0, 0], [0x80, 0x2A, 0, 0]]
    );
    let sent: Vec<_> = log[1..].iter().map(|entry| entry.sent).collect();
    assert_eq!(sent, [5 + 255, 5 + 255, 5 + 90 + 1]);
}

#[test]
fn a_card_without_chaining_says_so_at_the_first_piece() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(SURFACE, &wait).expect("there");
    let error = dialogue
        .sign(SigningKey::Default, &[0x5A; 300], &wait)
        .expect_err("no chaining");
    assert_eq!(error.status(), Some(StatusWord::new(0x6884)));
    drop(dialogue);
    assert_eq!(bench.card.log().len(), 2, "nothing follows a refused piece");
}

#[test]
fn a_missing_file_teaches_nothing() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(SURFACE, &wait).expect("there");
    let error = dialogue
        .read_file(ShortFileId::new(0x1B), &wait)
        .expect_err("there is no such file");
    assert_eq!(error.status(), Some(StatusWord::NOT_FOUND));
    assert_eq!(dialogue.knowledge().short_id_in_read, Known::Unknown);
    let protected = dialogue
        .read_file(ShortFileId::new(2), &wait)
        .expect_err("the code is missing");
    assert_eq!(protected.status(), Some(StatusWord::SECURITY_STATUS));
    assert_ne!(dialogue.knowledge().extended_length, Known::Refused);
}

#[test]
fn a_file_without_a_data_object_is_read_by_length_only() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(JPKI, &wait).expect("there");
    let availability = dialogue
        .read_bytes(ShortFileId::new(8), 2, &wait)
        .expect("three bytes long");
    assert_eq!(availability.as_slice(), [0x8F, 0x8F]);
    let error = dialogue
        .read_bytes(ShortFileId::new(8), 4, &wait)
        .expect_err("only three bytes long");
    assert!(matches!(
        error,
        ExchangeError::Truncated { got: 3, stated: 4 }
    ));
}

#[test]
fn a_signature_is_sent_once_whatever_length_the_card_asks_for() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    bench.card.inject(Trigger::Ins(0x2A), Fault::Status(0x6C80));
    let mut dialogue = bench.dialogue();
    dialogue.select_application(SURFACE, &wait).expect("there");
    let error = dialogue
        .sign(SigningKey::Default, &[0x5A; 51], &wait)
        .expect_err("another length");
    assert_eq!(error.status(), Some(StatusWord::new(0x6C80)));
    drop(dialogue);
    assert_eq!(bench.card.log().len(), 2);
}

#[test]
fn an_answer_that_waits_is_fetched_and_nothing_is_repeated() {
    let mut bench = Bench::new(Profile::default().with_quirks(Quirks {
        holds_responses: true,
        ..Quirks::default()
    }));
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(SURFACE, &wait).expect("there");
    let signature = dialogue
        .sign(SigningKey::Default, &[0x5A; 51], &wait)
        .expect("signed");
    assert_eq!(signature.len(), 256);
    drop(dialogue);
    let commands = headers(&bench.card.log()[1..]);
    assert_eq!(commands, [[0x80, 0x2A, 0, 0], [0x00, 0xC0, 0, 0]]);
}

#[test]
fn verified_keys_are_known_until_the_card_forgets_them() {
    let key = ShortFileId::new(0x12);
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let format = crate::pin::PinFormat::exactly(14);
    let secret = |digits: &str| crate::pin::Pin::new(digits, format).expect("14 digits");
    let right = secret(&bench.card.holder().card_face_code);
    let wrong = secret("01010120350000");
    let mut dialogue = bench.dialogue();
    let verify = |dialogue: &mut Dialogue<_>, secret| {
        let guard = super::RetryGuard::KEEP_LAST;
        let _ = dialogue
            .verify_secret(key, secret, guard, &wait)
            .expect("sent");
        dialogue.is_verified(key)
    };
    dialogue.select_application(SURFACE, &wait).expect("there");
    assert!(!dialogue.is_verified(key));
    assert!(verify(&mut dialogue, &right));
    assert!(!verify(&mut dialogue, &wrong), "a wrong value closes it");
    assert!(verify(&mut dialogue, &right));
    dialogue.select_application(JPKI, &wait).expect("there");
    assert!(!dialogue.is_verified(key), "another application closes it");
}
