//! `hw-tests replay`: plays a recording of `layer::Record` without the device, at the recorded times of
//! a virtual clock, and says where the library does something else today.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use hw_tests::replay::{Played, PlayedStep, play};
use serde_json::{Value, json};

use crate::Done;

/// Play a recording of a card reader without the reader and without the card
///
/// The recording says in its notes which dialogue was held (`# dialogue: authenticate`): the library
/// holds it again, on a reader that answers as the recorded one did. Bodies come from a virtual card.
/// A recording without such a note is called step by step as it stands.
#[derive(Args)]
#[command(after_help = "Exit status:
  0  the same calls, outcomes and times
  1  something is different, or the file is no recording
  2  wrong arguments")]
pub(crate) struct Arguments {
    /// The recording
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let Arguments { file, json } = arguments;
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return Ok(refused(*json, file, &error.to_string())),
    };
    Ok(match play(&text) {
        Ok(played) => {
            if *json {
                println!("{}", report(file, &played));
            } else {
                show(&played);
            }
            match played.difference() {
                None => ExitCode::SUCCESS,
                Some(_) => ExitCode::FAILURE,
            }
        }
        Err(error) => refused(*json, file, &error.to_string()),
    })
}

fn refused(json: bool, file: &Path, why: &str) -> ExitCode {
    let file = file.display().to_string();
    if json {
        println!("{}", json!({ "file": file, "error": why }));
    } else {
        eprintln!("replay: {file}: {why}");
    }
    ExitCode::FAILURE
}

fn show(played: &Played) {
    let dialogue = played.dialogue;
    let (kind, guard) = (dialogue.kind.name(), dialogue.guard.name());
    println!("dialogue {kind}, guard {guard}");
    for (number, steps) in (1..).zip(&played.steps) {
        println!("connection {number}");
        steps.iter().for_each(|step| println!("{step}"));
    }
    let milliseconds = played.took.as_secs_f64() * 1000.0;
    let outcome = played.outcome.unwrap_or("as it stands");
    println!("outcome {outcome}, {milliseconds:.3} ms of the virtual clock");
    match played.difference() {
        None => println!("the same as recorded"),
        Some(difference) => println!("DIFFERENT: {difference}"),
    }
}

fn report(file: &Path, played: &Played) -> Value {
    let microseconds = |time: std::time::Duration| time.as_micros() as u64;
    let step = |(connection, step): (usize, &PlayedStep)| {
        let outcome =
            |it: &myna_hal::layer::Step| it.answer.as_ref().map(|(_, outcome)| outcome.to_string());
        json!({
            "connection": connection,
            "line": step.recorded.line,
            "at_us": microseconds(step.at),
            "operation": step.recorded.operation.to_string(),
            "recorded": outcome(&step.recorded),
            "played": step.played.as_ref().and_then(outcome),
            "same": step.is_same(),
        })
    };
    let connections = (1..).zip(&played.steps);
    let steps = connections.flat_map(|(number, steps)| steps.iter().map(move |it| (number, it)));
    json!({
        "file": file.display().to_string(),
        "dialogue": played.dialogue.kind.name(),
        "guard": played.dialogue.guard.name(),
        "outcome": played.outcome,
        "recorded_outcome": played.recorded_outcome,
        "took_us": microseconds(played.took),
        "recorded_us": microseconds(played.recorded),
        "difference": played.difference(),
        "steps": steps.map(step).collect::<Vec<_>>(),
    })
}
