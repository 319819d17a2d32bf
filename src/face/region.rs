//! Where a face is.

use crate::imaging::Rect;

/// Five points of a face in pixels, in this order: the eye at the left of the picture (the
/// person's right one), the eye at the right, the tip of the nose, the corner of the mouth at
/// the left of the picture, the one at the right.
pub type Landmarks = [(f32, f32); 5];

/// How likely parts of a face are hidden, 0 to 1, as far as a detector can tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covered {
    /// At least one eye: dark glasses, hair, a hand.
    pub eyes: f32,
    /// The mouth: a mask, a scarf, a hand.
    pub mouth: f32,
}

/// A face found in a picture.
#[derive(Clone, Copy, PartialEq)]
pub struct FaceRegion {
    /// Bounds in pixels; may reach outside the picture.
    pub bounds: Rect,
    /// The five points.
    pub landmarks: Landmarks,
    /// How sure the detector is, 0 to 1. Not comparable between detectors.
    pub confidence: f32,
    /// What is hidden; `None` from detectors that cannot tell, and nothing is concluded then.
    pub covered: Option<Covered>,
}

impl FaceRegion {
    /// Distance between the eyes, in pixels.
    #[must_use]
    pub fn eye_distance(&self) -> f32 {
        let [(ax, ay), (bx, by), ..] = self.landmarks;
        (ax - bx).hypot(ay - by)
    }

    /// The same face in a picture that is `factor` times as large and whose origin lies at
    /// `offset` of this one's, in pixels of the new picture.
    #[must_use]
    pub fn mapped(&self, factor: f32, offset: (f32, f32)) -> Self {
        let mut bounds = self.bounds.scaled(factor);
        bounds.x += offset.0;
        bounds.y += offset.1;
        Self {
            bounds,
            landmarks: self
                .landmarks
                .map(|(x, y)| (x * factor + offset.0, y * factor + offset.1)),
            confidence: self.confidence,
            covered: self.covered,
        }
    }
}

impl std::fmt::Debug for FaceRegion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Position and size only: the proportions of a face are features of a person.
        let Rect {
            x,
            y,
            width,
            height,
        } = self.bounds;
        write!(
            f,
            "FaceRegion({width:.0}x{height:.0} at {x:.0},{y:.0}, confidence {:.2})",
            self.confidence
        )
    }
}
