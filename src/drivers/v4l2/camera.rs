//! A video node as a camera.

use std::path::Path;
use std::sync::Arc;

use linuxvideo::Device;

use super::stream::V4l2Stream;
use super::sysfs::{self, Node};
use super::{controls, error, feed, modes};
use crate::camera::{Camera, CameraCapabilities, FrameMode, FrameStream};
use crate::device::DeviceInfo;
use crate::drivers::capture::Capture;
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::PixelFormat;
use crate::time::Clock;
use crate::wait::Wait;

/// A camera that the kernel knows.
pub(super) struct V4l2Camera {
    node: Node,
    capabilities: CameraCapabilities,
    clock: Arc<dyn Clock>,
}

impl V4l2Camera {
    /// The camera at `node`; none if that is something else.
    ///
    /// # Errors
    /// `PermissionDenied`, `Disconnected`, and whatever keeps a device from being opened.
    pub(super) fn at(node: Node, clock: &Arc<dyn Clock>) -> Result<Option<Self>> {
        let device = error::asked(|| Device::open(&node.path))?;
        if !modes::is_camera(&device)? {
            return Ok(None);
        }
        let offers = modes::offers(&device)?;
        let mut capabilities = CameraCapabilities::HOT_PLUG;
        // A camera with a broken control is a camera.
        capabilities |= controls::find(&device)
            .as_deref()
            .map_or(CameraCapabilities::empty(), controls::capabilities);
        // Webcams that see colours offer them.
        if offers
            .iter()
            .all(|offer| offer.mode.format == PixelFormat::Grey8)
        {
            capabilities |= CameraCapabilities::INFRARED;
        }
        Ok(Some(Self {
            node,
            capabilities,
            clock: clock.clone(),
        }))
    }

    /// The node, if what is attached there is still what was listed.
    fn still_there(&self) -> Result<&Path> {
        let nodes = sysfs::nodes(Path::new(sysfs::CLASS));
        match nodes.contains(&self.node) {
            true => Ok(&self.node.path),
            false => Err(ErrorKind::Disconnected.into()),
        }
    }
}

impl Camera for V4l2Camera {
    fn info(&self) -> &DeviceInfo {
        &self.node.info
    }

    fn capabilities(&self) -> CameraCapabilities {
        self.capabilities
    }

    fn modes(&mut self) -> Result<Vec<FrameMode>> {
        let path = self.still_there()?;
        let device = error::asked(|| Device::open(path))?;
        let modes: Vec<_> = modes::offers(&device)?
            .into_iter()
            .map(|offer| offer.mode)
            .collect();
        match modes.is_empty() {
            true => Err(Error::protocol("the camera offers no modes any more")),
            false => Ok(modes),
        }
    }

    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>> {
        wait.check()?;
        let path = self.still_there()?.to_owned();
        let (mode, node) = (*mode, path.clone());
        let capture = Capture::start(&self.clock, &self.node.info.id, wait, move || {
            feed::open(&node, &mode)
        })?;
        Ok(Box::new(V4l2Stream::new(capture, path, &self.clock)?))
    }
}
