//! Real faces: the pictures, the engine on each runtime, and OpenCV beside it.

mod opencv;
mod set;

use myna_hal::drivers::onnx::{self, Rten, Runtime};
use myna_hal::drivers::ort::{LIBRARY_VARIABLE, OnnxRuntime, library_path};

pub use opencv::{OpenCv, Run};
pub use set::{Pair, Set, models, pairs};

/// The engine's two runtimes, by name. The second is the library that `fetch-models --onnxruntime`
/// fetched, unless `ORT_DYLIB_PATH` names another.
///
/// # Panics
/// When the library is missing or not usable: says what to do.
#[must_use]
pub fn runtimes() -> [(&'static str, Box<dyn Runtime>); 2] {
    let fetched = set::cache().join("onnxruntime").join(LIBRARY);
    let named = std::env::var_os(LIBRARY_VARIABLE).is_some();
    let path = library_path((!named).then_some(&fetched));
    let ort = OnnxRuntime::load(&path).unwrap_or_else(|error| panic!("{error}"));
    [("rten", Box::new(Rten::new())), ("ort", Box::new(ort))]
}

/// What `fetch-models --onnxruntime` keeps of its package.
const LIBRARY: &str = "libonnxruntime.so.1.31.1";

/// Detector and embedder on a runtime.
///
/// # Panics
/// When the models are missing or do not load: says what to do.
#[must_use]
pub fn engine(runtime: &dyn Runtime) -> (onnx::YuNet, onnx::SFace) {
    onnx::load_on(runtime, &models()).unwrap_or_else(|error| panic!("{error}"))
}
