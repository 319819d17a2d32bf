//! Stands in for ONNX Runtime in a build without it.

use myna_hal::drivers::onnx::Runtime;

use crate::support::problem::Problem;

pub fn runtime() -> Result<Box<dyn Runtime>, Problem> {
    Err(Problem::new(
        "unsupported",
        "this program was built without ONNX Runtime",
        "build it with --features ort, or use --engine rten",
    ))
}
