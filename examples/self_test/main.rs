//! The page that a support line asks for: what this machine has, what is wrong with it, and what to
//! do.
//!
//! ```sh
//! cargo run --release --features pcsc,v4l2,onnx --example self_test
//! cargo run --release --features pcsc,v4l2,onnx --example self_test -- --picture seen.png --json
//! ```
//!
//! It asks for no PIN and sends none. If a card is in a reader its certificate is read, for nothing
//! but whether that can be done: nothing on the page identifies a person.
//!
//! # Codes
//!
#![doc = include_str!("codes.md")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(any(feature = "ccid", feature = "pcsc"))]
mod ask;
mod camera;
mod card;
#[cfg_attr(not(feature = "ccid"), path = "no_ccid.rs")]
mod ccid;
mod clock;
mod codes;
#[cfg_attr(not(feature = "onnx"), path = "no_models.rs")]
mod models;
#[cfg_attr(not(feature = "pcsc"), path = "no_pcsc.rs")]
mod pcsc;
mod readers;
mod report;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use myna_hal::time::SystemClock;

use report::Report;
use support::camera::CameraChoice;
use support::usb::DEVICES;

/// Look at services, readers, the card, cameras, the clock and the face models, and say of each
/// whether it is well, what is wrong, and what to do.
///
/// No PIN is asked for and none is sent. Nothing on the page identifies a person; a picture of the
/// camera is kept only where --picture says so.
#[derive(Parser)]
#[command(
    name = "self_test",
    after_help = "Variables:
  MYNA_HAL_MODELS   folder with the face models, if not given by --models

Exit status:
  0  nothing that was checked is wrong, and every area of --require is well
  1  something is wrong, or an area of --require is not
  2  wrong arguments"
)]
pub(crate) struct Arguments {
    /// What the readers are reached through
    #[arg(long, value_enum, default_value_t = Service::Pcsc, value_name = "WAY")]
    service: Service,
    /// The cameras: `sim`, `v4l2`, `nokhwa`, or one of them with a part of the camera's name behind
    /// a colon [default: the driver that was built in]
    #[arg(long, value_name = "CAMERA")]
    camera: Option<CameraChoice>,
    /// Write what the first camera sees into this PNG or JPEG file
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Folder with the model files [default: $MYNA_HAL_MODELS, else the user's cache folder]
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Areas that have to be well: one that was not checked is then as bad as a wrong one
    #[arg(long, value_enum, value_delimiter = ',', value_name = "AREA")]
    require: Vec<Area>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print the table of codes, and look at nothing
    #[arg(long)]
    codes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// The platform's smart-card service (feature `pcsc`)
    Pcsc,
    /// USB, without a service (feature `ccid`)
    Usb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Area {
    Service,
    Reader,
    Card,
    Camera,
    Clock,
    Model,
}

impl Area {
    /// Its place in a code, in small letters.
    fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Reader => "reader",
            Self::Card => "card",
            Self::Camera => "camera",
            Self::Clock => "clock",
            Self::Model => "model",
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.codes {
        print!("{}", include_str!("codes.md"));
        return ExitCode::SUCCESS;
    }
    let report = examine(&arguments, Path::new(DEVICES));
    if arguments.json {
        println!("{}", report.json());
    } else {
        println!("{report}");
    }
    let required: Vec<&str> = arguments.require.iter().map(|area| area.name()).collect();
    report.exit_status(&required)
}

/// Looks at everything. `usb` is where the kernel shows what is attached.
pub(crate) fn examine(arguments: &Arguments, usb: &Path) -> Report {
    let clock = SystemClock::shared();
    let mut report = Report::default();
    readers::check(arguments, usb, &clock, &mut report);
    camera::check(arguments, &clock, &mut report);
    report
        .findings
        .push(clock::check(clock.utc(), clock::made()));
    models::check(arguments.models.as_deref(), &mut report);
    report
}
