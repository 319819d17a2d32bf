//! From scores of several frames to one decision.

use std::borrow::Cow;

use super::{
    ComparisonScore, FalseMatchRate, MatchStatement, SFACE_2021DEC_INT8BQ, Template, TestSet,
    Threshold, ThresholdTable, compare,
};
use crate::error::{Error, Result};

/// Thresholds for [`SFACE_2021DEC_INT8BQ`] below this score are refused unless the caller
/// acknowledges them: it stands for a false match rate of 1 in 1,000, the least that border
/// control guidance accepts. (The optimum that OpenCV publishes for SFace, 0.363, is below it:
/// that is an accuracy optimum, not a rate.) Scores of other models have another scale; for those
/// the rate alone counts.
pub const WEAKEST_THRESHOLD: f32 = 0.382;

/// Usable frames per verification: averaging more of them does not help.
const MOST_USABLE: u32 = 5;

/// How scores become a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionPolicy {
    model: Cow<'static, str>,
    model_sha256: [u8; 32],
    set: TestSet,
    threshold: Threshold,
    early: Option<Threshold>,
    weak_acknowledged: bool,
    max_usable: u32,
    max_frames: u32,
}

impl DecisionPolicy {
    /// Decides at the threshold that `table` gives for `rate`.
    ///
    /// # Errors
    /// `Unsupported`: the table has no threshold for so low a rate. `InvalidInput`: the
    /// threshold stands for a rate above 1 in 1,000, or is below [`WEAKEST_THRESHOLD`].
    pub fn new(table: &ThresholdTable, rate: FalseMatchRate) -> Result<Self> {
        let policy = Self::acknowledging_weak_threshold(table, rate)?;
        if policy.weak_acknowledged {
            return Err(Error::invalid_input(format!(
                "a threshold of {:.3} for a false match rate of {} is too weak for a reception; \
                 acknowledge it explicitly to use it",
                policy.threshold.score.value(),
                policy.threshold.rate
            )));
        }
        Ok(policy)
    }

    /// As [`DecisionPolicy::new`], with a threshold however weak. For calibration and
    /// demonstration: the [statement](Self::statement), and with it every report, says that a
    /// weak threshold was acknowledged.
    ///
    /// # Errors
    /// `Unsupported`: the table has no threshold for so low a rate.
    pub fn acknowledging_weak_threshold(
        table: &ThresholdTable,
        rate: FalseMatchRate,
    ) -> Result<Self> {
        let threshold = table.threshold(rate)?;
        // A tenth of the rate that decides, which may be far below the rate that was asked for.
        // Quotients of decimal fractions are off by parts of 1e-16.
        let tenth = threshold.rate.value() / 10.0 * (1.0 + 1e-9);
        let early = table
            .thresholds()
            .iter()
            .find(|row| row.rate.value() <= tenth);
        let is_sface = table.model_sha256() == SFACE_2021DEC_INT8BQ.model_sha256();
        Ok(Self {
            model: Cow::Owned(table.model().to_owned()),
            model_sha256: *table.model_sha256(),
            set: table.set().clone(),
            threshold,
            early: early.copied(),
            weak_acknowledged: threshold.rate > FalseMatchRate::ONE_IN_1_000
                || is_sface && threshold.score.value() < WEAKEST_THRESHOLD,
            max_usable: MOST_USABLE,
            max_frames: 150,
        })
    }

    /// Decides after at most `frames` usable frames, 1 to 5; default 5. More do not help.
    #[must_use]
    pub fn with_max_usable(mut self, frames: u32) -> Self {
        self.max_usable = frames.clamp(1, MOST_USABLE);
        self
    }

    /// Gives up after `frames` frames, usable or not; default 150, at least the number of usable
    /// ones.
    #[must_use]
    pub fn with_max_frames(mut self, frames: u32) -> Self {
        self.max_frames = frames;
        self
    }

    /// The threshold that decides.
    #[must_use]
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// The threshold at which a match is sure enough to end before all frames are in; `None` when
    /// the table ends before a tenth of the rate.
    #[must_use]
    pub fn early_threshold(&self) -> Option<Threshold> {
        self.early
    }

    /// What a verification by this policy claims.
    #[must_use]
    pub fn statement(&self) -> MatchStatement {
        MatchStatement::by_table(
            self.model.clone(),
            self.model_sha256,
            self.set.clone(),
            self.threshold,
            self.early.map(|early| (early, self.max_usable - 1)),
            self.weak_acknowledged,
        )
    }
}

/// What the frames so far say.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// The same person.
    Match {
        /// The score that decided.
        score: ComparisonScore,
    },
    /// Not the same person.
    NonMatch {
        /// The score that decided.
        score: ComparisonScore,
    },
    /// Undecided.
    MoreFrames,
    /// Too few frames were usable to decide.
    FailureToAcquire,
}

