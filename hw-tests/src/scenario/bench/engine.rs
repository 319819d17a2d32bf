//! The reference engine on real faces.

use myna_hal::drivers::onnx::{load_verifier, model_folder};
use myna_hal::face::{FaceVerifier, FalseMatchRate};

use crate::scenario::hands::Impossible;

/// The engine on the models that `hw-tests/fetch-models` fetched, or the environment names.
pub(super) fn reference_engine() -> Result<Box<dyn FaceVerifier>, Impossible> {
    let verifier = load_verifier(&model_folder(None), FalseMatchRate::default());
    let missing = |error| Impossible(format!("real faces need the reference engine: {error}"));
    Ok(Box::new(verifier.map_err(missing)?))
}
