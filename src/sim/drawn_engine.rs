//! A detector and an embedder for drawn faces, which need no model.

use crate::error::{Error, Result};
use crate::face::{FaceDetector, FaceEmbedder, FaceRegion, ModelId, Template, align};
use crate::imaging::{ImageView, PixelFormat, Rect};

/// Finds [`DrawnFace`](super::DrawnFace)s by the colours that they are drawn in, looking straight
/// ahead or a little to the side, with open eyes. Blind to everything else.
#[derive(Clone, Copy, Debug, Default)]
pub struct DrawnDetector;

/// Least width of a face, in pixels.
const LEAST_WIDTH: usize = 24;

type Rgb = [f32; 3];

fn is_skin([r, g, b]: Rgb) -> bool {
    g >= 112.0 && r > g && r > b + 20.0
}

fn is_lip([r, g, _]: Rgb) -> bool {
    g < 112.0 && r > g + 40.0 && r > 80.0
}

fn is_eye_white(rgb: Rgb) -> bool {
    rgb.iter().all(|value| *value > 215.0)
}

fn is_nostril([r, g, _]: Rgb) -> bool {
    r < 110.0 && g < 75.0 && r > g + 15.0
}

fn pixel(row: &[u8], x: usize) -> Rgb {
    [row[3 * x], row[3 * x + 1], row[3 * x + 2]].map(f32::from)
}

/// Points of one colour.
#[derive(Default)]
struct Spot {
    count: f32,
    x: f32,
    y: f32,
    left: Option<f32>,
    right: f32,
}

impl Spot {
    fn add(&mut self, x: usize, y: u32) {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.left = Some(self.left.map_or(x, |left| left.min(x)));
        self.right = self.right.max(x);
    }

    fn centre(&self) -> Option<(f32, f32)> {
        (self.count > 0.0).then(|| (self.x / self.count, self.y / self.count))
    }
}

/// Runs of columns with skin in them.
fn heads(image: &ImageView<'_>) -> Vec<std::ops::Range<usize>> {
    let width = image.width() as usize;
    let mut columns = vec![0usize; width];
    for y in 0..image.height() {
        let row = image.row(y);
        for (x, count) in columns.iter_mut().enumerate() {
            *count += usize::from(is_skin(pixel(row, x)));
        }
    }
    let enough = (image.height() / 12).max(1) as usize;
    let (mut heads, mut start) = (Vec::new(), None);
    for x in 0..=width {
        let skin = columns.get(x).is_some_and(|count| *count >= enough);
        match (skin, start) {
            (true, None) => start = Some(x),
            (false, Some(begun)) => {
                if x - begun >= LEAST_WIDTH {
                    heads.push(begun..x);
                }
                start = None;
            }
            _ => {}
        }
    }
    heads
}

fn face_in(image: &ImageView<'_>, columns: &std::ops::Range<usize>) -> Option<FaceRegion> {
    let middle = (columns.start + columns.end) / 2;
    let (mut left, mut right, mut mouth) = (Spot::default(), Spot::default(), Spot::default());
    for y in 0..image.height() {
        let row = image.row(y);
        let skin = |x: &usize| is_skin(pixel(row, *x));
        // Only what has skin on both sides of it is part of the face.
        let (Some(first), Some(last)) = (columns.clone().find(skin), columns.clone().rfind(skin))
        else {
            continue;
        };
        for x in first..last {
            let rgb = pixel(row, x);
            if is_eye_white(rgb) {
                if x < middle { &mut left } else { &mut right }.add(x, y);
            } else if is_lip(rgb) {
                mouth.add(x, y);
            }
        }
    }
    let (left, right) = (left.centre()?, right.centre()?);
    let (corner, (_, mouth_y)) = (mouth.left?, mouth.centre()?);
    let eyes = (left.1 + right.1) / 2.0;
    let length = mouth_y - eyes;
    if length < 8.0 {
        return None;
    }
    let mut nose = Spot::default();
    for y in (eyes + 0.25 * length) as u32..(mouth_y - 0.2 * length) as u32 {
        let row = image.row(y.min(image.height() - 1));
        for x in left.0 as usize..right.0 as usize {
            if is_nostril(pixel(row, x)) {
                nose.add(x, y);
            }
        }
    }
    let nose = nose.centre()?;
    let width = columns.len() as f32;
    Some(FaceRegion {
        bounds: Rect {
            x: columns.start as f32,
            y: eyes - 1.3 * length,
            width,
            height: 3.1 * length,
        },
        landmarks: [left, right, nose, (corner, mouth_y), (mouth.right, mouth_y)],
        // The larger, the surer.
        confidence: 0.7 + 0.3 * (width / image.width() as f32).min(1.0),
        covered: None,
    })
}

