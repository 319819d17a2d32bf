//! Detectors and embedders that break a rule.

use super::{How, as_packed};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{FaceDetector, FaceEmbedder, FaceRegion, ModelId, Template};
use crate::imaging::{Image, ImageView, PixelFormat, Rect};
use crate::sim::{DrawnDetector, DrawnEmbedder};

pub(super) struct BrokenDetector {
    how: How,
    saw_two: bool,
}

impl BrokenDetector {
    pub(super) fn new(how: How) -> Self {
        Self {
            how,
            saw_two: false,
        }
    }
}

fn moved(face: &mut FaceRegion, by: f32) {
    face.landmarks.iter_mut().for_each(|(x, _)| *x += by);
}

impl FaceDetector for BrokenDetector {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        let how = self.how;
        if how == How::DetectsInGrey && image.format() == PixelFormat::Grey8 {
            return DrawnDetector.detect(&image.to_rgb8()?.view());
        }
        if how == How::FailsOnSmall && image.width() < 16 {
            return Err(Error::new(ErrorKind::Other, "too small for this engine"));
        }
        let mut faces = match how {
            How::DetectsAsPacked => DrawnDetector.detect(&as_packed(image)?)?,
            _ => DrawnDetector.detect(image)?,
        };
        match how {
            How::FindsBeside => faces.iter_mut().for_each(|face| moved(face, 40.0)),
            How::SwapsEyes => faces.iter_mut().for_each(|face| face.landmarks.swap(0, 1)),
            How::LeastConfidentFirst => faces.reverse(),
            How::InventsFaces if faces.is_empty() => faces.push(invented()),
            How::MovesAfterTwo if self.saw_two => {
                faces.iter_mut().for_each(|face| moved(face, 2.0));
            }
            _ => {}
        }
        self.saw_two |= faces.len() == 2;
        Ok(faces)
    }
}

fn invented() -> FaceRegion {
    FaceRegion {
        bounds: Rect {
            x: 0.0,
            y: 0.0,
            width: 9.0,
            height: 9.0,
        },
        landmarks: [(2.0, 2.0), (6.0, 2.0), (4.0, 4.0), (3.0, 6.0), (5.0, 6.0)],
        confidence: 0.9,
        covered: None,
    }
}

pub(super) struct BrokenEmbedder {
    how: How,
    inner: DrawnEmbedder,
    stamp: DrawnEmbedder,
    calls: u32,
}

impl BrokenEmbedder {
    pub(super) fn new(how: How) -> Self {
        Self {
            how,
            inner: DrawnEmbedder::new(),
            stamp: DrawnEmbedder::with_variant(9),
            calls: 0,
        }
    }

    fn embed_swapped(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template> {
        let rgb = image.to_rgb8()?;
        let swapped = super::super::fixture::swapped(&rgb)?;
        self.inner.embed(&swapped.view(), face)
    }
}

impl FaceEmbedder for BrokenEmbedder {
    fn model(&self) -> &ModelId {
        self.inner.model()
    }

    fn embed(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template> {
        self.calls += 1;
        let rgb = image.format() == PixelFormat::Rgb8;
        // What is refused stays refused, but where that is the rule to break.
        let healthy = self.inner.embed(image, face);
        match self.how {
            How::EmbedsGrey if !rgb => self.inner.embed(&image.to_rgb8()?.view(), face),
            How::EmbedsNoFace if healthy.is_err() && rgb => {
                Template::new(self.inner.model().clone(), vec![1.0, 2.0])
            }
            _ if healthy.is_err() => healthy,
            How::StampsOtherModel => self.stamp.embed(image, face),
            How::ThirdIsAnother if self.calls == 3 => self.embed_swapped(image, face),
            How::EmbedsAsPacked => self.inner.embed(&as_packed(image)?, face),
            How::TiltIsAnotherColour if (face.landmarks[0].1 - face.landmarks[1].1).abs() > 0.5 => {
                self.embed_swapped(image, face)
            }
            How::SeesNoColours => {
                let mut grey: Image = image.to_rgb8()?;
                for pixel in grey.data_mut().chunks_exact_mut(3) {
                    let sum: u16 = pixel.iter().map(|value| u16::from(*value)).sum();
                    pixel.fill((sum / 3) as u8);
                }
                self.inner.embed(&grey.view(), face)
            }
            How::SwapsColours => self.embed_swapped(image, face),
            How::LooksItself => match DrawnDetector.detect(image)?.first() {
                Some(found) => self.inner.embed(image, found),
                None => healthy,
            },
            _ => healthy,
        }
    }
}
