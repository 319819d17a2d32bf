//! The conformance kit on the library's PC/SC driver, through a real `pcscd`: with vpcd, and with
//! the rig's own reader, which can do everything that the kit asks for.
#![allow(clippy::panic, reason = "a test that fails says why")]
#![allow(clippy::print_stderr, reason = "the report, shown with --nocapture")]

use std::process::Command;
use std::time::Duration;

use hw_tests::ifd::TestReader;
use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::Companion;
use hw_tests::vpcd::LentCard;
use myna_hal::sim::card::{Fault, Key, Latency, Profile, Trigger};
use myna_hal::sim::firmware::{PinPadFirmware, PinPadProduct};
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::time::SystemClock;
use serde_json::Value;

/// How long one step of the kit may take on a busy machine.
const STEP: Duration = Duration::from_secs(120);

/// The hands at a bench.
trait Hands {
    /// The daemon of the reader.
    fn rig(&mut self) -> &mut Pcscd;

    /// Does what the kit asks for; an error says why not.
    fn act(&mut self, act: &str) -> Result<(), String>;

    /// How many commands the card saw.
    fn seen(&self) -> u64;
}

/// Runs the kit to its end: the reports on the reader and on a host pad.
fn reports(bench: &mut impl Hands) -> [Value; 2] {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conform"));
    let mut kit = Companion::start(bench.rig().client(&mut command).arg(READER));
    loop {
        let said: Value = kit.hear(STEP, |line| serde_json::from_str(line).ok());
        if let Some(act) = said["act"].as_str() {
            let done = bench.act(act);
            kit.say(done.as_ref().err().map_or("done", String::as_str));
        } else if said["count"] == true {
            kit.say(&bench.seen().to_string());
        } else if let Value::Array(reports) = &said["reports"] {
            reports.iter().for_each(show);
            let reports = reports.clone().try_into();
            return reports.unwrap_or_else(|other| panic!("two reports: {other:?}"));
        }
    }
}

/// The names of the cases of `report` that ended so.
fn named<'r>(report: &'r Value, result: &str) -> Vec<&'r str> {
    let cases = report["cases"].as_array().expect("cases");
    cases
        .iter()
        .filter(|case| case["result"] == result)
        .filter_map(|case| case["case"].as_str())
        .collect()
}

fn show(report: &Value) {
    eprintln!("{}", report["subject"]);
    for case in report["cases"].as_array().into_iter().flatten() {
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let ms = case["ms"].as_f64().unwrap_or_default();
        let (result, name, why) = (text("result"), text("case"), text("reason"));
        eprintln!("  {result:<8}{name:<34}{ms:>9.1} ms  {why}");
    }
}

/// Asserts that nothing failed and that only these cases were not run.
#[track_caller]
fn conforms(report: &Value, not_run: &[&str]) {
    let none: [&str; 0] = [];
    assert_eq!(named(report, "failed"), none, "{report:#}");
    assert_eq!(named(report, "not-run"), not_run, "{report:#}");
}

/// What only a pad with keys of its own can show.
const SECURE_ONLY: &[&str] = &["pin.secure-prepares-at-once", "pin.secure-hides-digits"];

/// A reader of vpcd.
struct Vpcd {
    rig: Pcscd,
    card: Option<LentCard>,
}

impl Vpcd {
    fn insert(&mut self) {
        // A contactless card takes a quarter of a second to be read: long enough to be given up.
        self.card = Some(self.rig.lend(&["--latency", "typeb106"]));
    }
}

impl Hands for Vpcd {
    fn rig(&mut self) -> &mut Pcscd {
        &mut self.rig
    }

    fn act(&mut self, act: &str) -> Result<(), String> {
        match act {
            "Insert" => self.insert(),
            "Remove" => {
                self.card = None;
                self.rig
                    .await_readers(|readers| !readers.contains("\"present\""));
            }
            "StopService" => {
                self.rig.kill();
                self.card = None;
            }
            "StartService" => {
                self.rig.restart();
                self.insert();
            }
            other => return Err(format!("vpcd and its card cannot do {other}")),
        }
        Ok(())
    }

    fn seen(&self) -> u64 {
        self.card.as_ref().map_or(0, |card| card.log().apdus())
    }
}

#[test]
fn the_driver_keeps_every_rule_that_vpcd_can_show() {
    let rig = Pcscd::start();
    let mut bench = Vpcd { rig, card: None };
    bench.insert();
    let [reader, pad] = reports(&mut bench);
    // Nobody can unplug vpcd's reader, put a mute card into it, or harm one answer.
    conforms(
        &reader,
        &[
            "watch.sees-the-plug",
            "reader.mute-is-protocol",
            "transmit.no-repeat",
            "transmit.no-status-word",
            "unplug.ends-a-command",
            "unplug.is-disconnected",
            "unplug.is-remembered",
            "drop.while-the-card-works",
        ],
    );
    conforms(&pad, SECURE_ONLY);
    // One wrong PIN and two right ones; the others went to the kit's own card.
    let card = bench.card.expect("inserted");
    assert_eq!(card.log().secrets_sent(), 3, "{}", card.log());
    assert!(card.log().signatures().is_empty(), "{}", card.log());
}

