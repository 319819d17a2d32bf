//! The trials for a bench with real devices, on a reader of our own behind a real `pcscd`: which cards
//! get a PIN, who moves them, and what becomes of a reader that somebody else has.
#![allow(clippy::panic, reason = "a test that fails says why")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use hw_tests::bench::Lock;
use hw_tests::errands::{self, Errand};
use hw_tests::hex;
use hw_tests::ifd::TestReader;
use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::{Companion, attempt, bench};
use hw_tests::report::{Outcome, Run};
use myna_hal::sim::card::{Key, Profile};
use myna_hal::sim::firmware::{PinPadFirmware, PinPadProduct};
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::time::SystemClock;
use sha2::{Digest, Sha256};

/// How long all trials of one run may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

/// A desk with a reader of our own, and the card in it.
struct Desk {
    rig: Pcscd,
    reader: TestReader,
    card: VirtualCard,
}

fn card(left: u8) -> VirtualCard {
    let profile = Profile::default().with_tries(Key::AuthPin, left);
    VirtualCard::new(profile, SystemClock::shared())
}

/// The same card with another certificate in its file: the answer to reset is the same.
fn stranger() -> VirtualCard {
    let card = card(3);
    let mut certificate = card.auth_certificate().to_vec();
    *certificate.last_mut().expect("bytes") ^= 1;
    card.rewrite_certificate(&certificate);
    card
}

impl Desk {
    fn with(card: VirtualCard) -> Self {
        let (rig, [reader]) = Pcscd::with_readers([READER]);
        reader.insert(&card);
        rig.await_readers(|readers| readers.contains("\"present\""));
        Self { rig, reader, card }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.rig.folder().join(name)
    }

    /// The trials whose names contain `filter`, with an inventory in which `listed` is the test card.
    fn trials(&self, listed: &[u8], more: &str, filter: &str) -> Command {
        let sha256 = hex(&Sha256::digest(listed));
        let inventory = format!(
            "[[card]]\nname = \"test\"\ncertificate-sha256 = \"{sha256}\"\n\
             pin-from = {{ env = \"BENCH_PIN\" }}\nwrong-pin = true\n\n\
             [[reader]]\nname = \"left\"\npcsc-name = \"{READER}\"\ncard = \"test\"\n{more}"
        );
        std::fs::write(self.path("bench.toml"), inventory).expect("a file");
        let mut command = Command::new(bench());
        self.rig
            .client(&mut command)
            .env("MYNA_HAL_BENCH", self.path("bench.toml"))
            .env("MYNA_HAL_REPORT", self.path("trials.jsonl"))
            .env("MYNA_HAL_LOCKS", self.path("locks"))
            .env("BENCH_PIN", "1234")
            .arg(filter);
        command
    }

    /// What they came to.
    fn run(&self, listed: &[u8], more: &str, filter: &str) -> Run {
        let mut command = self.trials(listed, more, filter);
        attempt(&mut command, LIMIT).unwrap_or_else(|why| panic!("{why}"));
        self.written()
    }

    fn written(&self) -> Run {
        let lines = std::fs::read_to_string(self.path("trials.jsonl")).expect("what was written");
        Run::parse(&lines)
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

/// What the trial of `case` came to.
#[track_caller]
fn outcome<'r>(run: &'r Run, case: &str) -> &'r Outcome {
    let found = run.trials.iter().find(|trial| trial.name.case() == case);
    &found
        .unwrap_or_else(|| panic!("no {case}: {run:#?}"))
        .outcome
}

#[track_caller]
fn is_left_out(run: &Run, case: &str, why: &str) {
    match outcome(run, case) {
        Outcome::Ignored(reason) if reason.contains(why) => {}
        other => panic!("{case}: {other:?}, \"{why}\" was due"),
    }
}

#[test]
fn a_listed_card_gets_its_pin_and_keeps_its_tries() {
    let desk = Desk::with(card(3));
    let run = desk.run(desk.card.auth_certificate(), "", "/pin.");
    assert_eq!(run.count("failed"), 0, "{run:#?}");
    for case in ["pin.right-verifies", "pin.wrong-costs-one"] {
        assert_eq!(outcome(&run, case), &Outcome::Passed, "{case}");
    }
    assert_eq!(desk.seen(), (3, 3), "one wrong PIN, two right ones");
}

#[test]
fn a_card_that_is_not_listed_gets_none() {
    let desk = Desk::with(card(3));
    let run = desk.run(b"the certificate of another card", "", "/pin.");
    assert_eq!(run.count("failed"), 0, "{run:#?}");
    is_left_out(&run, "pin.right-verifies", "its certificate is another");
    assert_eq!(desk.seen(), (0, 3));
}

#[test]
fn a_card_that_has_lost_a_try_gets_none() {
    let desk = Desk::with(card(2));
    let run = desk.run(desk.card.auth_certificate(), "", "/pin.");
    is_left_out(&run, "pin.right-verifies", "2 tries left");
    assert_eq!(desk.seen(), (0, 2));
}

