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

/// Never NaN.
impl Eq for FalseMatchRate {}

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

/// Upper bound of the probability that at least one of several comparisons of *different* people
/// comes out as a match, 0 to 1. Never a rate per comparison: that is [`FalseMatchRate`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct RateBound(f64);

impl RateBound {
    /// The bound for one comparison.
    #[must_use]
    pub fn of(rate: FalseMatchRate) -> Self {
        Self(rate.0)
    }

    /// The bound when both may happen (the sum, which holds however much they depend on each
    /// other), at most 1.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self((self.0 + other.0).min(1.0))
    }

    /// The bound when the same may happen `count` times, at most 1. None at all is 0.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self((self.0 * f64::from(count)).min(1.0))
    }

    /// The probability.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

/// Never NaN.
impl Eq for RateBound {}

impl fmt::Display for RateBound {
    /// Two digits, rounded up: a bound must not look better than it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 <= 0.0 || self.0 >= 1.0 {
            return write!(f, "{:.0}", self.0);
        }
        let unit = 10f64.powf(self.0.log10().floor() - 1.0);
        // A sum of decimal fractions is off by parts of 1e-16; that is not worth a digit.
        let digits = (self.0 / unit - 1e-6).ceil();
        let text = format!("{:.1e}", digits * unit);
        f.write_str(&text.replace(".0e", "e"))
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

    #[test]
    fn bounds_add_up_and_end_at_certainty() {
        let rate = RateBound::of(FalseMatchRate::ONE_IN_10_000);
        let early = RateBound::of(FalseMatchRate::ONE_IN_100_000);
        assert_eq!(rate.or(early.times(4)).to_string(), "1.4e-4");
        assert_eq!(rate.times(3).to_string(), "3e-4");
        assert_eq!(rate.times(20_000).value(), 1.0);
        assert_eq!(rate.times(20_000).to_string(), "1");
        assert_eq!(rate.times(0).to_string(), "0");
    }

    #[test]
    fn a_bound_is_never_rounded_down() {
        for (value, shown) in [
            (0.000_141, "1.5e-4"),
            (0.099_9, "1e-1"),
            (1.001e-6, "1.1e-6"),
            (0.5, "5e-1"),
        ] {
            assert_eq!(RateBound(value).to_string(), shown);
        }
    }
}
