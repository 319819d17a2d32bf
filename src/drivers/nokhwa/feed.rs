//! A running camera of `nokhwa`.

use std::path::PathBuf;

use nokhwa::Camera;

use super::backend::{self, Place};
use super::error::{ended, from_nokhwa};
use crate::camera::FrameMode;
use crate::drivers::capture::{Caught, Feed, FrameBuffer, Layout};
use crate::error::Result;
use crate::imaging::{PixelFormat, mjpeg_length};

pub(super) struct NokhwaFeed {
    camera: Camera,
    /// Where Linux has the camera; other platforms do not say.
    node: Option<PathBuf>,
    mode: FrameMode,
}

/// Has the camera at `place` run in `mode`.
pub(super) fn open(place: &Place, mode: &FrameMode) -> Result<(NokhwaFeed, Layout)> {
    let mut camera = backend::in_mode(place, mode)?;
    camera.open_stream().map_err(from_nokhwa)?;
    let layout = Layout {
        mode: *mode,
        // It tells nothing of gaps between rows.
        stride: mode.format.row_bytes(mode.width),
    };
    Ok((
        NokhwaFeed {
            camera,
            node: node(place),
            mode: *mode,
        },
        layout,
    ))
}

fn node(place: &Place) -> Option<PathBuf> {
    let index = place.index.as_index().ok()?;
    cfg!(target_os = "linux").then(|| format!("/dev/video{index}").into())
}

impl Feed for NokhwaFeed {
    /// Waits without a limit.
    fn next(&mut self, frame: &mut FrameBuffer) -> Result<Caught> {
        let buffer = self.camera.frame_raw().map_err(ended)?;
        Ok(match picture(&buffer, &self.mode) {
            Some(picture) => {
                frame.fill(picture);
                Caught::Frame
            }
            None => Caught::Damaged,
        })
    }

    fn is_listed(&self) -> bool {
        self.node.as_ref().is_none_or(|node| node.exists())
    }
}

/// The picture at the start of the buffer, without what is behind it; none if it is not whole.
fn picture<'a>(buffer: &'a [u8], mode: &FrameMode) -> Option<&'a [u8]> {
    let row = mode.format.row_bytes(mode.width);
    let rows = mode.height as usize;
    let length = match mode.format {
        PixelFormat::Mjpeg => mjpeg_length(buffer)?,
        PixelFormat::Nv12 => row * (rows + rows.div_ceil(2)),
        _ => row * rows,
    };
    // What is too short is told as such, and not here.
    Some(buffer.get(..length).unwrap_or(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_cut_out_of_their_buffers() {
        let mode = |format| FrameMode::new(format, 4, 2, 30);
        let length = |format, buffer: &[u8]| picture(buffer, &mode(format)).map(<[u8]>::len);
        assert_eq!(length(PixelFormat::Yuyv, &[0; 4096]), Some(16));
        assert_eq!(length(PixelFormat::Nv12, &[0; 4096]), Some(12));
        assert_eq!(length(PixelFormat::Grey8, &[0; 7]), Some(7));
        assert_eq!(length(PixelFormat::Mjpeg, &[0; 4096]), None);
    }
}
