//! Pixels of our own.

use std::fmt;

use zeroize::Zeroizing;

use super::view::check_size;
use super::{ImageError, ImageView, PixelFormat};

/// Owned pixels in rows without gaps, wiped on drop. Not `Clone`: every copy of a face is a
/// decision.
pub struct Image {
    format: PixelFormat,
    width: u32,
    height: u32,
    data: Zeroizing<Vec<u8>>,
}

impl Image {
    /// Takes `data` as rows without gaps.
    ///
    /// # Errors
    /// As [`ImageView::packed`]; the bytes are wiped then, too.
    pub fn from_packed(
        format: PixelFormat,
        width: u32,
        height: u32,
        data: Vec<u8>,
    ) -> Result<Self, ImageError> {
        let data = Zeroizing::new(data);
        ImageView::packed(format, width, height, &data)?;
        Ok(Self {
            format,
            width,
            height,
            data,
        })
    }

    /// A picture of one colour; `format` is [`PixelFormat::Grey8`], [`PixelFormat::Rgb8`] or
    /// [`PixelFormat::Bgr8`], and grey takes the first value.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`], [`ImageError::Impossible`] when empty,
    /// [`ImageError::Unsupported`] for other formats.
    pub fn filled(
        format: PixelFormat,
        width: u32,
        height: u32,
        colour: [u8; 3],
    ) -> Result<Self, ImageError> {
        check_size(width, height)?;
        let pixel: &[u8] = match format {
            PixelFormat::Grey8 => &colour[..1],
            PixelFormat::Rgb8 | PixelFormat::Bgr8 => &colour,
            _ => return Err(ImageError::Unsupported("filling a picture of this format")),
        };
        let data = pixel.repeat(width as usize * height as usize);
        Self::from_packed(format, width, height, data)
    }

    /// The pixels, borrowed.
    #[must_use]
    pub fn view(&self) -> ImageView<'_> {
        ImageView::packed(self.format, self.width, self.height, &self.data)
            .expect("checked when the image was made, and neither size nor length ever change")
    }

    /// How the bytes stand for pixels.
    #[must_use]
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The bytes.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The bytes, to draw on.
    #[must_use]
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }
}

impl Default for Image {
    /// One black pixel: a place to convert into, which takes its size from the first picture and
    /// keeps the buffer for the next ones.
    fn default() -> Self {
        Self {
            format: PixelFormat::Grey8,
            width: 1,
            height: 1,
            data: Zeroizing::new(vec![0]),
        }
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the pixels: a face is personal data.
        write!(f, "Image({:?} {}x{})", self.format, self.width, self.height)
    }
}
