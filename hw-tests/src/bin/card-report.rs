//! What each client costs the card: this library, OpenSC, and the crates `jpki`, `myna` and
//! `myna-card`, on the same virtual card through the same `pcscd` in one run.
//!
//! ```sh
//! cargo run --release -p hw-tests --features peers --bin card-report
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::slice;

use clap::Parser;
use hw_tests::contest::{Contest, Dialogue, chart, compete, markdown, table};

/// Compare what clients of the card cost it: APDUs, bytes, and time by three clocks.
///
/// Starts a pcscd and a virtual card of its own; needs what the middleware rig needs. Every run
/// finds a card that has just got power. What a client brought is compared with what is on the
/// card; a client that fails becomes a row that says how.
#[derive(Parser)]
#[command(name = "card-report", after_help = NOTES)]
struct Arguments {
    /// Measured runs of each client, after one that does not count
    #[arg(long, default_value_t = 9, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Only this dialogue: certificate, signature, proof or card-face
    #[arg(long, value_name = "NAME", value_parser = dialogue)]
    dialogue: Option<Dialogue>,
    /// Leave out the runs with a card that really takes its time
    #[arg(long)]
    no_waiting: bool,
    /// Print one JSON object instead of the table
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the table of the README instead
    #[arg(long)]
    markdown: bool,
    /// Write a bar chart, too
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

const NOTES: &str = "\
Times: `typeb106` and `contact` are computed from the card's log by the virtual card's latency
model and are the same on every machine; `wall` is measured at latency none, and means something
only of an optimised build (--release) on a machine that is not busy.

The wall time of libraries runs in their process from the context to the checked result, for
`signature` without `jpki`, `myna` and `myna-card` checking anything; that of OpenSC is of the
whole process.";

fn dialogue(name: &str) -> Result<Dialogue, String> {
    let named = |dialogue: &Dialogue| dialogue.code() == name;
    let found = Dialogue::ALL.into_iter().find(named);
    found.ok_or_else(|| "no such dialogue".to_owned())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("card-report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    if cfg!(debug_assertions) {
        eprintln!("not optimised: wall times mean nothing; use --release");
    }
    let all = Dialogue::ALL;
    let dialogues = arguments
        .dialogue
        .as_ref()
        .map_or(&all[..], slice::from_ref);
    let report = compete(&Contest {
        dialogues,
        rounds: arguments.rounds.into(),
        waited: !arguments.no_waiting,
        progress: &|line| eprintln!("{line}"),
    });
    if let Some(path) = &arguments.svg {
        std::fs::write(path, chart(&report))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if arguments.json {
        println!("{}", report.json());
    } else if arguments.markdown {
        print!("{}", markdown(&report));
    } else {
        print!("{}", table(&report));
    }
    Ok(())
}
