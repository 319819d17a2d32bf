//! Face engines on the bench.

use std::sync::Arc;

use clap::ValueEnum;
use myna_hal::conformance::{Report, face};
use myna_hal::sim::VirtualFaceBench;
use myna_hal::time::Clock;

use super::models::Models;
use super::started;
use super::support::engine::EngineArguments;
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
    arguments: &EngineArguments,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Report>, Problem> {
    let report = match engines {
        Engines::Sim => face::run(&mut VirtualFaceBench::new(clock.clone()), &mut started),
        Engines::Models => face::run(&mut Models::open(arguments, clock)?, &mut started),
    };
    Ok(vec![report])
}
