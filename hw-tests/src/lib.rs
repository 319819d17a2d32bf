//! Rigs that run `myna-hal` against real middleware and real devices.
//!
//! A rig that lacks what it needs fails and says what to install; it never passes silently.
#![allow(
    clippy::panic,
    reason = "this library exists to fail tests, with words"
)]

#[cfg(feature = "bench")]
pub mod bench;
#[cfg(feature = "pcsc")]
pub mod client;
#[cfg(feature = "peers")]
pub mod contest;
pub mod errands;
#[cfg(feature = "onnx")]
pub mod faces;
#[cfg(feature = "pcsc")]
pub mod ifd;
pub mod only;
#[cfg(feature = "pcsc")]
pub mod pcscd;
pub mod program;
#[cfg(feature = "pcsc")]
pub mod puppet;
pub mod replay;
#[cfg(feature = "report")]
pub mod report;
pub mod scenario;
#[cfg(feature = "pcsc")]
pub mod vpcd;

/// Lower-case hexadecimal digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that hexadecimal digits stand for.
///
/// # Panics
/// When they are not hexadecimal digits.
#[must_use]
pub fn unhex(digits: &str) -> Vec<u8> {
    assert!(digits.len().is_multiple_of(2), "an odd number of digits");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits"))
        .collect()
}
