//! The pictures that the cases look at.

use crate::error::Result;
use crate::face::{FaceRegion, ModelId};
use crate::imaging::{Image, ImageView, PixelFormat};

/// A picture, and where its face is.
#[derive(Debug)]
pub struct Pictured {
    /// The picture, RGB.
    pub image: Image,
    /// The face in it, as whoever made the picture knows it.
    pub face: FaceRegion,
}

/// What an embedder's score of [`FaceFixture::face`] against [`FaceFixture::again`] has to be,
/// found with another runtime than the one under test. It is what finds a driver that feeds its
/// model swapped colours: scores sink by a few hundredths, and no decision on one pair changes.
#[derive(Clone, Debug)]
pub struct ReferenceScore {
    /// The model that it holds for.
    pub model: ModelId,
    /// The score.
    pub score: f32,
    /// How far the driver may be from it.
    pub tolerance: f32,
}

/// The pictures of a run. All in colour, of the same size, 320x240 or more, with faces at least
/// 100 pixels high that look straight ahead.
#[derive(Debug)]
pub struct FaceFixture {
    /// A person.
    pub face: Pictured,
    /// The same person, a little elsewhere.
    pub again: Pictured,
    /// Somebody else.
    pub other: Pictured,
    /// Two people side by side.
    pub two: Image,
    /// Nobody.
    pub nobody: Image,
    /// The first person's portrait, as a document has it.
    pub portrait: Image,
    /// Somebody else's portrait.
    pub other_portrait: Image,
    /// Whether a verifier can be expected to tell the two people apart. Off for models of real
    /// faces on drawn ones, which are too much alike for them.
    pub are_told_apart: bool,
    /// The score that the embedder should give, if it is known.
    pub reference_score: Option<ReferenceScore>,
}

/// The same picture with red and blue swapped.
pub(super) fn swapped(image: &Image) -> Result<Image> {
    let mut data = image.data().to_vec();
    data.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
    Ok(Image::from_packed(
        PixelFormat::Rgb8,
        image.width(),
        image.height(),
        data,
    )?)
}

/// The bytes of a picture whose rows end with `gap` bytes of something else.
pub(super) struct Strided {
    bytes: Vec<u8>,
    stride: usize,
    size: (u32, u32),
}

impl Strided {
    pub(super) fn of(image: &Image) -> Self {
        const GAP: [u8; 7] = [255, 0, 255, 0, 90, 7, 201];
        let view = image.view();
        let rows = (0..view.height()).map(|y| view.row(y));
        Self {
            bytes: rows
                .flat_map(|row| row.iter().chain(&GAP))
                .copied()
                .collect(),
            stride: view.format().row_bytes(view.width()) + GAP.len(),
            size: (view.width(), view.height()),
        }
    }

    pub(super) fn view(&self) -> Result<ImageView<'_>> {
        let (width, height) = self.size;
        Ok(ImageView::new(
            PixelFormat::Rgb8,
            width,
            height,
            self.stride,
            &self.bytes,
        )?)
    }
}
