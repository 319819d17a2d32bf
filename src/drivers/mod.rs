//! The outside world.

#[cfg(feature = "onnx")]
pub mod onnx;
