//! Error rates of comparisons, from their scores (ISO/IEC 19795-1): what a calibration counts
//! before a threshold may be trusted.
//!
//! *For application authors*: put the scores of *genuine* comparisons (one person) and of
//! *impostor* comparisons (different people) into a [`ScoreSet`] and ask for rates and
//! thresholds. The example `calibrate` does so for a list of pictures, or for the scores that
//! any other engine gave.
//!
//! ```
//! use myna_hal::face::FalseMatchRate;
//! use myna_hal::face::error_rates::ScoreSet;
//!
//! let set = ScoreSet::new(vec![0.61, 0.74, 0.58], vec![0.02, 0.13, -0.05, 0.27])?;
//! assert_eq!(set.equal_error_rate().map(|equal| equal.rate), Some(0.0));
//! // Four comparisons of different people show nothing about one in a thousand.
//! assert!(set.operating_point(FalseMatchRate::ONE_IN_1_000).is_none());
//! // One of four matches at 0.2, and the rate behind it may be 70 %.
//! assert!(set.false_matches(0.2).interval().upper > 0.69);
//! # Ok::<(), myna_hal::Error>(())
//! ```
//!
//! *Contract*: a score is the higher the more two faces are alike, on any scale. A comparison is a
//! match from the threshold on: the false match rate counts impostor scores `>=` the threshold, the
//! false non-match rate genuine scores `<` it. Every interval takes the comparisons for independent
//! of each other. Those that share a picture or a person are not, and the truth is then less
//! certain than the interval says.

mod normal;
mod proportion;
#[cfg(test)]
mod tests;

use super::{Evidence, FalseMatchRate};
use crate::error::{Error, Result};

pub use normal::normal_deviate;
pub use proportion::{Interval, Proportion};

/// Least number of impostor comparisons to fit a normal distribution to: from fewer, the fit of the
/// deviation alone leaves the rate 1e-4 uncertain by more than a factor of two.
pub const LEAST_TO_EXTRAPOLATE: usize = 1_000;

/// The scores of a set, genuine and impostor.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreSet {
    /// Ascending, as the next.
    genuine: Vec<f64>,
    impostor: Vec<f64>,
}

/// Where as many impostors match as genuine comparisons fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EqualErrorRate {
    /// The rate, 0 to 1: where the straight line between the two neighbouring points of the DET
    /// curve has equal rates.
    pub rate: f64,
    /// The threshold at which the two rates are closest.
    pub threshold: f64,
}

/// The rates at one threshold: a point of the detection error trade-off curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetPoint {
    /// A score that occurs in the set.
    pub threshold: f64,
    /// Share of the impostor comparisons that match, 0 to 1.
    pub false_match_rate: f64,
    /// Share of the genuine comparisons that fail, 0 to 1.
    pub false_non_match_rate: f64,
}

/// A threshold for a false match rate, with its evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// The rate that was asked for.
    pub rate: FalseMatchRate,
    /// Scores from here on are a match.
    pub threshold: f64,
    /// How the rate at this threshold is known.
    pub evidence: Evidence,
}

impl ScoreSet {
    /// A set of these scores, in any order. Either kind may be missing.
    ///
    /// # Errors
    /// `InvalidInput`: a score that is not finite.
    pub fn new(mut genuine: Vec<f64>, mut impostor: Vec<f64>) -> Result<Self> {
        for scores in [&mut genuine, &mut impostor] {
            if !scores.iter().all(|score| score.is_finite()) {
                return Err(Error::invalid_input("a score that is not a finite number"));
            }
            scores.sort_unstable_by(f64::total_cmp);
        }
        Ok(Self { genuine, impostor })
    }

    /// Scores of comparisons of one person, ascending.
    #[must_use]
    pub fn genuine(&self) -> &[f64] {
        &self.genuine
    }

    /// Scores of comparisons of different people, ascending.
    #[must_use]
    pub fn impostor(&self) -> &[f64] {
        &self.impostor
    }

    /// Impostor comparisons that match at `threshold`.
    #[must_use]
    pub fn false_matches(&self, threshold: f64) -> Proportion {
        let below = self.impostor.partition_point(|score| *score < threshold);
        Proportion::of(self.impostor.len() - below, self.impostor.len())
    }

    /// Genuine comparisons that fail at `threshold`.
    #[must_use]
    pub fn false_non_matches(&self, threshold: f64) -> Proportion {
        let below = self.genuine.partition_point(|score| *score < threshold);
        Proportion::of(below, self.genuine.len())
    }

    /// The lowest false match rate that this many impostor comparisons could prove, by the rule of
    /// three; `None`: none at all.
    #[must_use]
    pub fn provable(&self) -> Option<FalseMatchRate> {
        FalseMatchRate::provable_by(self.impostor.len() as u64)
    }

