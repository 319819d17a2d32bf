//! From camera frames to samples.

use super::{Infrared, LivenessCheck, PadDecision, PadEvidence, Sample};
use crate::error::Result;
use crate::face::{FaceDetector, QualityGate};
use crate::imaging::{Image, ImageView, Rect};
use crate::time::Timestamp;

/// A [`LivenessCheck`] with a detector that finds the face in each frame for it.
pub struct LivenessEngine {
    check: Box<dyn LivenessCheck>,
    detector: Box<dyn FaceDetector>,
    face: Option<Rect>,
    /// The frame in RGB, in the buffer of the one before.
    rgb: Image,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Looked {
    /// The check saw the face of the person in front, and says this.
    AtFace(PadDecision),
    /// Nobody is in the frame; the check was not asked.
    AtNobody,
    /// Several people of about the same size are in the frame, and nobody knows whose presentation
    /// it is; the check was not asked.
    AtSeveral,
}

impl LivenessEngine {
    /// `check` looks at the faces that `detector` finds.
    #[must_use]
    pub fn new(check: impl LivenessCheck + 'static, detector: impl FaceDetector + 'static) -> Self {
        Self {
            check: Box::new(check),
            detector: Box::new(detector),
            face: None,
            rgb: Image::default(),
        }
    }

    /// Where the face is in the frame that was looked at last, in pixels; `None` without one, or
    /// with several of about the same size.
    #[must_use]
    pub fn face(&self) -> Option<Rect> {
        self.face
    }

    /// What the check was tested with.
    #[must_use]
    pub fn evidence(&self) -> PadEvidence {
        self.check.evidence()
    }

    /// Begins with a new presentation.
    pub fn start(&mut self) {
        self.check.start();
    }

    /// Looks at a frame, in any format that [`ImageView::to_rgb8`] understands, and at the infrared
    /// frame of the same moment, if there is one.
    ///
    /// # Errors
    /// `InvalidInput`: not a usable picture, not started, or a frame older than the one before.
    /// `Other`: an engine broke.
    pub fn look(
        &mut self,
        frame: &ImageView<'_>,
        infrared: Option<&ImageView<'_>>,
        captured_at: Timestamp,
    ) -> Result<Looked> {
        self.face = None;
        let image = frame.as_rgb8(&mut self.rgb)?;
        // By the same bounds as frames that are compared: people who wait behind are smaller.
        let gate = QualityGate::live();
        let face = match gate.in_front(&self.detector.detect(&image)?) {
            Some((face, false)) => *face,
            None => return Ok(Looked::AtNobody),
            Some((_, true)) => return Ok(Looked::AtSeveral),
        };
        self.face = Some(face.bounds);
        let pair = match infrared {
            Some(other) => {
                let faces = self.detector.detect(&other.to_rgb8()?.view())?;
                let alone = gate.in_front(&faces).filter(|(_, crowd)| !crowd);
                let found = alone.map(|(face, _)| *face);
                Some((other.to_grey8()?, found))
            }
            None => None,
        };
        let decision = self.check.probe(&Sample {
            image,
            face,
            infrared: pair.as_ref().map(|(image, face)| Infrared {
                image: image.view(),
                face: *face,
            }),
            captured_at,
        })?;
        Ok(Looked::AtFace(decision))
    }

    /// Forgets the presentation.
    pub fn forget(&mut self) {
        self.check.forget();
        self.face = None;
        self.rgb = Image::default();
    }
}

impl std::fmt::Debug for LivenessEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LivenessEngine")
            .field("evidence", &self.evidence())
            .finish_non_exhaustive()
    }
}
