//! `hw-tests report`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use hw_tests::report::{Baseline, Run, html, json, junit, text, today};

use crate::Done;

/// Make reports of what trials wrote down while they ran
///
/// A FILE is what a rig wrote to the file in MYNA_HAL_REPORT, or the log of a console on which it
/// printed (MYNA_HAL_REPORT=-). Several become one report; of a trial that is in several, the last
/// counts. Without any option the report is printed for a terminal.
#[derive(Args)]
#[command(after_help = "Exit status:
  0  nothing failed
  1  a trial failed or did not end, a line is damaged, a median left its band, or a quarantine ended
  2  wrong arguments, or a file that cannot be read or written")]
pub(crate) struct Arguments {
    /// What was written down
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write JUnit XML, for continuous integration
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page that people can read
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report for a terminal, also beside the others
    #[arg(long)]
    text: bool,
    /// Hold the run against this baseline: medians in their bands, what is new, what is in quarantine
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Take over into the baseline what the FILEs measured, each a run of its own; the more, the better
    /// is it known what is noise. Makes the baseline if there is none
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    Ok(match make(arguments)? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Writes what is asked for; says whether nothing failed.
fn make(arguments: &Arguments) -> Result<bool, String> {
    let runs: Result<Vec<Run>, String> = arguments.files.iter().map(|path| read(path)).collect();
    let runs = runs?;
    let baseline = match &arguments.baseline {
        Some(path) => Some(baseline(path, arguments.update_baseline.then_some(&*runs))?),
        None => None,
    };
    let mut run = Run::join(runs);
    if let Some(baseline) = baseline {
        run = baseline.judge(&run, today());
    }
    if let Some(path) = &arguments.junit {
        let junit = junit(&run).map_err(|error| format!("JUnit XML: {error}"))?;
        write(path, &junit)?;
    }
    if let Some(path) = &arguments.json {
        write(path, &format!("{:#}\n", json(&run)))?;
    }
    if let Some(path) = &arguments.html {
        write(path, &html(&run))?;
    }
    let files = [&arguments.junit, &arguments.json, &arguments.html];
    if arguments.text || files.iter().all(|file| file.is_none()) {
        print!("{}", text(&run));
    } else {
        println!("{}", run.summary());
    }
    Ok(run.is_good())
}

fn read(path: &Path) -> Result<Run, String> {
    // The log of a console may hold anything.
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let run = Run::parse(&String::from_utf8_lossy(&bytes));
    if run.trials.is_empty() {
        let path = path.display();
        return Err(format!(
            "{path}: no trials in it; was MYNA_HAL_REPORT set when they ran?"
        ));
    }
    Ok(run)
}

/// The baseline in a file; with `runs`, after it has taken them over.
fn baseline(path: &Path, runs: Option<&[Run]>) -> Result<Baseline, String> {
    let mut baseline = match runs {
        Some(_) if !path.exists() => Baseline::default(),
        _ => Baseline::read(path)?,
    };
    if let Some(runs) = runs {
        baseline.update(runs);
        let json = serde_json::to_string_pretty(&baseline).map_err(|error| error.to_string())?;
        write(path, &format!("{json}\n"))?;
    }
    Ok(baseline)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
