//! Cameras coming and going.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::camera::V4l2Camera;
use super::sysfs::{self, Node};
use crate::camera::{Camera, CameraEvent, CameraWatch};
use crate::drivers::census::Census;
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// How often the kernel's list is looked at. That costs less than a frame does.
const LOOK: Duration = Duration::from_millis(200);

/// Looks while somebody waits, and has no thread.
pub(super) struct V4l2Watch {
    census: Census<Node>,
    clock: Arc<dyn Clock>,
}

impl V4l2Watch {
    /// Watches from now on.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        let mut watch = Self {
            census: Census::new(clock),
            clock: clock.clone(),
        };
        // What is there already is listed, not told.
        while watch.news().is_some() {}
        watch
    }

    /// What there is to tell next.
    fn news(&mut self) -> Option<CameraEvent> {
        let nodes = sysfs::nodes(Path::new(sysfs::CLASS));
        self.census.news(nodes, |node| {
            let camera = V4l2Camera::at(node.clone(), &self.clock)?;
            Ok(camera.map(|camera| camera.info().clone()))
        })
    }
}

impl CameraWatch for V4l2Watch {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        let never = Wake::new();
        loop {
            wait.check()?;
            if let Some(event) = self.news() {
                return Ok(event);
            }
            match wait.shortened(LOOK).on(&never) {
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                other => other?,
            }
        }
    }
}
