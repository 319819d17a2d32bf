//! Presentation attack detection beside the face engine, on the same frames.

use std::time::Duration;

use super::sight;
use crate::camera::{Camera, FaceLight, Frame, FrameStream, RgbFrame};
use crate::checkin::FaceHint;
use crate::face::liveness::{LivenessEngine, Looked};
use crate::face::{Challenge, PadDecision, PadReason};
use crate::time::Timestamp;
use crate::wait::Wait;

/// Frames in a row that the engine broke on, before it is not asked any more.
const BROKEN: u32 = 30;

/// How long an infrared frame is waited for, and how far apart a pair may be.
const PAIR: Duration = Duration::from_millis(50);

/// A liveness check and what it needs.
#[derive(Debug)]
pub struct Liveness {
    engine: LivenessEngine,
    infrared: Option<InfraredCamera>,
}

struct InfraredCamera(Box<dyn Camera>);

impl std::fmt::Debug for InfraredCamera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0.info())
    }
}

impl Liveness {
    /// A check on the frames of the session's camera.
    #[must_use]
    pub fn new(engine: LivenessEngine) -> Self {
        Self {
            engine,
            infrared: None,
        }
    }

    /// The same with an infrared camera beside the colour camera, on the same clock.
    #[must_use]
    pub fn with_infrared(mut self, camera: Box<dyn Camera>) -> Self {
        self.infrared = Some(InfraredCamera(camera));
        self
    }

    pub(super) fn engine(&self) -> &LivenessEngine {
        &self.engine
    }

    /// Begins with a new presentation.
    pub(super) fn begin(&mut self, wait: &Wait) -> Watched<'_> {
        self.engine.start();
        // Without its infrared camera a check that needs it passes nobody, and says so itself.
        let infrared = self
            .infrared
            .as_mut()
            .and_then(|camera| sight::stream(&mut *camera.0, wait).ok());
        Watched {
            engine: &mut self.engine,
            infrared,
            decision: PadDecision::Inconclusive { asked: None },
            broken: 0,
        }
    }

    /// Forgets the person.
    pub(super) fn wipe(&mut self) {
        self.engine.forget();
    }
}

/// One presentation under the eyes of the check.
pub(super) struct Watched<'a> {
    engine: &'a mut LivenessEngine,
    infrared: Option<Box<dyn FrameStream>>,
    decision: PadDecision,
    broken: u32,
}

impl Watched<'_> {
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

    /// The light on the face in `frame`, the one that was looked at last.
    pub(super) fn light(&self, frame: &RgbFrame) -> Option<FaceLight> {
        frame.light(&self.engine.face()?)
    }

    /// Shows a frame to the check. A hint instead of an answer: it saw no face, and nobody else is
    /// to look at this frame.
    pub(super) fn look(&mut self, frame: &RgbFrame, wait: &Wait) -> Result<(), FaceHint> {
        let captured_at = frame.captured_at();
        let infrared = self.infrared_at(captured_at, wait);
        let other = infrared.as_ref().map(Frame::view);
        let looked = self.engine.look(&frame.view(), other.as_ref(), captured_at);
        self.broken = match looked {
            Ok(_) => 0,
            Err(_) => self.broken + 1,
        };
        match looked {
            Ok(Looked::AtFace(decision)) => {
                self.decision = decision;
                Ok(())
            }
            Ok(Looked::AtSeveral) => Err(FaceHint::ManyFaces),
            Err(_) if self.broken > BROKEN => {
                // The engine goes on to be compared: what that is worth, the policy says.
                self.decision = PadDecision::NoResponse(PadReason::TooFewSamples);
                Ok(())
            }
            _ => Err(FaceHint::NoFace),
        }
    }

    /// The infrared frame of the same moment.
    fn infrared_at(&mut self, captured_at: Timestamp, wait: &Wait) -> Option<Frame> {
        let stream = self.infrared.as_mut()?;
        let other = stream.next_frame(&wait.shortened(PAIR)).ok()?;
        let (here, there) = (captured_at, other.captured_at());
        (here.since(there).max(there.since(here)) <= PAIR).then_some(other)
    }
}
