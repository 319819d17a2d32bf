//! The brightness of an aligned face.

use zeroize::Zeroizing;

use crate::error::Result;
use crate::face::{Landmarks, align};
use crate::imaging::{ImageView, PixelFormat};

const SIDE: usize = align::SIDE as usize;

/// Side of a block, in pixels of the aligned face.
const BLOCK: usize = 16;
/// Blocks in a row.
pub(super) const BLOCKS: usize = SIDE / BLOCK;

/// Luminance of a face, 112x112, upright, 0 to 255. Wiped on drop.
pub(super) struct FaceLuminance(Zeroizing<Vec<f32>>);

/// Mean luminance of each block of 16x16 pixels, row by row: noise of single pixels averages out.
pub(super) type BlockMeans = Zeroizing<Vec<f32>>;

impl FaceLuminance {
    /// Of the face with these points.
    ///
    /// # Errors
    /// As [`align::align`], but grey pictures are taken, too.
    pub(super) fn of(image: &ImageView<'_>, landmarks: &Landmarks) -> Result<Self> {
        let face = match image.format() {
            PixelFormat::Grey8 => align::align(&image.to_rgb8()?.view(), landmarks)?,
            _ => align::align(image, landmarks)?,
        };
        // ITU-R BT.601 luma.
        let luma = |rgb: &[u8]| {
            let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(f32::from);
            0.299 * r + 0.587 * g + 0.114 * b
        };
        Ok(Self(Zeroizing::new(
            face.data().chunks_exact(3).map(luma).collect(),
        )))
    }

    /// Mean and standard deviation over a rectangle of the aligned face: columns and rows.
    pub(super) fn spread(
        &self,
        columns: std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
    ) -> (f32, f32) {
        let values = rows.flat_map(|row| &self.0[row * SIDE..][columns.clone()]);
        let (mut count, mut sum, mut squares) = (0.0f32, 0.0f32, 0.0f32);
        for value in values {
            count += 1.0;
            sum += value;
            squares += value * value;
        }
        let mean = sum / count.max(1.0);
        (
            mean,
            (squares / count.max(1.0) - mean * mean).max(0.0).sqrt(),
        )
    }

    pub(super) fn blocks(&self) -> BlockMeans {
        let mean = |at: usize| {
            let (column, row) = (at % BLOCKS * BLOCK, at / BLOCKS * BLOCK);
            self.spread(column..column + BLOCK, row..row + BLOCK).0
        };
        Zeroizing::new((0..BLOCKS * BLOCKS).map(mean).collect())
    }
}
