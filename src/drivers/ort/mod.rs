//! The reference face engine on ONNX Runtime (feature `ort`; requires its shared library when the
//! program runs).
//!
//! *For application authors*: load the library with [`OnnxRuntime::load`] and pass it to
//! [`onnx::load_on`](crate::drivers::onnx::load_on) in place of
//! [`Rten`](crate::drivers::onnx::Rten): the models and everything around them are the same.
//! [`library_path`] says where to look. Nothing is downloaded; the library comes with the operating
//! system, from ONNX Runtime's releases, or with `hw-tests/fetch-models --onnxruntime`.
//!
//! What the library allocates for inputs and intermediate results is not wiped after use.

mod library;
mod network;

pub use library::{LIBRARY_VARIABLE, LibraryError, OnnxRuntime, library_path};
