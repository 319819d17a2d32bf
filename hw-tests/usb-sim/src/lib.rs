//! USB devices made of software, attached to a real Linux kernel.
//!
//! A [`UsbDevice`] answers what comes over the bus. [`vhci::attach`] plugs it into the kernel's
//! virtual host controller, which enumerates it like any other device; from there on everything is
//! real: usbcore, udev, libusb, libccid and `pcscd`, or `uvcvideo`. The test and the device live in
//! one process, so a test inserts a card, presses keys and pulls the plug by calling a method.
//!
//! [`ccid::CcidReader`] is a card reader built from a product's published descriptors, with a
//! virtual card of the library in it. [`port100::Port100Reader`] is a Sony RC-S380, with its radio and
//! a card in the field. [`uvc::Webcam`] is a camera that shows a picture.
//!
//! Attaching needs root and the module `vhci_hcd`; `hw-tests/rig/run` boots a guest that has both.
//! Without them a device can be served over any stream ([`bus::Bus`]), which its own tests do.
//!
//! What it cannot show: firmware. A device here knows what descriptors and drivers publish of a
//! product, and nothing of its bugs, its radio or its timing.

pub mod bus;
pub mod ccid;
pub mod control;
pub mod descriptor;
pub mod device;
#[cfg(feature = "ccid")]
pub mod direct;
#[cfg(any(feature = "ccid", feature = "port100"))]
mod line;
pub mod port100;
mod usbip;
pub mod uvc;
pub mod vhci;

pub use device::{Read, Setup, Speed, UsbDevice, Waker};
