//! Size, format and rate of a camera's frames.

use std::fmt;

use crate::imaging::PixelFormat;

/// One way in which a camera delivers frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameMode {
    /// How bytes stand for pixels.
    pub format: PixelFormat,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Frames per second, rounded; at least 1.
    pub frames_per_second: u32,
}

impl FrameMode {
    /// A mode.
    #[must_use]
    pub fn new(format: PixelFormat, width: u32, height: u32, frames_per_second: u32) -> Self {
        Self {
            format,
            width,
            height,
            frames_per_second: frames_per_second.max(1),
        }
    }

    /// What a reception needs: 640x480 at 30 frames a second, without compression. Larger frames
    /// make no comparison better, they only take longer to look at.
    #[must_use]
    pub fn reception() -> Self {
        Self::new(PixelFormat::Yuyv, 640, 480, 30)
    }
}

impl fmt::Display for FrameMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            format,
            width,
            height,
            frames_per_second,
        } = self;
        write!(f, "{width}x{height} {format:?} at {frames_per_second}/s")
    }
}

/// The mode closest to `wish`, or `None` without modes.
///
/// A mode that is large enough in both directions beats one that is not. Then the nearest size
/// counts, then the rate (too slow is worse than too fast), then the wished format, then any
/// uncompressed one. The first of equals wins, so that a camera's own order decides.
#[must_use]
pub fn closest<'a>(modes: &'a [FrameMode], wish: &FrameMode) -> Option<&'a FrameMode> {
    modes.iter().min_by_key(|mode| {
        let too_small = mode.width < wish.width || mode.height < wish.height;
        let size = u64::from(mode.width.abs_diff(wish.width))
            + u64::from(mode.height.abs_diff(wish.height));
        let missing = wish
            .frames_per_second
            .saturating_sub(mode.frames_per_second);
        let surplus = mode
            .frames_per_second
            .saturating_sub(wish.frames_per_second);
        let format = if mode.format == wish.format {
            0
        } else {
            1 + u8::from(mode.format.is_compressed())
        };
        (too_small, size, missing, surplus, format)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_comes_first_then_rate_then_format() {
        let mode = FrameMode::new;
        let modes = [
            mode(PixelFormat::Yuyv, 320, 240, 30),
            mode(PixelFormat::Mjpeg, 1280, 720, 30),
            mode(PixelFormat::Yuyv, 640, 480, 15),
            mode(PixelFormat::Mjpeg, 640, 480, 30),
            mode(PixelFormat::Nv12, 640, 480, 30),
        ];
        assert_eq!(closest(&modes, &FrameMode::reception()), Some(&modes[4]));
        assert_eq!(
            closest(&modes[..4], &FrameMode::reception()),
            Some(&modes[3])
        );
        assert_eq!(
            closest(&modes[..3], &FrameMode::reception()),
            Some(&modes[2])
        );
        assert_eq!(
            closest(&modes[..2], &FrameMode::reception()),
            Some(&modes[1])
        );
        assert_eq!(closest(&[], &FrameMode::reception()), None);
    }
}
