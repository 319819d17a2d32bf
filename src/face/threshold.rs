//! From a false match rate to a threshold, with the evidence.

use std::borrow::Cow;
use std::fmt;

use super::{ComparisonScore, FalseMatchRate, ModelId};
use crate::error::{Error, ErrorKind, Result};

/// Where a rate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Evidence {
    /// Counted among the comparisons of the set, which has enough of them to show the rate.
    Measured,
    /// Beyond what the set can show: the tail of a distribution fitted to it.
    Extrapolated,
    /// The maker of the engine says so; nobody else has shown it.
    Claimed,
}

impl Evidence {
    /// The stable code, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Extrapolated => "extrapolated",
            Self::Claimed => "claimed-by-maker",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Claimed => "claimed by the maker",
            _ => self.code(),
        })
    }
}

/// A score from which on two faces are taken for one person's, and the rate it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// Scores from here on are a match.
    pub score: ComparisonScore,
    /// The rate at which different people reach it.
    pub rate: FalseMatchRate,
    /// How that is known.
    pub evidence: Evidence,
}

/// What a table was measured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSet {
    /// What was compared, in words.
    pub description: Cow<'static, str>,
    /// Number of comparisons of different people.
    pub impostor_comparisons: u64,
    /// When: year and month, or a day, as in `2026-11`.
    pub date: Cow<'static, str>,
}

/// Thresholds of one model, with what they were measured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdTable {
    model: Cow<'static, str>,
    model_sha256: [u8; 32],
    set: TestSet,
    thresholds: Cow<'static, [Threshold]>,
}

impl ThresholdTable {
    /// A table for a model of your own, as a calibration finds it; `thresholds` from the highest
    /// rate to the lowest.
    ///
    /// # Errors
    /// `InvalidInput`: no thresholds; rates that do not fall or scores that do not rise from one
    /// to the next; one called [`Measured`](Evidence::Measured) although the set has fewer
    /// comparisons than its rate [takes](FalseMatchRate::comparisons_to_claim); a set without a
    /// description, or a date that is not `YYYY-MM` or `YYYY-MM-DD`.
    pub fn new(model: &ModelId, set: TestSet, thresholds: Vec<Threshold>) -> Result<Self> {
        if thresholds.is_empty() {
            return Err(Error::invalid_input("a threshold table without thresholds"));
        }
        if set.description.trim().is_empty() || !is_date(&set.date) {
            return Err(Error::invalid_input(
                "a threshold table does not say what it was measured on, or when",
            ));
        }
        let ordered = thresholds
            .windows(2)
            .all(|pair| pair[0].rate > pair[1].rate && pair[0].score < pair[1].score);
        if !ordered {
            return Err(Error::invalid_input(
                "thresholds must rise as their false match rates fall",
            ));
        }
        let beyond = thresholds.iter().find(|threshold| {
            threshold.evidence == Evidence::Measured
                && threshold.rate.comparisons_to_claim() > set.impostor_comparisons
        });
        if let Some(beyond) = beyond {
            return Err(Error::invalid_input(format!(
                "{} comparisons cannot show a false match rate of {}, which takes {}: it is \
                 extrapolated",
                set.impostor_comparisons,
                beyond.rate,
                beyond.rate.comparisons_to_claim(),
            )));
        }
        Ok(Self {
            model: Cow::Owned(model.name().to_owned()),
            model_sha256: *model.sha256(),
            set,
            thresholds: Cow::Owned(thresholds),
        })
    }

    /// The table for a model, among those that this library knows.
    ///
    /// # Errors
    /// `Unsupported`: no table; measure one, thresholds do not carry over between models.
    pub fn for_model(model: &ModelId) -> Result<&'static Self> {
        [&SFACE_2021DEC_INT8BQ]
            .into_iter()
            .find(|table| table.is_for(model))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("no threshold table for the model {model}"),
                )
            })
    }

    /// Name of the model, for people.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// SHA-256 of the model file. For another file the table says nothing.
    #[must_use]
    pub fn model_sha256(&self) -> &[u8; 32] {
        &self.model_sha256
    }

    /// Whether the table says anything about this model.
    #[must_use]
    pub fn is_for(&self, model: &ModelId) -> bool {
        self.model_sha256 == *model.sha256()
    }

    /// What the thresholds were measured on.
    #[must_use]
    pub fn set(&self) -> &TestSet {
        &self.set
    }

    /// From the highest rate to the lowest.
    #[must_use]
    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
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

