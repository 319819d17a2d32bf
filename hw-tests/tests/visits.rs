//! Scenarios on a bench whose reader is one of ours behind a real `pcscd`, and whose person is this
//! test: it reads what the person is told, does it, and presses Enter.
#![allow(clippy::panic, reason = "a test that fails says why")]
#![allow(clippy::print_stderr, reason = "what the program says of its steps")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use hw_tests::hex;
use hw_tests::ifd::TestReader;
use hw_tests::pcscd::{Pcscd, READER};
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Key, Profile};
use myna_hal::time::SystemClock;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A bench with an inventory in which the certificate `listed` is the test card.
struct Bench {
    rig: Pcscd,
    reader: TestReader,
    card: VirtualCard,
}

impl Bench {
    fn new(more: &str, listed: impl FnOnce(&VirtualCard) -> Vec<u8>) -> Self {
        let (rig, [reader]) = Pcscd::with_readers([READER]);
        let card = VirtualCard::new(Profile::default(), SystemClock::shared());
        let sha256 = hex(&Sha256::digest(listed(&card)));
        let inventory = format!(
            "[[card]]\nname = \"test\"\ncertificate-sha256 = \"{sha256}\"\n\
             pin-from = {{ env = \"BENCH_PIN\" }}\n{more}\n\
             [[reader]]\nname = \"left\"\npcsc-name = \"{READER}\"\ncard = \"test\"\n"
        );
        let write = |name, text: &str| std::fs::write(rig.folder().join(name), text);
        write("bench.toml", &inventory).expect("a file");
        write("trust.pem", &card.trust_pem()).expect("a file");
        rig.await_readers(|readers| readers.contains(READER));
        Self { rig, reader, card }
    }

    /// Plays a file that is shipped; what came of it, and what the person was told.
    fn play(&self, file: &str) -> (Value, Vec<String>) {
        let folder = self.rig.folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hw-tests"));
        let mut child = self
            .rig
            .client(&mut command)
            .args([
                "scenario", "run", file, "--on", "bench", "--json", "--trust",
            ])
            .arg(folder.join("trust.pem"))
            .env("MYNA_HAL_BENCH", folder.join("bench.toml"))
            .env("MYNA_HAL_LOCKS", folder.join("locks"))
            .env("BENCH_PIN", "1234")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("built beside this test");
        let mut enter = child.stdin.take().expect("piped");
        let mut told = Vec::new();
        for line in BufReader::new(child.stderr.take().expect("piped")).lines() {
            let line = line.expect("text");
            match line.strip_prefix(">>> [left] ") {
                Some(what) => {
                    match what {
                        "Put card A into the reader." => self.reader.insert(&self.card),
                        "Take the card out." => self.reader.remove(),
                        other => panic!("told to {other}"),
                    }
                    told.push(what.to_owned());
                }
                None if line.starts_with(">>> Enter") => {
                    writeln!(enter).expect("it listens");
                }
                None => eprintln!("{line}"),
            }
        }
        let mut json = String::new();
        let mut stdout = child.stdout.take().expect("piped");
        stdout.read_to_string(&mut json).expect("text");
        child.wait().expect("it ended");
        // A time may be of the same digits.
        let mut told_of = json.split(',').filter(|part| !part.contains("_ms\":"));
        assert!(!told_of.any(|part| part.contains("1234")), "{json}");
        (serde_json::from_str(&json).expect(&json), told)
    }

    /// How often the card was sent digits, and how many tries are left.
    fn seen(&self) -> (u32, u8) {
        let card = &self.card;
        (
            card.verify_count(Key::AuthPin),
            card.tries_left(Key::AuthPin),
        )
    }
}

fn itself(card: &VirtualCard) -> Vec<u8> {
    card.auth_certificate().to_vec()
}

#[test]
fn a_person_and_a_listed_card_play_a_visit() {
    let bench = Bench::new("", itself);
    let (said, told) = bench.play("consents-refused");
    assert_eq!(said["verdict"], "passed", "{said:#}");
    assert_eq!(told, ["Put card A into the reader.", "Take the card out."]);
    assert_eq!(bench.seen(), (1, 3));
    assert!(!bench.card.is_unlocked());
}

#[test]
fn a_card_that_is_not_listed_gets_no_pin() {
    let bench = Bench::new("", |_| b"the certificate of another card".to_vec());
    let (said, _) = bench.play("consents-refused");
    assert_eq!(said["verdict"], "failed", "{said:#}");
    assert_eq!(bench.seen(), (0, 3));
}

#[test]
fn a_wrong_pin_is_typed_where_the_inventory_allows_it() {
    let bench = Bench::new("", itself);
    let (said, told) = bench.play("pin-wrong-then-right");
    assert_eq!(said["verdict"], "ignored", "{said:#}");
    assert!(told.is_empty() && bench.seen() == (0, 3), "{told:?}");
    let bench = Bench::new("wrong-pin = true", itself);
    let (said, _) = bench.play("pin-wrong-then-right");
    assert_eq!(said["verdict"], "passed", "{said:#}");
    assert_eq!(bench.seen(), (2, 3));
}

#[test]
fn what_a_bench_does_not_have_is_ignored_with_the_reason() {
    let bench = Bench::new("", itself);
    for (file, why) in [
        ("face-right", "no face is looked at"),
        ("dark-then-light", "no face is looked at"),
        ("face-only-card", "ordinary ones"),
        ("two-patients", "one card for the reader"),
        ("camera-stalls", "no face is looked at"),
        ("camera-replaced", "no face is looked at"),
        ("pin-last-try", "ordinary"),
    ] {
        let (said, told) = bench.play(file);
        assert_eq!(said["verdict"], "ignored", "{said:#}");
        let reason = said["why"].as_str().expect("a reason");
        assert!(reason.contains(why), "{file}: {reason}");
        assert!(told.is_empty(), "{file}: {told:?}");
    }
    assert_eq!(bench.seen(), (0, 3));
}
