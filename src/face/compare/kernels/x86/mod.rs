//! x86-64: which loops this processor can run.

mod avx2;
#[cfg(feature = "gallery")]
mod avx2_many;
mod avx512;
#[cfg(feature = "gallery")]
mod avx512_many;
#[cfg(feature = "gallery")]
mod many;
#[cfg(feature = "gallery")]
mod matrix;
#[cfg(feature = "gallery")]
pub(super) use matrix::fetch_to_write;

use std::sync::atomic::{AtomicU8, Ordering};

use super::{Block, portable};

/// A set of processor features that the loops are made for. One exists only for a processor that
/// has the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Features);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Features {
    Portable = 1,
    Avx2,
    Avx512,
    Avx512Vnni,
}

impl Level {
    /// The fastest that this processor has.
    #[inline]
    #[must_use]
    pub fn best() -> Self {
        // Every comparison asks, so the answer is kept: 0 until it is known. Whoever asks at the
        // same time finds the same.
        static BEST: AtomicU8 = AtomicU8::new(0);
        // In the order of the enumeration, so that it compiles to one comparison.
        Self(match BEST.load(Ordering::Relaxed) {
            1 => Features::Portable,
            2 => Features::Avx2,
            3 => Features::Avx512,
            4 => Features::Avx512Vnni,
            _ => Self::detect(&BEST),
        })
    }

    #[cold]
    fn detect(known: &AtomicU8) -> Features {
        let best = Self::available()
            .last()
            .map_or(Features::Portable, |level| level.0);
        known.store(best as u8, Ordering::Relaxed);
        best
    }

    /// All that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self(Features::Portable)];
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            levels.push(Self(Features::Avx2));
            if is_x86_feature_detected!("avx512f") {
                levels.push(Self(Features::Avx512));
                if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni") {
                    levels.push(Self(Features::Avx512Vnni));
                }
            }
        }
        levels
    }

    /// Name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Features::Portable => "portable",
            Features::Avx2 => "AVX2+FMA",
            Features::Avx512 => "AVX-512",
            Features::Avx512Vnni => "AVX-512+VNNI",
        }
    }

    /// The sum of products of two vectors of equal length.
    #[inline]
    pub(in crate::face) fn dot(self, a: &[Block], b: &[Block]) -> f32 {
        match self.0 {
            // SAFETY: a `Level` with AVX-512 exists only where AVX-512F was found.
            Features::Avx512Vnni | Features::Avx512 => unsafe { avx512::dot(a, b) },
            // SAFETY: a `Level` with AVX2 exists only where AVX2 and FMA were found.
            Features::Avx2 => unsafe { avx2::dot(a, b) },
            Features::Portable => portable::dot(a, b),
        }
    }

    /// Sums of products of one vector with each of four: reads the first once.
    #[inline]
    pub(in crate::face) fn dot4(self, a: &[Block], rows: [&[Block]; 4]) -> [f32; 4] {
        match self.0 {
            // SAFETY: as for `dot`.
            Features::Avx512Vnni | Features::Avx512 => unsafe { avx512::dot4(a, rows) },
            // SAFETY: as for `dot`.
            Features::Avx2 => unsafe { avx2::dot4(a, rows) },
            Features::Portable => rows.map(|row| portable::dot(a, row)),
        }
    }

    /// `a · b`, `a · a` and `b · b` in one pass, of slices of equal length without padding.
    #[inline]
    pub(in crate::face) fn products(self, a: &[f32], b: &[f32]) -> [f32; 3] {
        match self.0 {
            // SAFETY: as for `dot`.
            Features::Avx512Vnni | Features::Avx512 => unsafe { avx512::products(a, b) },
            // SAFETY: as for `dot`.
            Features::Avx2 => unsafe { avx2::products(a, b) },
            Features::Portable => portable::products(a, b),
        }
    }
}
