//! One byte a value: the codes, and how far they can lead.
//!
//! A vector `x` is written as `x = s·c + e`: codes `c`, whole numbers from -127 to 127, a scale `s`
//! for the whole vector, and what is left, `e`. A row keeps `s`, `c` and the length `|e|`; a probe
//! `q = t·p + f` likewise. The estimate of their score is `t·s·(p·c)`.
//!
//! **Bound.** The estimate is off by at most `(|q| + |f|)·|e| + |f|·|x|`:
//!
//! ```text
//! q·x = q·(s·c) + q·e = t·s·(p·c) + f·(s·c) + q·e
//! |q·x - t·s·(p·c)| <= |f|·|s·c| + |q|·|e|              (Cauchy and Schwarz)
//!                   <= |f|·(|x| + |e|) + |q|·|e|        (s·c = x - e)
//! ```
//!
//! Both lengths are at most `N = 1 + 1e-6`: templates have unit length, and each value was rounded
//! once, by 2^-24 of itself.
//!
//! **Rounding.** What is compared with is not `q·x` but the sum of products as the loops round it.
//! With `b` blocks each value goes through at most `b + 6` roundings of 2^-24, and the sum of the
//! products' sizes is at most `N²`, so that is off by at most `(b + 6)·2^-24·N²` and a little of
//! second order. The estimate itself is a whole number below 2^31, so exact in the loops; turned
//! into a float, multiplied by the product of two scales, it is rounded three times, and its size
//! is at most `N² + bound < 2`. Adding the error to it, and making the error from its two parts,
//! rounds three more times numbers below 4. Together less than `(b + 32)·2^-23`, which is added.
//! Lengths and the coefficients made from them are taken in double precision and rounded up.

use super::super::kernels::many::CodedProbe;
use super::super::kernels::{Blocks, LANES};

/// Most that the length of a template can be.
const LONGEST: f64 = 1.0 + 1e-6;

/// A vector in codes.
pub(super) struct Coded {
    pub(super) codes: Blocks<i8>,
    pub(super) scale: f32,
    /// Sum of the codes.
    pub(super) sum: i32,
    /// Length of what the codes leave, rounded up.
    pub(super) error: f32,
}

impl Coded {
    /// Codes for values of which one at least is not zero.
    pub(super) fn new(values: &[f32]) -> Self {
        let largest = values.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        let scale = largest / 127.0;
        let mut codes = Blocks::new(&vec![0i8; values.len()]);
        let (mut sum, mut squares) = (0, 0.0);
        for (code, value) in codes.values_mut().iter_mut().zip(values) {
            let rounded = (value / scale).round_ties_even().clamp(-127.0, 127.0);
            *code = rounded as i8;
            sum += i32::from(*code);
            let left = f64::from(*value) - f64::from(scale) * f64::from(rounded);
            squares += left * left;
        }
        Self {
            codes,
            scale,
            sum,
            error: rounded_up(squares.sqrt()),
        }
    }

    /// This vector as a probe.
    pub(super) fn probe(&self) -> CodedProbe<'_> {
        let (own, codes) = (f64::from(self.error), self.codes.as_slice());
        let roundings = (codes.len() + 32) as f64 * 2f64.powi(-23);
        CodedProbe {
            codes,
            scale: self.scale,
            per_error: rounded_up(LONGEST + own),
            fixed: rounded_up(own * LONGEST + roundings),
        }
    }
}

/// The next `f32` above, with room for what double precision lost on the way.
fn rounded_up(value: f64) -> f32 {
    ((value * (1.0 + 1e-6)) as f32).next_up()
}

/// Rows in codes, and what belongs to each.
pub(super) struct CodedStore {
    pub(super) codes: Blocks<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) sums: Vec<i32>,
    pub(super) errors: Vec<f32>,
}

