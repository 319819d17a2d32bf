//! JPEG 2000, the format of the portrait on the chip, through `hayro-jpeg2000`.

use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext};
use zeroize::Zeroizing;

use super::view::check_size;
use super::{Codec, Image, ImageError, PixelFormat};

/// Whether `bytes` start as a JP2 file (ISO/IEC 15444-1 I.5.1) or a codestream (A.4.1).
pub(super) fn is_jpeg2000(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0\0\0\x0cjP  ") || bytes.starts_with(&[0xff, 0x4f, 0xff, 0x51])
}

/// Decodes a JP2 file or a bare codestream to grey or RGB, accepting nothing that breaks the
/// standard. The size that the header claims is compared with the limits before anything is
/// allocated for it.
///
/// # Errors
/// [`ImageError::TooLarge`], [`ImageError::Malformed`], [`ImageError::Unsupported`] for colour
/// spaces that portraits do not use.
pub fn decode_jpeg2000(bytes: &[u8]) -> Result<Image, ImageError> {
    decode_with(bytes, true)
}

/// Like [`decode_jpeg2000`], but makes the best of a damaged or truncated file.
///
/// For an identity document this is a downgrade that must be the caller's explicit choice and
/// be reported: the result may show a face that nobody signed.
///
/// # Errors
/// As [`decode_jpeg2000`], for less.
pub fn decode_jpeg2000_lax(bytes: &[u8]) -> Result<Image, ImageError> {
    decode_with(bytes, false)
}

fn decode_with(bytes: &[u8], strict: bool) -> Result<Image, ImageError> {
    let settings = DecodeSettings {
        strict,
        ..DecodeSettings::default()
    };
    let wrong = |source: hayro_jpeg2000::DecodeError| ImageError::Malformed {
        codec: Codec::Jpeg2000,
        source: source.into(),
    };
    // Before the library sees the file: it derives tile counts from the same numbers.
    let (width, height) = codestream_size(bytes).ok_or_else(|| ImageError::Malformed {
        codec: Codec::Jpeg2000,
        source: "no codestream, or one of impossible size".into(),
    })?;
    check_size(width, height)?;
    let picture = hayro_jpeg2000::Image::new(bytes, &settings).map_err(wrong)?;
    check_size(picture.width(), picture.height())?;
    let (format, colours) = match picture.color_space() {
        ColorSpace::Gray => (PixelFormat::Grey8, 1),
        ColorSpace::RGB => (PixelFormat::Rgb8, 3),
        ColorSpace::Icc {
            num_channels: 1, ..
        } => (PixelFormat::Grey8, 1),
        ColorSpace::Icc {
            num_channels: 3, ..
        } => (PixelFormat::Rgb8, 3),
        _ => return Err(ImageError::Unsupported("this JPEG 2000 colour space")),
    };
    let alpha = usize::from(picture.has_alpha());
    let (width, height) = (picture.width(), picture.height());
    let mut context = DecoderContext::default();
    let decoded = picture.decode(&mut context).map_err(wrong)?;
    let mut whole = Zeroizing::new(decoded.data_u8());
    let pixels = width as usize * height as usize;
    if whole.len() != pixels * (colours + alpha) {
        // A component of another size than the picture.
        return Err(ImageError::Unsupported("subsampled JPEG 2000 components"));
    }
    let data = if alpha == 0 {
        std::mem::take(&mut *whole)
    } else {
        // Room for everything at once: a vector that grows leaves unwiped copies behind.
        let mut data = Vec::with_capacity(pixels * colours);
        for pixel in whole.chunks_exact(colours + alpha) {
            data.extend_from_slice(&pixel[..colours]);
        }
        data
    };
    Image::from_packed(format, width, height, data)
}

/// Width and height by the SIZ marker segment (ISO/IEC 15444-1 A.5.1), which follows the start
/// of the codestream at once.
fn codestream_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let start = bytes
        .windows(4)
        .position(|window| window == [0xff, 0x4f, 0xff, 0x51])?;
    // SOC 2, SIZ 2, Lsiz 2, Rsiz 2, then Xsiz, Ysiz, XOsiz, YOsiz.
    let number = |index: usize| {
        let field = bytes.get(start + 8 + 4 * index..start + 12 + 4 * index)?;
        Some(u32::from_be_bytes([field[0], field[1], field[2], field[3]]))
    };
    let width = number(0)?.checked_sub(number(2)?)?;
    let height = number(1)?.checked_sub(number(3)?)?;
    // Tiles are numbered in 16 bits (A.4.2): more of them only serve to exhaust memory.
    let tiles = |length: u32, tile: u32| (tile > 0).then(|| u64::from(length.div_ceil(tile)));
    let count = tiles(number(0)?, number(4)?)? * tiles(number(1)?, number(5)?)?;
    (count <= 65_535).then_some((width, height))
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::sim::DRAWN_FACE_JP2;

    #[test]
    fn the_drawn_portrait_decodes() {
        let image = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        assert_eq!((image.width(), image.height()), (378, 472));
        assert_eq!(image.format(), PixelFormat::Grey8);
    }

    #[test]
    fn a_bare_codestream_decodes_to_the_same_pixels() {
        let start = DRAWN_FACE_JP2
            .windows(4)
            .position(|window| window == [0xff, 0x4f, 0xff, 0x51])
            .expect("a codestream");
        let bare = decode_jpeg2000(&DRAWN_FACE_JP2[start..]).expect("codestream");
        let boxed = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        assert_eq!(bare.data(), boxed.data());
    }

    #[test]
    fn a_portrait_that_claims_ten_gigapixels_is_a_typed_error() {
        let mut bytes = DRAWN_FACE_JP2.to_vec();
        let start = bytes
            .windows(4)
            .position(|window| window == [0xff, 0x4f, 0xff, 0x51])
            .expect("a codestream");
        let huge = 100_000u32.to_be_bytes();
        // Picture and tile, so that nothing contradicts itself.
        for field in [0, 1, 4, 5] {
            bytes[start + 8 + 4 * field..start + 12 + 4 * field].copy_from_slice(&huge);
        }
        let ihdr = bytes.windows(4).position(|w| w == b"ihdr").expect("JP2") + 4;
        bytes[ihdr..ihdr + 4].copy_from_slice(&huge);
        bytes[ihdr + 4..ihdr + 8].copy_from_slice(&huge);
        for decoder in [decode_jpeg2000, decode_jpeg2000_lax] {
            assert!(matches!(
                decoder(&bytes),
                Err(ImageError::TooLarge {
                    width: 100_000,
                    height: 100_000
                })
            ));
        }
    }

    #[test]
    fn a_picture_of_countless_tiles_is_refused() {
        let mut bytes = DRAWN_FACE_JP2.to_vec();
        let start = bytes
            .windows(4)
            .position(|window| window == [0xff, 0x4f, 0xff, 0x51])
            .expect("a codestream");
        // One pixel each: 378 × 472 is more than there are numbers for.
        for field in [4, 5] {
            bytes[start + 8 + 4 * field..start + 12 + 4 * field].copy_from_slice(&[0, 0, 0, 1]);
        }
        assert!(matches!(
            decode_jpeg2000_lax(&bytes),
            Err(ImageError::Malformed { .. })
        ));
    }

    #[test]
    fn a_truncated_portrait_needs_the_explicit_downgrade() {
        let cut = &DRAWN_FACE_JP2[..DRAWN_FACE_JP2.len() * 9 / 10];
        assert!(matches!(
            decode_jpeg2000(cut),
            Err(ImageError::Malformed { .. })
        ));
        assert!(decode_jpeg2000_lax(cut).is_ok());
    }
}
