//! The reference engine on real faces.

use std::path::Path;

use myna_hal::drivers::onnx::{load_verifier, model_folder};
use myna_hal::face::{FaceVerifier, FalseMatchRate};

use crate::scenario::hands::Impossible;

/// The engine on the models that `hw-tests/fetch-models` fetched, or the environment names.
pub(super) fn reference_engine() -> Result<Box<dyn FaceVerifier>, Impossible> {
    on_models_in(&model_folder(None))
}

fn on_models_in(folder: &Path) -> Result<Box<dyn FaceVerifier>, Impossible> {
    let verifier = load_verifier(folder, FalseMatchRate::default());
    let missing = |error| Impossible(format!("real faces need the reference engine: {error}"));
    Ok(Box::new(verifier.map_err(missing)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_its_models_there_is_none_and_the_reason_says_what_to_do() {
        let none = on_models_in(Path::new("/nonexistent"));
        let why = none.err().expect("no models").to_string();
        assert!(why.contains("fetch-models"), "{why}");
    }

    #[test]
    fn with_its_models_there_is_one() {
        let engine = on_models_in(&model_folder(None));
        engine.map(drop).expect("fetched by hw-tests/fetch-models");
    }
}
