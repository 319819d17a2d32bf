//! What to do about a model file that cannot be used.

use myna_hal::drivers::onnx::ModelError;

/// The error, with the next step where there is one.
pub(crate) fn next_step(error: ModelError) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        ModelError::Missing { path } => format!(
            "there is no model file {}\n\
             run hw-tests/fetch-models once, or name the folder of the models with --models or \
             MYNA_HAL_MODELS",
            path.display()
        )
        .into(),
        ModelError::Unknown { .. } => format!(
            "{error}\n\
             this is not one of the published model files; fetch them with hw-tests/fetch-models"
        )
        .into(),
        other => other.into(),
    }
}
