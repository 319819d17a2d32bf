//! The lane of camera and face engine.

use std::sync::Arc;

use super::request::Request;
use crate::camera::{Camera, FrameMode, closest};
use crate::checkin::{Answer, Event, FaceAnswer, FaceHint, PortraitAnswer, Presentation};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{FaceOutcome, FaceVerifier, QualityReason, ReferenceOutcome};
use crate::myna::VerifiedPortrait;
use crate::time::Clock;

/// Damaged frames in a row before the engine or the camera is said to have failed. An engine that
/// breaks by itself is not asked again.
const DAMAGED_FRAMES: u32 = 30;

pub(super) struct FaceLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) camera: Box<dyn Camera>,
    pub(super) verifier: Box<dyn FaceVerifier>,
    pub(super) portrait: Option<VerifiedPortrait>,
    /// The verifier has the reference and has seen no frame yet.
    pub(super) fresh: bool,
}

impl FaceLane {
    /// Keeps the portrait for the attempts of this session, if a reference can be made of it.
    pub(super) fn take_portrait(
        &mut self,
        portrait: VerifiedPortrait,
    ) -> Result<(), PortraitAnswer> {
        let picture = portrait.decode().map_err(|error| {
            if error.is_too_large() {
                PortraitAnswer::TooLarge
            } else {
                PortraitAnswer::Undecodable
            }
        })?;
        match self.verifier.start(&picture.view()) {
            Ok(ReferenceOutcome::Ready) => {
                self.portrait = Some(portrait);
                self.fresh = true;
                Ok(())
            }
            Err(error) if error.kind() != ErrorKind::InvalidInput => {
                Err(PortraitAnswer::EngineFailure)
            }
            Ok(_) | Err(_) => Err(PortraitAnswer::Undecodable),
        }
    }

    /// One attempt: looks until the engine decides, or the session gives up.
    pub(super) fn attempt(&mut self, request: &Request) {
        let answer = self.look(request);
        if let Err(error) = &answer
            && error.kind() == ErrorKind::Disconnected
        {
            request.tell(Event::CameraLost);
        }
        request.reply(answer.map(Answer::Face));
    }

    fn look(&mut self, request: &Request) -> Result<FaceAnswer> {
        let wait = &request.wait(&self.clock);
        let portrait = self
            .portrait
            .as_ref()
            .ok_or_else(|| Error::invalid_input("no portrait to compare with"))?;
        // Every attempt starts afresh: frames of the one before do not count against this one.
        // The first finds the reference that was made when the portrait came.
        if !std::mem::take(&mut self.fresh) {
            let started = portrait
                .decode()
                .map(|picture| self.verifier.start(&picture.view()));
            if !matches!(started, Ok(Ok(ReferenceOutcome::Ready))) {
                return Ok(FaceAnswer::EngineFailure);
            }
        }
        let modes = self.camera.modes()?;
        let mode = *closest(&modes, &FrameMode::reception())
            .ok_or_else(|| Error::protocol("the camera offers no mode"))?;
        let mut stream = self.camera.start(&mode, wait)?;
        let mut damaged = 0;
        let mut told = None;
        loop {
            let frame = stream.next_frame(wait)?;
            let outcome = match self.verifier.probe(&frame.view(), frame.captured_at()) {
                Ok(outcome) => outcome,
                Err(error)
                    if error.kind() == ErrorKind::InvalidInput && damaged < DAMAGED_FRAMES =>
                {
                    damaged += 1;
                    continue;
                }
                Err(_) => return Ok(FaceAnswer::EngineFailure),
            };
            damaged = 0;
            match outcome {
                FaceOutcome::Match { .. } => {
                    return Ok(FaceAnswer::Match(Presentation::NotChecked));
                }
                FaceOutcome::NonMatch { .. } => return Ok(FaceAnswer::NoMatch(told)),
                FaceOutcome::FailureToAcquire { reasons } => {
                    let hint = first_hint(&reasons).or(told).unwrap_or(FaceHint::NoFace);
                    return Ok(FaceAnswer::NoUsableFrame(hint));
                }
                FaceOutcome::MoreFrames { reasons } => {
                    let hint = first_hint(&reasons);
                    // Told once: a hint that flickers with every frame helps nobody.
                    if let Some(hint) = hint.filter(|hint| told != Some(*hint)) {
                        request.answer(Answer::FaceHint(hint));
                    }
                    told = hint.or(told);
                }
            }
        }
    }

    /// Forgets the person.
    pub(super) fn wipe(&mut self) {
        self.verifier.forget();
        self.portrait = None;
        self.fresh = false;
    }
}

/// What to tell first.
fn first_hint(reasons: &[QualityReason]) -> Option<FaceHint> {
    reasons.first().copied().map(FaceHint::from)
}
