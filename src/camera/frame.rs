//! What a camera delivers.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::imaging::{ImageView, PixelFormat};
use crate::time::Timestamp;

/// When a frame was captured, and its place among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameInfo {
    /// Number of the frame since the stream began; strictly grows.
    pub sequence: u64,
    /// When it was captured, on the injected clock.
    pub captured_at: Timestamp,
    /// Frames that the camera delivered since the previous one and nobody got.
    pub dropped_before: u64,
}

/// One picture of a stream; its pixels are wiped on drop.
pub struct Frame {
    format: PixelFormat,
    width: u32,
    height: u32,
    stride: usize,
    data: Zeroizing<Vec<u8>>,
    info: FrameInfo,
}

impl Frame {
    /// A frame of `data`, rows `stride` bytes apart (0 for a compressed format).
    ///
    /// # Errors
    /// `Protocol`: the sizes contradict each other, as in [`ImageView::new`].
    pub fn new(
        format: PixelFormat,
        (width, height): (u32, u32),
        stride: usize,
        data: Vec<u8>,
        info: FrameInfo,
    ) -> Result<Self> {
        let data = Zeroizing::new(data);
        ImageView::new(format, width, height, stride, &data).map_err(|error| {
            Error::new(
                ErrorKind::Protocol,
                "the camera delivered no frame of its mode",
            )
            .with_source(error)
        })?;
        Ok(Self {
            format,
            width,
            height,
            stride,
            data,
            info,
        })
    }

    /// The pixels.
    #[must_use]
    pub fn view(&self) -> ImageView<'_> {
        ImageView::new(
            self.format,
            self.width,
            self.height,
            self.stride,
            &self.data,
        )
        .expect("checked when the frame was made, and nothing in it changes")
    }

    /// Number of the frame since the stream began; strictly grows.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.info.sequence
    }

    /// When it was captured, on the injected clock.
    #[must_use]
    pub fn captured_at(&self) -> Timestamp {
        self.info.captured_at
    }

    /// Frames that the camera delivered since the previous one and nobody got.
    #[must_use]
    pub fn dropped_before(&self) -> u64 {
        self.info.dropped_before
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the pixels: a face is personal data.
        write!(
            f,
            "Frame(#{} {:?} {}x{})",
            self.info.sequence, self.format, self.width, self.height
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_frame_is_the_cameras_fault() {
        let info = FrameInfo {
            sequence: 7,
            captured_at: Timestamp::START,
            dropped_before: 0,
        };
        let error = Frame::new(PixelFormat::Yuyv, (4, 4), 8, vec![0; 31], info).expect_err("short");
        assert_eq!(error.kind(), ErrorKind::Protocol);
        let frame = Frame::new(PixelFormat::Yuyv, (4, 4), 8, vec![77; 32], info).expect("whole");
        assert_eq!(frame.view().width(), 4);
        assert_eq!(format!("{frame:?}"), "Frame(#7 Yuyv 4x4)");
    }
}
