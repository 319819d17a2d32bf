//! A real camera, as the conformance kit wants it.

use std::sync::Arc;

use myna_hal::camera::{Camera, CameraContext};
use myna_hal::conformance::Acted;
use myna_hal::conformance::camera::{Act, CameraBench};
use myna_hal::device::DeviceId;
use myna_hal::drivers::v4l2::V4l2Context;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Result};

use super::reader::acted;
use super::{Actuator, CameraEntry, Lock, place};
use crate::only::Only;
use crate::report::Device;

/// A camera that is ours.
pub struct CameraDesk {
    clock: Arc<dyn Clock>,
    entry: CameraEntry,
    id: DeviceId,
    device: Device,
    /// Held as long as this lives.
    _lock: Lock,
}

impl CameraDesk {
    /// Finds a camera and takes it for this run.
    ///
    /// # Errors
    /// It is not attached, or another run has it.
    pub fn take(entry: &CameraEntry) -> std::result::Result<Self, String> {
        let clock = SystemClock::shared();
        let cameras = V4l2Context::new(clock.clone()).cameras();
        let cameras = cameras.map_err(|error| error.to_string())?;
        let mut listed = cameras.iter().map(|camera| camera.info());
        let info = listed.find(|info| entry.is(&info.name, info.id.as_str()));
        let info = info.ok_or_else(|| {
            format!(
                "the driver v4l2 does not list the camera {}; \
                 `cargo run --features v4l2 --example cameras` lists what is attached",
                entry.name.get_ref()
            )
        })?;
        Ok(Self {
            device: Device {
                driver: info.driver.to_owned(),
                name: info.name.clone(),
                firmware: place::of_camera(info.id.as_str()).and_then(place::firmware),
            },
            _lock: Lock::take(info.id.as_str())?,
            id: info.id.clone(),
            entry: entry.clone(),
            clock,
        })
    }

    /// What reports say of it.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device.clone()
    }

    /// A context that knows this camera alone.
    #[must_use]
    pub fn only(&self) -> Box<dyn CameraContext> {
        let all: Box<dyn CameraContext> = Box::new(V4l2Context::new(self.clock.clone()));
        let id = self.id.clone();
        Box::new(Only::new(all, move |other| other == id.as_str()))
    }
}

impl CameraBench for CameraDesk {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn camera(&mut self) -> Result<Box<dyn Camera>> {
        let camera = self.only().cameras()?.into_iter().next();
        camera.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        Ok(self.only())
    }

    fn act(&mut self, act: Act) -> Acted {
        let (key, actuator) = match act {
            Act::Unplug => ("unplug", &self.entry.unplug),
            Act::Plug => ("plug", &self.entry.plug),
            other => return Acted::Impossible(format!("no real camera does {other:?} when told")),
        };
        let missing = || {
            let name = self.entry.name.get_ref();
            format!("no actuator: the inventory's camera {name} would need {key}")
        };
        acted(
            actuator
                .as_ref()
                .ok_or_else(missing)
                .and_then(Actuator::act),
        )
    }
}
