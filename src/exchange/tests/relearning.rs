//! A card that behaves otherwise than others of its ATR, and a reader that is not what it was.

use zeroize::Zeroizing;

use super::{Bench, JPKI, SURFACE};
use crate::apdu::{Atr, CommandApdu, ResponseApdu, StatusWord};
use crate::card::{CardConnection, Disposition, Protocol};
use crate::device::DeviceInfo;
use crate::error::{ErrorKind, Result};
use crate::exchange::{
    Chunk, Dialogue, ExchangeError, Knowledge, Known, RetryGuard, ShortFileId, SigningKey,
};
use crate::pin::{Pin, PinFormat, PinOutcome};
use crate::sim::card::{Fault, Key, Profile, Quirks, ShortEfRefusal, Trigger};
use crate::wait::Wait;

const CERTIFICATE: ShortFileId = ShortFileId::new(0x0A);
const AUTH_KEY: ShortFileId = ShortFileId::new(0x17);
const AUTH_PIN: ShortFileId = ShortFileId::new(0x18);

fn refusing(refuses_short_ef: ShortEfRefusal) -> Profile {
    Profile::default().with_quirks(Quirks {
        refuses_short_ef,
        ..Quirks::default()
    })
}

fn pin() -> Pin {
    Pin::new("1234", PinFormat::exactly(4)).expect("four digits")
}

/// Reads the certificate with `knowledge`; the commands, and what is known then.
fn read(bench: &mut Bench, knowledge: Knowledge) -> (usize, Knowledge) {
    let wait = bench.wait.clone();
    let der = bench.card.auth_certificate().to_vec();
    let mut dialogue = bench.knowing(knowledge);
    dialogue.select_application(JPKI, &wait).expect("there");
    let content = dialogue.read_file(CERTIFICATE, &wait).expect("readable");
    assert!(*content == der);
    let knowledge = dialogue.knowledge();
    drop(dialogue);
    (bench.card.take_log().len(), knowledge)
}

#[test]
fn extended_length_that_worked_and_is_refused() {
    let mut bench = Bench::new(Profile {
        extended: false,
        ..Profile::default()
    });
    let chunks = bench.card.auth_certificate().len().div_ceil(256);
    let (commands, knowledge) = read(&mut bench, Knowledge::everything_works());
    assert_eq!(commands, 1 + 1 + chunks);
    assert_eq!(knowledge, Knowledge::short_only());
}

#[test]
fn a_garbled_answer_is_asked_for_in_small_pieces() {
    let mut bench = Bench::new(Profile::default());
    let chunks = bench.card.auth_certificate().len().div_ceil(256);
    for fault in [Fault::LinkError, Fault::Truncate(1)] {
        bench.card.inject(Trigger::Nth(2), fault);
        let (commands, knowledge) = read(&mut bench, Knowledge::everything_works());
        assert_eq!(commands, 1 + 1 + chunks);
        assert_eq!(knowledge.extended_length, Known::Refused);
        bench
            .connection
            .reconnect(Disposition::Leave, &bench.wait)
            .expect("its power was cut");
    }
}

#[test]
fn a_lost_link_teaches_nothing() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    for known in [Knowledge::everything_works(), Knowledge::default()] {
        for nth in 2..=5 {
            bench.card.inject(Trigger::Nth(nth), Fault::LinkError);
        }
        let mut dialogue = bench.knowing(known);
        dialogue.select_application(JPKI, &wait).expect("there");
        let error = dialogue.read_file(CERTIFICATE, &wait).expect_err("lost");
        assert_eq!(error.kind(), Some(ErrorKind::Protocol));
        assert_eq!(dialogue.knowledge(), known);
        let ended = dialogue.end();
        assert!(ended.is_ok());
        bench
            .connection
            .reconnect(Disposition::Leave, &wait)
            .expect("its power was cut");
    }
}

