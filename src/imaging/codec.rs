//! Formats told apart; PNG, through the `image` crate.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, Limits};

use super::view::check_size;
use super::{Codec, Image, ImageError, PixelFormat, decode_jpeg, decode_jpeg2000, jpeg2000};

/// Decodes a JPEG, PNG or JPEG 2000 picture, told apart by its first bytes. JPEG 2000 is decoded
/// strictly.
///
/// # Errors
/// [`ImageError::UnknownFormat`], and what the format's own function refuses.
pub fn decode(bytes: &[u8]) -> Result<Image, ImageError> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        decode_jpeg(bytes)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        decode_png(bytes)
    } else if jpeg2000::is_jpeg2000(bytes) {
        decode_jpeg2000(bytes)
    } else {
        Err(ImageError::UnknownFormat)
    }
}

/// Decodes a PNG picture to grey or RGB; transparency is dropped.
///
/// # Errors
/// [`ImageError::TooLarge`] before decoding, [`ImageError::Malformed`].
pub fn decode_png(bytes: &[u8]) -> Result<Image, ImageError> {
    let wrong = |source| malformed(Codec::Png, source);
    let decoder =
        image::codecs::png::PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(wrong)?;
    finish(decoder, Codec::Png)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(super::MAX_SIDE);
    limits.max_image_height = Some(super::MAX_SIDE);
    // Sixteen bits and four channels per pixel are the most that either format has.
    limits.max_alloc = Some(super::MAX_PIXELS * 8);
    limits
}

fn finish(mut decoder: impl ImageDecoder, codec: Codec) -> Result<Image, ImageError> {
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    decoder
        .set_limits(limits())
        .map_err(|source| malformed(codec, source))?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(|source| malformed(codec, source))?;
    let (format, data) = match decoded {
        DynamicImage::ImageLuma8(grey) => (PixelFormat::Grey8, grey.into_raw()),
        DynamicImage::ImageRgb8(rgb) => (PixelFormat::Rgb8, rgb.into_raw()),
        other if other.color().has_color() => (PixelFormat::Rgb8, other.into_rgb8().into_raw()),
        other => (PixelFormat::Grey8, other.into_luma8().into_raw()),
    };
    Image::from_packed(format, width, height, data)
}

fn malformed(codec: Codec, source: image::ImageError) -> ImageError {
    ImageError::Malformed {
        codec,
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::hostile::{jpeg_sample, png_sample};

    #[test]
    fn jpeg_and_png_come_back() {
        for bytes in [jpeg_sample(48, 32), png_sample(48, 32)] {
            let image = decode(&bytes).expect("well-formed");
            assert_eq!((image.width(), image.height()), (48, 32));
            assert_eq!(image.format(), PixelFormat::Rgb8);
        }
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused_before_decoding() {
        let mut jpeg = jpeg_sample(48, 32);
        let sof = jpeg
            .windows(2)
            .position(|w| w == [0xff, 0xc0])
            .expect("baseline");
        jpeg[sof + 5..sof + 9].copy_from_slice(&[0xff; 4]);
        assert!(matches!(decode(&jpeg), Err(ImageError::TooLarge { .. })));
        let mut png = png_sample(48, 32);
        png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        // The CRC no longer fits, and the size is too large: refused either way.
        assert!(decode(&png).is_err());
    }

    #[test]
    fn other_bytes_are_not_a_picture() {
        assert!(matches!(decode(b""), Err(ImageError::UnknownFormat)));
        assert!(matches!(decode(b"GIF89a"), Err(ImageError::UnknownFormat)));
    }
}
