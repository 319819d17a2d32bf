//! A webcam of the USB video class (UVC 1.0), with a bulk pipe for its pictures.
//!
//! It shows one picture in every mode, each frame with its number in the corner, so that whoever
//! gets a frame knows which one it is and how every byte of it has to be. Real webcams mostly use an
//! isochronous pipe, which the virtual host controller does not carry; what the kernel's driver makes
//! of the payloads is the same.

mod controls;
mod descriptor;
mod picture;
mod product;
mod webcam;

pub use picture::{Picture, number_of, scene};
pub use product::{Format, Mode, WEBCAMS, WebcamProduct};
pub use webcam::{Lie, Webcam};
