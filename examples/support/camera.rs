//! Finding a camera by what the user named: `sim`, `v4l2[:NAME PART]` or `nokhwa[:NAME PART]`.

use std::str::FromStr;
use std::sync::Arc;

use myna_hal::camera::{Camera, CameraContext};
use myna_hal::sim::{Lighting, Scene, VirtualCamera, VirtualCameras};
use myna_hal::time::Clock;

use super::problem::Problem;

/// Which camera to use.
#[derive(Clone, Debug)]
pub enum CameraChoice {
    /// The virtual camera.
    Sim,
    /// One that the Linux kernel knows, whose name or identity contains this.
    V4l2(String),
    /// One that `nokhwa` finds, whose name or identity contains this.
    Nokhwa(String),
}

impl FromStr for CameraChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (driver, part) = text.split_once(':').unwrap_or((text, ""));
        match driver {
            "sim" if part.is_empty() => Ok(Self::Sim),
            "v4l2" => Ok(Self::V4l2(part.to_owned())),
            "nokhwa" => Ok(Self::Nokhwa(part.to_owned())),
            _ => Err("say `sim`, `v4l2`, `nokhwa`, or `v4l2:PART OF THE CAMERA'S NAME`".to_owned()),
        }
    }
}

/// Drivers of real cameras, the better one of each platform first.
const DRIVERS: [(&str, bool); 2] = [
    ("v4l2", cfg!(all(feature = "v4l2", target_os = "linux"))),
    ("nokhwa", cfg!(feature = "nokhwa")),
];

impl CameraChoice {
    /// Every camera of a driver that this program was built with; `None` without one.
    pub fn built() -> Option<Self> {
        let (driver, _) = DRIVERS.into_iter().find(|(_, is_built)| *is_built)?;
        driver.parse().ok()
    }

    /// Where this camera is listed.
    pub fn context(&self, clock: &Arc<dyn Clock>) -> Result<Box<dyn CameraContext>, Problem> {
        match self {
            Self::Sim => {
                let scene = Scene::Face { person: 1 };
                let camera = VirtualCamera::lit(clock.clone(), scene, Lighting::room());
                Ok(Box::new(VirtualCameras::new(vec![camera])))
            }
            Self::V4l2(_) => v4l2(clock),
            Self::Nokhwa(_) => nokhwa(clock),
        }
    }

    /// Whether the user may have meant this camera.
    pub fn means(&self, camera: &dyn Camera) -> bool {
        let info = camera.info();
        match self {
            Self::Sim => true,
            Self::V4l2(part) | Self::Nokhwa(part) => {
                info.name.contains(part) || info.id.as_str().contains(part)
            }
        }
    }

    /// The first camera that the user may have meant.
    pub fn camera(&self, clock: &Arc<dyn Clock>) -> Result<Box<dyn Camera>, Problem> {
        let cameras = self.context(clock)?.cameras()?;
        let camera = cameras.into_iter().find(|camera| self.means(&**camera));
        camera.ok_or_else(|| {
            Problem::new(
                "camera-missing",
                "no such camera is attached",
                "attach it, or look at what --example cameras lists",
            )
        })
    }
}

#[cfg(all(feature = "v4l2", target_os = "linux"))]
fn v4l2(clock: &Arc<dyn Clock>) -> Result<Box<dyn CameraContext>, Problem> {
    let context = myna_hal::drivers::v4l2::V4l2Context::new(clock.clone());
    Ok(Box::new(context))
}

#[cfg(not(all(feature = "v4l2", target_os = "linux")))]
fn v4l2(_: &Arc<dyn Clock>) -> Result<Box<dyn CameraContext>, Problem> {
    Err(Problem::new(
        "unsupported",
        "this program was built without the driver for the kernel's cameras",
        "build it on Linux with --features v4l2",
    ))
}

#[cfg(feature = "nokhwa")]
fn nokhwa(clock: &Arc<dyn Clock>) -> Result<Box<dyn CameraContext>, Problem> {
    let context = myna_hal::drivers::nokhwa::NokhwaContext::new(clock.clone());
    Ok(Box::new(context))
}

#[cfg(not(feature = "nokhwa"))]
fn nokhwa(_: &Arc<dyn Clock>) -> Result<Box<dyn CameraContext>, Problem> {
    Err(Problem::new(
        "unsupported",
        "this program was built without nokhwa",
        "build it with --features nokhwa (on Linux: apt-get install libclang1-14 \
         libclang-common-14-dev, and LIBCLANG_PATH=/usr/lib/llvm-14/lib)",
    ))
}
