//! The main job: a card and a face, or a PIN, go in; a checked-in patient comes out.
//!
//! ```sh
//! hw-tests/fetch-models
//! cargo run --release --features onnx --example check_in
//! cargo run --example check_in -- --method pin
//! ```
//!
//! By default every device is virtual. The government side is always simulated here: this
//! library has no access to it, and calls out through the traits of `checkin::ports`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

#[path = "../support/mod.rs"]
mod support;

mod devices;
mod outcome;
mod person;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use myna_hal::checkin::runner::{CardAtStart, Ports, Runner, Setup};
use myna_hal::checkin::{Method, PadPolicy, Policy};
use myna_hal::myna::Client;
use myna_hal::sim::ports::{Behaviour, Government, Staff};
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{CancelToken, Wait};

use support::card::CardChoice;
use support::desk::VirtualArguments;
use support::engine::EngineArguments;
use support::pad::PadArguments;
use support::problem::{EXIT_STATUS, Problem};

/// Check a patient in: read the certificate, prove who it is by face or PIN, ask the consents
/// that apply, report, and remind of the card.
///
/// Words for people go to standard error, the report to standard output.
#[derive(Parser)]
#[command(
    name = "check_in",
    after_help = format!("Variables:\n  \
        MYNA_PIN             the 4-digit PIN; without it the terminal asks\n  \
        MYNA_CARD_FACE_CODE  照合番号B, the 14 digits printed on a card that is not virtual;\n                       \
        without it the terminal asks\n  \
        MYNA_HAL_MODELS      folder with the face models, if not given by --models\n\n{EXIT_STATUS}")
)]
pub(crate) struct Arguments {
    /// The card: `sim`, `pcsc`, `port100` (Sony RC-S380), or one of the last two with `:PART OF THE
    /// READER'S NAME`
    #[arg(long, default_value = "sim", value_name = "CARD")]
    card: CardChoice,
    /// What the camera sees: a picture, a folder of pictures, or `sim` for the drawn face
    #[arg(long, default_value = "sim", value_name = "PATH|FOLDER|sim")]
    camera: PathBuf,
    /// The portrait that the virtual card carries (JPEG, PNG, JP2) instead of the drawn face
    #[arg(long, value_name = "FILE")]
    portrait: Option<PathBuf>,
    /// How the patient proves who they are
    #[arg(long, value_enum, default_value_t = Choice::Face)]
    method: Choice,
    /// Presentation-attack detection with a VIRTUAL check, which asks for two movements and passes
    /// everybody: shows what a patient sees, and protects nobody
    #[arg(
        long = "pad",
        value_enum,
        default_value_t = PadChoice::Off,
        value_name = "POLICY"
    )]
    pad_policy: PadChoice,
    #[command(flatten)]
    engine: EngineArguments,
    /// PEM file with the trust anchors of the card [default: the virtual card's own; J-LIS's, as
    /// built in, for every other card]
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Use even the last try of the PIN: a wrong one then locks it
    #[arg(long)]
    acknowledge_last_try: bool,
    #[command(flatten)]
    pad: PadArguments,
    #[command(flatten)]
    desk: VirtualArguments,
    /// What to answer to the consents
    #[arg(long, value_enum, default_value_t = Consents::Ask)]
    consents: Consents,
    /// Seconds to wait for a card to be inserted
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    wait: u64,
    /// Seconds to wait for the card to be taken at the end
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    remove_wait: u64,
    /// Print one JSON object on standard output, and words on standard error
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    Face,
    Pin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Consents {
    /// Ask at the terminal; without one, nothing is granted
    Ask,
    /// Agree to everything that is asked
    Yes,
    /// Agree to nothing
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PadChoice {
    /// No check takes part
    Off,
    /// The check's answer is reported and decides nothing
    Report,
    /// A match counts only when the check passed
    Enforce,
}

/// How long one visit may take in all.
const VISIT: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(outcome) => outcome.report(arguments.json),
        Err(problem) => problem.report(arguments.json),
    }
}

fn run(arguments: &Arguments) -> Result<outcome::Visit, Problem> {
    let clock: Arc<dyn Clock> = SystemClock::shared();
    let devices = devices::open(arguments, &clock)?;
    let trust = arguments
        .card
        .trust(arguments.trust.as_deref(), devices.card.as_ref())?;
    if arguments.method == Choice::Face && !trust.has_face_record_keys() {
        return Err(Problem::new(
            "no-trust-anchors",
            "the trust file has no MYNA CV KEY, so no portrait can be believed",
            "add the key that certifies the issuers of face records, or use --method pin",
        ));
    }
    let government = Government::new(1);
    // The real system takes three to seven seconds; nobody wants to wait for a simulation.
    government.behave(Behaviour::After(Duration::from_millis(300)));
    let mut policy = Policy::default();
    policy.pad = match arguments.pad_policy {
        // No liveness check takes part, and the report says so.
        PadChoice::Off => PadPolicy::Off,
        PadChoice::Report => PadPolicy::Report,
        PadChoice::Enforce => PadPolicy::Enforce,
    };
    let mut runner = Runner::start(Setup {
        clock: clock.clone(),
        client: Client::new(trust),
        policy,
        devices: devices.devices,
        ports: Ports {
            pinless: Box::new(government.clone()),
            signature: Box::new(government.clone()),
            external_pin: None,
            phone: None,
            eligibility: Box::new(government.clone()),
            registration: Box::new(government),
            staff: Box::new(Staff::new()),
        },
        // Whoever starts this program put the card there.
        card_at_start: CardAtStart::Arrived,
        first_session: 1,
    })?;
    let method = match arguments.method {
        Choice::Face => Method::Face,
        Choice::Pin => Method::Pin,
    };
    let person = person::Person::new(arguments, method, devices.reader).map_err(|error| {
        Problem::new(
            "no-words",
            error.to_string(),
            "use the program as it was built",
        )
    })?;
    let mut screen = person.clone();
    let give_up = CancelToken::new();
    person.expect_card(Duration::from_secs(arguments.wait), give_up.clone());
    let wait = Wait::at_most(clock, VISIT).with_cancel(give_up);
    let report = runner.run_session(&mut screen, &wait);
    person.finish();
    match report {
        Ok(report) => Ok(outcome::Visit {
            report,
            stopped: person.stopped(),
            frames: devices.frames.map(|frames| frames.counts()),
            is_virtual: arguments.card.is_virtual(),
        }),
        Err(_) if person.no_card_came() => Err(Problem::new(
            "not-present",
            "no card was inserted",
            "insert a My Number Card",
        )),
        Err(error) => Err(error.into()),
    }
}
