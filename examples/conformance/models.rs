//! A bench with YuNet and SFace, and drawn people before them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use myna_hal::conformance::face::{FaceBench, FaceFixture};
use myna_hal::drivers::onnx;
use myna_hal::face::{FaceDetector, FaceEmbedder, FaceVerifier, FalseMatchRate};
use myna_hal::sim::{DrawnEmbedder, drawn_fixture};
use myna_hal::time::Clock;
use myna_hal::{Error, ErrorKind, Result};

use super::support::problem::Problem;

/// The models of one folder, loaded anew for every case.
pub(super) struct Models {
    clock: Arc<dyn Clock>,
    folder: PathBuf,
    fixture: FaceFixture,
}

impl Models {
    pub(super) fn open(folder: Option<&Path>, clock: &Arc<dyn Clock>) -> Result<Self, Problem> {
        let folder = onnx::model_folder(folder);
        match onnx::load(&folder) {
            Ok(_) => Ok(Self {
                clock: clock.clone(),
                folder,
                fixture: drawn_fixture(),
            }),
            Err(error) => Err(Problem::new(
                "models-unusable",
                error.to_string(),
                "run hw-tests/fetch-models, or name the folder with --models DIR",
            )),
        }
    }
}

fn unavailable(error: onnx::ModelError) -> Error {
    Error::new(ErrorKind::Unavailable, "the models cannot be loaded").with_source(error)
}

impl FaceBench for Models {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn name(&self) -> String {
        format!("onnx: {} and {}", onnx::YUNET_FILE, onnx::SFACE_FILE)
    }

    fn fixture(&self) -> &FaceFixture {
        &self.fixture
    }

    fn detector(&mut self) -> Result<Box<dyn FaceDetector>> {
        let (detector, _) = onnx::load(&self.folder).map_err(unavailable)?;
        Ok(Box::new(detector))
    }

    fn embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        let (_, embedder) = onnx::load(&self.folder).map_err(unavailable)?;
        Ok(Box::new(embedder))
    }

    fn other_embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Ok(Box::new(DrawnEmbedder::new()))
    }

    fn verifier(&mut self) -> Result<Box<dyn FaceVerifier>> {
        let rate = FalseMatchRate::default();
        let verifier = onnx::load_verifier(&self.folder, rate).map_err(unavailable)?;
        Ok(Box::new(verifier))
    }
}
