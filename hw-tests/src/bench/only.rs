//! One reader, or one camera, of many: what happens to the others is no news on its bench.

use std::sync::Arc;

use myna_hal::camera::{Camera, CameraContext, CameraEvent, CameraWatch};
use myna_hal::card::{CardContext, CardReader, ReaderEvent, ReaderWatch};
use myna_hal::device::DeviceId;
use myna_hal::{Result, Wait};

use super::ReaderEntry;

/// A context, or a watch, that knows one reader.
pub(super) struct Only<T> {
    pub(super) all: T,
    pub(super) entry: Arc<ReaderEntry>,
}

impl CardContext for Only<Box<dyn CardContext>> {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let mut readers = self.all.readers()?;
        readers.retain(|reader| self.entry.is(&reader.info().name));
        Ok(readers)
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        Ok(Box::new(Only {
            all: self.all.watch()?,
            entry: self.entry.clone(),
        }))
    }
}

impl ReaderWatch for Only<Box<dyn ReaderWatch>> {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        loop {
            let event = self.all.next_event(wait)?;
            let ours = match &event {
                ReaderEvent::ReaderAdded(info) => self.entry.is(&info.name),
                ReaderEvent::ReaderRemoved(id) => self.entry.is(id.as_str()),
                ReaderEvent::StateChanged { reader, .. } => self.entry.is(reader.as_str()),
                _ => true,
            };
            if ours {
                return Ok(event);
            }
        }
    }
}

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
