//! The trials on real devices: the conformance kit for readers, PIN pads and cameras, and figures.
//!
//! `MYNA_HAL_READER` is a part of a reader's name (after `ccid:`, without a service),
//! `MYNA_HAL_CAMERA` a part of a camera's, and `MYNA_HAL_BENCH` an inventory, of which the other two
//! then choose. A trial without its device is *ignored*, and says what to do.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to the person at the bench"
)]

mod cameras;
mod choice;
mod figures;
mod readers;
mod wanted;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hw_tests::report::{Baseline, Recorder, Run, html, json, junit, today};
use libtest_mimic::Arguments;

use choice::Choice;

/// Where reports go unless told: beside everything else that cargo makes.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../bench");

/// The variable that names another folder for them; or a file for the trials' lines alone.
const REPORT: &str = "MYNA_HAL_REPORT";

/// The variable that names what the run is held against.
const BASELINE: &str = "MYNA_HAL_BASELINE";

fn main() -> ExitCode {
    match run() {
        Ok(status) => status,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let mut arguments = Arguments::from_args();
    // What is timed is not to share the machine with another kit.
    arguments.test_threads.get_or_insert(1);
    let choice = Choice::from_environment()?;
    let said = std::env::var_os(REPORT).map(PathBuf::from);
    let (folder, elsewhere) = match said {
        Some(folder) if folder.is_dir() => (folder, false),
        said => (PathBuf::from(FOLDER), said.is_some()),
    };
    let lines = folder.join("trials.jsonl");
    let recorder = if elsewhere {
        Recorder::from_environment()
    } else {
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&lines, ""))
            .and_then(|()| Recorder::to_file(&lines))
    };
    let recorder = recorder.map_err(|error| format!("the report cannot be written: {error}"))?;
    let mut trials = readers::trials(&recorder, &choice, &arguments);
    trials.extend(cameras::trials(&recorder, &choice, &arguments));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if elsewhere || arguments.list {
        return Ok(conclusion.exit_code());
    }
    let lines = std::fs::read_to_string(&lines).map_err(|error| error.to_string())?;
    let mut run = Run::parse(&lines);
    if let Some(path) = std::env::var_os(BASELINE) {
        run = Baseline::read(path.as_ref())?.judge(&run, today());
    }
    write(&run, &folder)?;
    Ok(if run.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Writes the reports.
fn write(run: &Run, folder: &Path) -> Result<(), String> {
    let reports = || {
        std::fs::write(folder.join("junit.xml"), junit(run)?)?;
        std::fs::write(folder.join("report.json"), format!("{:#}\n", json(run)))?;
        std::fs::write(folder.join("report.html"), html(run))?;
        folder.canonicalize()
    };
    let folder = reports().map_err(|error| format!("the reports cannot be written: {error}"))?;
    for trial in run.of("failed") {
        let why = trial.outcome.why().unwrap_or_default();
        println!("{}: {why}", trial.name);
    }
    println!("{}; reports: {}", run.summary(), folder.display());
    Ok(())
}
