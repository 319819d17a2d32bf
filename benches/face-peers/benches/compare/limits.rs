//! What this machine can do at most.

use std::hint::black_box;
use std::time::Instant;

/// The fastest of some runs, in units a second.
fn fastest(units: f64, mut run: impl FnMut()) -> f64 {
    let times = (0..20).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    units / times.fold(f64::INFINITY, f64::min)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    pub(super) const CHAINS: usize = 12;

    #[target_feature(enable = "avx512f")]
    pub(super) fn multiply_add_512(times: usize) -> f32 {
        let factor = _mm512_set1_ps(0.999);
        let mut sums = [_mm512_set1_ps(1.0); CHAINS];
        for _ in 0..times {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, factor, factor);
            }
        }
        sums.iter().map(|sum| _mm512_reduce_add_ps(*sum)).sum()
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn multiply_add_256(times: usize) -> f32 {
        let factor = _mm256_set1_ps(0.999);
        let mut sums = [_mm256_set1_ps(1.0); CHAINS];
        for _ in 0..times {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, factor, factor);
            }
        }
        sums.iter().map(|sum| _mm256_cvtss_f32(*sum)).sum()
    }

    /// Four streams of equal length; `lines` is a multiple of four.
    #[target_feature(enable = "avx512f")]
    pub(super) fn read_512(lines: &[[f32; 16]]) -> i32 {
        let mut all = [_mm512_setzero_si512(); 4];
        let (a, rest) = lines.split_at(lines.len() / 4);
        let (b, rest) = rest.split_at(a.len());
        let (c, d) = rest.split_at(a.len());
        for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
            for (all, line) in all.iter_mut().zip([a, b, c, d]) {
                // SAFETY: 64 readable bytes; this load asks for no alignment.
                let line = unsafe { _mm512_loadu_si512(line.as_ptr().cast()) };
                *all = _mm512_xor_si512(*all, line);
            }
        }
        all.iter()
            .map(|all| _mm512_reduce_or_epi32(*all))
            .fold(0, |a, b| a ^ b)
    }
}

/// Nothing but multiply-adds in registers, the widest that there are, and how many operations one
/// run is, two for each.
#[cfg(target_arch = "x86_64")]
pub(crate) fn multiplier() -> Option<(f64, fn())> {
    const TIMES: usize = 1_000_000;
    let operations = |lanes: usize| (2 * lanes * x86::CHAINS * TIMES) as f64;
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the feature is there.
        let run = || unsafe {
            black_box(x86::multiply_add_512(black_box(TIMES)));
        };
        Some((operations(16), run))
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the features are there.
        let run = || unsafe {
            black_box(x86::multiply_add_256(black_box(TIMES)));
        };
        Some((operations(8), run))
    } else {
        None
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn multiplier() -> Option<(f64, fn())> {
    None
}

/// Operations a second, one core.
pub(crate) fn multiply_add() -> f64 {
    multiplier().map_or(f64::NAN, |(operations, run)| fastest(operations, run))
}

/// Bytes a second, one core, from memory: more of them than any cache holds.
pub(crate) fn read() -> Option<f64> {
    let values = vec![1.0f32; 1 << 28];
    Some(fastest(4.0 * values.len() as f64, reader(&values)?))
}

/// Reads all values once, or says that it cannot on this machine.
pub(crate) fn reader(values: &[f32]) -> Option<impl FnMut()> {
    let (lines, _) = values.as_chunks::<16>();
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the feature is there.
    return is_x86_feature_detected!("avx512f").then_some(move || unsafe {
        black_box(x86::read_512(black_box(lines)));
    });
    #[cfg(not(target_arch = "x86_64"))]
    None::<fn()>
}
