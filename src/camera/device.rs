//! What a camera driver implements.

use bitflags::bitflags;

use super::{Control, ControlState, Frame, FrameMode, Setting};
use crate::device::{DeviceId, DeviceInfo};
use crate::error::{Error, Result};
use crate::wait::Wait;

bitflags! {
    /// What a camera can do beyond delivering frames.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct CameraCapabilities: u32 {
        /// Exposure can be set.
        const EXPOSURE = 1 << 0;
        /// Backlight compensation can be set.
        const BACKLIGHT_COMPENSATION = 1 << 1;
        /// Frames can be rotated by the camera.
        const ROTATION = 1 << 2;
        /// The camera has an infrared lamp.
        const INFRARED_LAMP = 1 << 3;
        /// The camera sees infrared light, not colours.
        const INFRARED = 1 << 4;
        /// Its context reports arrival and removal.
        const HOT_PLUG = 1 << 5;
        /// Gain can be set.
        const GAIN = 1 << 6;
        /// Brightness can be set.
        const BRIGHTNESS = 1 << 7;
        /// Focus can be set.
        const FOCUS = 1 << 8;
        // Bits that a newer driver sets survive an older caller.
        const _ = !0;
    }
}

/// Where cameras come from: one per driver.
pub trait CameraContext: Send {
    /// The cameras that are attached now.
    ///
    /// # Errors
    /// `Unavailable`: the service behind the driver is not running. `PermissionDenied`.
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>>;

    /// Reports arrival and removal from now on. Open the watch first and list second.
    ///
    /// # Errors
    /// `Unsupported`: the driver cannot. `Unavailable`.
    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        Err(Error::unsupported("reporting arrival and removal"))
    }
}

/// Reports arrival and removal of cameras.
pub trait CameraWatch: Send {
    /// The next event.
    ///
    /// # Errors
    /// `TimedOut`, `Cancelled`, `Unavailable`.
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent>;
}

/// Something happened to the set of cameras.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CameraEvent {
    /// A camera was attached.
    CameraAdded(DeviceInfo),
    /// A camera went away.
    CameraRemoved(DeviceId),
}

/// A camera.
pub trait Camera: Send {
    /// Identity and names.
    fn info(&self) -> &DeviceInfo;

    /// What it can do beyond delivering frames.
    fn capabilities(&self) -> CameraCapabilities {
        CameraCapabilities::empty()
    }

    /// The modes it offers, in its own order; never empty.
    ///
    /// # Errors
    /// `Disconnected`, `Busy`, `PermissionDenied`.
    fn modes(&mut self) -> Result<Vec<FrameMode>>;

    /// Starts delivering frames in one of its modes.
    ///
    /// # Errors
    /// `Unsupported`: not one of its modes. `Busy`: it already runs, here or elsewhere.
    /// `Disconnected`, `PermissionDenied`, `TimedOut`, `Cancelled`.
    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>>;
}

/// A running camera. Running while it lives: there is no stopped stream to get wrong.
pub trait FrameStream: Send {
    /// The mode it delivers.
    fn mode(&self) -> &FrameMode;

    /// The newest frame that was not given yet.
    ///
    /// # Errors
    /// `Disconnected`: the camera went away; every later call says so too. `Protocol`: it
    /// delivered something that is no frame of its mode. `TimedOut`, `Cancelled`.
    fn next_frame(&mut self, wait: &Wait) -> Result<Frame>;

    /// What a control takes, and how it stands. Controls belong to the stream and not to the
    /// camera: who has the running device can set them between two frames, and nobody else.
    ///
    /// # Errors
    /// `Unsupported`: the camera has no such control. `Disconnected`, `TimedOut`.
    fn control(&mut self, control: Control) -> Result<ControlState> {
        Err(Error::unsupported(format!("the control {control}")))
    }

    /// Sets a control. Frames that are already on their way still show what was before.
    ///
    /// # Errors
    /// `Unsupported`: the camera has no such control, or cannot choose the value itself.
    /// `InvalidInput`: not one of its values. `PermissionDenied`: not now, or not by us.
    /// `Disconnected`, `Busy`, `TimedOut`.
    fn set_control(&mut self, control: Control, setting: Setting) -> Result<()> {
        let _ = setting;
        Err(Error::unsupported(format!("the control {control}")))
    }

    /// Stops the camera and says whether that worked; dropping the stream does the same silently.
    ///
    /// # Errors
    /// `Disconnected`: it was already gone.
    fn stop(self: Box<Self>) -> Result<()>;
}
