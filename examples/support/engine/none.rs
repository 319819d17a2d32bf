//! Stands in for the engine in a build without one.

use std::convert::Infallible;

use myna_hal::face::{FaceDetector, FaceEmbedder};

use super::EngineArguments;
use crate::support::problem::Problem;

/// There is none.
pub struct FaceEngine(Infallible);

impl EngineArguments {
    pub fn open(&self) -> Result<FaceEngine, Problem> {
        Err(Problem::new(
            "unsupported",
            "this program was built without the face engine",
            "build it with --features onnx (and --release)",
        ))
    }
}

impl FaceEngine {
    pub fn name(&self) -> String {
        match self.0 {}
    }

    pub fn detector(&self) -> Result<Box<dyn FaceDetector>, Problem> {
        match self.0 {}
    }

    pub fn embedder(&self) -> Result<Box<dyn FaceEmbedder>, Problem> {
        match self.0 {}
    }
}
