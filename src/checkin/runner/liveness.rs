//! Presentation attack detection beside the face engine, on the same frames.

use std::time::Duration;

use crate::camera::{Camera, Frame, FrameMode, FrameStream, closest};
use crate::checkin::FaceHint;
use crate::error::Result;
use crate::face::{
    Challenge, FaceDetector, FaceRegion, Infrared, LivenessCheck, PadDecision, PadReason,
    QualityGate, Sample,
};
use crate::imaging::Image;
use crate::wait::Wait;

/// Samples in a row that the check or its detector broke on, before it is not asked any more.
const BROKEN: u32 = 30;

/// How long an infrared frame is waited for, and how far apart a pair may be.
const PAIR: Duration = Duration::from_millis(50);

/// A liveness check and what it needs.
pub struct Liveness {
    /// The check.
    pub check: Box<dyn LivenessCheck>,
    /// Finds the face that the check looks at.
    pub detector: Box<dyn FaceDetector>,
    /// An infrared camera beside the colour camera, on the same clock.
    pub infrared: Option<Box<dyn Camera>>,
}

impl std::fmt::Debug for Liveness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Liveness")
            .field("evidence", &self.check.evidence())
            .finish_non_exhaustive()
    }
}

impl Liveness {
    /// Begins with a new presentation.
    pub(super) fn begin(&mut self, wait: &Wait) -> Presentation<'_> {
        self.check.start();
        // Without its infrared camera a check that needs it passes nobody, and says so itself.
        let infrared = self
            .infrared
            .as_mut()
            .and_then(|camera| infrared_stream(&mut **camera, wait).ok());
        Presentation {
            liveness: self,
            infrared,
            decision: PadDecision::Inconclusive { asked: None },
            broken: 0,
        }
    }

    /// Forgets the person.
    pub(super) fn wipe(&mut self) {
        self.check.forget();
    }
}

fn infrared_stream(camera: &mut dyn Camera, wait: &Wait) -> Result<Box<dyn FrameStream>> {
    let modes = camera.modes()?;
    let mode = closest(&modes, &FrameMode::reception())
        .copied()
        .ok_or_else(|| crate::error::Error::protocol("the camera offers no mode"))?;
    camera.start(&mode, wait)
}

/// What came of one frame.
pub(super) enum Looked {
    /// The check saw a face. The engine may compare it: both see the same presentation.
    AtFace,
    /// Nobody, or several: nothing for the engine either.
    AtNobody(FaceHint),
}

/// One presentation under the eyes of the check.
pub(super) struct Presentation<'a> {
    liveness: &'a mut Liveness,
    infrared: Option<Box<dyn FrameStream>>,
    decision: PadDecision,
    broken: u32,
}

impl Presentation<'_> {
    /// What the check says by now.
    pub(super) fn decision(&self) -> PadDecision {
        self.decision
    }

    /// What the patient is asked now.
    pub(super) fn asked(&self) -> Option<Challenge> {
        match self.decision {
            PadDecision::Inconclusive { asked } => asked,
            _ => None,
        }
    }

    /// Shows a frame to the check.
    pub(super) fn look(&mut self, frame: &Frame, wait: &Wait) -> Looked {
        let looked = self.try_look(frame, wait);
        if let Ok(looked) = looked {
            self.broken = 0;
            return looked;
        }
        self.broken += 1;
        if self.broken > BROKEN {
            self.decision = PadDecision::NoResponse(PadReason::TooFewSamples);
        }
        Looked::AtNobody(FaceHint::NoFace)
    }

    fn try_look(&mut self, frame: &Frame, wait: &Wait) -> Result<Looked> {
        let rgb = frame.view().to_rgb8()?;
        let image = rgb.view();
        let face = match nearest(self.liveness.detector.detect(&image)?) {
            Ok(face) => face,
            Err(hint) => return Ok(Looked::AtNobody(hint)),
        };
        let infrared = self.infrared_of(frame, wait)?;
        self.decision = self.liveness.check.probe(&Sample {
            image,
            face,
            infrared: infrared.as_ref().map(|(image, face)| Infrared {
                image: image.view(),
                face: *face,
            }),
            captured_at: frame.captured_at(),
        })?;
        Ok(Looked::AtFace)
    }

    /// The infrared picture of the same moment, and the face in it.
    fn infrared_of(
        &mut self,
        frame: &Frame,
        wait: &Wait,
    ) -> Result<Option<(Image, Option<FaceRegion>)>> {
        let Some(stream) = &mut self.infrared else {
            return Ok(None);
        };
        let Ok(other) = stream.next_frame(&wait.shortened(PAIR)) else {
            return Ok(None);
        };
        let (here, there) = (frame.captured_at(), other.captured_at());
        if here.since(there).max(there.since(here)) > PAIR {
            return Ok(None);
        }
        let grey = other.view().to_grey8()?;
        let faces = self
            .liveness
            .detector
            .detect(&grey.view().to_rgb8()?.view())?;
        Ok(Some((grey, nearest(faces).ok())))
    }
}

/// The face of the person in front. People who wait behind are smaller.
fn nearest(mut faces: Vec<FaceRegion>) -> Result<FaceRegion, FaceHint> {
    let gate = QualityGate::live();
    faces.retain(|face| face.confidence >= gate.min_confidence);
    faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
    match faces[..] {
        [] => Err(FaceHint::NoFace),
        [face, other, ..]
            if other.bounds.area() >= gate.other_face_share * face.bounds.area() =>
        {
            Err(FaceHint::ManyFaces)
        }
        [face, ..] => Ok(face),
    }
}
