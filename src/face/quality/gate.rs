//! The bounds, and the judgement by them.

use super::light::{Light, Surroundings};
use super::{QualityReason, Side};
use crate::error::Result;
use crate::face::{FaceRegion, align};
use crate::imaging::{Image, ImageView};

/// The bounds that a face must keep. The recogniser itself is no such check: it still matches a
/// face that is half outside the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct QualityGate {
    /// Least confidence of a detection to count as a face, 0 to 1.
    pub min_confidence: f32,
    /// Least width of the face, in pixels.
    pub min_width: f32,
    /// Largest width or height of the face, as a share of the picture's.
    pub max_frame_share: f32,
    /// A second face counts from this share of the first one's area.
    pub other_face_share: f32,
    /// Largest part of the bounds, by width or height, that may lie outside the picture.
    pub max_outside: f32,
    /// Largest distance of the nose from the middle between the eyes, along the line of the
    /// eyes, in eye distances. A turn of 30° shifts it by about 0.3.
    pub max_turn: f32,
    /// Largest angle between the line of the eyes and the horizontal, in degrees.
    pub max_tilt: f32,
    /// Likelihood from which on eyes or mouth count as covered, 0 to 1, where the detector tells.
    pub max_covered: f32,
    /// Largest speed of the face, in eye distances (about 6 cm) per second, where it is known.
    pub max_speed: f32,
    /// Share of the surroundings that must be washed out for light from behind.
    pub back_light_share: f32,
    /// Least mean luminance of the face before such surroundings, as a share of theirs.
    pub min_back_light_ratio: f32,
    /// Least mean luminance of the face, 0 to 255.
    pub min_luminance: f32,
    /// Largest mean luminance of the face, 0 to 255.
    pub max_luminance: f32,
    /// Largest share of the face that may be washed out (luminance of 250 and more).
    pub max_clipped: f32,
    /// Least sharpness: variance of the Laplacian of the luminance on the aligned face.
    pub min_sharpness: f32,
}

impl QualityGate {
    /// For camera frames at a reception. Most bounds were chosen by what made a public model's
    /// comparisons fail: faces under 80 pixels, faces darkened to a third, heavy blur.
    ///
    /// Chosen, not measured: a face that fills nine tenths of the picture; a speed of two eye
    /// distances (about 12 cm) a second, at which an exposure of 1/30 s smears 7 % of the eye
    /// distance; a face with less than 0.4 of the light of surroundings of which a third is washed
    /// out. Surroundings that are merely bright are no back light: dark skin before a white wall
    /// is not to be turned away.
    #[must_use]
    pub fn live() -> Self {
        Self {
            min_confidence: 0.6,
            min_width: 80.0,
            max_frame_share: 0.9,
            other_face_share: 0.3,
            max_outside: 0.05,
            max_turn: 0.3,
            max_tilt: 20.0,
            max_covered: 0.5,
            max_speed: 2.0,
            back_light_share: 0.33,
            min_back_light_ratio: 0.4,
            min_luminance: 60.0,
            max_luminance: 190.0,
            max_clipped: 0.25,
            min_sharpness: 20.0,
        }
    }

    /// For the portrait of the document: somebody already judged it, so only what makes a
    /// reference impossible counts.
    #[must_use]
    pub fn reference() -> Self {
        Self {
            min_confidence: 0.5,
            min_width: 40.0,
            max_frame_share: f32::INFINITY,
            max_outside: 0.5,
            max_turn: 1.0,
            max_tilt: 45.0,
            max_covered: f32::INFINITY,
            max_speed: f32::INFINITY,
            min_back_light_ratio: 0.0,
            min_luminance: 15.0,
            max_luminance: 245.0,
            max_clipped: 0.9,
            min_sharpness: 0.0,
            ..Self::live()
        }
    }

