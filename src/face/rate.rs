//! False match rates.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The share of comparisons of *different* people that come out as a match (ISO/IEC 19795-1).
/// The one number by which a threshold is chosen.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct FalseMatchRate(f64);

impl FalseMatchRate {
    /// 1 in 100: for trying things out.
    pub const ONE_IN_100: Self = Self(1e-2);
    /// 1 in 1,000.
    pub const ONE_IN_1_000: Self = Self(1e-3);
    /// 1 in 10,000: the default.
    pub const ONE_IN_10_000: Self = Self(1e-4);
    /// 1 in 100,000.
    pub const ONE_IN_100_000: Self = Self(1e-5);
    /// 1 in 1,000,000.
    pub const ONE_IN_1_000_000: Self = Self(1e-6);

    /// A rate between 0 and 1, both excluded.
    ///
    /// # Errors
    /// `InvalidInput` otherwise.
    pub fn new(rate: f64) -> Result<Self> {
        if rate > 0.0 && rate < 1.0 {
            Ok(Self(rate))
        } else {
            Err(Error::invalid_input(
                "a false match rate lies between 0 and 1",
            ))
        }
    }

    /// The rate.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// How many independent comparisons of different people, none of them a match, it takes to
    /// claim this rate with 95 % confidence (the rule of three).
    #[must_use]
    pub fn comparisons_to_claim(self) -> u64 {
        (3.0 / self.0).ceil() as u64
    }

    /// The rate that `comparisons` comparisons without a false match can prove with 95 %
    /// confidence (the rule of three); `None` when there are too few to prove any.
    #[must_use]
    pub fn provable_by(comparisons: u64) -> Option<Self> {
        Self::new(3.0 / comparisons as f64).ok()
    }
}

impl Default for FalseMatchRate {
    fn default() -> Self {
        Self::ONE_IN_10_000
    }
}

impl fmt::Display for FalseMatchRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:e}", self.0)
    }
}

impl FromStr for FalseMatchRate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let rate = text.parse().map_err(|error: std::num::ParseFloatError| {
            Error::invalid_input("not a number")
                .with_source(Box::new(error) as crate::error::Source)
        })?;
        Self::new(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rates_are_rates() {
        for wrong in [0.0, 1.0, -1e-4, f64::NAN] {
            assert!(FalseMatchRate::new(wrong).is_err());
        }
        let rate: FalseMatchRate = "1e-4".parse().expect("a rate");
        assert_eq!(rate, FalseMatchRate::default());
        assert_eq!(rate.to_string(), "1e-4");
        assert!("often".parse::<FalseMatchRate>().is_err());
    }

    #[test]
    fn rule_of_three() {
        assert_eq!(FalseMatchRate::ONE_IN_10_000.comparisons_to_claim(), 30_000);
        let provable = FalseMatchRate::provable_by(49).expect("enough");
        assert!((provable.value() - 0.0612).abs() < 1e-4);
        assert!(FalseMatchRate::provable_by(2).is_none());
    }
}
