//! The camera of an attempt, exposed for the face.

use crate::camera::{
    Camera, ExposureController, ExposurePolicy, FaceLight, Frame, FrameMode, FrameStream, closest,
};
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Wait;

/// A running camera. What is set of it is given back when this is dropped.
pub(super) struct Sight {
    stream: Box<dyn FrameStream>,
    exposure: ExposureController,
}

impl Sight {
    /// Starts the camera.
    pub(super) fn open(camera: &mut dyn Camera, wait: &Wait) -> Result<Self> {
        let mut stream = stream(camera, wait)?;
        let mut exposure = ExposureController::new(ExposurePolicy::default());
        exposure.attach(&mut *stream)?;
        Ok(Self { stream, exposure })
    }

    pub(super) fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        self.stream.next_frame(wait)
    }

    /// Has the camera follow the light on the face in the frame that was given last, `None`
    /// without one.
    ///
    /// # Errors
    /// `Disconnected`. A camera that cannot be set still gives pictures, and the person is told
    /// what is wrong with them.
    pub(super) fn regulate(&mut self, light: Option<FaceLight>) -> Result<()> {
        match self.exposure.regulate(&mut *self.stream, light) {
            Err(error) if error.kind() == ErrorKind::Disconnected => Err(error),
            _ => Ok(()),
        }
    }
}

/// Starts a camera in the mode that suits a reception best.
pub(super) fn stream(camera: &mut dyn Camera, wait: &Wait) -> Result<Box<dyn FrameStream>> {
    let modes = camera.modes()?;
    let mode = closest(&modes, &FrameMode::reception())
        .ok_or_else(|| Error::protocol("the camera offers no mode"))?;
    camera.start(mode, wait)
}

impl Drop for Sight {
    fn drop(&mut self) {
        // A camera that is gone, or does not take it, keeps what it has.
        let _ = self.exposure.release(&mut *self.stream);
    }
}
