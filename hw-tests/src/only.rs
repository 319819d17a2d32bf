//! One reader of many: what happens to the others is no news to whoever tries it.

use std::sync::Arc;

use myna_hal::card::{CardContext, CardReader, ReaderEvent, ReaderWatch};
use myna_hal::{Result, Wait};

/// A context, or a watch, that knows the readers alone whose names are wanted.
pub struct Only<T> {
    all: T,
    is_wanted: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Only<Box<dyn CardContext>> {
    /// Those of `all` whose names are wanted.
    pub fn new(
        all: Box<dyn CardContext>,
        is_wanted: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            all,
            is_wanted: Arc::new(is_wanted),
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
        Ok(Box::new(Only {
            all: self.all.watch()?,
            is_wanted: self.is_wanted.clone(),
        }))
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
