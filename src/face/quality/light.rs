//! What the pixels say about light and sharpness.

use crate::error::Result;
use crate::imaging::{ImageView, PixelFormat, Rect};

/// From this luminance on a pixel is washed out.
const WASHED_OUT: u8 = 250;

/// What the pixels of an aligned face say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    pub(super) luminance: f32,
    pub(super) clipped: f32,
    pub(super) sharpness: f32,
}

impl Light {
    /// Measures the middle of the aligned face: 70 of 112 pixels wide, from the brows to the
    /// chin, so that hair and background do not count.
    pub(super) fn of(face: &ImageView<'_>) -> Result<Self> {
        let grey = face.crop(21, 30, 70, 76)?.view().to_grey8()?;
        let view = grey.view();
        let pixels = grey.data().len() as f32;
        let sum: f32 = grey.data().iter().map(|value| f32::from(*value)).sum();
        let clipped = grey
            .data()
            .iter()
            .filter(|value| **value >= WASHED_OUT)
            .count() as f32;
        let (mut laplace, mut squares, mut count) = (0.0f32, 0.0f32, 0.0f32);
        for y in 1..view.height() - 1 {
            let rows = [view.row(y - 1), view.row(y), view.row(y + 1)];
            for x in 1..view.width() as usize - 1 {
                let value = |row: usize, x: usize| f32::from(rows[row][x]);
                let around = value(0, x) + value(2, x) + value(1, x - 1) + value(1, x + 1);
                let second = around - 4.0 * value(1, x);
                laplace += second;
                squares += second * second;
                count += 1.0;
            }
        }
        let mean = laplace / count;
        Ok(Self {
            luminance: sum / pixels,
            clipped: clipped / pixels,
            sharpness: squares / count - mean * mean,
        })
    }
}

/// The picture beside and above the face: not below it, where clothes say nothing about light.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    pub(super) luminance: f32,
    pub(super) clipped: f32,
}

impl Surroundings {
    /// Every how many pixels, across and down, one is looked at: light has no fine detail.
    const STEP: usize = 4;
    /// With fewer samples the face fills the picture, and nothing can be said.
    const LEAST_SAMPLES: u32 = 100;

    /// Measures up to 0.6 face widths to each side and 0.4 face heights above, without the hair
    /// (0.2 around the face). `None` when too little of that is in the picture.
    pub(super) fn of(image: &ImageView<'_>, face: &Rect) -> Option<Self> {
        if image.format() != PixelFormat::Rgb8 {
            return None;
        }
        let span = |from: f32, to: f32, limit: u32| {
            let limit = limit as f32;
            from.clamp(0.0, limit) as usize..to.clamp(0.0, limit) as usize
        };
        let (left, right) = (face.x - 0.6 * face.width, face.x + 1.6 * face.width);
        let (top, bottom) = (face.y - 0.4 * face.height, face.y + 0.8 * face.height);
        let hair = (face.x - 0.2 * face.width)..(face.x + 1.2 * face.width);
        let crown = face.y - 0.2 * face.height;
        let (mut sum, mut clipped, mut count) = (0.0f32, 0u32, 0u32);
        for y in span(top, bottom, image.height()).step_by(Self::STEP) {
            let row = image.row(y as u32);
            for x in span(left, right, image.width()).step_by(Self::STEP) {
                if y as f32 >= crown && hair.contains(&(x as f32)) {
                    continue;
                }
                let [r, g, b] = [0, 1, 2].map(|channel| u32::from(row[3 * x + channel]));
                // BT.601, as everywhere in this library.
                let luminance = (77 * r + 150 * g + 29 * b) >> 8;
                sum += luminance as f32;
                clipped += u32::from(luminance >= u32::from(WASHED_OUT));
                count += 1;
            }
        }
        (count >= Self::LEAST_SAMPLES).then(|| Self {
            luminance: sum / count as f32,
            clipped: clipped as f32 / count as f32,
        })
    }
}