#[test]
fn names_of_files_that_worked_and_are_refused() {
    let mut bench = Bench::new(refusing(ShortEfRefusal {
        read: true,
        ..ShortEfRefusal::default()
    }));
    let (commands, knowledge) = read(&mut bench, Knowledge::everything_works());
    assert_eq!(commands, 4, "SELECT, refused READ, SELECT, READ");
    assert_eq!(knowledge.short_id_in_read, Known::Refused);
    assert_eq!(knowledge.extended_length, Known::Works);
    let (commands, _) = read(&mut bench, knowledge);
    assert_eq!(commands, 3);
}

#[test]
fn a_key_that_was_named_is_not_taken_for_the_file_that_was_read() {
    // The query by short EF identifier makes the PIN's file the current one.
    let mut bench = Bench::new(refusing(ShortEfRefusal {
        read: true,
        ..ShortEfRefusal::default()
    }));
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(JPKI, &wait).expect("there");
    let first = dialogue.read_file(CERTIFICATE, &wait).expect("readable");
    assert_eq!(
        dialogue.retries_left(AUTH_PIN, &wait).expect("free"),
        Some(3)
    );
    let second = dialogue.read_file(CERTIFICATE, &wait).expect("readable");
    assert!(*first == *second);
}

#[test]
fn names_of_keys_that_worked_and_are_refused_in_verify() {
    let mut bench = Bench::new(refusing(ShortEfRefusal::ALL));
    let wait = bench.wait.clone();
    // With the guard the free query finds out.
    let mut dialogue = bench.knowing(Knowledge::everything_works());
    dialogue.select_application(JPKI, &wait).expect("there");
    let outcome = dialogue
        .verify_secret(AUTH_PIN, &pin(), RetryGuard::KEEP_LAST, &wait)
        .expect("sent");
    assert!(matches!(outcome, PinOutcome::Verified));
    assert_eq!(dialogue.knowledge().short_id_in_verify, Known::Refused);
    drop(dialogue);
    assert_eq!(bench.card.verify_count(Key::AuthPin), 1);
    bench
        .connection
        .reconnect(Disposition::Leave, &wait)
        .expect("its power was cut");

    // Without it the card refuses the VERIFY, which is not repeated; the next one asks first.
    bench.card.take_log();
    let mut knowledge = Knowledge::everything_works();
    for (verifies, commands) in [(1, 2), (2, 5)] {
        let mut dialogue = bench.knowing(knowledge);
        dialogue.select_application(JPKI, &wait).expect("there");
        let outcome = dialogue
            .verify_secret(AUTH_PIN, &pin(), RetryGuard::Bare, &wait)
            .expect("sent");
        knowledge = dialogue.knowledge();
        drop(dialogue);
        match verifies {
            1 => {
                assert!(matches!(
                    outcome,
                    PinOutcome::Refused(StatusWord::WRONG_PARAMETERS)
                ));
                assert_eq!(knowledge.short_id_in_verify, Known::Unknown);
            }
            _ => assert!(matches!(outcome, PinOutcome::Verified)),
        }
        assert_eq!(bench.card.verify_count(Key::AuthPin), verifies);
        assert_eq!(bench.card.take_log().len(), commands);
        bench
            .connection
            .reconnect(Disposition::Leave, &wait)
            .expect("its power was cut");
    }
    assert_eq!(bench.card.tries_left(Key::AuthPin), 3);
}

