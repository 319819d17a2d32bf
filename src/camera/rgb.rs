//! A frame in RGB, for everybody who looks at it.

use std::fmt;

use super::{FaceLight, Frame};
use crate::error::Result;
use crate::imaging::{Image, ImageView, PixelFormat, Rect};
use crate::time::Timestamp;

/// The newest frame of a stream in RGB. Face engine, liveness check and exposure look at the same
/// frame: it is decoded once, into the buffer of the frame before. Wiped on drop.
#[derive(Default)]
pub struct RgbFrame {
    /// A frame that is RGB already.
    as_it_came: Option<Frame>,
    converted: Image,
    captured_at: Timestamp,
}

impl RgbFrame {
    /// One black pixel, until there is a frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// `InvalidInput`: not a picture; what there is then shows black.
    pub fn take(&mut self, frame: Frame) -> Result<()> {
        self.as_it_came = None;
        self.captured_at = frame.captured_at();
        if frame.view().format() == PixelFormat::Rgb8 {
            self.as_it_came = Some(frame);
        } else {
            frame.view().to_rgb8_into(&mut self.converted)?;
        }
        Ok(())
    }

    /// The pixels.
    #[must_use]
    pub fn view(&self) -> ImageView<'_> {
        match &self.as_it_came {
            Some(frame) => frame.view(),
            None => self.converted.view(),
        }
    }

    /// When it was captured, on the injected clock.
    #[must_use]
    pub fn captured_at(&self) -> Timestamp {
        self.captured_at
    }

    /// The light on a face in it; `None` if the face is outside the picture.
    #[must_use]
    pub fn light(&self, face: &Rect) -> Option<FaceLight> {
        FaceLight::measure(&self.view(), face)
    }
}

impl fmt::Debug for RgbFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the pixels: a face is personal data.
        let view = self.view();
        write!(f, "RgbFrame({}x{})", view.width(), view.height())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::FrameInfo;
    use crate::error::ErrorKind;

    const FACE: Rect = Rect {
        x: 0.0,
        y: 0.0,
        width: 8.0,
        height: 8.0,
    };

    fn frame(format: PixelFormat, stride: usize, data: Vec<u8>) -> Frame {
        let info = FrameInfo {
            sequence: 1,
            captured_at: Timestamp::START,
            dropped_before: 0,
        };
        Frame::new(format, (8, 8), stride, data, info).expect("whole")
    }

    #[test]
    fn frames_of_any_format_are_rgb_and_tell_the_light() {
        let mut rgb = RgbFrame::new();
        for (format, stride, data) in [
            (PixelFormat::Grey8, 8, vec![90; 64]),
            (PixelFormat::Rgb8, 24, vec![90; 192]),
            (PixelFormat::Bgr8, 24, vec![90; 192]),
        ] {
            rgb.take(frame(format, stride, data)).expect("a picture");
            assert_eq!(rgb.view().format(), PixelFormat::Rgb8);
            assert_eq!(rgb.view().row(7), [90; 24]);
            let light = rgb.light(&FACE).expect("inside");
            assert!((light.mean - 90.0).abs() < 0.5, "{light:?}");
        }
    }

    #[test]
    fn a_damaged_frame_does_not_pass_for_the_one_before() {
        let mut rgb = RgbFrame::new();
        rgb.take(frame(PixelFormat::Grey8, 8, vec![90; 64]))
            .expect("a picture");
        let damaged = frame(PixelFormat::Mjpeg, 0, b"no picture".to_vec());
        let error = rgb.take(damaged).expect_err("no picture");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(rgb.view().row(0).iter().all(|value| *value == 0));
        let mut first = RgbFrame::new();
        let damaged = frame(PixelFormat::Mjpeg, 0, b"no picture".to_vec());
        assert!(first.take(damaged).is_err());
        assert_eq!(first.view().format(), PixelFormat::Rgb8, "whatever came");
        assert_eq!(first.view().data(), [0; 3]);
    }
}
