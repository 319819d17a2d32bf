//! Finds the error rates and thresholds of a face engine on pictures of your own, as a reception
//! would compare them: the portrait of the card against a frame of the camera.
//!
//! ```sh
//! hw-tests/fetch-models
//! cargo run --release --features onnx --example calibrate -- --pairs pairs.csv --chip --plot det.svg
//! cargo run --release --example calibrate -- --scores-in scores.tsv
//! ```
//!
//! The pictures stay where they are, and no template is kept: what is written is scores.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example talks to its user"
)]

mod engine;
mod figures;
mod json;
mod people;
mod pictures;
mod plot;
#[path = "../support/mod.rs"]
mod support;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use indicatif::ProgressBar;
use myna_hal::face::FalseMatchRate;
use myna_hal::face::error_rates::ScoreSet;
use myna_hal::time::{Clock as _, SystemClock};

use figures::{Enrolment, Figures, Row};
use people::People;
use pictures::{Engine, Treatment};
use support::engine::EngineArguments;
use table::Table;

/// Error rates and thresholds of a face engine on your own pictures: EER, and FNMR at given FMRs,
/// with 95 % intervals and what the set is too small to show.
#[derive(Parser)]
#[command(name = "calibrate", after_help = NOTES)]
struct Arguments {
    /// CSV with the columns a, b and same: paths of two pictures (JPEG, PNG, JP2), and whether they
    /// show one person (1 or 0)
    #[arg(long, value_name = "FILE", required_unless_present = "scores_in")]
    pairs: Option<PathBuf>,
    /// Folder that the paths start from [default: the folder of the CSV]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Turn side a into a chip portrait first: cut around the face, grey, 378x472, JP2 of 4.5 kB. A
    /// JP2 file is taken for one already
    #[arg(long)]
    chip: bool,
    /// Compare pictures of side b that a reception would refuse, too
    #[arg(long)]
    any_quality: bool,
    #[command(flatten)]
    engine: EngineArguments,
    /// Scores that any engine gave, the higher the more alike, instead of pictures: a list as
    /// --scores writes it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["pairs", "root", "chip", "any_quality", "models", "engine", "scores"]
    )]
    scores_in: Option<PathBuf>,
    /// False match rates to find thresholds for
    #[arg(
        long,
        value_name = "RATES",
        value_delimiter = ',',
        default_value = "1e-2,1e-3,1e-4"
    )]
    fmr: Vec<FalseMatchRate>,
    /// Write every score: a, b, same, score, tab-separated
    #[arg(long, value_name = "OUT.tsv")]
    scores: Option<PathBuf>,
    /// Draw the DET curve and the histograms of the scores
    #[arg(long, value_name = "OUT.svg")]
    plot: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const NOTES: &str = "\
Side a is treated as the portrait of a card, side b as a frame of the camera: the same picture on
both sides is embedded twice. Pictures without a usable face are listed and counted as failures to
enrol (a) or to acquire (b). Memory: the templates, and about thirty bytes for each comparison.

Exit status:
  0  done
  1  done, but some pictures gave no template: they are listed
  2  wrong arguments, a list that is wrong, missing files, or no engine";

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match calibrate(&arguments, engine::open) {
        Ok(figures) => {
            let report = if arguments.json {
                format!("{:#}\n", json::report(&figures))
            } else {
                text::report(&figures)
            };
            // Whoever has read enough, such as `head`, closes the pipe: no reason to panic.
            let _ = std::io::stdout().write_all(report.as_bytes());
            ExitCode::from(u8::from(figures.any_unusable()))
        }
        Err(error) => {
            eprintln!("calibrate: {error}");
            ExitCode::from(2)
        }
    }
}

fn calibrate(
    arguments: &Arguments,
    open: impl FnOnce(&EngineArguments) -> Result<Engine, Failure>,
) -> Result<Figures, Failure> {
    let (list, scored) = match (&arguments.scores_in, &arguments.pairs) {
        (Some(list), _) => (list, true),
        (None, Some(list)) => (list, false),
        (None, None) => return Err("name a list with --pairs or --scores-in".into()),
    };
    let table = table::read(list, scored)?;
    let people = People::of(&table).map_err(|error| format!("{}: {error}", list.display()))?;
    let mut figures = Figures {
        list: list
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        treatment: "scores as they were given".to_owned(),
        model: None,
        date: SystemClock::new()
            .utc()
            .japan_date()
            .strftime("%Y-%m")
            .to_string(),
        pictures: table.names.len(),
        people,
        enrolment: None,
        set: ScoreSet::new(Vec::new(), Vec::new())?,
        equal_error_rate: None,
        rows: Vec::new(),
    };
    if scored {
        let scores = table.scores.iter().copied().map(Some);
        figures.set = sorted(&table, scores)?;
    } else {
        let treatment = treatment(arguments, list);
        let engine = open(&arguments.engine)?;
        let progress = if arguments.json || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::no_length()
        };
        let compared = pictures::compare_all(&table, &treatment, engine, &progress)?;
        if let Some(path) = &arguments.scores {
            write_scores(path, &table, &compared.scores)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let lost = |same: bool| {
            let pairs = table.pairs.iter().zip(&compared.scores);
            pairs
                .filter(|(pair, score)| pair.same == same && score.is_none())
                .count() as u64
        };
        figures.set = sorted(&table, compared.scores.iter().map(|it| it.map(f64::from)))?;
        figures.treatment = treatment.words();
        figures.enrolment = Some(Enrolment {
            references: compared.references,
            probes: compared.probes,
            lost_genuine: lost(true),
            lost_impostor: lost(false),
            unusable: compared.unusable,
        });
        figures.model = Some(compared.model);
    }
    figures.equal_error_rate = figures.set.equal_error_rate();
    let row = |rate: &FalseMatchRate| Row {
        rate: *rate,
        point: figures.set.operating_point(*rate),
    };
    figures.rows = arguments.fmr.iter().map(row).collect();
    if let Some(path) = &arguments.plot {
        std::fs::write(path, plot::plot(&figures))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(figures)
}

fn treatment(arguments: &Arguments, list: &Path) -> Treatment {
    let beside = list.parent().unwrap_or(Path::new(""));
    Treatment {
        root: arguments.root.clone().unwrap_or_else(|| beside.to_owned()),
        chip: arguments.chip,
        any_quality: arguments.any_quality,
    }
}

/// Genuine and impostor scores apart.
fn sorted(table: &Table, scores: impl Iterator<Item = Option<f64>>) -> Result<ScoreSet, Failure> {
    let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
    for (pair, score) in table.pairs.iter().zip(scores) {
        let kind = if pair.same {
            &mut genuine
        } else {
            &mut impostor
        };
        kind.extend(score);
    }
    Ok(ScoreSet::new(genuine, impostor)?)
}

/// One line for each comparison that was made.
fn write_scores(path: &Path, table: &Table, scores: &[Option<f32>]) -> Result<(), Failure> {
    let mut writer = csv::WriterBuilder::new().delimiter(b'\t').from_path(path)?;
    writer.write_record(["a", "b", "same", "score"])?;
    for (pair, score) in table.pairs.iter().zip(scores) {
        if let Some(score) = score {
            let same = if pair.same { "1" } else { "0" };
            let score = score.to_string();
            writer.write_record([table.name(pair.a), table.name(pair.b), same, &score])?;
        }
    }
    writer.flush()?;
    Ok(())
}
