//! A real camera, as the conformance kit wants it.

use std::sync::Arc;

use myna_hal::camera::{Camera, CameraContext};
use myna_hal::conformance::Acted;
use myna_hal::conformance::camera::{Act, CameraBench};
use myna_hal::drivers::v4l2::V4l2Context;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Result};

use super::reader::acted;
use super::{Actuator, CameraEntry, Lock};
use crate::report::Device;

/// A camera that is ours.
pub struct CameraDesk {
    clock: Arc<dyn Clock>,
    entry: CameraEntry,
    device: Device,
    /// Held as long as this lives.
    _lock: Lock,
}

impl CameraDesk {
    /// Finds a camera and takes it for this run.
    ///
    /// # Errors
    /// It is not attached, or another run has it.
    pub fn take(entry: &CameraEntry) -> Result<Self, String> {
        let clock = SystemClock::shared();
        let camera = find(entry, &clock).map_err(|error| {
            format!(
                "no camera shows \"{}\" ({error}); \
                 `cargo run --features v4l2 --example cameras` lists what is attached",
                entry.shown
            )
        })?;
        let info = camera.info();
        let lock = Lock::take(info.id.as_str())?;
        Ok(Self {
            device: Device {
                driver: info.driver.to_owned(),
                name: info.name.clone(),
                firmware: None,
            },
            entry: entry.clone(),
            clock,
            _lock: lock,
        })
    }

    /// What reports say of it.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device.clone()
    }
}

fn find(entry: &CameraEntry, clock: &Arc<dyn Clock>) -> Result<Box<dyn Camera>> {
    let cameras = V4l2Context::new(clock.clone()).cameras()?;
    let found = cameras.into_iter().find(|camera| {
        let info = camera.info();
        info.name.contains(&entry.shown) || info.id.as_str().contains(&entry.shown)
    });
    found.ok_or_else(|| ErrorKind::NotFound.into())
}

impl CameraBench for CameraDesk {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn camera(&mut self) -> Result<Box<dyn Camera>> {
        find(&self.entry, &self.clock)
    }

    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        Ok(Box::new(V4l2Context::new(self.clock.clone())))
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