    /// The points of the DET curve, one for each score that occurs, ascending; the false match
    /// rate falls along it and the false non-match rate rises. Empty if either kind of scores is
    /// missing.
    #[must_use]
    pub fn det(&self) -> Vec<DetPoint> {
        if self.genuine.is_empty() || self.impostor.is_empty() {
            return Vec::new();
        }
        let mut thresholds = [&self.genuine[..], &self.impostor[..]].concat();
        thresholds.sort_unstable_by(f64::total_cmp);
        thresholds.dedup();
        let share = |part: usize, all: usize| part as f64 / all as f64;
        let (mut genuine_below, mut impostors_below) = (0, 0);
        thresholds
            .into_iter()
            .map(|threshold| {
                let below = |score: &&f64| **score < threshold;
                let genuine = self.genuine[genuine_below..].iter();
                genuine_below += genuine.take_while(below).count();
                let impostors = self.impostor[impostors_below..].iter();
                impostors_below += impostors.take_while(below).count();
                let matching = self.impostor.len() - impostors_below;
                DetPoint {
                    threshold,
                    false_match_rate: share(matching, self.impostor.len()),
                    false_non_match_rate: share(genuine_below, self.genuine.len()),
                }
            })
            .collect()
    }

    /// The equal error rate; `None` if either kind of scores is missing.
    #[must_use]
    pub fn equal_error_rate(&self) -> Option<EqualErrorRate> {
        let points = self.det();
        let excess = |point: &DetPoint| point.false_match_rate - point.false_non_match_rate;
        // At the lowest score everything matches; above the highest one nothing does.
        let highest = points.last()?.threshold;
        let end = DetPoint {
            threshold: highest.next_up(),
            false_match_rate: 0.0,
            false_non_match_rate: 1.0,
        };
        let crossed = points.partition_point(|point| excess(point) > 0.0);
        let before = points.get(crossed.checked_sub(1)?)?;
        let after = points.get(crossed).unwrap_or(&end);
        let part = excess(before) / (excess(before) - excess(after));
        let rate =
            before.false_match_rate + part * (after.false_match_rate - before.false_match_rate);
        let threshold = if excess(before) < -excess(after) {
            let lower = crossed.checked_sub(2).and_then(|at| points.get(at));
            match lower {
                Some(lower) => roundest(lower.threshold, before.threshold),
                None => before.threshold,
            }
        } else {
            roundest(before.threshold, after.threshold)
        };
        Some(EqualErrorRate { rate, threshold })
    }

    /// A threshold for `rate`, and whether the set shows that rate.
    ///
    /// *Measured*: there are as many impostor comparisons as the rule of three asks for, and at
    /// the threshold at most this share of them matches. *Extrapolated*: there are fewer, but at
    /// least [`LEAST_TO_EXTRAPOLATE`]; the threshold is that of a normal distribution fitted to
    /// them, and no lower than counting gives. `None`: there are too few to say anything.
    ///
    /// All thresholds between two neighbouring scores have the same rates. Of those the one with
    /// the fewest digits about the middle is given.
    #[must_use]
    pub fn operating_point(&self, rate: FalseMatchRate) -> Option<OperatingPoint> {
        let counted = self.counted_threshold(rate)?;
        let comparisons = self.impostor.len();
        let (threshold, evidence) = if comparisons as u64 >= rate.comparisons_to_claim() {
            (counted, Evidence::Measured)
        } else if comparisons >= LEAST_TO_EXTRAPOLATE {
            let threshold = normal::upper_tail(&self.impostor, rate.value())?;
            (threshold.max(counted), Evidence::Extrapolated)
        } else {
            return None;
        };
        Some(OperatingPoint {
            rate,
            threshold,
            evidence,
        })
    }

    /// The threshold at which at most the share `rate` of the impostor scores matches.
    fn counted_threshold(&self, rate: FalseMatchRate) -> Option<f64> {
        let comparisons = self.impostor.len();
        // 1e-3 of 1,000 is one, whatever the last bit of the product says.
        let allowed = (rate.value() * comparisons as f64 * (1.0 + 1e-12)).floor() as usize;
        let highest_rejected = *self.impostor.get(comparisons.checked_sub(allowed + 1)?)?;
        let above = |scores: &[f64]| {
            let at = scores.partition_point(|score| *score <= highest_rejected);
            scores.get(at).copied()
        };
        let next = [above(&self.genuine), above(&self.impostor)];
        let next = next.into_iter().flatten().min_by(f64::total_cmp);
        Some(match next {
            Some(next) => roundest(highest_rejected, next),
            None => highest_rejected.next_up(),
        })
    }
}

/// The number with the fewest decimals near the middle of `lower` (excluded) and `upper`.
fn roundest(lower: f64, upper: f64) -> f64 {
    let middle = lower + (upper - lower) / 2.0;
    (0..=15)
        .map(|digits| {
            let scale = 10f64.powi(digits);
            (middle * scale).round() / scale
        })
        .find(|round| lower < *round && *round <= upper)
        .unwrap_or(upper)
}