impl FaceDetector for DrawnDetector {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        if image.format() != PixelFormat::Rgb8 {
            return Err(Error::unsupported("detecting in other than RGB pictures"));
        }
        let mut faces: Vec<_> = heads(image)
            .iter()
            .filter_map(|columns| face_in(image, columns))
            .collect();
        faces.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        Ok(faces)
    }
}

/// Makes templates of the colours of an aligned face: enough to tell two drawn people apart by a
/// hair, and useless for anything else.
#[derive(Clone, Debug)]
pub struct DrawnEmbedder(ModelId);

impl DrawnEmbedder {
    /// Its model has a name of its own and no file.
    #[must_use]
    pub fn new() -> Self {
        Self::with_variant(0)
    }

    /// The same engine under another model: templates of two variants do not compare.
    #[must_use]
    pub fn with_variant(variant: u8) -> Self {
        Self(ModelId::new("drawn faces", [variant; 32]))
    }
}

impl Default for DrawnEmbedder {
    fn default() -> Self {
        Self::new()
    }
}

/// Side of the squares whose mean colours make a template, in pixels of the aligned face.
const SQUARE: usize = 14;

/// What red, green and blue count: unlike each other, or swapping them would change no score.
const WEIGHTS: [f32; 3] = [1.0, 0.7, 0.4];

impl FaceEmbedder for DrawnEmbedder {
    fn model(&self) -> &ModelId {
        &self.0
    }

    fn embed(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template> {
        let aligned = align::align(image, &face.landmarks)?;
        let side = align::SIDE as usize;
        let squares = side / SQUARE;
        let mut sums = vec![0.0f32; squares * squares * 3];
        for (at, pixel) in aligned.data().chunks_exact(3).enumerate() {
            let square = (at / side / SQUARE) * squares + (at % side) / SQUARE;
            for ((sum, value), weight) in sums[square * 3..].iter_mut().zip(pixel).zip(WEIGHTS) {
                *sum += weight * f32::from(*value);
            }
        }
        // What all faces have in common tells nobody apart.
        let mean = sums.iter().sum::<f32>() / sums.len() as f32;
        sums.iter_mut().for_each(|sum| *sum -= mean);
        Template::new(self.0.clone(), sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::Image;
    use crate::sim::{DrawnFace, Pose};

    #[test]
    fn every_drawn_person_is_found_where_they_are() {
        for person in 1..=12 {
            let mut image =
                Image::filled(PixelFormat::Rgb8, 640, 480, [185, 190, 195]).expect("small");
            let pose = Pose {
                centre: (300.0, 235.0),
                height: 230.0,
                tilt: 2.0,
            };
            let drawn = DrawnFace::new(person).draw(&mut image, &pose);
            let found = DrawnDetector.detect(&image.view()).expect("RGB");
            assert_eq!(found.len(), 1, "person {person}");
            for (found, drawn) in found[0].landmarks.iter().zip(&drawn.landmarks) {
                let off = (found.0 - drawn.0).hypot(found.1 - drawn.1);
                assert!(off < 8.0, "person {person}: {found:?} for {drawn:?}");
            }
        }
    }

    #[test]
    fn nobody_is_found_where_nobody_is() {
        let image = Image::filled(PixelFormat::Rgb8, 64, 48, [185, 190, 195]).expect("small");
        assert!(DrawnDetector.detect(&image.view()).expect("RGB").is_empty());
    }
}
