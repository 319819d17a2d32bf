//! The engine that is calibrated. To calibrate your own, change [`open`]: everything else here
//! knows the two traits and nothing more. An engine that shows no templates is calibrated by the
//! scores that it gave: `--scores-in`.

use std::path::Path;

use myna_hal::drivers::onnx::{self, Admission, Rten, YuNet};

#[path = "../support/models.rs"]
mod models;

use self::models::next_step;
use crate::Failure;
use crate::pictures::Engine;

/// The reference engine, YuNet and SFace.
pub(crate) fn open(models: Option<&Path>) -> Result<Engine, Failure> {
    let folder = onnx::model_folder(models);
    let (detector, embedder) = onnx::load(&folder).map_err(next_step)?;
    // A second one, because the first goes into the verifier.
    let file = std::fs::read(folder.join(onnx::YUNET_FILE))?;
    let locator = YuNet::from_bytes(&Rten::new(), &file, Admission::Listed).map_err(next_step)?;
    Ok(Engine {
        detector: Box::new(detector),
        locator: Box::new(locator),
        embedder: Box::new(embedder),
    })
}
