//! The picture that a webcam shows.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::product::{Format, Mode};

/// Bytes at the beginning of an uncompressed frame that say its number.
const NUMBER: usize = 4;

/// The picture that webcams show unless they are shown another one. The same for all of them.
static USUAL: LazyLock<Picture> = LazyLock::new(|| Picture {
    shows: Shows::Scene,
    made: Mutex::default(),
});

/// A picture in every mode that was asked for, each made once, for to encode it takes a guest
/// without KVM a second.
pub struct Picture {
    shows: Shows,
    made: Mutex<Vec<(Mode, Arc<[u8]>)>>,
}

enum Shows {
    /// The [`scene`], in whatever size.
    Scene,
    /// These pixels, RGB, row by row, stretched to whatever size.
    Pixels {
        width: usize,
        height: usize,
        rgb: Vec<u8>,
    },
}

impl Picture {
    /// A colourful picture that is another one mirrored, turned, or with two colours exchanged.
    #[must_use]
    pub fn usual() -> &'static Self {
        &USUAL
    }

    /// The picture of these pixels: RGB, row by row without anything in between. `None` when there
    /// are not `width` times `height` of them.
    #[must_use]
    pub fn of(width: usize, height: usize, rgb: &[u8]) -> Option<Self> {
        let whole = width > 0 && height > 0 && rgb.len() == width * height * 3;
        whole.then(|| Self {
            shows: Shows::Pixels {
                width,
                height,
                rgb: rgb.to_vec(),
            },
            made: Mutex::default(),
        })
    }

    /// The bytes of frame `number` in `mode`. Uncompressed frames begin with their number, which
    /// takes two pixels of YUY2 and four of Y8; JPEG pictures end with a comment that says it.
    #[must_use]
    pub fn frame(&self, mode: &Mode, number: u32) -> Vec<u8> {
        let mut frame = self.in_mode(mode).to_vec();
        let number = number.to_be_bytes();
        match mode.format {
            Format::Mjpeg => {
                // COM, behind SOI (T.81 B.2.4.5).
                let comment = [&[0xff, 0xfe, 0, 6][..], &number].concat();
                frame.splice(2..2, comment);
            }
            _ => frame[..NUMBER].copy_from_slice(&number),
        }
        frame
    }

    fn in_mode(&self, mode: &Mode) -> Arc<[u8]> {
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, picture)) = all.iter().find(|(made, _)| made == mode) {
            return picture.clone();
        }
        let rgb = self.shows.pixels(mode.width, mode.height);
        let picture: Arc<[u8]> = make(mode, &rgb).into();
        all.push((*mode, picture.clone()));
        picture
    }
}

impl Shows {
    fn pixels(&self, columns: u16, rows: u16) -> Vec<u8> {
        let Self::Pixels { width, height, rgb } = self else {
            return scene(columns, rows);
        };
        if (usize::from(columns), usize::from(rows)) == (*width, *height) {
            return rgb.clone();
        }
        let at = |place: u16, of: u16, all: usize| usize::from(place) * all / usize::from(of);
        let place = |y: u16, x: u16| 3 * (at(y, rows, *height) * width + at(x, columns, *width));
        (0..rows)
            .flat_map(|y| (0..columns).map(move |x| (y, x)))
            .flat_map(|(y, x)| rgb[place(y, x)..].iter().take(3).copied())
            .collect()
    }
}

/// The number of a frame, as it came.
#[must_use]
pub fn number_of(format: Format, frame: &[u8]) -> Option<u32> {
    let number = match format {
        Format::Mjpeg => frame.get(6..6 + NUMBER),
        _ => frame.get(..NUMBER),
    };
    Some(u32::from_be_bytes(number?.try_into().ok()?))
}

/// The scene in RGB: red grows to the right, green downwards, and the lower left corner is dark.
#[must_use]
pub fn scene(width: u16, height: u16) -> Vec<u8> {
    let share = |at: u16, of: u16| (u32::from(at) * 255 / u32::from(of.max(1))) as u8;
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let (red, green) = (share(x, width), share(y, height));
            [red, green, 40]
        })
        .collect()
}

fn make(mode: &Mode, rgb: &[u8]) -> Vec<u8> {
    match mode.format {
        Format::Yuy2 => rgb.chunks_exact(6).flat_map(yuy2).collect(),
        Format::Y8 => rgb.chunks_exact(3).map(luma).collect(),
        Format::Mjpeg => {
            let mut bytes = Vec::new();
            let (width, height) = (u32::from(mode.width), u32::from(mode.height));
            let encoded = JpegEncoder::new_with_quality(&mut bytes, 90).encode(
                rgb,
                width,
                height,
                ExtendedColorType::Rgb8,
            );
            encoded.expect("a picture of the right size, into memory");
            bytes
        }
    }
}

/// BT.601, full range.
fn luma(pixel: &[u8]) -> u8 {
    let [r, g, b] = [0, 1, 2].map(|at| f32::from(pixel[at]));
    (0.299 * r + 0.587 * g + 0.114 * b + 0.5) as u8
}

/// Two RGB pixels as Y₀ U Y₁ V, BT.601 limited range.
fn yuy2(pair: &[u8]) -> [u8; 4] {
    let [r0, g0, b0, r1, g1, b1] = std::array::from_fn(|at| f32::from(pair[at]));
    let y = |r: f32, g: f32, b: f32| (16.5 + 0.257 * r + 0.504 * g + 0.098 * b) as u8;
    let (r, g, b) = ((r0 + r1) / 2.0, (g0 + g1) / 2.0, (b0 + b1) / 2.0);
    let u = (128.5 - 0.148 * r - 0.291 * g + 0.439 * b) as u8;
    let v = (128.5 + 0.439 * r - 0.368 * g - 0.071 * b) as u8;
    [y(r0, g0, b0), u, y(r1, g1, b1), v]
}
