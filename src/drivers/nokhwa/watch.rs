//! Cameras coming and going.

use std::sync::Arc;
use std::time::Duration;

use super::backend::{self, Place};
use crate::camera::{CameraEvent, CameraWatch};
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// How often the list is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Looks while somebody waits: `nokhwa` tells nothing by itself. What left and came back between
/// two looks never left.
pub(super) struct NokhwaWatch {
    /// What was listed, and whether it was told to be a camera.
    known: Vec<(Place, bool)>,
    clock: Arc<dyn Clock>,
}

impl NokhwaWatch {
    /// Watches from now on.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Result<Self> {
        let mut watch = Self {
            known: Vec::new(),
            clock: clock.clone(),
        };
        // What is there already is listed, not told.
        while watch.news()?.is_some() {}
        Ok(watch)
    }

    /// What there is to tell next.
    fn news(&mut self) -> Result<Option<CameraEvent>> {
        let places = backend::ask(&self.clock, backend::places)?;
        while let Some(gone) = self
            .known
            .iter()
            .position(|(known, _)| !places.contains(known))
        {
            if let (place, true) = self.known.swap_remove(gone) {
                return Ok(Some(CameraEvent::CameraRemoved(place.info.id)));
            }
        }
        for place in places {
            if self.known.iter().any(|(known, _)| *known == place) {
                continue;
            }
            let asked = place.clone();
            let is_camera = match backend::ask(&self.clock, move || backend::is_camera(&asked)) {
                // Not yet ours to open: the device is there before its permissions are.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => continue,
                answer => answer.unwrap_or(false),
            };
            let info = place.info.clone();
            self.known.push((place, is_camera));
            if is_camera {
                return Ok(Some(CameraEvent::CameraAdded(info)));
            }
        }
        Ok(None)
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
