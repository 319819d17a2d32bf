//! Pixels of our own.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

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

    /// Makes this a picture of another format and size, in the buffer that it has if that is
    /// large enough, and gives the pixels to be written. They hold what they held, or nothing.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`], [`ImageError::Impossible`] when empty.
    pub(super) fn reshape(
        &mut self,
        format: PixelFormat,
        width: u32,
        height: u32,
    ) -> Result<&mut [u8], ImageError> {
        check_size(width, height)?;
        let len = format.row_bytes(width) * format.rows(height);
        if len > self.data.capacity() {
            // A vector that grows by itself leaves an unwiped copy behind; this wipes the old one.
            self.data = Zeroizing::new(vec![0; len]);
        } else if len < self.data.len() {
            // The rest of a larger picture would stay behind the smaller one.
            self.data[len..].zeroize();
            self.data.truncate(len);
        } else {
            self.data.resize(len, 0);
        }
        (self.format, self.width, self.height) = (format, width, height);
        Ok(&mut self.data)
    }

    /// Takes the picture away: all black, of the same format and size.
    pub(super) fn blacken(&mut self) {
        self.data.as_mut_slice().zeroize();
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
    /// One black pixel in RGB: a place to convert into, which takes format and size from the first
    /// picture and keeps the buffer for the next ones.
    fn default() -> Self {
        Self {
            format: PixelFormat::Rgb8,
            width: 1,
            height: 1,
            data: Zeroizing::new(vec![0; 3]),
        }
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the pixels: a face is personal data.
        write!(f, "Image({:?} {}x{})", self.format, self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_kept_while_it_is_large_enough() {
        let mut image = Image::default();
        image
            .reshape(PixelFormat::Rgb8, 8, 8)
            .expect("small")
            .fill(7);
        let place = image.data().as_ptr();
        let smaller = image.reshape(PixelFormat::Grey8, 3, 2).expect("small");
        assert_eq!(smaller, [7; 6]);
        let again = image.reshape(PixelFormat::Rgb8, 8, 8).expect("small");
        // What did not fit the smaller picture is gone.
        assert!(again[6..].iter().all(|value| *value == 0));
        assert_eq!(image.data().as_ptr(), place);
        assert!(image.reshape(PixelFormat::Grey8, 0, 1).is_err());
        assert_eq!((image.width(), image.height()), (8, 8));
    }
}
