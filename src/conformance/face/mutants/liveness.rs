//! A simple liveness check, and what can be wrong with it. The reference check would do, but takes
//! its time.

use super::How;
use crate::error::{Error, Result};
use crate::face::{Challenge, LivenessCheck, PadDecision, PadReason, Sample};
use crate::imaging::PixelFormat;
use crate::time::Timestamp;

const ASKING: PadDecision = PadDecision::Inconclusive {
    asked: Some(Challenge::TurnLeft),
};

/// Asks for a turn to the left and believes in any.
#[derive(Default)]
struct Simple {
    running: Option<(u32, Timestamp)>,
    decided: Option<PadDecision>,
}

impl Simple {
    fn start(&mut self) {
        self.running = Some((0, Timestamp::START));
        self.decided = None;
    }

    fn probe(&mut self, sample: &Sample<'_>, at: Timestamp) -> Result<PadDecision> {
        let Some((samples, before)) = &mut self.running else {
            return Err(Error::invalid_input("a sample of no presentation"));
        };
        if at < *before {
            return Err(Error::invalid_input("a sample older than the one before"));
        }
        (*samples, *before) = (*samples + 1, at);
        if let Some(decided) = self.decided {
            return Ok(decided);
        }
        let [left, right, nose, ..] = sample.face.landmarks;
        let turn = (nose.0 - (left.0 + right.0) / 2.0) / sample.face.eye_distance();
        if turn > 0.12 {
            self.decided = Some(PadDecision::BonaFide);
        } else if *samples > 60 {
            let unanswered = PadReason::Unanswered(Challenge::TurnLeft);
            self.decided = Some(PadDecision::NoResponse(unanswered));
        }
        Ok(self.decided.unwrap_or(ASKING))
    }
}

pub(super) struct BrokenLiveness {
    how: How,
    inner: Simple,
    started: bool,
    /// Not the first of this kind.
    second: bool,
}

impl BrokenLiveness {
    pub(super) fn new(how: How, second: bool) -> Self {
        Self {
            how,
            inner: Simple::default(),
            started: false,
            second,
        }
    }
}

impl LivenessCheck for BrokenLiveness {
    fn start(&mut self) {
        self.started = true;
        if self.how == How::KeepsDecision && self.inner.decided.is_some() {
            self.inner.running = Some((0, Timestamp::START));
            return;
        }
        self.inner.start();
    }

    fn probe(&mut self, sample: &Sample<'_>) -> Result<PadDecision> {
        let how = self.how;
        if sample.image.format() != PixelFormat::Rgb8 && how != How::ChecksGrey {
            return Err(Error::unsupported("liveness in other than RGB pictures"));
        }
        if how == How::ChecksUnstarted && !self.started {
            return Ok(ASKING);
        }
        let at = match (how, self.inner.running) {
            (How::ForgetsTime, Some((_, before))) => before.max(sample.captured_at),
            _ => sample.captured_at,
        };
        let was_decided = self.inner.decided.is_some();
        let decision = self.inner.probe(sample, at)?;
        Ok(match (how, decision) {
            (How::PassesNobody, PadDecision::BonaFide) => {
                PadDecision::NoResponse(PadReason::TooFewSamples)
            }
            (How::SecondDiffers, PadDecision::BonaFide) if self.second => {
                PadDecision::NoResponse(PadReason::TooFewSamples)
            }
            (How::PassesEverybody, PadDecision::NoResponse(_)) => PadDecision::BonaFide,
            (How::GoesOnAfterwards, _) if was_decided => ASKING,
            (_, decision) => decision,
        })
    }

    fn forget(&mut self) {
        if self.how != How::KeepsPresentation {
            self.inner.running = None;
        }
    }
}
