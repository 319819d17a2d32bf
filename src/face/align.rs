//! Bringing a face into the position that embedders were trained on.

use super::Landmarks;
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::{Image, ImageView, PixelFormat};

/// Side of the aligned face, in pixels.
pub const SIDE: u32 = 112;

/// Where the five points of a face lie in the aligned picture: the ArcFace template, on which
/// ArcFace, SFace and their relatives were trained (published with InsightFace, also in OpenCV's
/// `FaceRecognizerSF`).
pub const TEMPLATE: Landmarks = [
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
];

/// A rotation with scaling, then a shift: x' = ax - by + tx, y' = bx + ay + ty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    a: f32,
    b: f32,
    tx: f32,
    ty: f32,
}

impl Similarity {
    /// The one that brings `from` nearest to `to` by least squares (Umeyama's solution without
    /// reflection, which in the plane is a closed form).
    ///
    /// # Errors
    /// `InvalidInput`: the points coincide or are not finite.
    pub fn between(from: &Landmarks, to: &Landmarks) -> Result<Self> {
        let middle = |points: &Landmarks| {
            let sum = points
                .iter()
                .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
            (sum.0 / 5.0, sum.1 / 5.0)
        };
        let (from_middle, to_middle) = (middle(from), middle(to));
        let (mut a, mut b, mut spread) = (0.0f32, 0.0f32, 0.0f32);
        for (from, to) in from.iter().zip(to) {
            let (x, y) = (from.0 - from_middle.0, from.1 - from_middle.1);
            let (u, v) = (to.0 - to_middle.0, to.1 - to_middle.1);
            a += x * u + y * v;
            b += x * v - y * u;
            spread += x * x + y * y;
        }
        let (a, b) = (a / spread, b / spread);
        let tx = to_middle.0 - (a * from_middle.0 - b * from_middle.1);
        let ty = to_middle.1 - (b * from_middle.0 + a * from_middle.1);
        let usable = [a, b, tx, ty].iter().all(|value| value.is_finite()) && a * a + b * b > 1e-12;
        if !usable {
            return Err(Error::invalid_input("these five points are no face"));
        }
        Ok(Self { a, b, tx, ty })
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (
            self.a * x - self.b * y + self.tx,
            self.b * x + self.a * y + self.ty,
        )
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let norm = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / norm, -self.b / norm);
        Self {
            a,
            b,
            tx: -(a * self.tx - b * self.ty),
            ty: -(b * self.tx + a * self.ty),
        }
    }
}

/// Cuts the face out of an RGB picture, upright and at the standard size: 112x112 pixels, RGB,
/// bilinear, black where the picture ends.
///
/// # Errors
/// `Unsupported`: not an RGB picture. `InvalidInput`: the points are no face.
pub fn align(image: &ImageView<'_>, landmarks: &Landmarks) -> Result<Image> {
    let mut face = Image::default();
    align_into(image, landmarks, &mut face)?;
    Ok(face)
}

/// Like [`align`], in the buffer of `face` if that is one of an earlier call.
///
/// # Errors
/// As [`align`].
pub fn align_into(image: &ImageView<'_>, landmarks: &Landmarks, face: &mut Image) -> Result<()> {
    if image.format() != PixelFormat::Rgb8 {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "faces are aligned in RGB pictures only",
        ));
    }
    let back = Similarity::between(landmarks, &TEMPLATE)?.inverse();
    if (face.format(), face.width(), face.height()) != (PixelFormat::Rgb8, SIDE, SIDE) {
        *face = Image::filled(PixelFormat::Rgb8, SIDE, SIDE, [0; 3])?;
    }
    let rows = face.data_mut().chunks_exact_mut(SIDE as usize * 3);
    for (y, row) in rows.enumerate() {
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            *pixel = sample(image, back.apply((x as f32, y as f32)));
        }
    }
    Ok(())
}

/// The colour at a place between pixels.
fn sample(image: &ImageView<'_>, (x, y): (f32, f32)) -> [u8; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    // `as` saturates; far outside stays outside.
    let (left, top) = (left as i64, top as i64);
    let mut sums = [0.5f32; 3];
    for (row, row_share) in [
        (top, 1.0 - bottom_share),
        (top.saturating_add(1), bottom_share),
    ] {
        if row < 0 || row >= i64::from(image.height()) {
            continue;
        }
        let row = image.row(row as u32);
        for (column, share) in [
            (left, 1.0 - right_share),
            (left.saturating_add(1), right_share),
        ] {
            if column < 0 || column >= i64::from(image.width()) {
                continue;
            }
            let pixel = &row[column as usize * 3..][..3];
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += f32::from(*value) * share * row_share;
            }
        }
    }
    sums.map(|sum| sum as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_and_scaled_template_comes_back() {
        let (sin, cos) = 0.4f32.sin_cos();
        let moved = TEMPLATE.map(|(x, y)| {
            (
                2.5 * (cos * x - sin * y) + 300.0,
                2.5 * (sin * x + cos * y) - 40.0,
            )
        });
        let there = Similarity::between(&moved, &TEMPLATE).expect("a face");
        for (from, to) in moved.iter().zip(&TEMPLATE) {
            let (x, y) = there.apply(*from);
            assert!((x - to.0).abs() < 1e-3 && (y - to.1).abs() < 1e-3);
            let (x, y) = there.inverse().apply(*to);
            assert!((x - from.0).abs() < 1e-2 && (y - from.1).abs() < 1e-2);
        }
    }

    #[test]
    fn points_that_are_no_face_are_refused() {
        for wrong in [
            [(3.0, 4.0); 5],
            [(f32::NAN, 0.0); 5],
            [(f32::INFINITY, 1.0); 5],
        ] {
            assert!(Similarity::between(&wrong, &TEMPLATE).is_err());
        }
    }

    #[test]
    fn aligning_an_aligned_face_changes_nothing() {
        let data: Vec<u8> = (0..112 * 112 * 3).map(|i| (i * 7 % 251) as u8).collect();
        let image = Image::from_packed(PixelFormat::Rgb8, 112, 112, data).expect("sizes agree");
        let again = align(&image.view(), &TEMPLATE).expect("a face");
        let differing = image
            .data()
            .iter()
            .zip(again.data())
            .filter(|(a, b)| a.abs_diff(**b) > 1)
            .count();
        assert!(differing < 400, "only the border may differ: {differing}");
    }

    #[test]
    fn far_outside_is_black() {
        let image = Image::filled(PixelFormat::Rgb8, 8, 8, [255; 3]).expect("small");
        let far = TEMPLATE.map(|(x, y)| (x * 10.0 + 1e6, y * 10.0));
        let face = align(&image.view(), &far).expect("a face");
        assert!(face.data().iter().all(|value| *value == 0));
    }
}
