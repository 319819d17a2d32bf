//! What rigs left behind, made readable.
//!
//! ```sh
//! cargo run -p hw-tests --features report --bin hw-tests -- report --text target/bench/trials.jsonl
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

mod report;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Read what rigs wrote down.
#[derive(Parser)]
#[command(name = "hw-tests")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Report(report::Arguments),
}

fn main() -> ExitCode {
    let What::Report(arguments) = Arguments::parse().what;
    match report::run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("hw-tests: {error}");
            ExitCode::from(2)
        }
    }
}
