//! The engine that is calibrated. To calibrate your own, change [`open`]: everything else here
//! knows the two traits and nothing more. An engine that shows no templates is calibrated by the
//! scores that it gave: `--scores-in`.

use std::path::Path;

use myna_hal::drivers::onnx::{self, ModelError};

use crate::Failure;
use crate::pictures::Engine;

/// The reference engine, YuNet and SFace.
pub(crate) fn open(models: Option<&Path>) -> Result<Engine, Failure> {
    let folder = onnx::model_folder(models);
    let load = || onnx::load(&folder).map_err(next_step);
    let (detector, embedder) = load()?;
    // A second one, because the first goes into the verifier.
    let (locator, _) = load()?;
    Ok(Engine {
        detector: Box::new(detector),
        locator: Box::new(locator),
        embedder: Box::new(embedder),
    })
}

fn next_step(error: ModelError) -> Failure {
    match error {
        ModelError::Missing { path } => format!(
            "there is no model file {}\n\
             run hw-tests/fetch-models once, or name the folder of the models with --models or \
             MYNA_HAL_MODELS",
            path.display()
        )
        .into(),
        other => other.into(),
    }
}
