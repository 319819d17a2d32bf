//! Who moves things on a bench: a command, or a person.

use std::io::BufRead;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use crate::program;

/// Does one thing.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", untagged, deny_unknown_fields)]
pub enum Actuator {
    /// A program that has done it when it ends with status 0.
    #[serde(rename_all = "kebab-case")]
    Command {
        /// The program and its arguments; no shell.
        command: Vec<String>,
        /// How long it may take, in seconds.
        #[serde(default = "soon")]
        limit_s: u64,
    },
    /// A person, who presses Enter when it is done.
    #[serde(rename_all = "kebab-case")]
    Ask {
        /// What the person is told.
        ask: String,
        /// How long it may take, in seconds.
        #[serde(default = "patiently")]
        limit_s: u64,
    },
}

fn soon() -> u64 {
    30
}

fn patiently() -> u64 {
    120
}

impl Actuator {
    /// Does it, and returns when it is done.
    ///
    /// # Errors
    /// Why it is not done.
    pub fn act(&self) -> Result<(), String> {
        match self {
            Self::Command { command, limit_s } => run(command, Duration::from_secs(*limit_s)),
            Self::Ask { ask: what, limit_s } => ask(what, Duration::from_secs(*limit_s)),
        }
    }

    /// Whether a person does it: its time means nothing.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Ask { .. })
    }
}

fn run(command: &[String], limit: Duration) -> Result<(), String> {
    let (program, arguments) = command
        .split_first()
        .ok_or("an actuator's command is empty")?;
    let output = program::within(Command::new(program).args(arguments), limit)
        .map_err(|error| format!("the actuator {program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    Err(format!("the actuator {program}: {}: {said}", output.status))
}

/// Tells the person at the bench what to do, and waits for Enter; `n` and Enter says that it cannot
/// be done.
///
/// # Errors
/// Why it is not done.
#[allow(clippy::print_stderr, reason = "a person reads it")]
pub fn ask(what: &str, limit: Duration) -> Result<(), String> {
    // One question at a time.
    let lines = lines().lock().unwrap_or_else(PoisonError::into_inner);
    // What was typed before it was asked is no answer.
    while lines.try_recv().is_ok() {}
    eprintln!("\n>>> {what}\n>>> Enter when it is done, n and Enter if it cannot be done");
    match lines.recv_timeout(limit) {
        Ok(line) if line.trim().is_empty() => Ok(()),
        Ok(_) => Err(format!("the person did not do it: {what}")),
        Err(RecvTimeoutError::Timeout) => {
            let seconds = limit.as_secs();
            Err(format!("nobody pressed Enter within {seconds} s: {what}"))
        }
        Err(RecvTimeoutError::Disconnected) => Err(format!(
            "nobody is at the keyboard (standard input is closed): {what}"
        )),
    }
}

/// What is typed at the keyboard; reading it cannot be given up, so one thread does it for all.
fn lines() -> &'static Mutex<Receiver<String>> {
    static LINES: OnceLock<Mutex<Receiver<String>>> = OnceLock::new();
    LINES.get_or_init(|| {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Mutex::new(receiver)
    })
}
