//! A camera that `nokhwa` found.

use std::sync::Arc;

use super::backend::{self, Place};
use super::feed;
use crate::camera::{Camera, CameraCapabilities, Frame, FrameMode, FrameStream};
use crate::device::DeviceInfo;
use crate::drivers::capture::Capture;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

pub(super) struct NokhwaCamera {
    place: Place,
    clock: Arc<dyn Clock>,
}

impl NokhwaCamera {
    pub(super) fn new(place: Place, clock: &Arc<dyn Clock>) -> Self {
        Self {
            place,
            clock: clock.clone(),
        }
    }
}

impl Camera for NokhwaCamera {
    fn info(&self) -> &DeviceInfo {
        &self.place.info
    }

    fn capabilities(&self) -> CameraCapabilities {
        CameraCapabilities::HOT_PLUG
    }

    /// The modes it offers.
    ///
    /// # Errors
    /// As [`Camera::modes`]. `Busy` also while it runs: `nokhwa` has to choose a mode before it tells the modes.
    fn modes(&mut self) -> Result<Vec<FrameMode>> {
        let place = self.place.clone();
        let modes = backend::ask(&self.clock, move || match still_there(&place)? {
            true => backend::modes(&place),
            false => Err(ErrorKind::Disconnected.into()),
        })?;
        match modes.is_empty() {
            true => Err(Error::unsupported("every format of this camera")),
            false => Ok(modes),
        }
    }

    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>> {
        let (place, mode) = (self.place.clone(), *mode);
        let id = &self.place.info.id;
        let capture = Capture::start(&self.clock, id, wait, move || match still_there(&place)? {
            true => feed::open(&place, &mode),
            false => Err(ErrorKind::Disconnected.into()),
        })?;
        Ok(Box::new(NokhwaStream(capture)))
    }
}

/// Whether what is listed there is still what was found: numbers are given again.
fn still_there(place: &Place) -> Result<bool> {
    Ok(backend::places()?.contains(place))
}

struct NokhwaStream(Capture);

impl FrameStream for NokhwaStream {
    fn mode(&self) -> &FrameMode {
        self.0.mode()
    }

    fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        self.0.next_frame(wait)
    }

    fn stop(self: Box<Self>) -> Result<()> {
        self.0.stop()
    }
}
