//! A bench for the conformance kit with a virtual camera on it.

use std::sync::Arc;

use super::scene::{Shown, Source};
use super::{CameraControl, Lighting, SIZE, Scene, VirtualCamera, VirtualCameras};
use crate::camera::{Camera, CameraContext};
use crate::conformance::Acted;
use crate::conformance::camera::{Act, CameraBench};
use crate::error::Result;
use crate::imaging::{Image, PixelFormat};
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
        let picture = Shown::new(test_card()?);
        self.control.lock().source = Source::Pictures(vec![picture]);
        test_card().map(Some)
    }
}

/// A picture that is another one mirrored, upside down, or with two colours exchanged: red grows to
/// the right and green downwards.
fn test_card() -> Result<Image> {
    let (width, height) = SIZE;
    let row = |y: u32| (0..width).map(move |x| [x * 255 / width, y * 255 / height, 40]);
    let pixels = (0..height).flat_map(row).flatten();
    let data = pixels.map(|value| value as u8).collect();
    Ok(Image::from_packed(PixelFormat::Rgb8, width, height, data)?)
}
