//! YuNet and SFace.

#[cfg_attr(not(feature = "ort"), path = "models/no_ort.rs")]
mod ort;

use std::error::Error as _;
use std::path::{Path, PathBuf};

use myna_hal::drivers::onnx::{self, Admission, ModelError, Rten, Runtime, SFace, YuNet};
use myna_hal::face::{FaceDetector, FaceEmbedder};

use super::{EngineArguments, EngineChoice};
use crate::support::problem::Problem;

/// A runtime and where the models are, to load as many of each as are needed.
pub struct FaceEngine {
    runtime: Box<dyn Runtime>,
    choice: EngineChoice,
    folder: PathBuf,
}

impl EngineArguments {
    pub fn open(&self) -> Result<FaceEngine, Problem> {
        Ok(FaceEngine {
            runtime: match self.engine {
                EngineChoice::Rten => Box::new(Rten::new()),
                EngineChoice::Ort => ort::runtime()?,
            },
            choice: self.engine,
            folder: onnx::model_folder(self.models.as_deref()),
        })
    }
}

impl FaceEngine {
    /// For people.
    pub fn name(&self) -> String {
        let runtime = match self.choice {
            EngineChoice::Rten => "rten",
            EngineChoice::Ort => "ONNX Runtime",
        };
        format!("{} and {} on {runtime}", onnx::YUNET_FILE, onnx::SFACE_FILE)
    }

    pub fn detector(&self) -> Result<Box<dyn FaceDetector>, Problem> {
        let file = self.read(onnx::YUNET_FILE)?;
        let detector = YuNet::from_bytes(&*self.runtime, &file, Admission::Listed);
        Ok(Box::new(
            detector.map_err(|error| unusable(&self.folder, &error))?,
        ))
    }

    pub fn embedder(&self) -> Result<Box<dyn FaceEmbedder>, Problem> {
        let file = self.read(onnx::SFACE_FILE)?;
        let embedder = SFace::from_bytes(&*self.runtime, &file, Admission::Listed);
        Ok(Box::new(
            embedder.map_err(|error| unusable(&self.folder, &error))?,
        ))
    }

    fn read(&self, file: &str) -> Result<Vec<u8>, Problem> {
        let path = self.folder.join(file);
        std::fs::read(&path).map_err(|error| {
            Problem::new(
                "models-unusable",
                format!("{}: {error}", path.display()),
                "run hw-tests/fetch-models once, or name the folder of the models with --models or \
                 MYNA_HAL_MODELS",
            )
        })
    }
}

fn unusable(folder: &Path, error: &ModelError) -> Problem {
    let cause = error
        .source()
        .map_or(String::new(), |source| format!(": {source}"));
    Problem::new(
        "models-unusable",
        format!("{}: {error}{cause}", folder.display()),
        "use the published model files; fetch them with hw-tests/fetch-models",
    )
}
