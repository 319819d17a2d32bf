//! YuNet: faces with five landmarks.

use super::engine::Network;
use super::known::{ModelTask, identify};
use super::{Admission, ModelError};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{FaceDetector, FaceRegion, ModelId};
use crate::imaging::{Image, ImageView, PixelFormat, Rect};

/// Cells of the three output grids, in pixels.
const STRIDES: [usize; 3] = [8, 16, 32];
/// The network halves its input five times.
const MULTIPLE: usize = 32;
const OUTPUTS: [&str; 12] = [
    "cls_8", "cls_16", "cls_32", "obj_8", "obj_16", "obj_32", "bbox_8", "bbox_16", "bbox_32",
    "kps_8", "kps_16", "kps_32",
];

/// [`FaceDetector`] on YuNet 2023mar.
///
/// A picture is shrunk until its longer side is the working size, 320 pixels by default, and
/// filled up to a multiple of 32: a 640x480 frame is searched at 320x256. Faces from about 10
/// pixels of the shrunk picture are found.
pub struct YuNet {
    network: Network,
    model: ModelId,
    working_size: u32,
    min_confidence: f32,
}

impl YuNet {
    /// Loads the bytes of a model file.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::WrongTask`]; for unlisted models also
    /// [`ModelError::Malformed`], [`ModelError::Unsupported`], [`ModelError::Runtime`].
    pub fn from_bytes(bytes: &[u8], admission: Admission) -> std::result::Result<Self, ModelError> {
        Ok(Self {
            model: identify(bytes, ModelTask::Detect, admission)?,
            network: Network::load(bytes, &OUTPUTS, 1)?,
            working_size: 320,
            min_confidence: 0.6,
        })
    }

    /// Searches at another working size: pixels of the longer side, brought to 64 to 1280.
    /// Twice the size takes four times as long and finds faces half as large.
    #[must_use]
    pub fn with_working_size(mut self, pixels: u32) -> Self {
        self.working_size = pixels.clamp(64, 1280);
        self
    }

    /// Reports faces from this confidence on, 0 to 1; default 0.6.
    #[must_use]
    pub fn with_min_confidence(mut self, confidence: f32) -> Self {
        self.min_confidence = confidence;
        self
    }

    /// Runs the network on this many threads; default 1.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.network.set_threads(threads);
        self
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }
}

impl FaceDetector for YuNet {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        if image.format() != PixelFormat::Rgb8 {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "faces are searched in RGB pictures only",
            ));
        }
        let (small, factor) = image.shrink_to(self.working_size)?;
        let width = (small.width() as usize).next_multiple_of(MULTIPLE);
        let height = (small.height() as usize).next_multiple_of(MULTIPLE);
        let outputs = self
            .network
            .run(planes(&small, width, height), height, width)?;
        let mut faces = decode(&outputs, width, height, self.min_confidence);
        faces
            .iter_mut()
            .for_each(|face| *face = face.mapped(factor, (0.0, 0.0)));
        Ok(faces)
    }
}

impl std::fmt::Debug for YuNet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "YuNet({} at {} pixels)", self.model, self.working_size)
    }
}

/// Blue, green, red: the order of the pictures that the network was trained on. Values 0 to 255,
/// black where the picture ends.
fn planes(image: &Image, width: usize, height: usize) -> Vec<f32> {
    let mut planes = vec![0.0; 3 * width * height];
    let view = image.view();
    for (plane, channel) in planes.chunks_exact_mut(width * height).zip([2, 1, 0]) {
        for (y, row) in plane
            .chunks_exact_mut(width)
            .enumerate()
            .take(image.height() as usize)
        {
            let pixels = view.row(y as u32).chunks_exact(3);
            for (value, pixel) in row.iter_mut().zip(pixels) {
                *value = f32::from(pixel[channel]);
            }
        }
    }
    planes
}

