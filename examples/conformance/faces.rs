//! Face engines on the bench.

use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use myna_hal::conformance::{Report, face};
use myna_hal::sim::VirtualFaceBench;
use myna_hal::time::Clock;

use super::started;
use super::support::problem::Problem;

/// Which engines are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engines {
    /// The virtual ones
    Sim,
    /// YuNet and SFace
    Models,
}

pub(super) fn run(
    engines: Engines,
    models: Option<&Path>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Report>, Problem> {
    let report = match engines {
        Engines::Sim => face::run(&mut VirtualFaceBench::new(clock.clone()), &mut started),
        Engines::Models => on_models(models, clock)?,
    };
    Ok(vec![report])
}

#[cfg(not(feature = "onnx"))]
fn on_models(_: Option<&Path>, _: &Arc<dyn Clock>) -> Result<Report, Problem> {
    Err(Problem::new(
        "unsupported",
        "this program was built without the face engine",
        "build it with --features conformance,onnx (and --release)",
    ))
}

#[cfg(feature = "onnx")]
fn on_models(models: Option<&Path>, clock: &Arc<dyn Clock>) -> Result<Report, Problem> {
    let mut bench = super::models::Models::open(models, clock)?;
    Ok(face::run(&mut bench, &mut started))
}