/// The rig's own reader.
struct Own {
    rig: Pcscd,
    reader: TestReader,
    card: VirtualCard,
}

impl Own {
    fn await_card(&self, there: bool) {
        self.rig
            .await_readers(|readers| readers.contains("\"present\"") == there);
    }
}

impl Hands for Own {
    fn rig(&mut self) -> &mut Pcscd {
        &mut self.rig
    }

    fn act(&mut self, act: &str) -> Result<(), String> {
        let next = |fault| self.card.inject(Trigger::Nth(1), fault);
        match act {
            "Insert" => {
                self.reader.insert(&self.card);
                self.await_card(true);
            }
            "Remove" => {
                self.reader.remove();
                self.await_card(false);
            }
            "InsertMute" => self.reader.insert_mute(),
            "StopService" => self.rig.kill(),
            "StartService" => {
                self.rig.restart();
                self.await_card(true);
            }
            "CutNext" => next(Fault::Truncate(1)),
            "LoseNext" => next(Fault::AnswerLost),
            slow if slow.starts_with("SlowNext(") => {
                let seconds = slow.trim_start_matches("SlowNext(").trim_end_matches("s)");
                let seconds = seconds
                    .parse()
                    .map_err(|_| format!("how long is {slow}?"))?;
                next(Fault::Delay(Duration::from_secs_f64(seconds)));
            }
            // pcscd goes on listing a reader of its configuration that was unplugged.
            other => {
                return Err(format!(
                    "pcscd would not tell of {other} with such a reader"
                ));
            }
        }
        Ok(())
    }

    fn seen(&self) -> u64 {
        self.card.log().last().map_or(0, |entry| entry.number)
    }
}

#[test]
fn the_driver_keeps_every_rule_on_a_reader_that_shows_them_all() {
    let (rig, [reader]) = Pcscd::with_readers([READER]);
    let profile = Profile {
        latency: Latency::TypeB106,
        ..Profile::default()
    };
    let card = VirtualCard::new(profile, SystemClock::shared());
    // Not to wait ten seconds for each answer that is lost on purpose.
    reader.set_patience(Duration::from_secs(4));
    let mut bench = Own { rig, reader, card };
    bench.act("Insert").expect("a card is in");
    let [reader, pad] = reports(&mut bench);
    conforms(
        &reader,
        &[
            "watch.sees-the-plug",
            "unplug.ends-a-command",
            "unplug.is-disconnected",
            "unplug.is-remembered",
        ],
    );
    conforms(&pad, SECURE_ONLY);
    let tries = (
        bench.card.verify_count(Key::AuthPin),
        bench.card.tries_left(Key::AuthPin),
    );
    assert_eq!(tries, (3, 3), "one wrong PIN, two right ones");
    assert!(!bench.card.is_unlocked());
}

/// What the reader's own keys can show.
const SECURE: &[&str] = &[
    "pin.person-cancels",
    "pin.person-is-too-slow",
    "pin.caller-cancels",
    "pin.caller-is-through",
    "pin.secure-prepares-at-once",
    "pin.change-cancelled",
    "pin.right-verifies",
    "pin.wrong-costs-one",
    "pin.secure-hides-digits",
];

/// What the person at the keys does.
fn at_the_keys(keys: &Keypad, does: &str) -> String {
    match does {
        "TypesRight" => keys.types("1234"),
        "TypesWrong" => keys.types("4321"),
        "Cancels" => keys.cancels_after(Duration::ZERO),
        "Forgets" => keys.clear(),
        // Longer than the kit lets the reader wait. An entry that the caller gave up goes on until
        // somebody ends it: PC/SC has no way to call it off.
        "DoesNothing" => keys.cancels_after(Duration::from_secs(4)),
        other => return format!("nobody does {other} here"),
    }
    "done".to_owned()
}

#[test]
fn the_keys_of_a_reader_keep_every_rule_of_a_secure_pad() {
    for product in PinPadProduct::ALL {
        let (rig, [reader]) = Pcscd::with_readers([READER]);
        let keys = Keypad::new(READER);
        reader.set_pad(PinPadFirmware::new(product.clone(), keys.clone()));
        let card = VirtualCard::new(Profile::default(), SystemClock::shared());
        reader.insert(&card);
        rig.await_readers(|readers| readers.contains("\"present\""));
        let mut command = Command::new(env!("CARGO_BIN_EXE_conform"));
        let mut kit = Companion::start(rig.client(&mut command).args([READER, "keys"]));
        let report = loop {
            let said: Value = kit.hear(STEP, |line| serde_json::from_str(line).ok());
            if let Some(does) = said["person"].as_str() {
                kit.say(&at_the_keys(&keys, does));
            } else if let Value::Array(reports) = &said["reports"] {
                break reports[0].clone();
            }
        };
        eprintln!("{}", product.name);
        show(&report);
        let none: [&str; 0] = [];
        assert_eq!(
            named(&report, "failed"),
            none,
            "{}: {report:#}",
            product.name
        );
        assert_eq!(named(&report, "passed"), SECURE, "{report:#}");
        let tries = (
            card.verify_count(Key::AuthPin),
            card.tries_left(Key::AuthPin),
        );
        assert_eq!(tries, (4, 3), "one wrong PIN, three right ones");
        assert!(!card.is_unlocked());
    }
}
