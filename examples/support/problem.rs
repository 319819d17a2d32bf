//! What an example says when it could not do what was asked: a code, words, and the next step.

use myna_hal::checkin::FailureCode;
use myna_hal::checkin::words::{Catalogue, Language};
use myna_hal::myna::Failure;
use myna_hal::{Error, ErrorKind};

/// What the programs that do one thing say of their exit status.
pub const EXIT_STATUS: &str = "Exit status:
  0  done, and everything that was asked is proven
  1  not done: the message says why, and what to do next
  2  wrong arguments";

/// Why a program ends without having proven what was asked.
#[derive(Debug)]
pub struct Problem {
    /// Stable code in kebab-case.
    pub code: String,
    /// What happened.
    pub what: String,
    /// What to do now.
    pub next_step: String,
    /// Tries left, where a try was the matter.
    pub retries_left: Option<u8>,
}

impl Problem {
    pub fn new(code: &str, what: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            what: what.into(),
            next_step: next_step.into(),
            retries_left: None,
        }
    }

    /// Prints it where it belongs; the exit status says that nothing was proven.
    pub fn report(&self, json: bool) -> std::process::ExitCode {
        if json {
            println!("{}", self.json());
        } else {
            eprintln!("Not done ({}): {}", self.code, self.what);
            eprintln!("Next: {}", self.next_step);
        }
        std::process::ExitCode::FAILURE
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "proven": [],
            "error": self.code,
            "message": self.what,
            "next_step": self.next_step,
            "retries_left": self.retries_left,
        })
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.what, self.next_step)
    }
}

impl std::error::Error for Problem {}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let retries_left = match &failure {
            Failure::PinWrong { retries_left } | Failure::CardFaceWrong { retries_left } => {
                *retries_left
            }
            Failure::PinBlocked | Failure::CardFaceBlocked => Some(0),
            Failure::LastTry => Some(1),
            Failure::CardFaceGuarded { retries_left } => Some(*retries_left),
            _ => None,
        };
        let next_step = match &failure {
            Failure::LastTry => {
                "use the face instead, or repeat with --acknowledge-last-try: one more wrong PIN \
                 locks it"
                    .to_owned()
            }
            _ => words(failure.code()),
        };
        let what = match (&failure, retries_left) {
            (Failure::PinWrong { .. } | Failure::CardFaceWrong { .. }, Some(left)) => {
                let tries = if left == 1 { "try is" } else { "tries are" };
                format!("{failure}; {left} {tries} left")
            }
            _ => failure.to_string(),
        };
        Self {
            retries_left,
            ..Self::new(failure.code(), what, next_step)
        }
    }
}

impl From<Error> for Problem {
    /// An error of the reader, before a dialogue with the card began.
    fn from(error: Error) -> Self {
        let cause = std::error::Error::source(&error).map(|source| format!(" ({source})"));
        let what = format!("{error}{}", cause.unwrap_or_default());
        let (code, next_step) = match error.kind() {
            ErrorKind::Unavailable => (
                "service-stopped",
                "start the smart-card service (on Debian: apt-get install pcscd, then start it)",
            ),
            ErrorKind::NoCard => ("not-present", "insert a My Number Card"),
            ErrorKind::Protocol | ErrorKind::TimedOut => (
                "mute",
                "take the card out, look at its chip and insert it again",
            ),
            ErrorKind::Busy => ("busy", "close the other program that uses the card"),
            ErrorKind::NotFound | ErrorKind::Disconnected => (
                "reader-lost",
                "check the reader's cable and attach it again",
            ),
            kind => (kind.code(), "look at the message above"),
        };
        Self::new(code, what, next_step)
    }
}

/// The next step for whoever runs a program. The library's own catalogue has it for the patient
/// before a kiosk, which is the same where nothing else is said here.
pub fn words(code: &str) -> String {
    let own = match code {
        "pin-wrong" => "start again with the right PIN; a wrong one costs a try",
        "pin-blocked" => {
            "use the face instead (the example `check_in`); only the municipal office unlocks the \
             PIN"
        }
        "pin-pad-cancelled" => "start again when the PIN is at hand",
        "pin-pad-timeout" => "start again, and enter the PIN without a break",
        "pin-not-four-digits" => "start again, and enter four digits",
        "pin-unanswered" => "take the card out and start again; one try may be gone",
        _ => {
            let step = FailureCode::ALL
                .iter()
                .find(|known| known.code() == code)
                .and_then(|known| known.next_steps().first());
            let words = Catalogue::shipped(Language::English).ok();
            return step
                .zip(words)
                .map_or_else(|| "call the staff".to_owned(), |(step, it)| it.text(*step));
        }
    };
    own.to_owned()
}
