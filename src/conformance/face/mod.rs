//! Cases for face engines: detectors, embedders, verifiers and liveness checks.
//!
//! The pictures come from the caller as a [`FaceFixture`], so that an engine can be run with the
//! faces it was made for; with the virtual devices there is a ready one of drawn faces. Drawn
//! faces prove wiring: formats, coordinates, order, limits. They say nothing about accuracy.

mod detector;
mod embedder;
mod fixture;
mod liveness;
mod timing;
mod verifier;

#[cfg(all(test, feature = "sim"))]
mod mutants;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use self::fixture::{FaceFixture, Pictured, ReferenceScore};
use super::report::{Case, Report, Stop, skip};
use super::run::{self, works};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Challenge, FaceDetector, FaceEmbedder, FaceVerifier, LivenessCheck};
use crate::time::Clock;

/// A face engine on a bench. What a bench does not override is not run.
pub trait FaceBench {
    /// The clock that calls are timed with.
    fn clock(&self) -> Arc<dyn Clock>;

    /// What the report is about, for people.
    fn name(&self) -> String;

    /// The pictures.
    fn fixture(&self) -> &FaceFixture;

    /// The detector under test. Called many times.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is none.
    fn detector(&mut self) -> Result<Box<dyn FaceDetector>> {
        Err(Error::unsupported("a detector"))
    }

    /// The embedder under test. Called many times.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is none.
    fn embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Err(Error::unsupported("an embedder"))
    }

    /// An embedder with another model than [`embedder`](Self::embedder)'s.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is none.
    fn other_embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Err(Error::unsupported("a second embedder"))
    }

    /// The verifier under test. Called many times.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is none.
    fn verifier(&mut self) -> Result<Box<dyn FaceVerifier>> {
        Err(Error::unsupported("a verifier"))
    }

    /// The liveness check under test. Called many times; each one asks for the same movements.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is none.
    fn liveness(&mut self) -> Result<Box<dyn LivenessCheck>> {
        Err(Error::unsupported("a liveness check"))
    }

    /// A living person before the camera `now` after the start, who does what is `asked` for since
    /// the given time.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: there is nobody.
    fn person(&mut self, now: Duration, asked: Option<(Challenge, Duration)>) -> Result<Pictured> {
        let _ = (now, asked);
        Err(Error::unsupported("a living person"))
    }
}

/// What cases run on.
pub type Bench = dyn FaceBench;

/// Every case, in the order in which they run.
pub fn cases() -> impl Iterator<Item = &'static Case<Bench>> {
    [
        detector::CASES,
        embedder::CASES,
        verifier::CASES,
        liveness::CASES,
    ]
    .into_iter()
    .flatten()
}

/// Runs every case on the engines of `bench`, and times their calls. `started` is called with the
/// name of each case before it runs.
pub fn run(bench: &mut Bench, started: &mut dyn FnMut(&'static str)) -> Report {
    let cases: Vec<_> = cases().collect();
    let (clock, name) = (bench.clock(), bench.name());
    let mut report = run::run(name, &cases, bench, &clock, started);
    report.timings = timing::of(bench);
    report
}

/// An engine that the bench has, or the case is left out.
fn engine<T>(what: &str, engine: Result<T>) -> Result<T, Stop> {
    match engine {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            skip(format!("the bench has no {what}"))
        }
        other => works(what, other),
    }
}
