//! Clients of a real `pcscd`: the library's own driver, and software that nobody here wrote,
//! against the virtual card. Every test has a daemon and a card of its own.
#![allow(clippy::panic, reason = "a test that fails says why")]
#![allow(
    clippy::print_stderr,
    reason = "figures, shown with --nocapture and of a failed test"
)]

mod bed;
mod cards;
#[cfg(feature = "peers")]
mod contest;
mod mute;
mod next_generation;
mod opensc;
mod ours;
mod own;
mod pad;
#[cfg(feature = "peers")]
mod peer;
mod record;
mod restless;
mod self_test;
mod service;
mod sessions;
mod trouble;
mod unlocked;
mod watch;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::{INSTALL, example, run};
use hw_tests::vpcd::{LentCard, Log};
use serde_json::Value;

/// PIN of the virtual card.
const PIN: &str = "1234";

const WRONG_PIN: &str = "4321";

/// The program that does with the driver what a test tells it.
const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");

/// What a client printed, as one JSON value, with its exit status.
struct Said {
    json: Value,
    success: bool,
}

impl Said {
    fn of(output: &Output) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let json = serde_json::from_str(stdout.trim()).unwrap_or_else(|error| {
            panic!(
                "not JSON ({error}): {stdout}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
        Self {
            json,
            success: output.status.success(),
        }
    }

    /// Asserts that nothing was proven, with this code and exit status 1.
    #[track_caller]
    fn refuses(&self, code: &str) {
        assert_eq!(self.json["error"], code, "{}", self.json);
        assert_eq!(self.json["proven"], serde_json::json!([]), "{}", self.json);
        assert!(!self.success, "the exit status says that it went well");
    }

    /// Asserts that the client counted what the card saw.
    #[track_caller]
    fn counted(&self, log: &Log) {
        let counted = ["apdus", "bytes_sent", "bytes_received"].map(|key| &self.json[key]);
        let seen = [log.apdus(), log.sent(), log.received()];
        assert_eq!(counted, seen.map(Value::from).each_ref(), "{log}");
    }
}

/// The command that runs the example `authenticate` with a PIN in its environment.
fn authenticate(rig: &Pcscd, pin: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(example("authenticate"));
    rig.client(&mut command)
        .args(["--card", &format!("pcsc:{READER}"), "--json"])
        .args(arguments)
        .env("MYNA_PIN", pin);
    command
}

/// Runs the example with the card's own CA as trust.
fn authenticated(rig: &Pcscd, card: &LentCard, pin: &str, arguments: &[&str]) -> Said {
    let mut command = authenticate(rig, pin, arguments);
    Said::of(&run(command.arg("--trust").arg(&card.trust)))
}

/// Runs one of the rig's own programs on the card.
fn helper(rig: &Pcscd, card: &LentCard, program: &str, first: &str) -> Said {
    let mut command = Command::new(program);
    rig.client(&mut command)
        .arg(first)
        .arg(&card.trust)
        .env("MYNA_PIN", PIN)
        .env("MYNA_CARD_FACE_CODE", &card.card_face_code);
    let output = run(&mut command);
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Said::of(&output)
}

/// Runs something and tells what it cost the card, for whoever wants figures.
fn measured<T>(what: &str, card: &LentCard, job: impl FnOnce() -> T) -> (T, Log) {
    let before = card.log().0.len();
    let start = Instant::now();
    let result = job();
    let elapsed = start.elapsed();
    let log = card.log().since(before);
    eprintln!(
        "FIGURE {what}: {} APDUs, {} bytes to the card, {} from it, {:.0} ms of the card, {:.0} ms in all",
        log.apdus(),
        log.sent(),
        log.received(),
        log.milliseconds(),
        elapsed.as_secs_f64() * 1000.0
    );
    (result, log)
}

/// Runs a tool that must do its job.
#[track_caller]
fn done(output: Output) -> Output {
    assert!(
        output.status.success(),
        "{}\n{}\nIf something is not installed: {INSTALL}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A path as an argument.
fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
