//! Mutated pictures: whatever the bytes, an answer and no panic. Samples shared by this room's
//! tests.

use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::*;
use crate::random::Random;

fn pattern(width: u32, height: u32) -> Vec<u8> {
    (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x * 5) as u8, (y * 7) as u8, (x ^ y) as u8]))
        .collect()
}

pub(super) fn jpeg_sample(width: u32, height: u32) -> Vec<u8> {
    jpeg(&pattern(width, height), width, height)
}

/// Patches of any colour with some noise on them.
pub(super) fn jpeg_of_noise(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let patches: Vec<u8> = (0..1024).map(|_| random.below(220) as u8).collect();
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (y / 20 * 31 + x / 15) as usize % 1021))
        .flat_map(|patch| [patches[patch], patches[patch + 1], patches[patch + 2]])
        .map(|level| level + random.below(30) as u8)
        .collect();
    jpeg(&pixels, width, height)
}

fn jpeg(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85)
        .write_image(pixels, width, height, ExtendedColorType::Rgb8)
        .expect("into memory");
    bytes
}

pub(super) fn png_sample(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(
            &pattern(width, height),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .expect("into memory");
    bytes
}

fn mutate(sample: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..=random.below(3) {
        let header = bytes.len().min(160);
        match random.below(6) {
            0 => {
                let at = random.below(bytes.len());
                bytes.truncate(at.max(1));
            }
            1 => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            2 | 3 => {
                let at = random.below(header);
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, random.below(256) as u8][random.below(6)];
            }
            4 => {
                let at = random.below(bytes.len());
                let end = (at + 1 + random.below(8)).min(bytes.len());
                bytes.drain(at..end);
                if bytes.is_empty() {
                    bytes.push(0);
                }
            }
            _ => {
                let at = random.below(bytes.len());
                bytes.insert(at, random.below(256) as u8);
            }
        }
    }
    bytes
}

fn attack(sample: &[u8], cases: u32, seed: u64, decoder: impl Fn(&[u8]) -> bool) -> u32 {
    let mut random = Random(seed);
    (0..cases)
        .filter(|_| decoder(&mutate(sample, &mut random)))
        .count() as u32
}

#[test]
fn mutated_jpeg_never_panics() {
    let sample = jpeg_sample(16, 16);
    let accepted = attack(&sample, 25_000, 1, |bytes| decode_mjpeg(bytes).is_ok());
    assert!(accepted < 25_000);
}

#[test]
fn mutated_png_never_panics() {
    let sample = png_sample(16, 16);
    let accepted = attack(&sample, 25_000, 2, |bytes| decode_png(bytes).is_ok());
    assert!(accepted < 25_000);
}

#[test]
fn mutated_jpeg2000_never_panics() {
    // 16x16 grey, one tile, 2 decomposition levels; made with the encoder that the examples use.
    let sample = include_bytes!("testdata/small.jp2");
    let strict = attack(sample, 12_500, 3, |bytes| decode_jpeg2000(bytes).is_ok());
    let lax = attack(sample, 12_500, 3, |bytes| {
        decode_jpeg2000_lax(bytes).is_ok()
    });
    assert!(strict <= lax, "strict accepted {strict}, lax {lax}");
}
