//! The one loop that comparison is made of.

/// Lanes of one accumulator; four of them hide the latency of an addition.
const LANES: usize = 8;
const STEP: usize = 4 * LANES;

/// Dot product of two slices; the shorter one counts.
///
/// A float sum may not be reordered by the compiler, so the order is spelt out: 32 independent
/// partial sums, which it may keep in vector registers.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    let (a_steps, a_rest) = a.as_chunks::<STEP>();
    let (b_steps, b_rest) = b.as_chunks::<STEP>();
    let mut sums = [0.0f32; STEP];
    for (a, b) in a_steps.iter().zip(b_steps) {
        for lane in 0..STEP {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    // Pairwise, so that the result does not depend on the vector width.
    let mut width = STEP / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_double_precision_at_every_length() {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        for len in 0..200 {
            let a: Vec<f32> = (0..len).map(|_| next()).collect();
            let b: Vec<f32> = (0..len).map(|_| next()).collect();
            let exact: f64 = a
                .iter()
                .zip(&b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum();
            assert!((f64::from(dot(&a, &b)) - exact).abs() < 1e-5, "{len}");
        }
    }
}
