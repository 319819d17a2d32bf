//! Questions to `nokhwa`, each on a thread of its own: any of them may hang or panic.

use std::sync::Arc;
use std::time::Duration;

use nokhwa::Camera;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
    Resolution,
};

use super::DRIVER;
use super::error::from_nokhwa;
use crate::camera::FrameMode;
use crate::device::{DeviceId, DeviceInfo};
use crate::drivers::worker::Worker;
use crate::error::{ErrorKind, Result};
use crate::imaging::PixelFormat;
use crate::time::Clock;
use crate::wait::Wait;

/// How long the platform may take to answer a question.
const PATIENCE: Duration = Duration::from_secs(5);

/// The formats of `nokhwa` and how this library calls them.
const FORMATS: [(FrameFormat, PixelFormat); 6] = [
    (FrameFormat::YUYV, PixelFormat::Yuyv),
    (FrameFormat::NV12, PixelFormat::Nv12),
    (FrameFormat::RAWRGB, PixelFormat::Rgb8),
    (FrameFormat::RAWBGR, PixelFormat::Bgr8),
    (FrameFormat::GRAY, PixelFormat::Grey8),
    (FrameFormat::MJPEG, PixelFormat::Mjpeg),
];

/// All of them, as it wants them.
const ANY: [FrameFormat; 6] = [
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
    FrameFormat::GRAY,
    FrameFormat::MJPEG,
];

/// Where `nokhwa` lists something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: CameraIndex,
    pub(super) info: DeviceInfo,
}

/// Has a thread `ask` the platform.
pub(super) fn ask<T: Send + 'static>(
    clock: &Arc<dyn Clock>,
    ask: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let worker = Worker::spawn(clock, "myna-hal nokhwa", move |port| {
        // Waits for the farewell after its answer: a thread that is gone has none to give.
        let mut ask = Some(ask);
        while port.next().is_some() {
            if let Some(ask) = ask.take() {
                port.reply(ask());
            }
        }
    })?;
    worker.call((), &Wait::at_most(clock.clone(), PATIENCE))?
}

/// What is listed now, cameras or not.
pub(super) fn places() -> Result<Vec<Place>> {
    let listed = nokhwa::query(ApiBackend::Auto).map_err(from_nokhwa)?;
    let mut places: Vec<Place> = listed
        .into_iter()
        .map(|listed| {
            let (index, name) = (listed.index().clone(), listed.human_name());
            // What Windows and macOS know a camera by; empty on Linux.
            let misc = listed.misc();
            let identity = format!("{} {name} {misc}", index.as_string());
            Place {
                index,
                info: DeviceInfo {
                    id: DeviceId::new(DRIVER, identity.trim()),
                    name,
                    driver: DRIVER,
                },
            }
        })
        .collect();
    // It lists the newest first.
    places.sort_by_key(|place| (place.index.as_index().ok(), place.index.as_string()));
    Ok(places)
}

/// Whether there is a camera at `place`. One that another program uses is a camera, and so is one
/// that cannot be opened for a reason that nobody understands.
///
/// # Errors
/// `PermissionDenied`: nobody can tell. `Disconnected`: not yet, or nothing any more.
pub(super) fn is_camera(place: &Place) -> Result<bool> {
    match open(place, RequestedFormatType::None, &ANY) {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::Disconnected => Err(error),
            ErrorKind::Unsupported => Ok(false),
            _ => Ok(true),
        },
    }
}

/// The modes of the camera at `place`, each once.
pub(super) fn modes(place: &Place) -> Result<Vec<FrameMode>> {
    let mut camera = open(place, RequestedFormatType::None, &ANY)?;
    let offered = camera.compatible_camera_formats().map_err(from_nokhwa)?;
    let mut modes: Vec<FrameMode> = Vec::new();
    for offer in offered {
        let known = FORMATS.iter().find(|(name, _)| *name == offer.format());
        let Some((_, format)) = known else { continue };
        let rate = offer.frame_rate();
        let (width, height) = (offer.resolution().width(), offer.resolution().height());
        let mode = FrameMode::new(*format, width, height, rate);
        if width > 0 && height > 0 && rate > 0 && !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    // As it finds them they come in no order at all.
    modes.sort_by_key(|mode| {
        let format = FORMATS
            .iter()
            .position(|(_, format)| *format == mode.format);
        let size = (mode.width, mode.height);
        (format, std::cmp::Reverse((size, mode.frames_per_second)))
    });
    Ok(modes)
}

/// The camera at `place`, in `mode` and no other.
pub(super) fn in_mode(place: &Place, mode: &FrameMode) -> Result<Camera> {
    let unsupported = || crate::error::Error::unsupported(format!("the mode {mode}"));
    let known = FORMATS.iter().find(|(_, format)| *format == mode.format);
    let (format, _) = known.ok_or_else(unsupported)?;
    let size = Resolution::new(mode.width, mode.height);
    let wish = CameraFormat::new(size, *format, mode.frames_per_second);
    let open = || open(place, RequestedFormatType::Exact(wish), &[*format]);
    // It sets the rate only if that was another one before it set the size, which changes the rate:
    // what it then finds wrong it sets right the second time.
    let camera = open().or_else(|error| match error.kind() {
        ErrorKind::Unsupported => open(),
        _ => Err(error),
    })?;
    match camera.camera_format() == wish {
        true => Ok(camera),
        false => Err(unsupported()),
    }
}

fn open(place: &Place, wish: RequestedFormatType, formats: &[FrameFormat]) -> Result<Camera> {
    let wish = RequestedFormat::with_formats(wish, formats);
    Camera::new(place.index.clone(), wish).map_err(from_nokhwa)
}
