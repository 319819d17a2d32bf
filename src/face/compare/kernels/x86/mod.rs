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

use super::{Pairwise, portable};

/// A set of processor features that the loops are made for. One exists only for a processor that
/// has the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Features);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Features {
    Portable,
    Avx2,
    Avx512,
    Avx512Vnni,
}

impl Level {
    /// The fastest that this processor has.
    #[must_use]
    pub fn best() -> Self {
        *Self::available()
            .last()
            .unwrap_or(&Self(Features::Portable))
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

    pub(in crate::face) fn pairwise(self) -> &'static Pairwise {
        match self.0 {
            Features::Portable => &portable::PAIRWISE,
            Features::Avx2 => &AVX2,
            Features::Avx512 | Features::Avx512Vnni => &AVX512,
        }
    }
}

static AVX2: Pairwise = Pairwise {
    dot: avx2::dot,
    dot4: avx2::dot4,
    products: avx2::products,
};

static AVX512: Pairwise = Pairwise {
    dot: avx512::dot,
    dot4: avx512::dot4,
    products: avx512::products,
};
