//! A verifier that never waits for its engine.

use std::sync::Arc;

use super::journal::Fate;
use super::stages::{Judge, Stages};
use super::{FrameCounter, FrameCounts};
use crate::error::{Error, ErrorKind, Result};
use crate::face::verifier::{nobody, with_border};
use crate::face::{
    Decider, Decision, DecisionPolicy, FaceDetector, FaceEmbedder, FaceOutcome, FaceVerifier,
    FalseMatchRate, MatchStatement, QualityGate, QualityReason, ReferenceOutcome, ThresholdTable,
};
use crate::imaging::{ImageView, Rect};
use crate::time::{Clock, Timestamp};

/// Frames that the engine may fail on in a row before it is said to be broken.
const FAILURES: u32 = 30;

/// [`FaceVerifier`] on any [`FaceDetector`] and [`FaceEmbedder`], each on its own thread.
///
/// [`probe`](FaceVerifier::probe) hands the frame over and answers at once with what the frames
/// before it have shown: reasons are those of the newest frame that was judged since the last
/// probe. Only frames that were judged count towards the bound of the policy, not those that were
/// dropped. [`start`](FaceVerifier::start) waits for the reference, at most twice
/// [`ENGINE_LIMIT`](super::ENGINE_LIMIT).
pub struct StagedVerifier {
    stages: Stages,
    policy: DecisionPolicy,
    running: Option<Running>,
}

struct Running {
    decider: Decider,
    decision: Decision,
    /// What was wrong with the last frame that was judged.
    reasons: Vec<QualityReason>,
    failures: u32,
}

impl StagedVerifier {
    /// Starts the threads. Decides at `rate`, by the threshold table of the embedder's model;
    /// frames pass [`QualityGate::live`].
    ///
    /// # Errors
    /// `Unsupported`: no table for this model, or none for so low a rate. `InvalidInput`: a
    /// rate too high for a reception. `Unavailable`: no thread can be started.
    pub fn new(
        clock: &Arc<dyn Clock>,
        detector: impl FaceDetector + 'static,
        embedder: impl FaceEmbedder + 'static,
        rate: FalseMatchRate,
    ) -> Result<Self> {
        let policy = DecisionPolicy::new(ThresholdTable::for_model(embedder.model())?, rate)?;
        Self::with_policy(clock, detector, embedder, policy, QualityGate::live())
    }

    /// Starts the threads. Decides by `policy` on the frames that pass `gate`.
    ///
    /// # Errors
    /// `Unavailable`: no thread can be started.
    pub fn with_policy(
        clock: &Arc<dyn Clock>,
        detector: impl FaceDetector + 'static,
        embedder: impl FaceEmbedder + 'static,
        policy: DecisionPolicy,
        gate: QualityGate,
    ) -> Result<Self> {
        Ok(Self {
            stages: Stages::start(clock, detector, embedder, Judge::new(gate))?,
            policy,
            running: None,
        })
    }

    /// The policy that decides.
    #[must_use]
    pub fn policy(&self) -> &DecisionPolicy {
        &self.policy
    }

    /// What became of the frames since this verifier was made.
    #[must_use]
    pub fn counts(&self) -> FrameCounts {
        self.counter().counts()
    }

    /// Reads the counts while a session holds this verifier, and after.
    #[must_use]
    pub fn counter(&self) -> FrameCounter {
        self.stages.journal().counts.clone()
    }
}

impl FaceVerifier for StagedVerifier {
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome> {
        self.forget();
        self.stages.check()?;
        let portrait = with_border(&portrait.to_rgb8()?)?;
        Ok(match self.stages.reference(portrait)? {
            Ok(reference) => {
                self.running = Some(Running {
                    decider: Decider::new(self.policy.clone(), reference),
                    decision: Decision::MoreFrames,
                    reasons: Vec::new(),
                    failures: 0,
                });
                ReferenceOutcome::Ready
            }
            Err(reasons) => ReferenceOutcome::Unusable { reasons },
        })
    }

    fn probe(&mut self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<FaceOutcome> {
        let Some(running) = &mut self.running else {
            return Err(Error::invalid_input("a probe without a reference"));
        };
        if running.decision != Decision::MoreFrames {
            return Ok(running.outcome());
        }
        self.stages.check()?;
        // Before this frame goes in: what it leads to belongs to a later probe.
        let news = running.take_in(&self.stages);
        if running.failures >= FAILURES {
            self.stages.turn_over();
            return Err(Error::new(
                ErrorKind::Other,
                "the face engine fails on every frame",
            ));
        }
        if running.decision == Decision::MoreFrames {
            self.stages.offer(frame, captured_at)?;
        } else {
            self.stages.turn_over();
        }
        news?;
        Ok(running.outcome())
    }

    fn face(&self) -> Option<Rect> {
        self.stages.journal().face
    }

    fn forget(&mut self) {
        self.running = None;
        self.stages.turn_over();
    }

    fn warm_up(&mut self) -> Result<()> {
        // Finds nobody, which is all that is wanted.
        self.stages.reference(nobody()?).map(drop)
    }

    fn statement(&self) -> MatchStatement {
        self.policy.statement()
    }
}

impl Running {
    /// Takes in what became of frames since the last time. The first failure among them is
    /// returned, once all of them are in.
    fn take_in(&mut self, stages: &Stages) -> Result<()> {
        let mut news = Ok(());
        self.reasons.clear();
        while self.decision == Decision::MoreFrames {
            let Some(fate) = stages.journal().tell() else {
                break;
            };
            match fate {
                Fate::Unusable(reasons) => {
                    self.reasons = reasons;
                    self.failures = 0;
                    self.decision = self.decider.skip()?;
                }
                Fate::Embedded(template) => {
                    self.reasons.clear();
                    self.failures = 0;
                    self.decision = self.decider.accept(template)?;
                }
                Fate::Failed(error) => {
                    self.failures += 1;
                    news = news.and(Err(error));
                }
                Fate::DroppedBeforeDetection | Fate::DroppedBeforeEmbedding => {}
            }
        }
        news
    }

    fn outcome(&self) -> FaceOutcome {
        FaceOutcome::of(self.decision, self.reasons.clone())
    }
}

impl std::fmt::Debug for StagedVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StagedVerifier")
            .field("policy", &self.policy)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