#[test]
fn a_card_that_takes_the_place_of_the_listed_one_gets_none() {
    let desk = Desk::with(card(3));
    let other = stranger();
    let mut command = desk.trials(desk.card.auth_certificate(), "", "/pin.");
    let mut trials = Companion::start(&mut command);
    // The listed card was looked at, and no PIN was sent yet.
    trials.hear(LIMIT, |line| {
        line.ends_with("pin.person-is-too-slow").then_some(())
    });
    desk.reader.insert(&other);
    trials.hear(LIMIT, |line| line.starts_with("test result:").then_some(()));
    trials.go_on();
    match outcome(&desk.written(), "pin.right-verifies") {
        Outcome::Failed(why) => assert!(why.contains("its certificate is another"), "{why}"),
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(other.verify_count(Key::AuthPin), 0);
    assert_eq!(desk.seen(), (0, 3));
}

/// What a hand does, by its key in the inventory.
fn act(key: &'static str, mut does: impl FnMut() + Send + 'static) -> Errand {
    let done = move || {
        does();
        Ok(())
    };
    (key, Box::new(done))
}

/// Hands for an inventory.
fn hands(desk: &Desk, can: Vec<Errand>) -> String {
    errands::keys(desk.rig.folder(), "left", can).expect("pipes")
}

#[test]
fn commands_of_the_inventory_move_the_card() {
    let desk = Desk::with(card(3));
    let (reader, card) = (desk.reader.clone(), desk.card.clone());
    let [removed, muted] = [(); 2].map(|()| reader.clone());
    let mut keys = hands(
        &desk,
        vec![
            act("insert", move || reader.insert(&card)),
            act("remove", move || removed.remove()),
            act("insert-mute", move || muted.insert_mute()),
        ],
    );
    // Standard input of the trials is closed.
    keys.push_str("unplug = { ask = \"Pull the plug of the left reader\" }\n");
    let run = desk.run(desk.card.auth_certificate(), &keys, "pcsc/left/");
    assert_eq!(run.count("failed"), 0, "{run:#?}");
    assert_eq!(outcome(&run, "reader.mute-is-protocol"), &Outcome::Passed);
    assert_eq!(outcome(&run, "figures.insertion"), &Outcome::Passed);
    is_left_out(&run, "watch.sees-the-plug", "nobody is at the keyboard");
    is_left_out(
        &run,
        "watch.survives-the-service",
        "would need stop-service",
    );
    let phases: Vec<_> = run
        .timings()
        .map(|(_, phase)| phase.name.as_str())
        .collect();
    assert_eq!(phases, ["round-trip", "certificate", "insertion"]);
    let devices = run.devices();
    assert!(devices[0].1.name.contains(READER), "{devices:?}");
    assert_eq!(desk.seen(), (3, 3));
}

#[test]
fn the_keys_of_a_reader_are_under_the_same_custody() {
    let another = b"the certificate of another card".to_vec();
    let listed = card(3).auth_certificate().to_vec();
    for (listed, tries) in [(listed, (4, 3)), (another, (0, 3))] {
        let desk = Desk::with(card(3));
        let keys = Keypad::new(READER);
        keys.set_patience(Duration::from_secs(3));
        let product = PinPadProduct::ALL[0].clone();
        desk.reader
            .set_pad(PinPadFirmware::new(product, keys.clone()));
        let types = |key, digits: &'static str| {
            let keys = keys.clone();
            act(key, move || {
                // Nobody does now what a reader did not ask for before.
                keys.clear();
                keys.types(digits);
            })
        };
        let cancels = keys.clone();
        let more = hands(
            &desk,
            vec![
                types("types-right", "1234"),
                types("types-wrong", "4321"),
                act("cancels", move || cancels.cancels_after(Duration::ZERO)),
            ],
        );
        let run = desk.run(&listed, &more, "/pin.");
        assert_eq!(run.count("failed"), 0, "{run:#?}");
        assert_eq!(desk.seen(), tries, "{run:#?}");
    }
}

#[test]
fn a_reader_that_another_run_has_is_left_alone_until_that_run_ends() {
    let desk = Desk::with(card(3));
    let id = format!("pcsc:{READER} 00 00");
    let lock = Lock::take_in(&desk.path("locks"), &id).expect("nobody has it");
    let run = desk.run(desk.card.auth_certificate(), "", "pin.right-verifies");
    let holder = format!("process {}", std::process::id());
    match outcome(&run, "pin.right-verifies") {
        Outcome::Failed(why) => assert!(why.contains(&holder), "{why}"),
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(desk.seen(), (0, 3));
    drop(lock);
    let mut command = desk.trials(desk.card.auth_certificate(), "", "/pin.");
    let trials = Companion::start(&mut command);
    trials.hear(LIMIT, |line| line.starts_with("left: ").then_some(()));
    let error = Lock::take_in(&desk.path("locks"), &id).expect_err("the other run has it");
    assert!(error.contains("in use by another run"), "{error}");
    // Killed, without any chance to tidy up.
    drop(trials);
    assert!(Lock::take_in(&desk.path("locks"), &id).is_ok());
}

#[test]
fn without_a_device_everything_is_left_out_and_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = folder.path().join("trials.jsonl");
    let mut command = Command::new(bench());
    command.env("MYNA_HAL_REPORT", &lines);
    for variable in ["MYNA_HAL_BENCH", "MYNA_HAL_READER", "MYNA_HAL_CAMERA"] {
        command.env_remove(variable);
    }
    let output = attempt(&mut command, LIMIT).unwrap_or_else(|why| panic!("{why}"));
    assert!(output.status.success(), "{output:?}");
    let run = Run::parse(&std::fs::read_to_string(lines).expect("what was written"));
    assert_eq!(run.count("ignored"), run.trials.len());
    is_left_out(&run, "pin.right-verifies", "set MYNA_HAL_READER");
    is_left_out(&run, "figures.insertion", "MYNA_HAL_BENCH");
    let reasons = run.reasons();
    assert!(
        reasons
            .iter()
            .any(|(why, _)| why.contains("set MYNA_HAL_CAMERA"))
    );
}
