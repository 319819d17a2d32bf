//! A bench with YuNet and SFace, and drawn people before them.

use std::sync::Arc;

use myna_hal::conformance::face::{FaceBench, FaceFixture};
use myna_hal::face::{FaceDetector, FaceEmbedder, FaceVerifier, FalseMatchRate, TemplateVerifier};
use myna_hal::sim::{DrawnEmbedder, drawn_fixture};
use myna_hal::time::Clock;
use myna_hal::{Error, ErrorKind, Result};

use super::support::engine::{EngineArguments, FaceEngine};
use super::support::problem::Problem;

/// The models of one folder, loaded anew for every case.
pub(super) struct Models {
    clock: Arc<dyn Clock>,
    engine: FaceEngine,
    fixture: FaceFixture,
}

impl Models {
    pub(super) fn open(
        arguments: &EngineArguments,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Problem> {
        let engine = arguments.open()?;
        // What is missing is said at once, not by every case.
        engine.detector()?;
        engine.embedder()?;
        Ok(Self {
            clock: clock.clone(),
            engine,
            fixture: drawn_fixture(),
        })
    }
}

fn unavailable(problem: Problem) -> Error {
    Error::new(ErrorKind::Unavailable, "the models cannot be loaded").with_source(problem)
}

impl FaceBench for Models {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn name(&self) -> String {
        format!("onnx: {}", self.engine.name())
    }

    fn fixture(&self) -> &FaceFixture {
        &self.fixture
    }

    fn detector(&mut self) -> Result<Box<dyn FaceDetector>> {
        self.engine.detector().map_err(unavailable)
    }

    fn embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        self.engine.embedder().map_err(unavailable)
    }

    fn other_embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Ok(Box::new(DrawnEmbedder::new()))
    }

    fn verifier(&mut self) -> Result<Box<dyn FaceVerifier>> {
        let (detector, embedder) = (self.detector()?, self.embedder()?);
        let verifier = TemplateVerifier::new(detector, embedder, FalseMatchRate::default())?;
        Ok(Box::new(verifier))
    }
}