impl CodedStore {
    pub(super) fn with_capacity(rows: usize, dimensions: usize) -> Self {
        Self {
            codes: Blocks::with_capacity(rows * dimensions.div_ceil(LANES)),
            scales: Vec::with_capacity(rows),
            sums: Vec::with_capacity(rows),
            errors: Vec::with_capacity(rows),
        }
    }

    pub(super) fn push(&mut self, values: &[f32]) {
        let row = Coded::new(values);
        self.codes.push(row.codes.values());
        self.scales.push(row.scale);
        self.sums.push(row.sum);
        self.errors.push(row.error);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::kernels::Level;
    use super::super::super::kernels::many::{BATCH, CodedRows, Estimates};
    use super::*;
    use crate::face::{ModelId, Template};
    use crate::random::Random;

    /// Templates of several shapes: even, one large value, few values, nearly parallel.
    fn templates(random: &mut Random, dimensions: usize) -> Vec<Template> {
        let mut value = || random.below(20_001) as f32 / 10_000.0 - 1.00005;
        (0..BATCH)
            .map(|shape| {
                let mut values: Vec<f32> = (0..dimensions).map(|_| value()).collect();
                match shape % 5 {
                    1 => values[shape % dimensions] = 500.0,
                    2 => values.iter_mut().skip(2).for_each(|v| *v = 0.0),
                    3 => values.iter_mut().for_each(|v| *v = v.powi(11)),
                    4 => values.iter_mut().for_each(|v| *v = 1.0 + *v * 1e-4),
                    _ => {}
                }
                Template::new(ModelId::new("test", [0; 32]), values).expect("finite")
            })
            .collect()
    }

    #[test]
    fn no_score_is_further_from_its_estimate_than_the_bound() {
        let mut random = Random(0xb0b0);
        for dimensions in [2, 64, 100, 128, 512, 640, 2048] {
            let rows = templates(&mut random, dimensions);
            let mut store = CodedStore::with_capacity(rows.len(), dimensions);
            rows.iter().for_each(|row| store.push(row.values()));
            for level in Level::available() {
                for probe in &rows {
                    let coded = Coded::new(probe.values());
                    let mut out = Estimates {
                        scores: [0.0; BATCH],
                        errors: [0.0; BATCH],
                    };
                    let all = CodedRows {
                        codes: store.codes.as_slice(),
                        scales: &store.scales,
                        sums: &store.sums,
                        errors: &store.errors,
                    };
                    assert!(level.estimates(&coded.probe(), all, -2.0, &mut out));
                    for (i, row) in rows.iter().enumerate() {
                        let score = level.dot(probe.blocks(), row.blocks());
                        let (estimate, error) = (out.scores[i], out.errors[i]);
                        let name = level.name();
                        assert!(
                            score <= estimate + error && score >= estimate - error,
                            "{name}, {dimensions}: {score} is not {estimate} ± {error}"
                        );
                        assert!(error < 0.2, "{error} says nothing");
                    }
                }
            }
        }
    }

    #[test]
    fn codes_of_every_level_make_the_same_estimates() {
        let mut random = Random(0xc0de);
        for dimensions in [1, 65, 128, 200, 512] {
            let rows = templates(&mut random, dimensions);
            for count in [1, 15, 16, 17, 63, 64] {
                let mut store = CodedStore::with_capacity(count, dimensions);
                rows[..count]
                    .iter()
                    .for_each(|row| store.push(row.values()));
                let coded = Coded::new(rows[7].values());
                let estimates = Level::available().into_iter().map(|level| {
                    let mut out = Estimates {
                        scores: [0.0; BATCH],
                        errors: [0.0; BATCH],
                    };
                    let all = CodedRows {
                        codes: store.codes.as_slice(),
                        scales: &store.scales,
                        sums: &store.sums,
                        errors: &store.errors,
                    };
                    level.estimates(&coded.probe(), all, 0.0, &mut out);
                    out.scores.map(f32::to_bits)
                });
                let estimates: Vec<_> = estimates.collect();
                assert!(estimates.iter().all(|e| *e == estimates[0]), "{dimensions}");
            }
        }
    }
}
