//! From scores of several frames to one decision.

use super::{ComparisonScore, FalseMatchRate, Template, Threshold, ThresholdTable, compare};
use crate::error::{Error, Result};

/// Thresholds below this score are refused unless the caller acknowledges them: it stands for a
/// false match rate of 1 in 1,000, the least that border control guidance accepts. (The optimum
/// that OpenCV publishes for SFace, 0.363, is below it: that is an accuracy optimum, not a rate.)
pub const WEAKEST_THRESHOLD: f32 = 0.382;

/// How scores become a decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionPolicy {
    threshold: Threshold,
    early: Option<Threshold>,
    max_usable: u32,
    max_frames: u32,
}

impl DecisionPolicy {
    /// Decides at the threshold that `table` gives for `rate`.
    ///
    /// # Errors
    /// `Unsupported`: the table has no threshold for so low a rate. `InvalidInput`: the
    /// threshold is below [`WEAKEST_THRESHOLD`].
    pub fn new(table: &ThresholdTable, rate: FalseMatchRate) -> Result<Self> {
        let policy = Self::acknowledging_weak_threshold(table, rate)?;
        if policy.threshold.score.value() < WEAKEST_THRESHOLD {
            return Err(Error::invalid_input(format!(
                "a false match rate of {rate} is too high for a reception; acknowledge it \
                 explicitly to use it"
            )));
        }
        Ok(policy)
    }

    /// As [`DecisionPolicy::new`], with a threshold however weak. For calibration and
    /// demonstration.
    ///
    /// # Errors
    /// `Unsupported`: the table has no threshold for so low a rate.
    pub fn acknowledging_weak_threshold(
        table: &ThresholdTable,
        rate: FalseMatchRate,
    ) -> Result<Self> {
        let threshold = table.threshold(rate)?;
        let tenth = FalseMatchRate::new(rate.value() / 10.0)?;
        Ok(Self {
            threshold,
            early: table.threshold(tenth).ok(),
            max_usable: 5,
            max_frames: 150,
        })
    }

    /// Decides after at most `frames` usable frames, 1 to 5; default 5. More do not help.
    #[must_use]
    pub fn with_max_usable(mut self, frames: u32) -> Self {
        self.max_usable = frames.clamp(1, 5);
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
/// that dark pictures have. When all usable frames are in, the threshold of the wanted rate
/// decides. Before, only a score that reaches the threshold of a ten times lower rate ends the
/// verification: looking up to four times too often then raises the rate by at most
/// 4 × 1/10 of itself, far less in practice because frames of one person are alike.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::face::{ModelId, SFACE_2021DEC_INT8BQ};

    /// A template at the given cosine to `at(1.0)`.
    fn at(cosine: f32) -> Template {
        let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
        Template::new(ModelId::new("test", [1; 32]), vec![cosine, sine]).expect("finite")
    }

    fn decider() -> Decider {
        let policy = DecisionPolicy::new(&SFACE_2021DEC_INT8BQ, FalseMatchRate::default());
        Decider::new(policy.expect("listed"), at(1.0))
    }

    #[test]
    fn a_clear_match_needs_one_frame() {
        assert!(matches!(
            decider().accept(at(0.7)),
            Ok(Decision::Match { .. })
        ));
    }

    #[test]
    fn a_doubtful_match_needs_all_frames() {
        let mut decider = decider();
        for _ in 0..4 {
            assert_eq!(
                decider.accept(at(0.46)).expect("one model"),
                Decision::MoreFrames
            );
        }
        assert!(matches!(
            decider.accept(at(0.46)),
            Ok(Decision::Match { .. })
        ));
    }

    #[test]
    fn another_person_is_a_non_match_after_five_and_stays_one() {
        let mut decider = decider();
        for _ in 0..4 {
            assert_eq!(
                decider.accept(at(0.2)).expect("one model"),
                Decision::MoreFrames
            );
        }
        assert!(matches!(
            decider.accept(at(0.2)),
            Ok(Decision::NonMatch { .. })
        ));
        assert!(
            matches!(decider.accept(at(0.99)), Ok(Decision::NonMatch { .. })),
            "decided"
        );
    }

    #[test]
    fn it_is_bounded_without_usable_frames() {
        let mut decider = decider();
        for _ in 0..149 {
            assert_eq!(decider.skip().expect("none"), Decision::MoreFrames);
        }
        assert_eq!(decider.skip().expect("none"), Decision::FailureToAcquire);
    }

    #[test]
    fn weak_thresholds_need_acknowledgement() {
        let table = &SFACE_2021DEC_INT8BQ;
        let weak = FalseMatchRate::ONE_IN_100;
        let error = DecisionPolicy::new(table, weak).expect_err("too weak");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(DecisionPolicy::acknowledging_weak_threshold(table, weak).is_ok());
        assert!(DecisionPolicy::new(table, FalseMatchRate::ONE_IN_1_000).is_ok());
    }

    #[test]
    fn another_model_is_refused() {
        let other = Template::new(ModelId::new("test", [2; 32]), vec![1.0, 0.0]).expect("finite");
        let error = decider().accept(other).expect_err("models");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
