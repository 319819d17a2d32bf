//! Comparison of templates.

mod dot;

use std::fmt;

use super::Template;
use crate::error::Result;

/// How alike two templates are: the cosine of the angle between them, -1 to 1. Says nothing by
/// itself: only a threshold for a false match rate, measured for the same model, turns it into
/// a decision.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct ComparisonScore(f32);

impl ComparisonScore {
    /// A score; values outside -1 to 1 are brought to the nearest bound, NaN to -1.
    #[must_use]
    pub fn new(value: f32) -> Self {
        if value.is_nan() {
            return Self(-1.0);
        }
        Self(value.clamp(-1.0, 1.0))
    }

    /// For constants of this room, which are in range.
    pub(super) const fn unchecked(value: f32) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f32 {
        self.0
    }
}

impl fmt::Display for ComparisonScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.0)
    }
}

/// Compares a reference with a probe.
///
/// # Errors
/// `InvalidInput`: they were made by different models.
pub fn compare(reference: &Template, probe: &Template) -> Result<ComparisonScore> {
    reference.check_comparable(probe)?;
    // Both have unit length, so the dot product is the cosine.
    Ok(ComparisonScore::new(dot::dot(
        reference.values(),
        probe.values(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::ModelId;

    #[test]
    fn scores_are_cosines() {
        let template = |values: &[f32]| {
            Template::new(ModelId::new("test", [0; 32]), values.to_vec()).expect("finite")
        };
        let score = |a: &[f32], b: &[f32]| {
            compare(&template(a), &template(b))
                .expect("one model")
                .value()
        };
        assert!((score(&[3.0, 4.0], &[3.0, 4.0]) - 1.0).abs() < 1e-6);
        assert!(score(&[1.0, 0.0], &[0.0, 5.0]).abs() < 1e-6);
        assert!((score(&[1.0, 0.0], &[-2.0, 0.0]) + 1.0).abs() < 1e-6);
    }

    #[test]
    fn scores_stay_in_their_range() {
        assert_eq!(ComparisonScore::new(1.000_001).value(), 1.0);
        assert_eq!(ComparisonScore::new(f32::NAN).value(), -1.0);
    }
}