/// Faces from the grids: each cell says how sure it is, and where bounds and points lie relative
/// to its corner. Overlapping faces (intersection over union above 0.3) are one.
fn decode(
    outputs: &[Vec<f32>],
    width: usize,
    height: usize,
    min_confidence: f32,
) -> Vec<FaceRegion> {
    let mut found = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let [classes, objects, bounds, points] =
            std::array::from_fn(|kind| outputs.get(3 * kind + level).map_or(&[][..], |o| &o[..]));
        let columns = width / stride;
        let cells = columns * (height / stride);
        let (bounds, points) = (bounds.as_chunks::<4>().0, points.as_chunks::<10>().0);
        for (cell, (class, object)) in classes.iter().zip(objects).enumerate().take(cells) {
            let confidence = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
            if confidence.is_nan() || confidence < min_confidence {
                continue;
            }
            let (Some(shape), Some(points)) = (bounds.get(cell), points.get(cell)) else {
                continue;
            };
            let (column, row) = ((cell % columns) as f32, (cell / columns) as f32);
            let scale = stride as f32;
            let (centre_x, centre_y) = ((column + shape[0]) * scale, (row + shape[1]) * scale);
            let (face_width, face_height) = (shape[2].exp() * scale, shape[3].exp() * scale);
            let face = FaceRegion {
                bounds: Rect {
                    x: centre_x - face_width / 2.0,
                    y: centre_y - face_height / 2.0,
                    width: face_width,
                    height: face_height,
                },
                landmarks: std::array::from_fn(|point| {
                    (
                        (points[2 * point] + column) * scale,
                        (points[2 * point + 1] + row) * scale,
                    )
                }),
                confidence,
                // YuNet finds hidden points as surely as visible ones.
                covered: None,
            };
            if face.bounds.area().is_finite() {
                found.push(face);
            }
        }
    }
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut faces: Vec<FaceRegion> = Vec::new();
    for face in found {
        if faces
            .iter()
            .all(|kept| kept.bounds.overlap(&face.bounds) <= 0.3)
        {
            faces.push(face);
        }
    }
    faces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Outputs for a 64x64 input in which one cell of each level may be set.
    fn grids(cells: &[(usize, usize, f32)]) -> Vec<Vec<f32>> {
        let count = |level: usize| (64 / STRIDES[level]) * (64 / STRIDES[level]);
        let mut outputs = Vec::new();
        for values in [1, 1, 4, 10] {
            outputs.extend((0..3).map(|level| vec![0.0; count(level) * values]));
        }
        for (level, cell, confidence) in cells {
            outputs[*level][*cell] = confidence * confidence;
            outputs[3 + level][*cell] = 1.0;
            outputs[6 + level][*cell * 4 + 2] = 1.0;
            outputs[6 + level][*cell * 4 + 3] = 1.0;
        }
        outputs
    }

    #[test]
    fn cells_become_pixels() {
        let faces = decode(&grids(&[(1, 5, 0.9)]), 64, 64, 0.6);
        assert_eq!(faces.len(), 1);
        let face = &faces[0];
        // Cell 5 of four columns: column 1, row 1, of 16 pixels.
        assert_eq!(face.landmarks[0], (16.0, 16.0));
        let side = 16.0 * 1.0f32.exp();
        assert!((face.bounds.width - side).abs() < 1e-3);
        assert!((face.bounds.x - (16.0 - side / 2.0)).abs() < 1e-3);
        assert!((face.confidence - 0.9).abs() < 1e-6);
    }

    #[test]
    fn neighbours_are_one_face_and_doubts_are_none() {
        let faces = decode(
            &grids(&[(0, 9, 0.7), (0, 10, 0.8), (2, 3, 0.5)]),
            64,
            64,
            0.6,
        );
        assert_eq!(faces.len(), 1);
        assert!((faces[0].confidence - 0.8).abs() < 1e-6);
    }

    #[test]
    fn short_or_broken_outputs_give_no_face() {
        assert!(decode(&[], 64, 64, 0.6).is_empty());
        let mut outputs = grids(&[(0, 9, 0.9)]);
        outputs[6].truncate(8);
        assert!(decode(&outputs, 64, 64, 0.6).is_empty());
        let mut outputs = grids(&[(0, 9, 0.9)]);
        outputs[0][9] = f32::NAN;
        outputs[6][9 * 4 + 2] = f32::INFINITY;
        assert!(decode(&outputs, 64, 64, 0.6).is_empty());
    }

    #[test]
    fn blue_comes_first() {
        let image = Image::filled(PixelFormat::Rgb8, 2, 1, [1, 2, 3]).expect("small");
        let planes = planes(&image, 3, 1);
        assert_eq!(planes, [3.0, 3.0, 0.0, 2.0, 2.0, 0.0, 1.0, 1.0, 0.0]);
    }
}
