//! One camera of many: what happens to the others is no news on its bench.

use myna_hal::camera::{Camera, CameraContext, CameraEvent, CameraWatch};
use myna_hal::device::DeviceId;
use myna_hal::{Result, Wait};

/// A context, or a watch, that knows one camera.
pub(super) struct OnlyCamera<T> {
    pub(super) all: T,
    pub(super) id: DeviceId,
}

impl CameraContext for OnlyCamera<Box<dyn CameraContext>> {
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        let mut cameras = self.all.cameras()?;
        cameras.retain(|camera| camera.info().id == self.id);
        Ok(cameras)
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        Ok(Box::new(OnlyCamera {
            all: self.all.watch()?,
            id: self.id.clone(),
        }))
    }
}

impl CameraWatch for OnlyCamera<Box<dyn CameraWatch>> {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        loop {
            let event = self.all.next_event(wait)?;
            let ours = match &event {
                CameraEvent::CameraAdded(info) => info.id == self.id,
                CameraEvent::CameraRemoved(id) => *id == self.id,
                _ => true,
            };
            if ours {
                return Ok(event);
            }
        }
    }
}
