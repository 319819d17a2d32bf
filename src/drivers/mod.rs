//! The outside world. Nothing in this crate names this room: an application chooses its drivers.
//!
//! | driver | feature | devices |
//! |---|---|---|
//! | `drivers::pcsc` | `pcsc` | card readers through PC/SC (pcsc-lite, WinSCard, macOS) |
//! | `drivers::ccid` | `ccid` | card readers straight over USB, without a service |
//! | `drivers::port100` | `port100` | Sony RC-S380, straight over USB; not yet seen on hardware |
//! | `drivers::nokhwa` | `nokhwa` | cameras on Linux, Windows and macOS, through the package `nokhwa` |
//! | `drivers::v4l2` | `v4l2` | cameras on Linux, through the kernel |
//! | `drivers::onnx` | `onnx` | face detection and templates through YuNet and SFace |
//! | `drivers::ort` | `ort` | the same on ONNX Runtime |

#[cfg(any(feature = "nokhwa", all(feature = "v4l2", target_os = "linux")))]
mod capture;
#[cfg(any(feature = "nokhwa", all(feature = "v4l2", target_os = "linux")))]
mod census;
#[cfg(any(
    feature = "ccid",
    feature = "nokhwa",
    feature = "pcsc",
    feature = "port100",
    all(feature = "v4l2", target_os = "linux")
))]
mod threads;
#[cfg(any(feature = "ccid", feature = "pcsc", feature = "port100"))]
mod watch;
#[cfg(any(
    feature = "ccid",
    feature = "nokhwa",
    feature = "pcsc",
    feature = "port100",
    all(feature = "v4l2", target_os = "linux")
))]
mod worker;

#[cfg(feature = "ccid")]
pub mod ccid;
#[cfg(any(feature = "ccid", feature = "port100"))]
mod direct;
#[cfg(feature = "nokhwa")]
pub mod nokhwa;
#[cfg(feature = "onnx")]
pub mod onnx;
#[cfg(feature = "ort")]
pub mod ort;
#[cfg(feature = "pcsc")]
pub mod pcsc;
#[cfg(feature = "port100")]
pub mod port100;
pub mod profiles;
#[cfg(all(feature = "v4l2", target_os = "linux"))]
pub mod v4l2;
