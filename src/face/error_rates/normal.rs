//! The normal distribution: axes of DET curves, and the tail beyond what was counted.

/// Coefficients of Acklam's rational approximation of the inverse normal distribution: numerator
/// and denominator of the middle, then of the tail. Its relative error is below 1.2e-9.
const MIDDLE: [[f64; 6]; 2] = [
    [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ],
    [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ],
];
const TAIL: [&[f64]; 2] = [
    &[
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ],
    &[
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ],
];
/// Where the tail begins.
const TAIL_BELOW: f64 = 0.024_25;

/// The deviate below which a standard normal variable falls with this probability (the inverse of
/// the distribution function): how the axes of a DET curve are divided. Infinite for 0 and 1, NaN
/// outside.
#[must_use]
pub fn normal_deviate(probability: f64) -> f64 {
    if !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    if probability == 0.0 {
        return f64::NEG_INFINITY;
    }
    if probability > 0.5 {
        return -normal_deviate(1.0 - probability);
    }
    if probability < TAIL_BELOW {
        let q = (-2.0 * probability.ln()).sqrt();
        return polynomial(TAIL[0], q) / polynomial(TAIL[1], q);
    }
    let q = probability - 0.5;
    let r = q * q;
    q * polynomial(&MIDDLE[0], r) / polynomial(&MIDDLE[1], r)
}

/// Coefficients from the highest power down.
fn polynomial(coefficients: &[f64], at: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, next| sum * at + next)
}

/// The score that a normal distribution with the mean and deviation of `scores`, which ascend,
/// exceeds at `rate`, rounded up to a hundredth of the deviation or finer. `None` if the scores
/// are all the same, or their spread is too small or large to be told.
pub(super) fn upper_tail(scores: &[f64], rate: f64) -> Option<f64> {
    if scores.first() == scores.last() {
        return None;
    }
    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0)).sqrt();
    if !(deviation > 0.0 && deviation.is_finite()) {
        return None;
    }
    let scale = 10f64.powf((100.0 / deviation).log10().ceil());
    let tail = mean - deviation * normal_deviate(rate);
    Some((tail * scale).ceil() / scale)
}
