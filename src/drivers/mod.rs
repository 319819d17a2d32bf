//! The outside world. Nothing in this crate names this room: an application chooses its drivers.
//!
//! | driver | feature | devices |
//! |---|---|---|
//! | `drivers::pcsc` | `pcsc` | card readers through PC/SC (pcsc-lite, WinSCard, macOS) |
//! | `drivers::ccid` | `ccid` | card readers straight over USB, without a service |
//! | `drivers::onnx` | `onnx` | face detection and templates through YuNet and SFace |
//! | `drivers::ort` | `ort` | the same on ONNX Runtime |

#[cfg(any(feature = "ccid", feature = "pcsc"))]
mod worker;

#[cfg(feature = "ccid")]
pub mod ccid;
#[cfg(feature = "onnx")]
pub mod onnx;
#[cfg(feature = "ort")]
pub mod ort;
#[cfg(feature = "pcsc")]
pub mod pcsc;
pub mod profiles;
