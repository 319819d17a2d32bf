//! A webcam on a desk, and the ways to it.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Failed;
use myna_hal::camera::{Camera, CameraContext, FrameMode, FrameStream};
use myna_hal::conformance::Acted;
use myna_hal::conformance::camera::{Act, CameraBench};
use myna_hal::drivers::nokhwa::NokhwaContext;
use myna_hal::drivers::v4l2::V4l2Context;
use myna_hal::imaging::{Image, PixelFormat};
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Result, Wait};
use usb_sim::uvc::{Webcam, WebcamProduct, scene};
use usb_sim::vhci::{self, Attached};

/// The drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    V4l2,
    Nokhwa,
}

pub(crate) const WAYS: [Way; 2] = [Way::V4l2, Way::Nokhwa];

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V4l2 => "v4l2",
            Self::Nokhwa => "nokhwa",
        }
    }

    pub(crate) fn context(self, clock: &Arc<dyn Clock>) -> Box<dyn CameraContext> {
        match self {
            Self::V4l2 => Box::new(V4l2Context::new(clock.clone())),
            Self::Nokhwa => Box::new(NokhwaContext::new(clock.clone())),
        }
    }
}

/// A webcam that can be plugged in.
pub(crate) struct Desk {
    pub(crate) way: Way,
    pub(crate) webcam: Webcam,
    pub(crate) clock: Arc<dyn Clock>,
    attached: Option<Attached>,
}

/// How long the kernel may take for a camera that was plugged in, without help of a processor.
const ENUMERATED: Duration = Duration::from_secs(15);

impl Desk {
    /// A webcam that is plugged in and known to the driver.
    pub(crate) fn with(product: &str, way: Way) -> Result<Self, Failed> {
        let product = WebcamProduct::find(product).ok_or("no such product")?;
        let mut desk = Self {
            way,
            webcam: Webcam::new(product),
            clock: SystemClock::shared(),
            attached: None,
        };
        desk.plug()?;
        let wait = desk.within(ENUMERATED);
        while desk.first().is_err() {
            wait.sleep(Duration::from_millis(50))
                .map_err(|_| "the camera does not appear")?;
        }
        // Trials that pass nevertheless show nothing.
        if std::env::var_os("MYNA_HAL_RIG_BREAK").is_some() {
            desk.webcam.stall(true);
        }
        Ok(desk)
    }

    pub(crate) fn plug(&mut self) -> Result<(), Failed> {
        if self.attached.is_none() {
            self.attached = Some(vhci::attach(self.webcam.clone())?);
        }
        Ok(())
    }

    pub(crate) fn unplug(&mut self) {
        drop(self.attached.take());
    }

    pub(crate) fn within(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock.clone(), limit)
    }

    pub(crate) fn ample(&self) -> Wait {
        self.within(Duration::from_secs(10))
    }

    /// The only camera.
    pub(crate) fn first(&self) -> Result<Box<dyn Camera>> {
        let mut cameras = self.way.context(&self.clock).cameras()?;
        match cameras.len() {
            0 => Err(ErrorKind::NotFound.into()),
            _ => Ok(cameras.swap_remove(0)),
        }
    }

    pub(crate) fn start(&self, mode: &FrameMode) -> Result<Box<dyn FrameStream>> {
        self.first()?.start(mode, &self.ample())
    }
}

impl CameraBench for Desk {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn camera(&mut self) -> Result<Box<dyn Camera>> {
        self.first()
    }

    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        Ok(self.way.context(&self.clock))
    }

    fn act(&mut self, act: Act) -> Acted {
        match act {
            Act::Unplug => self.unplug(),
            Act::Plug => {
                if let Err(error) = self.plug() {
                    return Acted::Impossible(error.message().unwrap_or("no reason").to_owned());
                }
            }
            Act::Stall => self.webcam.stall(true),
            Act::Resume => self.webcam.stall(false),
            other => return Acted::Impossible(format!("this desk does not know {other:?}")),
        }
        Acted::Done
    }

    fn show(&mut self) -> Result<Option<Image>> {
        let (width, height) = (640, 480);
        let rgb = scene(width, height);
        let image = Image::from_packed(PixelFormat::Rgb8, width.into(), height.into(), rgb)?;
        Ok(Some(image))
    }
}
