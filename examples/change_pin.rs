//! Changes the PIN of the user-authentication certificate.
//!
//! ```sh
//! cargo run --example change_pin                          # the virtual card; its PIN is 1234
//! cargo run --example change_pin -- --virtual-pad ezio    # on the keys of a virtual reader
//! cargo run --features pcsc --example change_pin -- --card pcsc --yes-change-a-real-pin
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use myna_hal::exchange::RetryGuard;
use myna_hal::myna::{Client, Failure, TrustStore};
use myna_hal::pin::PinPath;
use myna_hal::sim::card::Profile;
use myna_hal::time::SystemClock;
use myna_hal::{ErrorKind, Wait};

mod support;

use support::card::CardChoice;
use support::desk::VirtualArguments;
use support::pad::PadArguments;
use support::problem::{EXIT_STATUS, Problem};
use support::terminal::not_entered;

/// Change the 4-digit PIN of the user-authentication certificate.
///
/// The present PIN is asked for once and the new one twice, on the reader's own keys if it has
/// any. The present one is verified, then the new one is sent: each once. A wrong present PIN
/// costs a try.
#[derive(Parser)]
#[command(after_help = format!(
    "Variables:\n  \
     MYNA_PIN      the present PIN; without it the terminal asks\n  \
     MYNA_NEW_PIN  the new PIN; without it the terminal asks twice\n\n{EXIT_STATUS}"
))]
struct Arguments {
    /// The card: `sim`, `pcsc`, `port100` (Sony RC-S380), or one of the last two with `:PART OF THE
    /// READER'S NAME`
    #[arg(long, default_value = "sim", value_name = "CARD")]
    card: CardChoice,
    /// Needed for a card that is not virtual. Its PIN is changed for good: whoever forgets the
    /// new one, or locks the card by three wrong tries, has to go to the municipal office. If the
    /// card leaves the reader at the wrong moment it may have the old PIN or the new one
    #[arg(long)]
    yes_change_a_real_pin: bool,
    /// Use even the last try of the present PIN: a wrong one then locks it
    #[arg(long)]
    acknowledge_last_try: bool,
    #[command(flatten)]
    pad: PadArguments,
    #[command(flatten)]
    desk: VirtualArguments,
    /// Seconds to wait for a card to be inserted
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    wait: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// For three entries by a person, and the card.
const CHANGE: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) => {
            if arguments.json {
                println!("{report}");
            } else if arguments.card.is_virtual() {
                println!("The PIN of the VIRTUAL card was changed; it ends with this program.");
            } else {
                println!("The PIN was changed. The old one is no longer valid.");
            }
            ExitCode::SUCCESS
        }
        Err(problem) => problem.report(arguments.json),
    }
}

fn run(arguments: &Arguments) -> Result<serde_json::Value, Problem> {
    if !arguments.card.is_virtual() && !arguments.yes_change_a_real_pin {
        return Err(Problem::new(
            "real-pin-not-confirmed",
            "this would change the PIN of a real card; a new PIN that is forgotten, or locked by \
             wrong tries, is reset only at the municipal office",
            "repeat with --yes-change-a-real-pin if that is what you want",
        ));
    }
    let clock = SystemClock::shared();
    let desk = arguments
        .desk
        .desk(&arguments.card, || Ok(Profile::default()), &clock)?;
    // Nothing is read that would have to be believed.
    let trust = TrustStore::jlis()
        .map_err(|error| Problem::new("bug", error.to_string(), "report this"))?;
    let patience = Wait::at_most(clock.clone(), Duration::from_secs(arguments.wait));
    let (reader, mut card) = arguments.card.connect(desk.as_ref(), &clock, &patience)?;
    let keys = desk.as_ref().and_then(|desk| desk.keys.as_ref());
    let mut pad = arguments.pad.choose(&*reader, keys)?;
    let guard = if arguments.acknowledge_last_try {
        eprintln!("Even the last try is used: a wrong present PIN then locks it.");
        RetryGuard::ALLOW_LAST
    } else {
        eprintln!("The last try of the present PIN is kept.");
        RetryGuard::KEEP_LAST
    };
    let wait = Wait::at_most(clock, CHANGE);
    Client::new(trust)
        .change_pin(&mut *card, &mut *pad, guard, &wait)
        .map_err(problem)?;
    Ok(serde_json::json!({
        "virtual": arguments.card.is_virtual(),
        "reader": card.reader().name,
        "pin_path": if pad.path() == PinPath::Secure { "reader" } else { "host" },
        "changed": true,
    }))
}

fn problem(failure: Failure) -> Problem {
    let next_step = match &failure {
        Failure::Device(error) if error.kind() == ErrorKind::Unsupported => {
            "this reader's keys change no PINs: use another reader, or --pin-pad host"
        }
        Failure::Device(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unavailable
            ) =>
        {
            return not_entered(error);
        }
        Failure::LastTry => {
            "if you are sure of the PIN, repeat with --acknowledge-last-try: one more wrong one \
             locks it"
        }
        Failure::PinEntriesDiffer => "start again, and enter the same new PIN twice",
        Failure::PinNotFourDigits => "start again, and enter four digits each time",
        Failure::PinChangeUnanswered(_) => {
            "try the new PIN once with the `authenticate` example; if it is wrong, the old one is \
             in force"
        }
        _ => return failure.into(),
    };
    Problem {
        next_step: next_step.to_owned(),
        ..failure.into()
    }
}
