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
            .map(|camera| {
                let camera = VirtualCamera {
                    info: camera.info.clone(),
                    clock: camera.clock.clone(),
                    control: camera.control.clone(),
                };
                Box::new(camera) as Box<dyn Camera>
            })
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        let wake = Wake::new();
        let present = self
            .0
            .iter()
            .filter(|camera| !camera.control.lock().unplugged)
            .map(|camera| (camera.info.clone(), camera.control.clone()))
            .collect::<Vec<_>>();
        for (_, control) in &present {
            control.lock().watches.push(wake.clone());
        }
        Ok(Box::new(Watch { present, wake }))
    }
}

struct Watch {
    present: Vec<(DeviceInfo, CameraControl)>,
    wake: Wake,
}

impl CameraWatch for Watch {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        let Self { present, wake } = self;
        wait.check()?;
        wait.until(wake, || {
            let gone = present
                .iter()
                .position(|(_, control)| control.lock().unplugged)?;
            let (info, _) = present.remove(gone);
            Some(CameraEvent::CameraRemoved(info.id))
        })
    }
}
