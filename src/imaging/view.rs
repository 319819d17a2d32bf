//! Pixels that somebody else owns.

use std::fmt;

use super::ImageError;

/// Largest number of pixels that this library looks at: 40 million, above any camera or scanner
/// that a reception uses, and below what exhausts a small computer's memory.
pub const MAX_PIXELS: u64 = 40_000_000;

/// Largest width or height.
pub const MAX_SIDE: u32 = 16_384;

/// How the bytes of a picture stand for its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelFormat {
    /// One byte per pixel: luminance.
    Grey8,
    /// Three bytes per pixel: red, green, blue.
    Rgb8,
    /// Three bytes per pixel: blue, green, red.
    Bgr8,
    /// Four bytes per two pixels: Y₀ U Y₁ V (USB video class "YUY2"), BT.601 limited range.
    Yuyv,
    /// A plane of Y, then a plane of interleaved U and V at half the width and height, same
    /// stride; BT.601 limited range.
    Nv12,
    /// One JPEG picture per frame, as a motion JPEG camera sends it.
    Mjpeg,
}

impl PixelFormat {
    /// Whether the bytes are a compressed picture; such a view has no stride.
    #[must_use]
    pub fn is_compressed(self) -> bool {
        matches!(self, Self::Mjpeg)
    }

    /// Fewest bytes that a row of `width` pixels takes; 0 when compressed.
    #[must_use]
    pub fn row_bytes(self, width: u32) -> usize {
        let width = width as usize;
        match self {
            Self::Grey8 => width,
            Self::Nv12 => width.next_multiple_of(2),
            Self::Rgb8 | Self::Bgr8 => width * 3,
            Self::Yuyv => width.next_multiple_of(2) * 2,
            Self::Mjpeg => 0,
        }
    }
}

impl PixelFormat {
    /// Rows of bytes that a picture of `height` rows of pixels has, colour planes included.
    pub(super) fn rows(self, height: u32) -> usize {
        let height = height as usize;
        match self {
            Self::Nv12 => height + height.div_ceil(2),
            _ => height,
        }
    }
}

/// Borrowed pixels: format, width, height, stride, bytes. Always consistent.
#[derive(Clone, Copy)]
pub struct ImageView<'a> {
    format: PixelFormat,
    width: u32,
    height: u32,
    stride: usize,
    data: &'a [u8],
}

impl<'a> ImageView<'a> {
    /// Looks at `data` as rows that start `stride` bytes apart.
    ///
    /// For [`PixelFormat::Mjpeg`] `stride` must be 0 and `data` the whole JPEG picture; width
    /// and height are what the camera announced, the picture's own header decides at decoding.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`], [`ImageError::Impossible`] (an empty picture, a stride shorter
    /// than a row, too few bytes).
    pub fn new(
        format: PixelFormat,
        width: u32,
        height: u32,
        stride: usize,
        data: &'a [u8],
    ) -> Result<Self, ImageError> {
        check_size(width, height)?;
        let impossible = ImageError::Impossible {
            width,
            height,
            stride,
            len: data.len(),
        };
        let row = format.row_bytes(width);
        let needed = if format.is_compressed() {
            1
        } else {
            // The last row need not be padded to the stride.
            match stride
                .checked_mul(format.rows(height) - 1)
                .and_then(|n| n.checked_add(row))
            {
                Some(needed) => needed,
                None => return Err(impossible),
            }
        };
        let stride_fits = if format.is_compressed() {
            stride == 0
        } else {
            stride >= row
        };
        if !stride_fits || data.len() < needed {
            return Err(impossible);
        }
        Ok(Self {
            format,
            width,
            height,
            stride,
            data,
        })
    }

    /// Looks at `data` as rows without gaps.
    ///
    /// # Errors
    /// As [`ImageView::new`].
    pub fn packed(
        format: PixelFormat,
        width: u32,
        height: u32,
        data: &'a [u8],
    ) -> Result<Self, ImageError> {
        check_size(width, height)?;
        Self::new(format, width, height, format.row_bytes(width), data)
    }

    /// How the bytes stand for pixels.
    #[must_use]
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Pixels in a row, 1 to [`MAX_SIDE`].
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows, 1 to [`MAX_SIDE`].
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from one row to the next; 0 when compressed.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The bytes, padding included.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Row `y` without its padding; empty when compressed or when there is no such row. For
    /// [`PixelFormat::Nv12`] the rows of the colour plane follow those of the luminance plane.
    #[must_use]
    pub fn row(&self, y: u32) -> &'a [u8] {
        let start = self.stride.saturating_mul(y as usize);
        let row = self.format.row_bytes(self.width);
        self.data
            .get(start..start.saturating_add(row))
            .unwrap_or(&[])
    }
}

impl fmt::Debug for ImageView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the pixels: a face is personal data.
        write!(
            f,
            "ImageView({:?} {}x{})",
            self.format, self.width, self.height
        )
    }
}

/// Refuses sizes that no picture has, before anything is allocated.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Impossible {
            width,
            height,
            stride: 0,
            len: 0,
        });
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooLarge { width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_sizes_are_refused() {
        let data = [0u8; 64];
        for (format, width, height, stride) in [
            (PixelFormat::Grey8, 0, 8, 8),
            (PixelFormat::Grey8, 8, 0, 8),
            (PixelFormat::Grey8, 8, 9, 8),
            (PixelFormat::Grey8, 9, 4, 8),
            (PixelFormat::Rgb8, 8, 8, 8),
            (PixelFormat::Grey8, 8, 8, usize::MAX),
            (PixelFormat::Yuyv, 5, 6, 12),
            (PixelFormat::Nv12, 8, 6, 8),
            (PixelFormat::Mjpeg, 8, 8, 8),
        ] {
            assert!(
                matches!(
                    ImageView::new(format, width, height, stride, &data),
                    Err(ImageError::Impossible { .. })
                ),
                "{format:?} {width}x{height}/{stride}"
            );
        }
        assert!(matches!(
            ImageView::packed(PixelFormat::Grey8, u32::MAX, u32::MAX, &data),
            Err(ImageError::TooLarge { .. })
        ));
    }

    #[test]
    fn rows_leave_out_the_padding() {
        let data: Vec<u8> = (0..30).collect();
        let view = ImageView::new(PixelFormat::Grey8, 3, 4, 9, &data).expect("27 + 3 bytes");
        assert_eq!(view.row(3), [27, 28, 29]);
        assert!(view.row(4).is_empty());
        assert!(ImageView::new(PixelFormat::Nv12, 4, 4, 4, &data[..24]).is_ok());
        assert_eq!(format!("{view:?}"), "ImageView(Grey8 3x4)");
    }
}
