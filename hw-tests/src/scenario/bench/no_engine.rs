//! A bench that was built without the reference engine.

use myna_hal::face::FaceVerifier;

use crate::scenario::hands::Impossible;

/// There is none.
pub(super) fn reference_engine() -> Result<Box<dyn FaceVerifier>, Impossible> {
    Err(Impossible::because(
        "real faces need the reference engine: add --features onnx, and fetch its models with \
         hw-tests/fetch-models",
    ))
}
