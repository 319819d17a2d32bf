//! The conformance kit on the library's PC/SC driver, through a real `pcscd`.
#![allow(clippy::panic, reason = "a test that fails says why")]
#![allow(clippy::print_stderr, reason = "the report, shown with --nocapture")]

use std::process::Command;
use std::time::Duration;

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::Companion;
use hw_tests::vpcd::LentCard;
use serde_json::{Value, json};

/// How long one step of the kit may take on a busy machine.
const STEP: Duration = Duration::from_secs(120);

/// A contactless card, which takes a quarter of a second to be read: long enough to be given up.
const SLOW: [&str; 2] = ["--latency", "typeb106"];

/// The hands at the bench.
struct Bench {
    rig: Pcscd,
    card: Option<LentCard>,
}

impl Bench {
    fn new() -> Self {
        let rig = Pcscd::start();
        let card = Some(rig.lend(&SLOW));
        Self { rig, card }
    }

    /// Does what the kit asks for; says that it is done, or why not.
    fn act(&mut self, act: &str) -> String {
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
            other => return format!("vpcd and its card cannot do {other}"),
        }
        "done".to_owned()
    }

    fn insert(&mut self) {
        self.card = Some(self.rig.lend(&SLOW));
    }

    fn seen(&self) -> u64 {
        self.card.as_ref().map_or(0, |card| card.log().apdus())
    }

    /// Runs the kit to its end.
    fn reports(&mut self) -> Vec<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conform"));
        let mut kit = Companion::start(self.rig.client(&mut command).arg(READER));
        loop {
            let said: Value = kit.hear(STEP, |line| serde_json::from_str(line).ok());
            if let Some(act) = said["act"].as_str() {
                kit.say(&self.act(act));
            } else if said["count"] == true {
                kit.say(&self.seen().to_string());
            } else if let Value::Array(reports) = &said["reports"] {
                return reports.clone();
            }
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

#[test]
fn the_driver_keeps_every_rule_that_vpcd_can_show() {
    let mut bench = Bench::new();
    let reports = bench.reports();
    reports.iter().for_each(show);
    let [reader, pad] = &reports[..] else {
        panic!("two reports: {reports:?}");
    };
    assert!(
        reader["subject"]
            .as_str()
            .is_some_and(|name| name.contains(READER))
    );
    assert_eq!(named(reader, "failed"), [""; 0]);
    // Nobody can unplug vpcd's reader, put a mute card into it, or harm one answer.
    assert_eq!(
        named(reader, "not-run"),
        [
            "watch.sees-the-plug",
            "reader.mute-is-protocol",
            "transmit.no-repeat",
            "transmit.no-status-word",
            "drop.while-the-card-works",
        ]
    );
    assert_eq!(named(pad, "failed"), [""; 0]);
    assert_eq!(
        named(pad, "not-run"),
        ["pin.secure-prepares-at-once", "pin.secure-hides-digits"]
    );
    // One wrong PIN and three right ones; the others went to the kit's own card.
    let card = bench.card.expect("inserted");
    assert_eq!(card.log().secrets_sent(), 3, "{}", card.log());
    assert_eq!(json!(card.log().signatures()), json!([]));
}