/// Compares a reference with up to five probes of one presentation.
///
/// The score is that of the mean of the probes: averaging frames removes a part of the noise
/// that dark pictures have.
///
/// - *Match*: when all usable frames are in, at the threshold of the wanted rate; before, only at
///   the threshold of a ten times lower rate. Looking up to four times too often then adds at most
///   4 × 1/10 of the rate, see [`MatchStatement::per_verification`].
/// - *Non-match*: when all usable frames are in; before, as soon as no frames that may still come
///   could lift the score to the threshold, were they as like the reference as can be. Ending
///   early costs no match, so it adds nothing to the false non-match rate. (A floor that gives up
///   sooner would save some 0.1 s for people who do not match, at the cost of those who looked
///   away for three frames.)
/// - *Failure to acquire*: when the bound on all frames is reached with no more than half of the
///   usable ones. With more than half, they decide at the threshold of the wanted rate, which is
///   one look like any other.
///
/// What the bound takes for granted: that the mean of several frames of a wrong person is like the
/// reference as seldom as one frame is. Averaging takes away what differs between the frames, so
/// what all faces have in common weighs a little more. Where that matters, calibrate with means of
/// as many frames as decide.
#[derive(Debug)]
pub struct Decider {
    policy: DecisionPolicy,
    reference: Template,
    probes: Vec<Template>,
    frames: u32,
    decided: Option<Decision>,
}

impl Decider {
    /// Compares with `reference`.
    #[must_use]
    pub fn new(policy: DecisionPolicy, reference: Template) -> Self {
        Self {
            policy,
            reference,
            probes: Vec::new(),
            frames: 0,
            decided: None,
        }
    }

    /// Takes the template of a usable frame.
    ///
    /// # Errors
    /// `InvalidInput`: it is of another model than the reference.
    pub fn accept(&mut self, probe: Template) -> Result<Decision> {
        if let Some(decided) = self.decided {
            return Ok(decided);
        }
        self.reference.check_comparable(&probe)?;
        self.frames += 1;
        self.probes.push(probe);
        self.decide()
    }

    /// Counts a frame that was not usable.
    ///
    /// # Errors
    /// `InvalidInput`: probes that cancel each other out.
    pub fn skip(&mut self) -> Result<Decision> {
        if let Some(decided) = self.decided {
            return Ok(decided);
        }
        self.frames += 1;
        self.decide()
    }

    /// The score of one probe by itself, for logs and calibration.
    ///
    /// # Errors
    /// `InvalidInput`: it is of another model than the reference.
    pub fn score_of(&self, probe: &Template) -> Result<ComparisonScore> {
        compare(&self.reference, probe)
    }

    /// Whether further frames can change anything.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.decided.is_some()
    }

    /// The score of the probes so far; `None` without any.
    ///
    /// # Errors
    /// `InvalidInput`: probes that cancel each other out.
    pub fn score(&self) -> Result<Option<ComparisonScore>> {
        if self.probes.is_empty() {
            return Ok(None);
        }
        compare(&self.reference, &Template::mean(&self.probes)?).map(Some)
    }

    fn decide(&mut self) -> Result<Decision> {
        let usable = u32::try_from(self.probes.len()).unwrap_or(u32::MAX);
        let complete = usable >= self.policy.max_usable;
        let exhausted = self.frames >= self.policy.max_frames.max(self.policy.max_usable);
        let decision = match self.score()? {
            Some(score) if !complete && self.is_lost()? => Decision::NonMatch { score },
            Some(score) if complete || (exhausted && 2 * usable > self.policy.max_usable) => {
                if score >= self.policy.threshold.score {
                    Decision::Match { score }
                } else {
                    Decision::NonMatch { score }
                }
            }
            Some(score) if self.policy.early.is_some_and(|early| score >= early.score) => {
                Decision::Match { score }
            }
            _ if exhausted => Decision::FailureToAcquire,
            _ => Decision::MoreFrames,
        };
        if decision != Decision::MoreFrames {
            self.decided = Some(decision);
            // Nothing will be compared any more.
            self.probes.clear();
        }
        Ok(decision)
    }

    /// Whether the probes so far are so unlike the reference that the threshold is out of reach,
    /// even if every frame that is still missing were the reference itself: adding its direction
    /// is what raises the cosine most.
    fn is_lost(&self) -> Result<bool> {
        let mut along = 0.0f64;
        let mut squared = 0.0f64;
        for (at, probe) in self.probes.iter().enumerate() {
            along += f64::from(compare(&self.reference, probe)?.value());
            squared += 1.0;
            for other in &self.probes[..at] {
                squared += 2.0 * f64::from(compare(probe, other)?.value());
            }
        }
        let missing = f64::from(self.policy.max_usable) - self.probes.len() as f64;
        let length = (squared + missing * (2.0 * along + missing))
            .max(0.0)
            .sqrt();
        // Scores are a few parts of 1e-7 off: nobody is turned away for that.
        let reachable = (along + missing) / length.max(f64::MIN_POSITIVE) + 1e-5;
        Ok(reachable < f64::from(self.policy.threshold.score.value()))
    }
}

#[cfg(test)]
mod tests;
