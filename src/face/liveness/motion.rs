//! A living face is never quite still, and never moves as one flat piece.

use super::geometry::{face_length, relief_motion};
use super::luminance::{BlockMeans, FaceLuminance};
use crate::error::Result;
use crate::face::Landmarks;

/// Samples before anything is said: two thirds of a second at 30 frames a second.
const LEAST: u32 = 20;

/// Points that leave an affine map by this share of the face's length move by themselves. Five
/// points of a public detector jitter by about a hundredth on a picture that stands still.
const RELIEF: f32 = 0.02;

/// The same for a block's mean luminance against the mean of the face, in grey levels: twice what
/// landmarks that jitter make of a block with a hard edge in it.
const CHANGE: f32 = 12.0;

/// Blocks are compared between faces that fit each other so well, in face lengths: a picture that
/// is turned changes its blocks, too.
const FITS: f32 = 0.015;

/// Below this movement of the points a face stands still, in face lengths: the jitter of a
/// detector. A living head sways more within a second.
const STILL: f32 = 0.015;

/// What moved so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Motion {
    /// Too few samples.
    Undecided,
    /// Nothing.
    Still,
    /// The face, as one flat piece.
    Rigid,
    /// Parts of the face, against each other.
    NonRigid,
}

/// Cue: compares each sample of a presentation with the first one.
///
/// A picture that is held up moves as a whole or not at all. This cue alone proves little: a film
/// moves as its face did, and a face that holds very still looks like a picture.
#[derive(Debug, Default)]
pub struct MicroMotion {
    first: Option<First>,
    samples: u32,
    moved: bool,
    non_rigid: bool,
}

struct First {
    points: Landmarks,
    blocks: BlockMeans,
}

impl std::fmt::Debug for First {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("First")
    }
}

impl MicroMotion {
    /// Without samples.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What moved so far.
    #[must_use]
    pub fn motion(&self) -> Motion {
        match (self.non_rigid, self.moved) {
            (true, _) => Motion::NonRigid,
            _ if self.samples < LEAST => Motion::Undecided,
            (_, true) => Motion::Rigid,
            _ => Motion::Still,
        }
    }

    /// Takes the face with these points in `image`, RGB.
    ///
    /// # Errors
    /// As [`align`](crate::face::align::align).
    pub fn accept(
        &mut self,
        image: &crate::imaging::ImageView<'_>,
        points: &Landmarks,
    ) -> Result<()> {
        self.accept_face(&FaceLuminance::of(image, points)?, points);
        Ok(())
    }

    pub(super) fn accept_face(&mut self, face: &FaceLuminance, points: &Landmarks) {
        self.samples = self.samples.saturating_add(1);
        let Some(first) = &self.first else {
            self.first = Some(First {
                points: *points,
                blocks: face.blocks(),
            });
            return;
        };
        let Some(relief) = relief_motion(&first.points, points) else {
            return;
        };
        let length = face_length(&first.points);
        let shift = first.points.iter().zip(points);
        let furthest = shift
            .map(|(before, after)| (before.0 - after.0).hypot(before.1 - after.1) / length)
            .fold(0.0, f32::max);
        self.moved |= furthest > STILL;
        let fits = super::geometry::eye_ratio(points) / super::geometry::eye_ratio(&first.points);
        let changed = relief < FITS
            && (fits - 1.0).abs() < FITS
            && largest_change(&first.blocks, &face.blocks()) > CHANGE;
        self.non_rigid |= relief > RELIEF || changed;
    }
}

/// The largest difference between two blocks that is not one of the whole face: light that goes
/// on moves nothing.
fn largest_change(before: &BlockMeans, after: &BlockMeans) -> f32 {
    let mean = |blocks: &BlockMeans| blocks.iter().sum::<f32>() / blocks.len().max(1) as f32;
    let shift = mean(after) - mean(before);
    before
        .iter()
        .zip(after.iter())
        .map(|(before, after)| (after - before - shift).abs())
        .fold(0.0, f32::max)
}
