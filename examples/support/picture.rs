//! One picture of a camera.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use myna_hal::camera::{Camera, Frame, FrameMode, closest};
use myna_hal::imaging::Image;
use myna_hal::time::Clock;
use myna_hal::{Error, ErrorKind, Result, Wait};

use super::problem::Problem;

/// Frames until a camera has found its exposure.
const SETTLING: usize = 15;

/// Longer than any camera takes to start, or to send a frame.
const PATIENCE: Duration = Duration::from_secs(10);

/// A frame of a camera that had time to settle, and the mode that it ran in.
pub fn settled(camera: &mut dyn Camera, clock: &Arc<dyn Clock>) -> Result<(FrameMode, Frame)> {
    let modes = camera.modes()?;
    let mode = closest(&modes, &FrameMode::reception())
        .ok_or_else(|| Error::new(ErrorKind::Unsupported, "the camera has no modes"))?;
    let mut stream = camera.start(mode, &patience(clock))?;
    for _ in 0..SETTLING {
        stream.next_frame(&patience(clock))?;
    }
    let frame = stream.next_frame(&patience(clock))?;
    Ok((*mode, frame))
}

/// Writes it in the format that the name of the file ends with.
pub fn write(image: &Image, file: &Path) -> std::result::Result<(), Problem> {
    let (width, height) = (image.width(), image.height());
    let colours = image::ColorType::Rgb8;
    image::save_buffer(file, image.data(), width, height, colours).map_err(|error| {
        Problem::new(
            "file-not-written",
            format!("{} cannot be written: {error}", file.display()),
            "name a file that ends in .png or .jpg, in a folder that can be written to",
        )
    })
}

/// How long one answer of a camera is waited for.
pub fn patience(clock: &Arc<dyn Clock>) -> Wait {
    Wait::at_most(clock.clone(), PATIENCE)
}
