//! The cameras, and one picture of each.

use std::path::Path;
use std::sync::Arc;

use myna_hal::camera::{Camera, FaceLight, Frame, FrameMode};
use myna_hal::imaging::{Image, Rect};
use myna_hal::time::Clock;
use myna_hal::{Error, ErrorKind};

use crate::Arguments;
use crate::codes;
use crate::report::{Finding, Report};
use crate::support::camera::CameraChoice;
use crate::support::picture;

/// Of 255; a room at dusk has about 40, a covered lens less than 10.
const DARK: f32 = 20.0;

/// Share of pixels that are white.
const WASHED_OUT: f32 = 0.6;

/// Adds what is found about the cameras; the first picture goes into the file that was named.
pub(crate) fn check(arguments: &Arguments, clock: &Arc<dyn Clock>, report: &mut Report) {
    let mut kept = None;
    match list(arguments, clock) {
        Ok(mut cameras) => {
            for camera in &mut cameras {
                let (finding, seen) = look(&mut **camera, clock);
                report.findings.push(finding);
                kept = kept.or(seen);
            }
        }
        Err(finding) => report.findings.push(finding),
    }
    if let Some(file) = &arguments.picture {
        report.findings.extend(keep(file, kept.as_ref()));
    }
}

/// The cameras that the user may have meant, at least one; otherwise why there is none.
fn list(arguments: &Arguments, clock: &Arc<dyn Clock>) -> Result<Vec<Box<dyn Camera>>, Finding> {
    let not_built = || Finding::new(&codes::CAMERA_NOT_BUILT);
    let chosen = arguments.camera.clone().or_else(CameraChoice::built);
    let choice = chosen.ok_or_else(not_built)?;
    let mut context = choice.context(clock).map_err(|_| not_built())?;
    let mut cameras = context.cameras().map_err(|error| refused(&error))?;
    cameras.retain(|camera| choice.means(&**camera));
    if cameras.is_empty() {
        return Err(Finding::new(&codes::CAMERA_NONE));
    }
    Ok(cameras)
}

/// What can be said of a camera, and what it sees.
pub(crate) fn look(camera: &mut dyn Camera, clock: &Arc<dyn Clock>) -> (Finding, Option<Image>) {
    let info = camera.info().clone();
    let seen = picture::settled(camera, clock).and_then(|(mode, frame)| {
        let image = frame.view().to_rgb8().map_err(Error::from)?;
        Ok((mode, frame, image))
    });
    let (finding, image) = match seen {
        Ok((mode, frame, image)) => (judge(&mode, &frame, &image), Some(image)),
        Err(error) => (refused(&error), None),
    };
    let finding = finding.of(info.name).with("driver", info.driver);
    (finding, image)
}

fn judge(mode: &FrameMode, frame: &Frame, image: &Image) -> Finding {
    let whole = Rect {
        x: 0.0,
        y: 0.0,
        width: image.width() as f32,
        height: image.height() as f32,
    };
    let light = FaceLight::measure(&image.view(), &whole);
    let code = match light {
        Some(light) if light.mean < DARK => &codes::CAMERA_DARK,
        Some(light) if light.clipped > WASHED_OUT => &codes::CAMERA_WHITE,
        _ => &codes::CAMERA_SEES,
    };
    Finding::new(code)
        .with("mode", mode.to_string())
        .with("width", image.width())
        .with("height", image.height())
        .with(
            "format",
            format!("{:?}", frame.view().format()).to_lowercase(),
        )
        .with("frame", frame.sequence())
        .with("brightness", light.map(|light| light.mean.round()))
        .with(
            "washed_out",
            light.map(|light| (light.clipped * 100.0).round() / 100.0),
        )
}

fn refused(error: &Error) -> Finding {
    let code = match error.kind() {
        ErrorKind::Busy => &codes::CAMERA_BUSY,
        ErrorKind::PermissionDenied => &codes::CAMERA_REFUSED,
        ErrorKind::TimedOut => &codes::CAMERA_SILENT,
        ErrorKind::Unsupported => &codes::CAMERA_NO_MODE,
        _ => &codes::CAMERA_DISORDER,
    };
    Finding::new(code).because(error)
}

/// Writes the picture; what is wrong if that cannot be done.
fn keep(file: &Path, image: Option<&Image>) -> Option<Finding> {
    let failed = Finding::new(&codes::CAMERA_FILE).of(file.display().to_string());
    match image.map(|image| picture::write(image, file)) {
        Some(Ok(())) => None,
        Some(Err(problem)) => Some(failed.with("error", problem.what)),
        None => Some(failed.remedy("See what is said of the camera")),
    }
}