#[test]
fn names_of_keys_refused_in_signatures_alone() {
    let refuses = ShortEfRefusal {
        sign: true,
        ..ShortEfRefusal::default()
    };
    let mut bench = Bench::new(refusing(refuses));
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(JPKI, &wait).expect("there");
    assert_eq!(
        dialogue.retries_left(AUTH_PIN, &wait).expect("free"),
        Some(3)
    );
    // Found out before the PIN, and never by a signature.
    dialogue.learn_key_name(AUTH_KEY, &wait).expect("free");
    assert_eq!(dialogue.knowledge().short_id_in_sign, Known::Refused);
    let outcome = dialogue
        .verify_secret(AUTH_PIN, &pin(), RetryGuard::KEEP_LAST, &wait)
        .expect("sent");
    assert!(matches!(outcome, PinOutcome::Verified));
    let signature = dialogue.sign(SigningKey::File(AUTH_KEY), &[0x5A; 51], &wait);
    assert_eq!(signature.expect("selected first").len(), 256);
    drop(dialogue);

    // Learned from another card: the signature is not repeated, and the next dialogue asks.
    bench
        .connection
        .reconnect(Disposition::Leave, &wait)
        .expect("its power was cut");
    bench.card.take_log();
    let mut dialogue = bench.knowing(Knowledge::everything_works());
    dialogue.select_application(JPKI, &wait).expect("there");
    let error = dialogue
        .sign(SigningKey::File(AUTH_KEY), &[0x5A; 51], &wait)
        .expect_err("refused by its name");
    assert_eq!(error.status(), Some(StatusWord::WRONG_PARAMETERS));
    assert_eq!(dialogue.knowledge().short_id_in_sign, Known::Unknown);
    drop(dialogue);
    assert_eq!(bench.card.take_log().len(), 2);
}

#[test]
fn nothing_is_tried_on_an_open_key() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let mut dialogue = bench.dialogue();
    dialogue.select_application(JPKI, &wait).expect("there");
    let outcome = dialogue
        .verify_secret(AUTH_PIN, &pin(), RetryGuard::KEEP_LAST, &wait)
        .expect("sent");
    assert!(matches!(outcome, PinOutcome::Verified));
    dialogue
        .learn_key_name(AUTH_KEY, &wait)
        .expect("nothing sent");
    assert_eq!(dialogue.knowledge().short_id_in_sign, Known::Unknown);
    drop(dialogue);
    assert_eq!(bench.card.log().len(), 3);
}

/// A reader whose driver carries no answers of more than so many bytes, and says so in its own
/// way.
struct OldReader<'c>(&'c mut dyn CardConnection, usize, ErrorKind);

impl CardConnection for OldReader<'_> {
    fn reader(&self) -> &DeviceInfo {
        self.0.reader()
    }

    fn atr(&self) -> &Atr {
        self.0.atr()
    }

    fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        if command.ne() > self.1 {
            return Err(self.2.into());
        }
        self.0.transmit(command, wait)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.0.begin_transaction(wait)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        self.0.end_transaction(disposition)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        self.0.reconnect(disposition, wait)
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_was_exchanged_for_an_older_one() {
    for kind in [
        ErrorKind::Protocol,
        ErrorKind::Unsupported,
        ErrorKind::InvalidInput,
        ErrorKind::Other,
    ] {
        for (carries, chunk) in [(256, Chunk::Full), (255, Chunk::Frame), (128, Chunk::Half)] {
            let (issuer, knowledge) = issuer_through(carries, kind);
            assert_eq!(issuer.expect("in short reads").len(), 568);
            assert_eq!(knowledge.extended_length, Known::Refused);
            assert_eq!(knowledge.chunk, chunk);
        }
        // Nothing goes through: that is no matter of lengths.
        let (issuer, knowledge) = issuer_through(0, kind);
        assert_eq!(issuer.expect_err("lost").kind(), Some(kind));
        assert_eq!(knowledge, Knowledge::everything_works());
    }
    // Nor is a card that is gone.
    let (issuer, knowledge) = issuer_through(256, ErrorKind::NoCard);
    assert_eq!(issuer.expect_err("gone").kind(), Some(ErrorKind::NoCard));
    assert_eq!(knowledge, Knowledge::everything_works());
}

/// Reads the issuer's certificate through an old reader that was known as a good one.
fn issuer_through(
    carries: usize,
    kind: ErrorKind,
) -> (Result<Zeroizing<Vec<u8>>, ExchangeError>, Knowledge) {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait.clone();
    let reader = OldReader(&mut *bench.connection, carries, kind);
    let mut dialogue = Dialogue::begin(reader, Knowledge::everything_works(), &wait)
        .map_err(|(_, error)| error)
        .expect("free");
    dialogue.select_application(SURFACE, &wait).expect("there");
    let issuer = dialogue.read_file(ShortFileId::new(4), &wait);
    (issuer, dialogue.knowledge())
}
