//! ONNX Runtime.

use std::error::Error as _;

use myna_hal::drivers::onnx::Runtime;
use myna_hal::drivers::ort::{LIBRARY_VARIABLE, OnnxRuntime, library_path};

use crate::support::problem::Problem;

pub fn runtime() -> Result<Box<dyn Runtime>, Problem> {
    match OnnxRuntime::load(&library_path(None)) {
        Ok(runtime) => Ok(Box::new(runtime)),
        Err(error) => {
            let cause = error
                .source()
                .map_or(String::new(), |source| format!(": {source}"));
            Err(Problem::new(
                "engine-unusable",
                format!("{error}{cause}"),
                format!(
                    "run hw-tests/fetch-models --onnxruntime and set {LIBRARY_VARIABLE} to the file \
                     that it names, or use --engine rten"
                ),
            ))
        }
    }
}
