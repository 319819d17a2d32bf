//! One reader or camera of many: what happens to the others is no news to whoever tries it.

use std::sync::Arc;

use myna_hal::camera::{Camera, CameraContext, CameraEvent, CameraWatch};
use myna_hal::card::{CardContext, CardReader, ReaderEvent, ReaderWatch};
use myna_hal::{Result, Wait};

/// A context, or a watch, that knows those alone which are wanted: readers by name, cameras by their
/// identifier.
pub struct Only<T> {
    all: T,
    is_wanted: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl<T> Only<T> {
    /// Those of `all` that are wanted.
    pub fn new(all: T, is_wanted: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            all,
            is_wanted: Arc::new(is_wanted),
        }
    }

    /// The same of others.
    fn of<U>(&self, all: U) -> Only<U> {
        Only {
            all,
            is_wanted: self.is_wanted.clone(),
        }
    }
}

impl CardContext for Only<Box<dyn CardContext>> {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let mut readers = self.all.readers()?;
        readers.retain(|reader| (self.is_wanted)(&reader.info().name));
        Ok(readers)
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        let watch = self.all.watch()?;
        Ok(Box::new(self.of(watch)))
    }
}

impl ReaderWatch for Only<Box<dyn ReaderWatch>> {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        loop {
            let event = self.all.next_event(wait)?;
            let ours = match &event {
                ReaderEvent::ReaderAdded(info) => (self.is_wanted)(&info.name),
                ReaderEvent::ReaderRemoved(id) => (self.is_wanted)(id.as_str()),
                ReaderEvent::StateChanged { reader, .. } => (self.is_wanted)(reader.as_str()),
                _ => true,
            };
            if ours {
                return Ok(event);
            }
        }
    }
}

impl CameraContext for Only<Box<dyn CameraContext>> {
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        let mut cameras = self.all.cameras()?;
        cameras.retain(|camera| (self.is_wanted)(camera.info().id.as_str()));
        Ok(cameras)
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        let watch = self.all.watch()?;
        Ok(Box::new(self.of(watch)))
    }
}

impl CameraWatch for Only<Box<dyn CameraWatch>> {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        loop {
            let event = self.all.next_event(wait)?;
            let ours = match &event {
                CameraEvent::CameraAdded(info) => (self.is_wanted)(info.id.as_str()),
                CameraEvent::CameraRemoved(id) => (self.is_wanted)(id.as_str()),
                _ => true,
            };
            if ours {
                return Ok(event);
            }
        }
    }
}
