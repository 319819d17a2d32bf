//! Whether a frame is worth comparing, and what to tell the person if not.

use std::fmt;

use super::{FaceRegion, align};
use crate::error::Result;
use crate::imaging::ImageView;

/// Why a picture cannot be compared. Each has a stable code, to be mapped to a spoken or shown
/// hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum QualityReason {
    /// No face was found.
    NoFace,
    /// Another face of about the same size is in view.
    SeveralFaces,
    /// The face is too far away.
    TooSmall,
    /// The face is partly outside the picture.
    OutsideFrame,
    /// The face looks to the side.
    Turned,
    /// The head leans to a shoulder.
    Tilted,
    /// The face is too dark.
    TooDark,
    /// The face is too bright, or parts of it are washed out.
    TooBright,
    /// The face is out of focus or moves too fast.
    Blurred,
}

impl QualityReason {
    /// The stable code, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "no-face",
            Self::SeveralFaces => "several-faces",
            Self::TooSmall => "too-small",
            Self::OutsideFrame => "outside-frame",
            Self::Turned => "turned",
            Self::Tilted => "tilted",
            Self::TooDark => "too-dark",
            Self::TooBright => "too-bright",
            Self::Blurred => "blurred",
        }
    }
}

impl fmt::Display for QualityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The bounds that a face must keep. The recogniser itself is no such check: it still matches a
/// face that is half outside the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct QualityGate {
    /// Least confidence of a detection to count as a face, 0 to 1.
    pub min_confidence: f32,
    /// Least width of the face, in pixels.
    pub min_width: f32,
    /// A second face counts from this share of the first one's area.
    pub other_face_share: f32,
    /// Largest part of the bounds, by width or height, that may lie outside the picture.
    pub max_outside: f32,
    /// Largest distance of the nose from the middle between the eyes, along the line of the
    /// eyes, in eye distances. A turn of 30° shifts it by about 0.3.
    pub max_turn: f32,
    /// Largest angle between the line of the eyes and the horizontal, in degrees.
    pub max_tilt: f32,
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
    /// For camera frames at a reception. The bounds were chosen by what made a public model's
    /// comparisons fail: faces under 80 pixels, faces darkened to a third, heavy blur.
    #[must_use]
    pub fn live() -> Self {
        Self {
            min_confidence: 0.6,
            min_width: 80.0,
            other_face_share: 0.3,
            max_outside: 0.05,
            max_turn: 0.3,
            max_tilt: 20.0,
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
            max_outside: 0.5,
            max_turn: 1.0,
            max_tilt: 45.0,
            min_luminance: 15.0,
            max_luminance: 245.0,
            max_clipped: 0.9,
            min_sharpness: 0.0,
            ..Self::live()
        }
    }

    /// The face to compare, or every reason against it, the one to mention first at the front.
    /// `image` is RGB; `faces` are what a detector found in it.
    ///
    /// # Errors
    /// As [`align::align`].
    pub fn assess(
        &self,
        image: &ImageView<'_>,
        faces: &[FaceRegion],
    ) -> Result<std::result::Result<FaceRegion, Vec<QualityReason>>> {
        let mut faces: Vec<&FaceRegion> = faces
            .iter()
            .filter(|face| face.confidence >= self.min_confidence)
            .collect();
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        let Some(face) = faces.first() else {
            return Ok(Err(vec![QualityReason::NoFace]));
        };
        let mut reasons = Vec::new();
        let crowd = faces
            .get(1)
            .is_some_and(|other| other.bounds.area() >= self.other_face_share * face.bounds.area());
        if crowd {
            reasons.push(QualityReason::SeveralFaces);
        }
        self.geometry(image, face, &mut reasons);
        self.light(image, face, &mut reasons)?;
        Ok(if reasons.is_empty() {
            Ok(**face)
        } else {
            Err(reasons)
        })
    }

    fn geometry(&self, image: &ImageView<'_>, face: &FaceRegion, reasons: &mut Vec<QualityReason>) {
        let bounds = face.bounds;
        if bounds.width < self.min_width {
            reasons.push(QualityReason::TooSmall);
        }
        let outside = |start: f32, length: f32, limit: u32| {
            let over = (-start).max(start + length - limit as f32);
            over > self.max_outside * length
        };
        let (width, height) = (image.width(), image.height());
        let lost_point = face
            .landmarks
            .iter()
            .any(|(x, y)| !(0.0..width as f32).contains(x) || !(0.0..height as f32).contains(y));
        if outside(bounds.x, bounds.width, width)
            || outside(bounds.y, bounds.height, height)
            || lost_point
        {
            reasons.push(QualityReason::OutsideFrame);
        }
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
        reasons: &mut Vec<QualityReason>,
    ) -> Result<()> {
        let measured = Light::of(&align::align(image, &face.landmarks)?.view())?;
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

/// What the pixels of an aligned face say.
#[derive(Clone, Copy, Debug)]
struct Light {
    luminance: f32,
    clipped: f32,
    sharpness: f32,
}

impl Light {
    /// Measures the middle of the aligned face: 70 of 112 pixels wide, from the brows to the
    /// chin, so that hair and background do not count.
    fn of(face: &ImageView<'_>) -> Result<Self> {
        let grey = face.crop(21, 30, 70, 76)?.view().to_grey8()?;
        let view = grey.view();
        let pixels = grey.data().len() as f32;
        let sum: f32 = grey.data().iter().map(|value| f32::from(*value)).sum();
        let clipped = grey.data().iter().filter(|value| **value >= 250).count() as f32;
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

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::imaging::{Image, PixelFormat};
    use crate::sim::{DrawnFace, Pose};

    fn frame() -> Image {
        Image::filled(PixelFormat::Rgb8, 640, 480, [190; 3]).expect("small")
    }

    fn pose(x: f32, y: f32, height: f32, tilt: f32) -> Pose {
        Pose {
            centre: (x, y),
            height,
            tilt,
        }
    }

    fn judge(image: &Image, faces: &[FaceRegion]) -> Vec<QualityReason> {
        QualityGate::live()
            .assess(&image.view(), faces)
            .expect("a picture")
            .err()
            .unwrap_or_default()
    }

    fn drawn(pose: Pose, light: f32) -> Vec<QualityReason> {
        let mut image = frame();
        let face = DrawnFace::new(5).draw(&mut image, &pose);
        for value in image.data_mut() {
            *value = (f32::from(*value) * light) as u8;
        }
        judge(&image, &[face])
    }

    #[test]
    fn a_good_face_passes() {
        assert_eq!(drawn(pose(320.0, 240.0, 220.0, 5.0), 1.0), []);
    }

    #[test]
    fn every_reason_is_given() {
        use QualityReason::*;
        assert_eq!(judge(&frame(), &[]), [NoFace]);
        assert_eq!(drawn(pose(320.0, 240.0, 90.0, 0.0), 1.0), [TooSmall]);
        assert_eq!(drawn(pose(40.0, 240.0, 220.0, 0.0), 1.0), [OutsideFrame]);
        assert_eq!(drawn(pose(320.0, 240.0, 220.0, 30.0), 1.0), [Tilted]);
        assert!(drawn(pose(320.0, 240.0, 220.0, 0.0), 0.3).contains(&TooDark));
        assert!(drawn(pose(320.0, 240.0, 220.0, 0.0), 1.6).contains(&TooBright));

        let mut image = frame();
        let mut face = DrawnFace::new(5).draw(&mut image, &pose(320.0, 240.0, 220.0, 0.0));
        let other = DrawnFace::new(6).draw(&mut image, &pose(540.0, 240.0, 180.0, 0.0));
        assert_eq!(judge(&image, &[face, other]), [SeveralFaces]);
        let soft = image.view().resize(64, 48).expect("small");
        let soft = soft.view().resize(640, 480).expect("small");
        assert_eq!(judge(&soft, &[face]), [Blurred]);
        face.landmarks[2].0 += 0.5 * face.eye_distance();
        assert!(judge(&image, &[face]).contains(&Turned));
    }

    #[test]
    fn people_in_the_background_do_not_count() {
        let mut image = frame();
        let face = DrawnFace::new(5).draw(&mut image, &pose(320.0, 240.0, 220.0, 0.0));
        let far = DrawnFace::new(6).draw(&mut image, &pose(540.0, 100.0, 70.0, 0.0));
        assert_eq!(judge(&image, &[far, face]), []);
    }
}
