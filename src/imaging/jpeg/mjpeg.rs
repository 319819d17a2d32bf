//! Frames of motion JPEG cameras.

use zeroize::Zeroizing;

use super::header::{marker, next_segment};
use super::tables::TYPICAL;
use super::{decompress, entropy, supported};
use crate::imaging::{Image, ImageError, PixelFormat};

/// Decodes a frame of a motion JPEG stream, to grey or RGB as it came.
///
/// Such frames may leave the Huffman tables out, because every receiver knows the typical ones
/// (USB Device Class Definition for Video, motion JPEG payload; ITU-T T.81 annex K.3). They are
/// put back before decoding. What follows the EOI marker is not looked at: drivers hand on buffers
/// that are longer than the frame, with an earlier frame in the rest.
///
/// A frame of which a part got lost is refused where that can be seen, never filled up. Always seen
/// are a lost beginning, a lost end, and whole restart intervals (their markers are numbered). Bytes
/// lost in between mostly are: the codes behind them no longer come out even at the end, or do not
/// exist. Not seen are a loss after which they come out even by chance (a packet in pictures of
/// plain surfaces, in tests 5 to 16 of 100), changes that keep the length of every code, and eight
/// restart intervals lost at once. A frame without an EOI marker is taken if everything else is
/// there: some cameras leave it out.
///
/// # Errors
/// [`ImageError::TooLarge`] before decoding, [`ImageError::Malformed`],
/// [`ImageError::Unsupported`] for what is no motion JPEG: progressive or arithmetic coding,
/// several scans, four components, other than eight bits a sample.
pub fn decode_mjpeg(bytes: &[u8]) -> Result<Image, ImageError> {
    let mut out = Image::default();
    decode_mjpeg_into(bytes, &mut out)?;
    Ok(out)
}

/// Like [`decode_mjpeg`], in the buffer of `out`. When it fails, `out` shows black.
///
/// # Errors
/// As [`decode_mjpeg`].
pub fn decode_mjpeg_into(bytes: &[u8], out: &mut Image) -> Result<(), ImageError> {
    decode_frame(bytes, None, None, out)
}

/// Decodes in `format`, if the frame is of the `announced` size.
pub(in crate::imaging) fn decode_frame(
    bytes: &[u8],
    announced: Option<(u32, u32)>,
    format: Option<PixelFormat>,
    out: &mut Image,
) -> Result<(), ImageError> {
    let repaired = with_tables(bytes).map(Zeroizing::new);
    let bytes = repaired.as_deref().map_or(bytes, Vec::as_slice);
    let decoded = whole(bytes, announced).and_then(|(frame, headers)| {
        // Decoders read on behind the end of a frame.
        decompress(frame, &headers, format, out)
    });
    decoded.inspect_err(|_| out.blacken())
}

/// How many bytes the JPEG picture at the start of `buffer` takes, its EOI marker included; `None`
/// if the buffer does not start with one, or it does not end there. For drivers of platforms that
/// hand on a buffer without saying how much of it was used.
///
/// Only markers are looked at: whether the picture can be decoded is found by decoding it.
#[must_use]
pub fn mjpeg_length(buffer: &[u8]) -> Option<usize> {
    if !buffer.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    // Pictures in a segment (previews) have an end of their own, so segments are stepped over.
    let mut at = 2;
    loop {
        match buffer.get(at..at + 2)? {
            [0xff, marker::EOI] => return Some(at + 2),
            // Coded data, up to the next marker that is none of its own (T.81 B.1.1.5).
            [0xff, 0x00 | marker::RST0..=marker::RST7] => at += 2,
            [0xff, 0xff] | [0..=0xfe, _] => at += 1,
            [0xff, _] => {
                next_segment(buffer, &mut at)?;
            }
            _ => return None,
        }
    }
}

/// The frame without what follows it, if all of it is there.
fn whole(
    bytes: &[u8],
    announced: Option<(u32, u32)>,
) -> Result<(&[u8], super::Headers), ImageError> {
    let headers = supported(bytes)?;
    if !headers.frame.is_sequential() || !headers.is_one_scan {
        return Err(ImageError::Unsupported(
            "motion JPEG that is progressive or in several scans",
        ));
    }
    let (width, height) = (headers.frame.width, headers.frame.height);
    if let Some(announced) = announced.filter(|size| *size != (width, height)) {
        return Err(ImageError::OtherSize {
            width,
            height,
            announced,
        });
    }
    let end = entropy::follow(bytes, &headers)?;
    Ok((&bytes[..end], headers))
}

/// The frame with the typical tables, or `None` if it has its own or is no JPEG at all.
fn with_tables(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let before = at;
        match next_segment(bytes, &mut at)? {
            (marker::DHT, _) => return None,
            (marker::SOS, _) => {
                let mut repaired = Vec::with_capacity(bytes.len() + 512);
                repaired.extend_from_slice(&bytes[..before]);
                for (class_and_id, counts, values) in TYPICAL {
                    let length = (2 + 1 + 16 + values.len()) as u16;
                    repaired.extend_from_slice(&[0xff, marker::DHT]);
                    repaired.extend_from_slice(&length.to_be_bytes());
                    repaired.push(*class_and_id);
                    repaired.extend_from_slice(counts);
                    repaired.extend_from_slice(values);
                }
                repaired.extend_from_slice(&bytes[before..]);
                return Some(repaired);
            }
            _ => {}
        }
    }
}
