//! The bench, and its person.

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
pub(crate) struct Bench {
    rig: Pcscd,
    reader: TestReader,
    pub(crate) card: VirtualCard,
}

impl Bench {
    /// `more` is said of the card.
    pub(crate) fn new(more: &str, listed: impl FnOnce(&VirtualCard) -> Vec<u8>) -> Self {
        Self::with(Profile::default(), more, "", listed)
    }

    /// The same with a card of this profile, and with what else is on the bench.
    pub(crate) fn with(
        profile: Profile,
        more: &str,
        besides: &str,
        listed: impl FnOnce(&VirtualCard) -> Vec<u8>,
    ) -> Self {
        let (rig, [reader]) = Pcscd::with_readers([READER]);
        let card = VirtualCard::new(profile, SystemClock::shared());
        let sha256 = hex(&Sha256::digest(listed(&card)));
        let inventory = format!(
            "[[card]]\nname = \"test\"\ncertificate-sha256 = \"{sha256}\"\n\
             pin-from = {{ env = \"BENCH_PIN\" }}\n{more}\n\
             [[reader]]\nname = \"left\"\npcsc-name = \"{READER}\"\ncard = \"test\"\n{besides}\n"
        );
        let write = |name, text: &str| std::fs::write(rig.folder().join(name), text);
        write("bench.toml", &inventory).expect("a file");
        write("trust.pem", &card.trust_pem()).expect("a file");
        rig.await_readers(|readers| readers.contains(READER));
        Self { rig, reader, card }
    }

    /// Plays a file that is shipped; what came of it, and what the person was told.
    pub(crate) fn play(&self, file: &str) -> (Value, Vec<String>) {
        let folder = self.rig.folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hw-tests"));
        // It is given a home of its own.
        #[cfg(feature = "onnx")]
        command.env("MYNA_HAL_MODELS", hw_tests::faces::models());
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
            .env("BENCH_CODE", &self.card.holder().card_face_code)
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
    pub(crate) fn seen(&self) -> (u32, u8) {
        let card = &self.card;
        (
            card.verify_count(Key::AuthPin),
            card.tries_left(Key::AuthPin),
        )
    }
}
