//! Cameras on the bench: the virtual one, and those that a driver finds.

use std::sync::Arc;

use myna_hal::camera::{Camera, CameraContext};
use myna_hal::conformance::camera::{self, Act, CameraBench};
use myna_hal::conformance::{Acted, Report};
use myna_hal::sim::VirtualCameraBench;
use myna_hal::time::Clock;
use myna_hal::{ErrorKind, Result};

use super::support::camera::CameraChoice;
use super::support::problem::Problem;
use super::{ask_operator, started};

pub(super) fn run(
    choice: &CameraChoice,
    operator: bool,
    clock: &Arc<dyn Clock>,
) -> std::result::Result<Vec<Report>, Problem> {
    if let CameraChoice::Sim = choice {
        let mut bench = VirtualCameraBench::new(clock.clone());
        return Ok(vec![camera::run(&mut bench, &mut started)]);
    }
    // It says what is missing before the first case does.
    choice.camera(clock)?;
    let mut bench = Attached {
        clock: clock.clone(),
        choice: choice.clone(),
        operator,
    };
    Ok(vec![camera::run(&mut bench, &mut started)])
}

/// A camera that a driver finds, and perhaps a person at it.
struct Attached {
    clock: Arc<dyn Clock>,
    choice: CameraChoice,
    operator: bool,
}

impl CameraBench for Attached {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn camera(&mut self) -> Result<Box<dyn Camera>> {
        let mut cameras = self.context()?.cameras()?;
        cameras.retain(|camera| self.choice.means(&**camera));
        if cameras.is_empty() {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(cameras.swap_remove(0))
    }

    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        let context = self.choice.context(&self.clock);
        context.map_err(|_| ErrorKind::Unsupported.into())
    }

    fn act(&mut self, act: Act) -> Acted {
        let what = match act {
            Act::Unplug => "Unplug the camera",
            Act::Plug => "Plug the camera in again, where it was",
            other => return Acted::Impossible(format!("no person can do {other:?}")),
        };
        ask_operator(self.operator, what)
    }
}