    /// The largest face that counts as one: the person before the camera.
    #[must_use]
    pub fn main_face<'a>(&self, faces: &'a [FaceRegion]) -> Option<&'a FaceRegion> {
        self.in_front(faces).map(|(face, _)| face)
    }

    /// The same, and whether another face is about as large, so that nobody knows whose picture it
    /// is.
    pub(in crate::face) fn in_front<'a>(
        &self,
        faces: &'a [FaceRegion],
    ) -> Option<(&'a FaceRegion, bool)> {
        let mut faces: Vec<_> = faces
            .iter()
            .filter(|face| face.confidence >= self.min_confidence)
            .collect();
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        let face = *faces.first()?;
        let crowd = faces
            .get(1)
            .is_some_and(|other| other.bounds.area() >= self.other_face_share * face.bounds.area());
        Some((face, crowd))
    }

    /// The face to compare, or every reason against it, the one to mention first at the front.
    /// `image` is RGB; `faces` are what a detector found in it. A single picture does not move.
    ///
    /// # Errors
    /// As [`align::align`].
    pub fn assess(
        &self,
        image: &ImageView<'_>,
        faces: &[FaceRegion],
    ) -> Result<std::result::Result<FaceRegion, Vec<QualityReason>>> {
        self.assess_moving(image, faces, None)
    }

    /// The same for a picture of a stream, in which the main face has a speed as
    /// [`Motion::follow`](super::Motion::follow) tells it.
    ///
    /// # Errors
    /// As [`align::align`].
    pub fn assess_moving(
        &self,
        image: &ImageView<'_>,
        faces: &[FaceRegion],
        speed: Option<f32>,
    ) -> Result<std::result::Result<FaceRegion, Vec<QualityReason>>> {
        self.assess_with(image, faces, speed, &mut Image::default())
    }

    /// The same, aligning the face in a buffer that is kept from frame to frame.
    pub(in crate::face) fn assess_with(
        &self,
        image: &ImageView<'_>,
        faces: &[FaceRegion],
        speed: Option<f32>,
        aligned: &mut Image,
    ) -> Result<std::result::Result<FaceRegion, Vec<QualityReason>>> {
        let Some((face, crowd)) = self.in_front(faces) else {
            return Ok(Err(vec![QualityReason::NoFace]));
        };
        let mut reasons = Vec::new();
        if crowd {
            reasons.push(QualityReason::SeveralFaces);
        }
        self.place(image, face, &mut reasons);
        self.pose(face, &mut reasons);
        if let Some(covered) = face.covered {
            if covered.eyes > self.max_covered {
                reasons.push(QualityReason::EyesCovered);
            }
            if covered.mouth > self.max_covered {
                reasons.push(QualityReason::MouthCovered);
            }
        }
        if speed.is_some_and(|speed| speed > self.max_speed) {
            reasons.push(QualityReason::Moving);
        }
        self.light(image, face, aligned, &mut reasons)?;
        Ok(if reasons.is_empty() {
            Ok(*face)
        } else {
            Err(reasons)
        })
    }

    fn place(&self, image: &ImageView<'_>, face: &FaceRegion, reasons: &mut Vec<QualityReason>) {
        let bounds = face.bounds;
        let (width, height) = (image.width() as f32, image.height() as f32);
        if bounds.width < self.min_width {
            reasons.push(QualityReason::TooSmall);
        }
        if bounds.width > self.max_frame_share * width
            || bounds.height > self.max_frame_share * height
        {
            reasons.push(QualityReason::TooClose);
        }
        let lost = |outside: &dyn Fn(f32, f32) -> bool| {
            face.landmarks.iter().any(|(x, y)| outside(*x, *y))
        };
        let across = self.max_outside * bounds.width;
        let along = self.max_outside * bounds.height;
        let (right, below) = (bounds.x + bounds.width, bounds.y + bounds.height);
        for (side, cut) in [
            (Side::Left, -bounds.x > across || lost(&|x, _| x < 0.0)),
            (
                Side::Right,
                right - width > across || lost(&|x, _| x >= width),
            ),
            (Side::Above, -bounds.y > along || lost(&|_, y| y < 0.0)),
            (
                Side::Below,
                below - height > along || lost(&|_, y| y >= height),
            ),
        ] {
            if cut {
                reasons.push(QualityReason::OutsideFrame(side));
            }
        }
    }

    fn pose(&self, face: &FaceRegion, reasons: &mut Vec<QualityReason>) {
        let [left, right, nose, ..] = face.landmarks;
        let (dx, dy) = (right.0 - left.0, right.1 - left.1);
        let distance = dx.hypot(dy).max(1e-3);
        let (mx, my) = ((left.0 + right.0) / 2.0, (left.1 + right.1) / 2.0);
        let shift = ((nose.0 - mx) * dx + (nose.1 - my) * dy) / (distance * distance);
        if shift.abs() > self.max_turn {
            reasons.push(QualityReason::Turned);
        }
        if dy.atan2(dx).to_degrees().abs() > self.max_tilt {
            reasons.push(QualityReason::Tilted);
        }
    }

    fn light(
        &self,
        image: &ImageView<'_>,
        face: &FaceRegion,
        aligned: &mut Image,
        reasons: &mut Vec<QualityReason>,
    ) -> Result<()> {
        align::align_into(image, &face.landmarks, aligned)?;
        let measured = Light::of(&aligned.view())?;
        let back_lit = Surroundings::of(image, &face.bounds).is_some_and(|around| {
            around.clipped >= self.back_light_share
                && measured.luminance < self.min_back_light_ratio * around.luminance
        });
        if back_lit {
            reasons.push(QualityReason::BackLit);
        }
        if measured.luminance < self.min_luminance {
            reasons.push(QualityReason::TooDark);
        }
        if measured.luminance > self.max_luminance || measured.clipped > self.max_clipped {
            reasons.push(QualityReason::TooBright);
        }
        if measured.sharpness < self.min_sharpness {
            reasons.push(QualityReason::Blurred);
        }
        Ok(())
    }
}
