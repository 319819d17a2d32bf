//! The cameras that there are, and what comes and goes.

use super::{CameraControl, VirtualCamera};
use crate::camera::{Camera, CameraContext, CameraEvent, CameraWatch};
use crate::device::DeviceInfo;
use crate::error::Result;
use crate::time::Wake;
use crate::wait::Wait;

/// The cameras of the virtual set.
#[derive(Debug, Default)]
pub struct VirtualCameras(Vec<VirtualCamera>);

impl VirtualCameras {
    /// A context with these cameras.
    #[must_use]
    pub fn new(cameras: Vec<VirtualCamera>) -> Self {
        Self(cameras)
    }
}

impl CameraContext for VirtualCameras {
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        Ok(self
            .0
            .iter()
            .filter(|camera| !camera.control.lock().unplugged)
            .map(|camera| Box::new(camera.clone()) as Box<dyn Camera>)
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        let wake = Wake::new();
        let cameras = self
            .0
            .iter()
            .map(|camera| {
                let control = camera.control.clone();
                control.lock().watches.push(wake.clone());
                Known {
                    told: control.attached(),
                    info: camera.info.clone(),
                    control,
                }
            })
            .collect();
        Ok(Box::new(Watch { cameras, wake }))
    }
}

struct Watch {
    cameras: Vec<Known>,
    wake: Wake,
}

/// A camera, and what was told of it.
struct Known {
    info: DeviceInfo,
    control: CameraControl,
    /// At which attachment it was told to be there.
    told: Option<u64>,
}

impl CameraControl {
    /// Which attachment this is, the first being 0; `None` while it is unplugged.
    fn attached(&self) -> Option<u64> {
        let state = self.lock();
        (!state.unplugged).then_some(state.pulled)
    }
}

impl Known {
    /// What there is to tell next. A camera that left and came back did both.
    fn news(&mut self) -> Option<CameraEvent> {
        let now = self.control.attached();
        if self.told == now {
            return None;
        }
        if self.told.take().is_some() {
            return Some(CameraEvent::CameraRemoved(self.info.id.clone()));
        }
        self.told = now;
        Some(CameraEvent::CameraAdded(self.info.clone()))
    }
}

impl CameraWatch for Watch {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        let Self { cameras, wake } = self;
        wait.check()?;
        wait.until(wake, || cameras.iter_mut().find_map(Known::news))
    }
}
