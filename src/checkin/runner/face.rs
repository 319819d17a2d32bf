//! The lane of camera and face engine.

use std::sync::Arc;
use std::time::Duration;

use super::liveness::Liveness;
use super::request::Request;
use crate::camera::{Camera, FrameMode, closest};
use crate::checkin::{
    Answer, Event, FaceAnswer, FaceHint, PadPolicy, PortraitAnswer, Presentation,
};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{
    Challenge, FaceOutcome, FaceVerifier, PadDecision, PadReason, QualityReason, ReferenceOutcome,
};
use crate::myna::VerifiedPortrait;
use crate::time::Clock;

/// Damaged frames in a row before the engine or the camera is said to have failed. An engine that
/// breaks by itself is not asked again.
const DAMAGED_FRAMES: u32 = 30;

pub(super) struct FaceLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) camera: Box<dyn Camera>,
    pub(super) verifier: Box<dyn FaceVerifier>,
    /// `None` also when the policy is off.
    pub(super) liveness: Option<Liveness>,
    pub(super) pad: PadPolicy,
    /// How long an attempt waits for a check that decides nothing.
    pub(super) report_patience: Duration,
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
        let mut presentation = self.liveness.as_mut().map(|liveness| liveness.begin(wait));
        let patience = match self.pad {
            PadPolicy::Report => Some(self.clock.now() + self.report_patience),
            _ => None,
        };
        let mut damaged = 0;
        let mut told = Told {
            hint: None,
            asked: None,
            request,
        };
        let mut matched = false;
        loop {
            let frame = stream.next_frame(wait)?;
            if let Some(presentation) = &mut presentation {
                let looked = presentation.look(&frame, wait);
                let decision = presentation.decision();
                if self.pad == PadPolicy::Enforce
                    && let Some(refused) = refused(decision, request)
                {
                    return Ok(refused);
                }
                told.ask(presentation.asked());
                // What is asked turns the face away, and what the check did not see is not
                // compared: somebody else may have stepped in.
                match looked {
                    Err(hint) => {
                        told.hint(Some(hint));
                        continue;
                    }
                    Ok(()) if presentation.asked().is_some() && !matched => continue,
                    Ok(()) => {}
                }
            }
            if matched {
                let decision = presentation.as_ref().map(|it| it.decision());
                let late = patience.is_some_and(|end| self.clock.now() >= end);
                match of_match(decision, late, request) {
                    Some(answer) => return Ok(answer),
                    None => continue,
                }
            }
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
                    matched = true;
                    let decision = presentation.as_ref().map(|it| it.decision());
                    if let Some(answer) = of_match(decision, false, request) {
                        return Ok(answer);
                    }
                }
                FaceOutcome::NonMatch { .. } => return Ok(FaceAnswer::NoMatch(told.hint)),
                FaceOutcome::FailureToAcquire { reasons } => {
                    let hint = first_hint(&reasons).or(told.hint);
                    return Ok(FaceAnswer::NoUsableFrame(hint.unwrap_or(FaceHint::NoFace)));
                }
                FaceOutcome::MoreFrames { reasons } => told.hint(first_hint(&reasons)),
            }
        }
    }

    /// Forgets the person.
    pub(super) fn wipe(&mut self) {
        self.verifier.forget();
        if let Some(liveness) = &mut self.liveness {
            liveness.wipe();
        }
        self.portrait = None;
        self.fresh = false;
    }
}

/// What the patient was told in this attempt.
struct Told<'a> {
    hint: Option<FaceHint>,
    asked: Option<Challenge>,
    request: &'a Request,
}

impl Told<'_> {
    /// Once: a hint that flickers with every frame helps nobody.
    fn hint(&mut self, hint: Option<FaceHint>) {
        if let Some(hint) = hint.filter(|hint| self.hint != Some(*hint)) {
            self.request.answer(Answer::FaceHint(hint));
        }
        self.hint = hint.or(self.hint);
    }

    fn ask(&mut self, asked: Option<Challenge>) {
        if self.asked != asked {
            self.request.answer(Answer::FaceChallenge(asked));
        }
        self.asked = asked;
    }
}

/// The end of an attempt whose presentation did not pass, matched or not.
fn refused(decision: PadDecision, request: &Request) -> Option<FaceAnswer> {
    let (answer, reason) = match decision {
        PadDecision::Attack(reason) => (FaceAnswer::Spoof, reason),
        PadDecision::NoResponse(reason) => (FaceAnswer::NoLiveness, reason),
        PadDecision::BonaFide | PadDecision::Inconclusive { .. } => return None,
    };
    log_reason(reason, request);
    Some(answer)
}

/// A match with what the check says of its presentation; `None` while that is awaited. The score
/// has no part in it.
fn of_match(decision: Option<PadDecision>, late: bool, request: &Request) -> Option<FaceAnswer> {
    let presentation = match decision {
        None => Presentation::NotChecked,
        Some(PadDecision::BonaFide) => Presentation::Passed,
        Some(PadDecision::Attack(reason)) => {
            log_reason(reason, request);
            Presentation::Suspect
        }
        Some(PadDecision::NoResponse(_)) => Presentation::NoResponse,
        Some(PadDecision::Inconclusive { .. }) if late => Presentation::NoResponse,
        Some(PadDecision::Inconclusive { .. }) => return None,
    };
    Some(FaceAnswer::Match(presentation))
}

/// The reason goes into the failure that follows, for logs and staff. The patient never hears it.
fn log_reason(reason: PadReason, request: &Request) {
    request.tell(Event::VendorCode(reason.code().into()));
}

/// What to tell first.
fn first_hint(reasons: &[QualityReason]) -> Option<FaceHint> {
    reasons.first().copied().map(FaceHint::from)
}
