//! Certificate, PIN and a signed challenge: proves that the card is there and its holder knows
//! the PIN.
//!
//! ```sh
//! cargo run --example authenticate                        # the virtual card; its PIN is 1234
//! cargo run --example authenticate -- --progress --knowledge cards.txt    # one command less next time
//! cargo run --example authenticate -- --virtual-pad spr532 --pin-pad secure
//! cargo run --features pcsc --example authenticate -- --card pcsc
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use myna_hal::Wait;
use myna_hal::card::CardConnection;
use myna_hal::exchange::RetryGuard;
use myna_hal::layer::{Record, Sink};
use myna_hal::myna::{Client, Failure, PinOptions, Progress};
use myna_hal::pin::PinPath;
use myna_hal::sim::card::Profile;
use myna_hal::time::{Clock, SystemClock};

mod support;

use support::card::CardChoice;
use support::desk::VirtualArguments;
use support::pad::PadArguments;
use support::problem::{EXIT_STATUS, Problem};

/// Read the user-authentication certificate, verify the PIN and have the card sign a challenge.
///
/// The PIN is typed on the reader's own keys if it has any; else it is asked for without echo, or
/// taken from the variable MYNA_PIN. It is sent once. What was proven and how is on standard
/// output, everything else on standard error.
#[derive(Parser)]
#[command(after_help = format!(
    "Variables:\n  MYNA_PIN   the 4-digit PIN; without it the terminal asks\n\n{EXIT_STATUS}"
))]
struct Arguments {
    /// The card: `sim`, `pcsc`, `port100` (Sony RC-S380), or one of the last two with `:PART OF THE
    /// READER'S NAME`
    #[arg(long, default_value = "sim", value_name = "CARD")]
    card: CardChoice,
    /// PEM file with the CA certificates to trust [default: the virtual card's own; J-LIS's, as
    /// built in, for every other card]
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Do not ask for the tries left before the PIN is sent (one command less, no guard). A card
    /// of unknown kind is asked once all the same, and then the last try is kept
    #[arg(long, conflicts_with = "acknowledge_last_try")]
    bare: bool,
    /// Use even the last try: a wrong PIN then locks it
    #[arg(long)]
    acknowledge_last_try: bool,
    /// File that keeps what is learned about readers and cards: the next run needs fewer commands
    #[arg(long, value_name = "FILE")]
    knowledge: Option<PathBuf>,
    /// Write what passes between this program and the card into this file, without any body: for
    /// `hw-tests replay`, and to take a fault home
    #[arg(long, value_name = "FILE", conflicts_with = "knowledge")]
    record: Option<PathBuf>,
    /// Say on standard error what is being done, and how long each part took
    #[arg(long)]
    progress: bool,
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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) => {
            print(&arguments, &report);
            ExitCode::SUCCESS
        }
        Err(problem) => problem.report(arguments.json),
    }
}

