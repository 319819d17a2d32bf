//! Cameras coming and going.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::camera::V4l2Camera;
use super::sysfs::{self, Node};
use crate::camera::{Camera, CameraEvent, CameraWatch};
use crate::device::DeviceInfo;
use crate::error::{ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// How often the kernel's list is looked at. That costs less than a frame does.
const LOOK: Duration = Duration::from_millis(200);

/// Looks while somebody waits, and has no thread.
pub(super) struct V4l2Watch {
    known: Vec<Known>,
    clock: Arc<dyn Clock>,
}

/// A node, and what was found there.
struct Known {
    node: Node,
    /// The camera that was told of.
    camera: Option<DeviceInfo>,
}

impl V4l2Watch {
    /// Watches from now on.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        let mut watch = Self {
            known: Vec::new(),
            clock: clock.clone(),
        };
        // What is there already is listed, not told.
        while watch.news().is_some() {}
        watch
    }

    /// What there is to tell next. Who left comes first: its socket may be taken again.
    fn news(&mut self) -> Option<CameraEvent> {
        let nodes = sysfs::nodes(Path::new(sysfs::CLASS));
        while let Some(gone) = self
            .known
            .iter()
            .position(|known| !nodes.contains(&known.node))
        {
            if let Some(camera) = self.known.swap_remove(gone).camera {
                return Some(CameraEvent::CameraRemoved(camera.id));
            }
        }
        for node in nodes {
            if self.known.iter().any(|known| known.node == node) {
                continue;
            }
            let camera = match V4l2Camera::at(node.clone(), &self.clock) {
                Ok(camera) => camera.map(|camera| camera.info().clone()),
                // Not yet ours to open: the node is there before its permissions are.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => continue,
                Err(error) if error.kind() == ErrorKind::Disconnected => continue,
                Err(_) => None,
            };
            self.known.push(Known {
                node,
                camera: camera.clone(),
            });
            if let Some(camera) = camera {
                return Some(CameraEvent::CameraAdded(camera));
            }
        }
        None
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