/// `YYYY-MM` or `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let day = if text.len() == 7 {
        format!("{text}-01")
    } else {
        text.to_owned()
    };
    day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok()
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
    model: Cow::Borrowed("SFace 2021dec int8bq"),
    model_sha256: [
        0xfb, 0x14, 0x3e, 0xea, 0x07, 0x83, 0x8a, 0xa5, 0x32, 0xd1, 0xc9, 0x5d, 0xf5, 0xf6, 0x98,
        0x99, 0x97, 0x4e, 0xa0, 0x14, 0x0e, 0x1f, 0xba, 0x05, 0xe9, 0x42, 0x04, 0xbe, 0x13, 0xed,
        0x74, 0xee,
    ],
    set: TestSet {
        description: Cow::Borrowed(
            "press, web and television pictures of public figures, mean 0.108, deviation 0.089",
        ),
        impostor_comparisons: 5_462,
        date: Cow::Borrowed("2026-11"),
    },
    thresholds: Cow::Borrowed(&[
        row(0.314, FalseMatchRate::ONE_IN_100, Evidence::Measured),
        row(0.382, FalseMatchRate::ONE_IN_1_000, Evidence::Measured),
        row(0.44, FalseMatchRate::ONE_IN_10_000, Evidence::Extrapolated),
        row(0.49, FalseMatchRate::ONE_IN_100_000, Evidence::Extrapolated),
        row(
            0.53,
            FalseMatchRate::ONE_IN_1_000_000,
            Evidence::Extrapolated,
        ),
    ]),
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
        let table = &SFACE_2021DEC_INT8BQ;
        for row in table.thresholds() {
            let claimable = row.rate.comparisons_to_claim() <= table.set().impostor_comparisons;
            assert_eq!(
                claimable,
                row.evidence == Evidence::Measured,
                "{}",
                row.rate
            );
        }
        let model = ModelId::new("SFace", table.model_sha256);
        let again = ThresholdTable::new(&model, table.set.clone(), table.thresholds().to_vec());
        assert!(
            again.is_ok(),
            "the built-in table keeps the rules of others"
        );
    }

    #[test]
    fn the_table_is_for_one_file() {
        let model = ModelId::new("other", [7; 32]);
        assert!(ThresholdTable::for_model(&model).is_err());
        let model = ModelId::new("any name", SFACE_2021DEC_INT8BQ.model_sha256);
        assert!(ThresholdTable::for_model(&model).is_ok());
    }

    fn own(comparisons: u64, date: &'static str, rows: &[(f32, f64, Evidence)]) -> Result<()> {
        let set = TestSet {
            description: "our own reception".into(),
            impostor_comparisons: comparisons,
            date: date.into(),
        };
        let rows = rows
            .iter()
            .map(|(score, rate, evidence)| Threshold {
                score: ComparisonScore::new(*score),
                rate: FalseMatchRate::new(*rate).expect("a rate"),
                evidence: *evidence,
            })
            .collect();
        ThresholdTable::new(&ModelId::new("own", [9; 32]), set, rows).map(drop)
    }

    #[test]
    fn an_own_table_is_checked() {
        use Evidence::{Claimed, Extrapolated, Measured};
        let good = [(0.3, 1e-3, Measured), (0.4, 1e-4, Extrapolated)];
        assert!(own(3_000, "2026-11", &good).is_ok());
        assert!(own(3_000, "2026-11-22", &good).is_ok());
        // The maker's word needs no set, and is called what it is.
        assert!(own(1, "2026-11", &[(0.3, 1e-6, Claimed)]).is_ok());

        let refused = |comparisons, date, rows: &[_]| {
            let error = own(comparisons, date, rows).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            error.to_string()
        };
        let said = refused(2_999, "2026-11", &good);
        assert!(said.contains("2999 comparisons cannot show"), "{said}");
        refused(3_000, "2026-11", &[]);
        refused(3_000, "last week", &good);
        refused(3_000, "2026-13", &good);
        refused(3_000, "2026-11", &[good[1], good[0]]);
        refused(3_000, "2026-11", &[good[0], (0.3, 1e-4, Extrapolated)]);
        refused(3_000, "2026-11", &[good[0], (0.4, 1e-3, Extrapolated)]);
    }
}
