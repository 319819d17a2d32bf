//! `hw-tests scenario`: lists scenarios, prints them as instructions, and plays them. See
//! `hw-tests/scenarios/README.md`.

#[cfg(not(feature = "bench"))]
#[path = "no_bench.rs"]
mod on_bench;
#[cfg(feature = "bench")]
mod on_bench;
mod progress;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use hw_tests::scenario::{
    FormatError, Hands, Instructions, Language, Scenario, Simulation, Verdict, play,
};

use crate::Done;
use progress::Progress;

/// Play visits of patients from files: what they do before a kiosk, and what is to come of it
///
/// A FILE is a path, or the name of one of the files that are shipped.
#[derive(Args)]
#[command(
    after_help = "Exit status: 0 passed, 1 failed, 2 a file or an argument is refused, 3 ignored"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Names the files that are shipped, one per line with their titles
    List,
    /// Prints a file as numbered instructions for somebody who does by hand what it says
    ///
    /// No PIN is in them: whose card it is knows it.
    Print {
        /// The file
        file: PathBuf,
        /// Language of the instructions
        #[arg(long, value_enum, default_value_t = Tongue::En)]
        lang: Tongue,
    },
    /// Plays files, with a line per step
    Run {
        /// The files; all that are shipped, if none is given
        files: Vec<PathBuf>,
        /// Where
        #[arg(long, value_enum, default_value_t = Place::Sim)]
        on: Place,
        /// One JSON object per file on standard output, and the lines on standard error
        #[arg(long)]
        json: bool,
        /// On a bench: the reader, by its name in the inventory [default: the first one]
        #[arg(long, value_name = "NAME")]
        reader: Option<String>,
        /// On a bench: the camera of visits by face, by its name in the inventory [default: the first one]
        #[arg(long, value_name = "NAME")]
        camera: Option<String>,
        /// On a bench: PEM file with the issuers of the cards [default: the real ones]
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    En,
    Ja,
}

#[derive(Clone, Copy, ValueEnum)]
enum Place {
    /// The library's virtual devices, on virtual time
    Sim,
    /// A real reader and a real card of the inventory that MYNA_HAL_BENCH names; PINs and
    /// card-face codes go only to cards that it lists
    Bench,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    match arguments.command {
        Command::List => list(),
        Command::Print { file, lang } => print(&file, lang),
        Command::Run {
            files,
            on,
            json,
            reader,
            camera,
            trust,
        } => match on {
            Place::Sim => play_all(&files, json, &mut Simulation::new()),
            Place::Bench => on_bench::hands(reader.as_deref(), camera.as_deref(), trust.as_deref())
                .and_then(|mut hands| play_all(&files, json, &mut *hands)),
        },
    }
}

/// A file by its path, or by the name of one that is shipped.
fn find(file: &Path) -> Result<Scenario, FormatError> {
    let mut shipped = Scenario::shipped()?.into_iter();
    match shipped.find(|scenario| Path::new(&scenario.name) == file) {
        Some(scenario) => Ok(scenario),
        None => Scenario::read(file),
    }
}

fn list() -> Done {
    for scenario in Scenario::shipped()? {
        println!("{:28} {}", scenario.name, scenario.title);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(file: &Path, lang: Tongue) -> Done {
    let scenario = find(file)?;
    let language = match lang {
        Tongue::En => Language::English,
        Tongue::Ja => Language::Japanese,
    };
    print!("{}", Instructions::new(&scenario, language));
    Ok(ExitCode::SUCCESS)
}

fn play_all(files: &[PathBuf], json: bool, hands: &mut dyn Hands) -> Done {
    let scenarios = match files {
        [] => Scenario::shipped()?,
        files => files
            .iter()
            .map(|file| find(file))
            .collect::<Result<_, _>>()?,
    };
    let mut progress = Progress::new(json);
    for scenario in &scenarios {
        progress.begin(scenario);
        let outcome = play(scenario, hands, &mut |number, step, played| {
            progress.step(scenario, number, step, played);
        });
        progress.end(scenario, hands.place(), &outcome);
    }
    Ok(match progress.worst() {
        Verdict::Passed => ExitCode::SUCCESS,
        Verdict::Failed(_) => ExitCode::from(1),
        Verdict::Ignored(_) => ExitCode::from(3),
    })
}
