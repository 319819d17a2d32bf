//! One attempt by face: what the frames lead to.

use super::liveness::Watched;
use super::request::Request;
use crate::camera::{FaceLight, RgbFrame};
use crate::checkin::{Answer, Event, FaceAnswer, FaceHint, PadPolicy, Presentation};
use crate::error::{Error, ErrorKind};
use crate::face::{Challenge, FaceOutcome, FaceVerifier, PadDecision, PadReason, QualityReason};
use crate::time::{Clock, Timestamp};
use crate::wait::Wait;

/// Damaged frames in a row before the engine or the camera is said to have failed. An engine that
/// breaks by itself is not asked again.
const DAMAGED_FRAMES: u32 = 30;

/// Verifier and liveness check on the frames of one presentation.
pub(super) struct Attempt<'a> {
    clock: &'a dyn Clock,
    verifier: &'a mut dyn FaceVerifier,
    presentation: Option<Watched<'a>>,
    request: &'a Request,
    pub(super) pad: PadPolicy,
    /// Until when a match waits for a check that decides nothing.
    pub(super) patience: Option<Timestamp>,
    told: Told<'a>,
    damaged: u32,
    matched: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        clock: &'a dyn Clock,
        verifier: &'a mut dyn FaceVerifier,
        presentation: Option<Watched<'a>>,
        request: &'a Request,
    ) -> Self {
        Self {
            clock,
            verifier,
            presentation,
            request,
            pad: PadPolicy::Off,
            patience: None,
            told: Told {
                hint: None,
                asked: None,
                request,
            },
            damaged: 0,
            matched: false,
        }
    }

    /// Shows a frame to everybody. An answer ends the attempt.
    pub(super) fn look(&mut self, frame: &RgbFrame, wait: &Wait) -> Option<FaceAnswer> {
        if let Some(presentation) = &mut self.presentation {
            let looked = presentation.look(frame, wait);
            let (decision, asked) = (presentation.decision(), presentation.asked());
            if self.pad == PadPolicy::Enforce
                && let Some(refused) = refused(decision, self.request)
            {
                return Some(refused);
            }
            self.told.ask(asked);
            // What is asked turns the face away, and what the check did not see is not compared:
            // somebody else may have stepped in.
            match looked {
                Err(hint) => {
                    self.told.hint(Some(hint));
                    return None;
                }
                Ok(()) if asked.is_some() && !self.matched => return None,
                Ok(()) => {}
            }
        }
        if self.matched {
            let late = self.patience.is_some_and(|end| self.clock.now() >= end);
            return self.of_match(late);
        }
        match self.verifier.probe(&frame.view(), frame.captured_at()) {
            Ok(outcome) => {
                self.damaged = 0;
                self.probed(outcome)
            }
            Err(error) => self.failed(&error),
        }
    }

    /// The light on the face in `frame`, the one that was looked at last.
    pub(super) fn light(&self, frame: &RgbFrame) -> Option<FaceLight> {
        match &self.presentation {
            // It looks at every frame; the verifier does not.
            Some(presentation) => presentation.light(frame),
            None => frame.light(&self.verifier.face()?),
        }
    }

    /// A frame that could not be looked at.
    pub(super) fn failed(&mut self, error: &Error) -> Option<FaceAnswer> {
        self.damaged += 1;
        let goes_on = error.kind() == ErrorKind::InvalidInput && self.damaged <= DAMAGED_FRAMES;
        (!goes_on).then_some(FaceAnswer::EngineFailure)
    }

    fn probed(&mut self, outcome: FaceOutcome) -> Option<FaceAnswer> {
        match outcome {
            FaceOutcome::Match { .. } => {
                self.matched = true;
                self.of_match(false)
            }
            FaceOutcome::NonMatch { .. } => Some(FaceAnswer::NoMatch(self.told.hint)),
            FaceOutcome::FailureToAcquire { reasons } => {
                let hint = first_hint(&reasons).or(self.told.hint);
                Some(FaceAnswer::NoUsableFrame(hint.unwrap_or(FaceHint::NoFace)))
            }
            FaceOutcome::MoreFrames { reasons } => {
                self.told.hint(first_hint(&reasons));
                None
            }
        }
    }

    fn of_match(&self, late: bool) -> Option<FaceAnswer> {
        let decision = self.presentation.as_ref().map(Watched::decision);
        of_match(decision, late, self.request)
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
