//! Cameras through the Linux kernel: Video4Linux 2, and with it every USB webcam (`uvcvideo`).
//!
//! ## What is listed
//!
//! Nodes that give pictures in a format of [`PixelFormat`](crate::imaging::PixelFormat), each
//! picture in one buffer. A webcam's metadata node, video outputs and codecs are left out, and so
//! are sensors whose pictures a program has to develop itself (several planes, raw Bayer). A camera
//! is known by product, serial number and socket, and by nothing that changes when another one is
//! plugged in. One that offers grey only is taken to be an infrared camera.
//!
//! ## Frames
//!
//! A running camera has a thread that takes every frame from the kernel and keeps the newest, cut
//! to what the kernel says was used. Frames that the kernel marks as damaged, and JPEG pictures
//! without a beginning, go to nobody and count as dropped; one of another size than the mode's is
//! `Protocol`. Frames for which the kernel itself had no room are not told to programs that use
//! `linuxvideo`, and not counted: it has two buffers, so that the thread has to be held up for
//! longer than it takes to send a frame. [`captured_at`](crate::camera::Frame::captured_at) is when
//! the thread got the frame.
//!
//! A camera that sends nothing is a `TimedOut` of the caller's wait. One that was unplugged is
//! `Disconnected` as soon as the kernel notices. A stream that ends in disorder says `Protocol` from
//! then on, and the camera can be started again.
//!
//! ## Modes
//!
//! The size, format and rate that were asked for, or `Unsupported`: what the kernel makes of a wish
//! is looked at, and a neighbouring mode is not taken for it. Rates are the rounded value of the
//! kernel's fraction. A device that takes any size is listed with the usual ones.
//!
//! ## Other programs
//!
//! The kernel gives a camera to one program at a time; to others it is `Busy`. Its controls can be
//! changed by all.

mod camera;
mod controls;
mod error;
mod feed;
mod modes;
mod stream;
mod sysfs;
mod watch;

use std::path::Path;
use std::sync::Arc;

use self::camera::V4l2Camera;
use crate::camera::{Camera, CameraContext, CameraWatch};
use crate::error::{ErrorKind, Result};
use crate::time::Clock;

/// Name of this driver in [`DeviceInfo`](crate::device::DeviceInfo).
const DRIVER: &str = "v4l2";

/// The cameras that the kernel knows.
#[derive(Debug)]
pub struct V4l2Context {
    clock: Arc<dyn Clock>,
}

impl V4l2Context {
    /// A context whose streams are timed on `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl CameraContext for V4l2Context {
    /// The cameras that are attached now.
    ///
    /// # Errors
    /// `PermissionDenied`: there are video nodes, and none of them may be opened (on most systems
    /// the group `video` may).
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        let mut cameras: Vec<Box<dyn Camera>> = Vec::new();
        let mut denied = None;
        for node in sysfs::nodes(Path::new(sysfs::CLASS)) {
            match V4l2Camera::at(node, &self.clock) {
                Ok(Some(camera)) => cameras.push(Box::new(camera)),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::PermissionDenied => denied = Some(error),
                // It left meanwhile, or nobody understands it.
                Err(_) => {}
            }
        }
        match denied {
            Some(error) if cameras.is_empty() => Err(error),
            _ => Ok(cameras),
        }
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        Ok(Box::new(watch::V4l2Watch::new(&self.clock)))
    }
}
