//! JPEG, through `zune-jpeg`.

mod entropy;
mod header;
mod mjpeg;
mod tables;
#[cfg(test)]
mod tests;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use self::header::Headers;
use super::view::check_size;
use super::{Codec, Image, ImageError, MAX_SIDE, PixelFormat};

pub(super) use mjpeg::decode_frame;
pub use mjpeg::{decode_mjpeg, decode_mjpeg_into, mjpeg_length};

/// Decodes a JPEG picture to grey or RGB. An Exif orientation is not applied.
///
/// A picture that is cut off or whose coded data is damaged is refused, as far as the damage can
/// be seen: see [`decode_mjpeg`]. Of progressive pictures and those in several scans only the end
/// is looked at.
///
/// # Errors
/// [`ImageError::TooLarge`] before decoding, [`ImageError::Malformed`],
/// [`ImageError::Unsupported`] for four components (CMYK), arithmetic coding and other than eight
/// bits a sample.
pub fn decode_jpeg(bytes: &[u8]) -> Result<Image, ImageError> {
    let headers = supported(bytes)?;
    if headers.is_one_scan && headers.frame.is_sequential() {
        entropy::follow(bytes, &headers)?;
    }
    let mut out = Image::default();
    decompress(bytes, &headers, None, &mut out)?;
    Ok(out)
}

/// The headers, if the picture is of a kind and size that can be decoded.
fn supported(bytes: &[u8]) -> Result<Headers, ImageError> {
    let headers = Headers::parse(bytes)?;
    let frame = &headers.frame;
    check_size(frame.width, frame.height)?;
    if !matches!(frame.components.len(), 1 | 3) {
        return Err(ImageError::Unsupported(
            "a JPEG picture that is neither grey nor in colour",
        ));
    }
    // SOF0, SOF1, SOF2: sequential or progressive, by Huffman codes.
    if frame.precision != 8 || frame.process > 0xc2 {
        return Err(ImageError::Unsupported("this kind of JPEG"));
    }
    Ok(headers)
}

/// Decodes into `out`, in `format` or else in that of the picture, grey or RGB. When it fails,
/// `out` shows black.
fn decompress(
    bytes: &[u8],
    headers: &Headers,
    format: Option<PixelFormat>,
    out: &mut Image,
) -> Result<(), ImageError> {
    let frame = &headers.frame;
    let format = format.unwrap_or(match frame.components.len() {
        1 => PixelFormat::Grey8,
        _ => PixelFormat::Rgb8,
    });
    let colours = match format {
        PixelFormat::Grey8 => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_out_colorspace(colours);
    let data = out.reshape(format, frame.width, frame.height)?;
    let decoded = JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode_into(data);
    decoded.map_err(|source| {
        out.blacken();
        ImageError::Malformed {
            codec: Codec::Jpeg,
            source: source.into(),
        }
    })
}

fn malformed(what: &'static str) -> ImageError {
    ImageError::Malformed {
        codec: Codec::Jpeg,
        source: what.into(),
    }
}
