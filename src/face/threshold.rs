//! From a false match rate to a threshold, with the evidence.

use super::{ComparisonScore, FalseMatchRate, ModelId};
use crate::error::{Error, ErrorKind, Result};

/// Where a threshold comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Counted among the comparisons of the set.
    Measured,
    /// Beyond what the set can show: the tail of a normal distribution fitted to it.
    Extrapolated,
}

/// A score from which on two faces are taken for one person's, and the rate it stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Scores from here on are a match.
    pub score: ComparisonScore,
    /// The rate at which different people reach it.
    pub rate: FalseMatchRate,
    /// How that is known.
    pub evidence: Evidence,
}

/// Thresholds of one model, with what they were measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdTable {
    /// Name of the model, for people.
    pub model: &'static str,
    /// SHA-256 of the model file. For another file the table says nothing.
    pub model_sha256: [u8; 32],
    /// What was compared.
    pub set: &'static str,
    /// Number of comparisons of different people in the set.
    pub impostor_comparisons: u32,
    /// When, year and month.
    pub date: &'static str,
    /// From the highest rate to the lowest.
    pub thresholds: &'static [Threshold],
}

impl ThresholdTable {
    /// The table for a model, among those that this library knows.
    ///
    /// # Errors
    /// `Unsupported`: no table; measure one, thresholds do not carry over between models.
    pub fn for_model(model: &ModelId) -> Result<&'static Self> {
        [&SFACE_2021DEC_INT8BQ]
            .into_iter()
            .find(|table| table.model_sha256 == *model.sha256())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("no threshold table for the model {model}"),
                )
            })
    }

    /// The threshold for a rate no higher than `rate`. Between two listed rates the lower one
    /// counts.
    ///
    /// # Errors
    /// `Unsupported`: the rate is lower than any in the table.
    pub fn threshold(&self, rate: FalseMatchRate) -> Result<Threshold> {
        self.thresholds
            .iter()
            .find(|threshold| threshold.rate <= rate)
            .copied()
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("no threshold for a false match rate as low as {rate}"),
                )
            })
    }
}

const fn row(score: f32, rate: FalseMatchRate, evidence: Evidence) -> Threshold {
    Threshold {
        score: ComparisonScore::unchecked(score),
        rate,
        evidence,
    }
}

/// SFace 2021dec, int8 block-quantised, as published by OpenCV Zoo.
///
/// Measured for this library. At these thresholds 0.5, 0.9, 2.3, 4.6 and 6.9 % of the
/// comparisons of the *same* person failed, on pictures of people who were not trying to be
/// recognised. No set of Japanese faces was at hand: measure your own before relying on a rate.
pub static SFACE_2021DEC_INT8BQ: ThresholdTable = ThresholdTable {
    model: "SFace 2021dec int8bq",
    model_sha256: [
        0xfb, 0x14, 0x3e, 0xea, 0x07, 0x83, 0x8a, 0xa5, 0x32, 0xd1, 0xc9, 0x5d, 0xf5, 0xf6, 0x98,
        0x99, 0x97, 0x4e, 0xa0, 0x14, 0x0e, 0x1f, 0xba, 0x05, 0xe9, 0x42, 0x04, 0xbe, 0x13, 0xed,
        0x74, 0xee,
    ],
    set: "press, web and television pictures of public figures, mean 0.108, deviation 0.089",
    impostor_comparisons: 5_462,
    date: "2026-11",
    thresholds: &[
        row(0.314, FalseMatchRate::ONE_IN_100, Evidence::Measured),
        row(0.382, FalseMatchRate::ONE_IN_1_000, Evidence::Measured),
        row(0.44, FalseMatchRate::ONE_IN_10_000, Evidence::Extrapolated),
        row(0.49, FalseMatchRate::ONE_IN_100_000, Evidence::Extrapolated),
        row(
            0.53,
            FalseMatchRate::ONE_IN_1_000_000,
            Evidence::Extrapolated,
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_between_rows_take_the_stricter_one() {
        let table = &SFACE_2021DEC_INT8BQ;
        let score = |rate: f64| {
            let rate = FalseMatchRate::new(rate).expect("a rate");
            table.threshold(rate).map(|t| t.score.value())
        };
        assert_eq!(score(1e-4).expect("listed"), 0.44);
        assert_eq!(score(5e-4).expect("between"), 0.44);
        assert_eq!(score(0.5).expect("higher than any"), 0.314);
        assert_eq!(
            score(1e-7).expect_err("lower").kind(),
            ErrorKind::Unsupported
        );
    }

    #[test]
    fn extrapolation_is_said() {
        for row in SFACE_2021DEC_INT8BQ.thresholds {
            let claimable = row.rate.comparisons_to_claim()
                <= u64::from(SFACE_2021DEC_INT8BQ.impostor_comparisons);
            assert_eq!(
                claimable,
                row.evidence == Evidence::Measured,
                "{}",
                row.rate
            );
        }
    }

    #[test]
    fn the_table_is_for_one_file() {
        let model = ModelId::new("other", [7; 32]);
        assert!(ThresholdTable::for_model(&model).is_err());
        let model = ModelId::new("any name", SFACE_2021DEC_INT8BQ.model_sha256);
        assert!(ThresholdTable::for_model(&model).is_ok());
    }
}
