//! Drawn people, as a webcam shows them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use myna_hal::camera::{Camera, FrameMode};
use myna_hal::imaging::PixelFormat;
use myna_hal::sim::{Scene, VirtualCamera};
use myna_hal::time::Clock;
use myna_hal::{Error, Result, Wait};
use usb_sim::uvc::Picture;

/// How long a frame may take in a guest.
const PATIENCE: Duration = Duration::from_secs(20);

/// A frame of the virtual camera. Drawn once, for that and what a webcam makes of it take a guest half a second.
pub(crate) fn draw(scene: Scene, clock: &Arc<dyn Clock>) -> Result<Arc<Picture>> {
    static DRAWN: Mutex<Vec<(Scene, Arc<Picture>)>> = Mutex::new(Vec::new());
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, picture)) = drawn.iter().find(|(of, _)| *of == scene) {
        return Ok(picture.clone());
    }
    let wait = Wait::at_most(clock.clone(), PATIENCE);
    let mode = FrameMode::new(PixelFormat::Rgb8, 640, 480, 30);
    let mut stream = VirtualCamera::drawn(clock.clone(), scene).start(&mode, &wait)?;
    let frame = stream.next_frame(&wait)?;
    let picture = Picture::of(640, 480, frame.view().data());
    let picture = Arc::new(picture.ok_or_else(|| Error::protocol("a frame of another size"))?);
    drawn.push((scene, picture.clone()));
    Ok(picture)
}
