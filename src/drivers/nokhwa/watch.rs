//! Cameras coming and going.

use std::sync::Arc;
use std::time::Duration;

use super::backend::{self, Place};
use crate::camera::{CameraEvent, CameraWatch};
use crate::drivers::census::Census;
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// How often the list is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Looks while somebody waits: `nokhwa` tells nothing by itself. What left and came back between
/// two looks never left.
pub(super) struct NokhwaWatch {
    census: Census<Place>,
    clock: Arc<dyn Clock>,
}

impl NokhwaWatch {
    /// Watches from now on.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Result<Self> {
        let mut watch = Self {
            census: Census::new(clock),
            clock: clock.clone(),
        };
        // What is there already is listed, not told.
        while watch.news()?.is_some() {}
        Ok(watch)
    }

    /// What there is to tell next.
    fn news(&mut self) -> Result<Option<CameraEvent>> {
        let places = backend::ask(&self.clock, backend::places)?;
        Ok(self.census.news(places, |place| {
            let asked = place.clone();
            let is_camera = backend::ask(&self.clock, move || backend::is_camera(&asked))?;
            Ok(is_camera.then(|| place.info.clone()))
        }))
    }
}

impl CameraWatch for NokhwaWatch {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        let never = Wake::new();
        loop {
            wait.check()?;
            if let Some(event) = self.news()? {
                return Ok(event);
            }
            match wait.shortened(LOOK).on(&never) {
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                other => other?,
            }
        }
    }
}
