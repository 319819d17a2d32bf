#![cfg_attr(feature = "sim", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "sim"),
    doc = "Hardware abstraction for My Number Card face-authentication readers."
)]

pub mod device;
pub mod error;
pub mod time;
pub mod wait;

pub mod apdu;
pub mod camera;
pub mod card;
pub mod checkin;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod drivers;
pub mod exchange;
pub mod face;
pub mod imaging;
pub mod layer;
pub mod myna;
pub mod pin;
#[cfg(feature = "sim")]
pub mod sim;

#[cfg(test)]
mod random;
#[cfg(test)]
mod rooms;
mod telemetry;

pub use error::{Error, ErrorKind, Result};
pub use time::{Clock, SystemClock};
pub use wait::{CancelToken, Wait};
