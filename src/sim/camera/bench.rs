//! A bench for the conformance kit with a virtual camera on it.

use std::sync::Arc;

use super::scene::fitted;
use super::{CameraControl, Lighting, Scene, VirtualCamera, VirtualCameras};
use crate::camera::{Camera, CameraContext};
use crate::conformance::Acted;
use crate::conformance::camera::{Act, CameraBench};
use crate::error::Result;
use crate::imaging::Image;
use crate::sim::DRAWN_FACE_JP2;
use crate::time::Clock;

/// A virtual camera with a sensor, for [`conformance::camera`](crate::conformance::camera).
#[derive(Clone, Debug)]
pub struct VirtualCameraBench {
    clock: Arc<dyn Clock>,
    control: CameraControl,
}

impl VirtualCameraBench {
    /// A bench with a new camera.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let scene = Scene::Face { person: 1 };
        Self::with_camera(
            &VirtualCamera::lit(clock.clone(), scene, Lighting::room()),
            clock,
        )
    }

    /// The same with a camera that there is already.
    #[must_use]
    pub fn with_camera(camera: &VirtualCamera, clock: Arc<dyn Clock>) -> Self {
        Self {
            control: camera.control(),
            clock,
        }
    }

    fn virtual_camera(&self) -> VirtualCamera {
        VirtualCamera::of(self.clock.clone(), self.control.clone())
    }
}

impl CameraBench for VirtualCameraBench {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn camera(&mut self) -> Result<Box<dyn Camera>> {
        Ok(Box::new(self.virtual_camera()))
    }

    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        Ok(Box::new(VirtualCameras::new(vec![self.virtual_camera()])))
    }

    fn act(&mut self, act: Act) -> Acted {
        match act {
            Act::Unplug => self.control.unplug(),
            Act::Plug => self.control.plug(),
            Act::Stall => self.control.stall(true),
            Act::Resume => self.control.stall(false),
        }
        Acted::Done
    }

    fn show(&mut self) -> Result<Option<Image>> {
        self.control.show_picture(DRAWN_FACE_JP2)?;
        fitted(DRAWN_FACE_JP2).map(Some)
    }
}
