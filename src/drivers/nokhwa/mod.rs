//! Cameras through the package `nokhwa`: Linux, Windows and macOS. Built and tested on Linux; the
//! others are untested until somebody runs them. On Linux `drivers::v4l2` does the same with more
//! knowledge and without libclang.
//!
//! ## Building
//!
//! On Linux `nokhwa` generates its bindings to the kernel when it is built, and needs libclang for
//! that (Debian: `libclang1-14` and `libclang-common-14-dev`, or newer ones), found through
//! `LIBCLANG_PATH`, for example `/usr/lib/llvm-14/lib`.
//!
//! ## What this driver keeps from its callers
//!
//! All of this was observed with `nokhwa` 0.10.11 on Linux.
//!
//! - A frame is waited for without a limit. The camera runs on a thread of its own, and callers wait
//!   as long as they say. A stream that is dropped while its camera is silent leaves that thread
//!   behind; until the camera sends a frame or is unplugged, starting it is `Busy`, and
//!   `Unavailable` after 15 seconds.
//! - A JPEG picture comes with the whole buffer behind it. It is cut where it ends; one that does
//!   not end, or does not begin, is dropped and counted.
//! - Panics, in particular when a stream is dropped, end the thread and not the program: the camera
//!   is `Disconnected`.
//! - Metadata nodes and video outputs are listed as cameras. They are left out.
//! - A mode that is not there is replaced by another one. Modes are asked for exactly, and what was
//!   got is compared.
//! - A second stream of a camera in the same program takes frames from the first. It is `Busy`.
//!
//! ## What it cannot know
//!
//! Frames that the kernel marks as damaged come unmarked: uncompressed ones cannot be told from good
//! ones, and damaged JPEG pictures are found when they are decoded, if at all: behind one that lost its
//! end lies the end of an earlier one. Frames that the platform itself
//! threw away are not counted. Grey cameras, infrared ones among them, are not offered at all (the
//! package asks the kernel for `GRAY`, which is called `GREY`), nor are cameras whose name takes more
//! than 31 bytes and is cut by the kernel in the middle of a character (it panics), nor those whose
//! rate another program left at a broken number of frames a second. Controls are not passed on: the package
//! takes another control for the exposure than webcams have. A camera is known by its number and
//! name, so that one of the same kind in the same place is the same camera.

mod backend;
mod camera;
mod error;
mod feed;
mod watch;

use std::sync::Arc;

use self::camera::NokhwaCamera;
use crate::camera::{Camera, CameraContext, CameraWatch};
use crate::error::{ErrorKind, Result};
use crate::time::Clock;

/// Name of this driver in [`DeviceInfo`](crate::device::DeviceInfo).
const DRIVER: &str = "nokhwa";

/// The cameras that `nokhwa` finds.
#[derive(Debug)]
pub struct NokhwaContext {
    clock: Arc<dyn Clock>,
}

impl NokhwaContext {
    /// A context whose streams are timed on `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl CameraContext for NokhwaContext {
    /// The cameras that are attached now.
    ///
    /// # Errors
    /// `PermissionDenied`: there are video devices, and none of them may be opened. `TimedOut`,
    /// `Unavailable`: the platform does not answer.
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        let clock = &self.clock;
        let mut cameras: Vec<Box<dyn Camera>> = Vec::new();
        let mut denied = None;
        for place in backend::ask(clock, backend::places)? {
            let asked = place.clone();
            match backend::ask(clock, move || backend::is_camera(&asked)) {
                Ok(true) => cameras.push(Box::new(NokhwaCamera::new(place, clock))),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => denied = Some(error),
                // Also what `nokhwa` panics about: the others are as good as before.
                Ok(false) | Err(_) => {}
            }
        }
        match denied {
            Some(error) if cameras.is_empty() => Err(error),
            _ => Ok(cameras),
        }
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        Ok(Box::new(watch::NokhwaWatch::new(&self.clock)?))
    }
}
