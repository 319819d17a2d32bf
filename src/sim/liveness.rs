//! A liveness check that says what it was told to say.

use std::collections::VecDeque;

use crate::error::{Error, Result};
use crate::face::{Challenge, LivenessCheck, PadDecision, PadReason, Sample};
use crate::imaging::PixelFormat;
use crate::time::Timestamp;

/// A [`LivenessCheck`] that does not look: answers each sample with the next decision of its
/// script and repeats the last one. For everything about a check-in but the detection itself.
#[derive(Clone, Debug)]
pub struct ScriptedLiveness {
    script: VecDeque<PadDecision>,
    left: Option<VecDeque<PadDecision>>,
    last: Timestamp,
}

impl ScriptedLiveness {
    /// Answers with `decisions`, one per sample; the last one stays. Without any: no decision.
    #[must_use]
    pub fn answering(decisions: impl IntoIterator<Item = PadDecision>) -> Self {
        Self {
            script: decisions.into_iter().collect(),
            left: None,
            last: Timestamp::START,
        }
    }

    /// Asks for two movements of a few frames each, then lets everybody pass.
    #[must_use]
    pub fn passing() -> Self {
        Self::asking_then(PadDecision::BonaFide)
    }

    /// Asks the same, then says that it is an attack.
    #[must_use]
    pub fn suspecting() -> Self {
        Self::asking_then(PadDecision::Attack(PadReason::FlatTurn))
    }

    /// Asks the same, then gives up.
    #[must_use]
    pub fn undecided() -> Self {
        let unanswered = PadReason::Unanswered(Challenge::Blink);
        Self::asking_then(PadDecision::NoResponse(unanswered))
    }

    /// Never comes to an end: an engine that breaks the contract.
    #[must_use]
    pub fn endless() -> Self {
        Self::answering([PadDecision::Inconclusive { asked: None }])
    }

    fn asking_then(decision: PadDecision) -> Self {
        let ask = |asked, times| std::iter::repeat_n(PadDecision::Inconclusive { asked }, times);
        Self::answering(
            ask(None, 3)
                .chain(ask(Some(Challenge::TurnLeft), 6))
                .chain(ask(None, 3))
                .chain(ask(Some(Challenge::Blink), 4))
                .chain([decision]),
        )
    }
}

impl LivenessCheck for ScriptedLiveness {
    fn start(&mut self) {
        self.left = Some(self.script.clone());
        self.last = Timestamp::START;
    }

    fn probe(&mut self, sample: &Sample<'_>) -> Result<PadDecision> {
        if sample.image.format() != PixelFormat::Rgb8 {
            return Err(Error::unsupported("liveness in other than RGB pictures"));
        }
        let Some(left) = &mut self.left else {
            return Err(Error::invalid_input("a sample of no presentation"));
        };
        if sample.captured_at < self.last {
            return Err(Error::invalid_input("a sample older than the one before"));
        }
        self.last = sample.captured_at;
        Ok(match left.len() {
            0 => PadDecision::NoResponse(PadReason::TooFewSamples),
            1 => left[0],
            _ => left
                .pop_front()
                .unwrap_or(PadDecision::NoResponse(PadReason::TooFewSamples)),
        })
    }

    fn forget(&mut self) {
        self.left = None;
    }
}
