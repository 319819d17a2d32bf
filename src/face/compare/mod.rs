//! Comparison of templates.
//!
//! *For application authors*: [`compare`] for two templates, [`compare_all`] for one reference and
//! the probes of a stream, [`cosine`] for vectors that an engine hands out without a model.
//!
//! *Contract*: a score is at most 2e-7 away from the exact cosine (tested with up to 2048 dimensions,
//! not proven; proven are `d / 64 + 8` roundings of 2^-24), and bit for bit the same from each of
//! these functions for templates and on every processor, whichever [`Level`] of it is used: sums are
//! taken in one fixed order. [`cosine`] divides by lengths that it takes on the way, so its last
//! digit may differ from that of [`compare`]. Vectors of zeros or with values that are not finite
//! become no templates and have no cosine.
//!
//! *Levels*: AVX-512 with VNNI, AVX-512 and AVX2 with FMA on x86-64, NEON on AArch64, and portable
//! code that has the same results everywhere. The NEON loops have their tests run under emulation
//! only: their results are known, their speed is not.

#[cfg(feature = "gallery")]
pub mod gallery;
pub(super) mod kernels;

use std::fmt;

use super::Template;
use crate::error::{Error, Result};

pub use kernels::Level;

/// How alike two templates are: the cosine of the angle between them, -1 to 1. Says nothing by
/// itself: only a threshold for a false match rate, measured for the same model, turns it into
/// a decision.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct ComparisonScore(f32);

impl ComparisonScore {
    /// A score; values outside -1 to 1 are brought to the nearest bound, NaN to -1.
    #[expect(clippy::manual_clamp, reason = "`max` takes the number, not the NaN")]
    #[inline]
    #[must_use]
    pub fn new(value: f32) -> Self {
        Self(value.max(-1.0).min(1.0))
    }

    /// For constants of this room, which are in range.
    pub(super) const fn unchecked(value: f32) -> Self {
        Self(value)
    }

    /// The number.
    #[inline]
    #[must_use]
    pub fn value(self) -> f32 {
        self.0
    }
}

/// Never NaN.
impl Eq for ComparisonScore {}

impl fmt::Display for ComparisonScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.0)
    }
}

/// Compares a reference with a probe.
///
/// # Errors
/// `InvalidInput`: they were made by different models.
#[inline]
pub fn compare(reference: &Template, probe: &Template) -> Result<ComparisonScore> {
    reference.check_comparable(probe)?;
    // Both have unit length, so the dot product is the cosine.
    let score = Level::best().dot(reference.blocks(), probe.blocks());
    Ok(ComparisonScore::new(score))
}

/// Compares one reference with many probes, faster than one by one: the reference is read once
/// for four of them. The scores are those of [`compare`], in the order of the probes.
///
/// # Errors
/// `InvalidInput`: a probe was made by another model.
pub fn compare_all(reference: &Template, probes: &[Template]) -> Result<Vec<ComparisonScore>> {
    for probe in probes {
        reference.check_comparable(probe)?;
    }
    let kernels = Level::best();
    let mut scores = Vec::with_capacity(probes.len());
    let (fours, rest) = probes.as_chunks::<4>();
    for four in fours {
        let values = kernels.dot4(reference.blocks(), four.each_ref().map(Template::blocks));
        scores.extend(values.map(ComparisonScore::new));
    }
    for probe in rest {
        let value = kernels.dot(reference.blocks(), probe.blocks());
        scores.push(ComparisonScore::new(value));
    }
    Ok(scores)
}

/// The cosine of two vectors of any length, in one pass over both. Nothing says here that one
/// model made them: a [`Template`] does.
///
/// # Errors
/// `InvalidInput`: no values or not as many in both, a value that is not finite, or a vector
/// without a direction.
#[inline]
pub fn cosine(a: &[f32], b: &[f32]) -> Result<ComparisonScore> {
    if a.is_empty() || a.len() != b.len() {
        return Err(Error::invalid_input("vectors of different or no length"));
    }
    let [ab, aa, bb] = Level::best().products(a, b);
    // In this range neither a square nor their product was lost or went over.
    let usable = 1e-15..1e15;
    if usable.contains(&aa) && usable.contains(&bb) {
        return Ok(ComparisonScore::new(ab / (aa * bb).sqrt()));
    }
    cosine_of_extremes(a, b)
}

/// [`cosine`] in double precision, for vectors that are very long, very short or not usable.
#[cold]
fn cosine_of_extremes(a: &[f32], b: &[f32]) -> Result<ComparisonScore> {
    let product = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
        products.sum()
    };
    let norms = product(a, a).sqrt() * product(b, b).sqrt();
    if !norms.is_finite() || norms == 0.0 {
        return Err(Error::invalid_input(
            "a vector of zeros or with values that are not finite",
        ));
    }
    Ok(ComparisonScore::new((product(a, b) / norms) as f32))
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

    /// Deterministic templates that look alike in part.
    fn templates(dimensions: usize, count: usize) -> Vec<Template> {
        let mut random = crate::random::Random(dimensions as u64);
        let mut value = || random.below(2001) as f32 / 1000.0 - 1.0;
        (0..count)
            .map(|_| {
                let values = (0..dimensions).map(|_| value()).collect();
                Template::new(ModelId::new("test", [0; 32]), values).expect("finite")
            })
            .collect()
    }

    #[test]
    fn a_stream_has_the_scores_of_single_comparisons() {
        for dimensions in [3, 128, 512, 700] {
            let templates = templates(dimensions, 11);
            let scores = compare_all(&templates[0], &templates).expect("one model");
            assert_eq!(scores.len(), templates.len());
            for (probe, score) in templates.iter().zip(scores) {
                assert_eq!(compare(&templates[0], probe).expect("one model"), score);
            }
        }
    }

    #[test]
    fn another_model_in_the_stream_is_an_error() {
        let reference = templates(4, 1).remove(0);
        let other = Template::new(ModelId::new("other", [1; 32]), vec![1.0; 4]).expect("finite");
        let error = compare_all(&reference, &[other]).expect_err("models");
        assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
    }

    #[test]
    fn cosines_of_vectors_of_any_length_and_size() {
        let mut random = crate::random::Random(77);
        for dimensions in [1, 2, 63, 64, 65, 128, 512, 513] {
            for size in [1.0, 1e-3, 1e9, 1e-30, 1e37] {
                let mut vector = || -> Vec<f32> {
                    let value = |_| (random.below(2001) as f32 / 1000.0 - 0.9995) * size;
                    (0..dimensions).map(value).collect()
                };
                let (a, b) = (vector(), vector());
                let exact = |a: &[f32], b: &[f32]| -> f64 {
                    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
                    products.sum()
                };
                let expected = exact(&a, &b) / (exact(&a, &a) * exact(&b, &b)).sqrt();
                let score = cosine(&a, &b).expect("finite").value();
                let error = (f64::from(score) - expected).abs();
                assert!(error <= 2e-7, "{dimensions} {size}: {error:e}");
            }
        }
    }

    #[test]
    fn vectors_without_a_direction_have_no_cosine() {
        let good = [1.0, 2.0];
        for bad in [
            &[0.0, 0.0][..],
            &[1.0, f32::NAN],
            &[f32::INFINITY, 0.0],
            &[1.0],
            &[],
        ] {
            for (a, b) in [(&good[..], bad), (bad, &good[..])] {
                let error = cosine(a, b).expect_err("no direction");
                assert_eq!(error.kind(), crate::ErrorKind::InvalidInput, "{bad:?}");
            }
        }
    }
}
