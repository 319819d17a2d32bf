//! The conformance kit on a card reader and its PIN pads, on a camera, or on face engines: a line for
//! each rule of the contract.
//!
//! ```sh
//! cargo run --features conformance --example conformance
//! cargo run --features conformance,pcsc --example conformance -- --card pcsc --operator
//! cargo run --features conformance,port100 --example conformance -- --card port100 --operator
//! cargo run --features conformance --example conformance -- --camera sim
//! cargo run --features conformance,v4l2 --example conformance -- --camera v4l2 --operator
//! cargo run --features conformance --example conformance -- --face sim
//! cargo run --release --features conformance,onnx --example conformance -- --face models
//! ```
//!
//! A maker of a driver copies `attached.rs`, puts his own driver where `CardChoice` stands, and
//! runs it in his own CI.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

#[path = "../support/mod.rs"]
mod support;

mod attached;
mod cameras;
mod faces;
mod models;

use std::io::BufRead as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use myna_hal::SystemClock;
use myna_hal::conformance::{Acted, Report, card, pin};
use myna_hal::pin::PinPath;
use myna_hal::sim::{VirtualBench, VirtualPinBench};
use myna_hal::time::Clock;

use support::camera::CameraChoice;
use support::card::CardChoice;
use support::engine::EngineArguments;
use support::problem::Problem;

/// Run the conformance kit and print a line per case: pass, FAIL or not run, the time it took,
/// and why.
///
/// A card that is not virtual gets no PIN, unless --test-card says that it is one.
#[derive(Parser)]
#[command(
    name = "conformance",
    after_help = "Variables:\n  MYNA_PIN   with --test-card: the 4-digit PIN of the test card. One \
                  wrong try is spent\n             and restored; none while fewer than three are left\n\n\
                  Exit status:\n  \
                  0  no case failed; cases that were not run do not count\n  \
                  1  a case failed, or the message says what is wrong and what to do next\n  \
                  2  wrong arguments"
)]
struct Arguments {
    /// The reader: `sim`, `pcsc`, `port100` (Sony RC-S380), or one of the last two with `:PART OF THE
    /// READER'S NAME`
    #[arg(long, default_value = "sim", value_name = "CARD")]
    card: CardChoice,
    /// Run the cases for cameras instead: `sim`, `v4l2`, `nokhwa`, or one of them with a part of the
    /// camera's name behind a colon
    #[arg(long, value_name = "CAMERA")]
    camera: Option<CameraChoice>,
    /// Run the cases for face engines instead: `sim` for the virtual ones, `models` for YuNet and
    /// SFace on drawn faces
    #[arg(long, value_enum, value_name = "ENGINES")]
    face: Option<faces::Engines>,
    #[command(flatten)]
    engine: EngineArguments,
    /// Somebody sits at the device: ask for cards and plugs to be inserted and pulled out. An empty
    /// line says that it is done, anything else why not
    #[arg(long)]
    operator: bool,
    /// The card in the reader is a test card whose PIN is in MYNA_PIN, and may lose a try
    #[arg(long)]
    test_card: bool,
    /// Print one JSON array with an object per device
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let clock = SystemClock::shared();
    let reports = match &arguments {
        Arguments {
            camera: Some(camera),
            operator,
            ..
        } => cameras::run(camera, *operator, &clock),
        Arguments {
            face: Some(engines),
            engine,
            ..
        } => faces::run(*engines, engine, &clock),
        Arguments { card, .. } => match card {
            CardChoice::Sim => Ok(on_virtual_devices(&clock)),
            card => on_attached(card, &arguments, &clock),
        },
    };
    match reports {
        Ok(reports) => print(&reports, arguments.json),
        Err(problem) => problem.report(arguments.json),
    }
}

/// Case by case, for who waits; a case that hangs is the last one named.
fn started(case: &'static str) {
    eprintln!("{case} …");
}

/// Has the person at the device do something.
fn ask_operator(is_there: bool, what: &str) -> Acted {
    if !is_there {
        return Acted::Impossible(format!("needs a person (--operator): {what}"));
    }
    eprintln!(">> {what}, then press Enter (or type why not):");
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(read) if read > 0 && line.trim().is_empty() => Acted::Done,
        Ok(0) => Acted::Impossible("nobody answers".to_owned()),
        Ok(_) => Acted::Impossible(line.trim().to_owned()),
        Err(error) => Acted::Impossible(error.to_string()),
    }
}

fn on_virtual_devices(clock: &Arc<dyn Clock>) -> Vec<Report> {
    let mut bench = VirtualBench::new(clock.clone());
    let mut reports = vec![card::run(&mut bench, &mut started)];
    for path in [PinPath::Host, PinPath::Secure] {
        let bench = VirtualPinBench::new(path, clock.clone());
        reports.push(pin::run(bench, pin::Tries::TestCard, &mut started));
    }
    reports
}

fn on_attached(
    card_choice: &CardChoice,
    arguments: &Arguments,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Report>, Problem> {
    let mut bench = attached::Attached::open(card_choice, arguments.operator, clock)?;
    let mut reports = vec![card::run(&mut bench, &mut started)];
    if arguments.test_card {
        let pin = std::env::var(support::terminal::PIN_VARIABLE).map_err(|_| {
            Problem::new(
                "no-pin",
                "--test-card needs the card's PIN",
                "put it into MYNA_PIN",
            )
        })?;
        let bench = attached::WithPin::new(bench, pin);
        reports.push(pin::run(bench, pin::Tries::TestCard, &mut started));
    }
    Ok(reports)
}

fn print(reports: &[Report], json: bool) -> ExitCode {
    if json {
        let reports: Vec<_> = reports.iter().map(Report::to_json).collect();
        println!("[{}]", reports.join(","));
    } else {
        for report in reports {
            println!("\n{report}");
        }
    }
    if reports.iter().all(|report| report.verdict().is_ok()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
