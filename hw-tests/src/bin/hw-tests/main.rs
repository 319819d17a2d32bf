//! The program of the rigs: `hw-tests --help` lists what it does.
//!
//! ```sh
//! cargo run -p hw-tests -- replay fault.txt
//! cargo run -p hw-tests --features report -- report --text target/bench/trials.jsonl
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

#[cfg(feature = "bench")]
mod fingerprint;
#[cfg(not(feature = "bench"))]
#[path = "not_built/fingerprint.rs"]
mod fingerprint;
#[cfg(not(all(feature = "bench", feature = "recordings", feature = "report")))]
mod not_built;
#[cfg(feature = "recordings")]
mod record;
#[cfg(not(feature = "recordings"))]
#[path = "not_built/record.rs"]
mod record;
mod replay;
#[cfg(feature = "report")]
mod report;
#[cfg(not(feature = "report"))]
#[path = "not_built/report.rs"]
mod report;
mod scenario;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Play and report what devices do, with the devices and without them.
#[derive(Parser)]
#[command(name = "hw-tests")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Fingerprint(fingerprint::Arguments),
    Record(record::Arguments),
    Replay(replay::Arguments),
    Report(report::Arguments),
    Scenario(scenario::Arguments),
}

/// How a command ended; an error is a wrong argument, or a file that cannot be read or written.
type Done = Result<ExitCode, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Fingerprint(arguments) => fingerprint::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Scenario(arguments) => scenario::run(arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("hw-tests: {error}");
        ExitCode::from(2)
    })
}