fn run(arguments: &Arguments) -> Result<serde_json::Value, Problem> {
    let clock = SystemClock::shared();
    let desk = arguments
        .desk
        .desk(&arguments.card, || Ok(Profile::default()), &clock)?;
    let trust = arguments.card.trust(
        arguments.trust.as_deref(),
        desk.as_ref().map(|desk| &desk.card),
    )?;
    let patience = Wait::at_most(clock.clone(), Duration::from_secs(arguments.wait));
    let (reader, card) = arguments.card.connect(desk.as_ref(), &clock, &patience)?;
    let (mut card, tape) = match &arguments.record {
        Some(file) => recorded(card, file, arguments, &clock)?,
        None => (card, None),
    };
    let keys = desk.as_ref().and_then(|desk| desk.keys.as_ref());
    let mut pad = arguments.pad.choose(&*reader, keys)?;
    let mut options = PinOptions::default();
    if arguments.acknowledge_last_try {
        options.guard = RetryGuard::ALLOW_LAST;
    }
    if arguments.bare {
        options.guard = RetryGuard::Bare;
    }
    let mut client = Client::new(trust);
    if let Some(path) = &arguments.knowledge {
        client = client.with_knowledge(support::knowledge::load(path)?);
    }
    if arguments.progress {
        client = client.with_progress(tell);
    }
    let challenge = Client::fresh_challenge();
    // The person's time is not the card's: the pad asks before the card is held.
    support::terminal::prepare(&mut *pad, &clock)?;
    let start = Instant::now();
    let limit = match pad.path() {
        // The person types while the card is held.
        PinPath::Secure => Duration::from_secs(60),
        _ => Duration::from_secs(15),
    };
    let wait = Wait::at_most(clock, limit);
    let proof =
        client.authenticate_prepared(&mut *card, &mut *pad, &challenge, None, options, &wait);
    let elapsed = start.elapsed();
    // What was learned is worth keeping whatever came of it.
    if let Some(path) = &arguments.knowledge {
        support::knowledge::keep(path, client.knowledge());
    }
    if let Some(tape) = &tape {
        let outcome = proof.as_ref().map_or_else(Failure::code, |_| "ok");
        tape.note("outcome", outcome);
    }
    let proof = proof?;
    let phases = proof.timing.iter().map(|time| {
        serde_json::json!({
            "phase": time.phase.code(),
            "began_ms": time.began.as_micros() as f64 / 1000.0,
            "took_ms": time.took.as_micros() as f64 / 1000.0,
        })
    });
    let certificate = proof.certificate.as_ref();
    Ok(serde_json::json!({
        "virtual": arguments.card.is_virtual(),
        "hierarchy": client.trust().hierarchy().map(|hierarchy| hierarchy.code()),
        "reader": card.reader().name,
        "pin_path": if pad.path() == PinPath::Secure { "reader" } else { "host" },
        "proven": proof.proven.iter().map(|proven| proven.code()).collect::<Vec<_>>(),
        "apdus": proof.traffic.apdus,
        "bytes_sent": proof.traffic.bytes_sent,
        "bytes_received": proof.traffic.bytes_received,
        "elapsed_ms": elapsed.as_secs_f64() * 1000.0,
        "phases": phases.collect::<Vec<_>>(),
        "not_before": certificate.map(|c| c.not_before().to_string()),
        "not_after": certificate.map(|c| c.not_after().to_string()),
        "last_day": certificate.map(|c| c.last_day().to_string()),
    }))
}

/// The card with everything that passes written into `file`, and where a note goes.
fn recorded(
    card: Box<dyn CardConnection>,
    file: &Path,
    arguments: &Arguments,
    clock: &Arc<dyn Clock>,
) -> Result<(Box<dyn CardConnection>, Option<Sink>), Problem> {
    let written = File::create(file).map_err(|error| {
        Problem::new(
            "file-not-written",
            format!("{} cannot be written: {error}", file.display()),
            "name a file in a folder that can be written to",
        )
    })?;
    let tape = Sink::writer(written);
    tape.note("dialogue", "authenticate");
    tape.note(
        "guard",
        match (arguments.bare, arguments.acknowledge_last_try) {
            (true, _) => "bare",
            (_, true) => "allow-last",
            _ => "keep-last",
        },
    );
    let card = Record::connection(card, tape.clone(), clock.clone());
    Ok((Box::new(card), Some(tape)))
}

fn tell(progress: Progress) {
    match progress {
        Progress::Began(phase) => eprintln!("{} …", phase.code()),
        Progress::Ended(phase, took) => {
            eprintln!("{}: {:.1} ms", phase.code(), took.as_secs_f64() * 1000.0);
        }
        _ => {}
    }
}

fn print(arguments: &Arguments, report: &serde_json::Value) {
    if arguments.json {
        println!("{report}");
        return;
    }
    if arguments.card.is_virtual() {
        println!("This is the VIRTUAL card, trusted by its own virtual hierarchy.");
    }
    let text = |key: &str| match &report[key] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    println!("Reader       {}", text("reader"));
    println!(
        "PIN typed    {}",
        match report["pin_path"].as_str() {
            Some("reader") => "on the reader's keys; this program never saw it",
            _ => "through this program's memory",
        }
    );
    println!("Hierarchy    {}", text("hierarchy"));
    let proven: Vec<_> = report["proven"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .collect();
    println!("Proven       {}", proven.join(", "));
    println!("Valid until  {} (last day in Japan)", text("last_day"));
    println!(
        "Traffic      {} APDUs, {} bytes sent, {} received, {:.1} ms",
        text("apdus"),
        text("bytes_sent"),
        text("bytes_received"),
        report["elapsed_ms"].as_f64().unwrap_or_default(),
    );
    println!("Not proven   that the certificate is not revoked; only accredited verifiers can ask");
}
