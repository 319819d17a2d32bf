//! Which loops over many rows this processor can run.

use super::super::many::Many;
use super::super::portable_many;
use super::{Features, Level, avx2_many, avx512_many};

impl Level {
    pub(in crate::face) fn many(self) -> &'static Many {
        match self.0 {
            Features::Portable => &portable_many::MANY,
            Features::Avx2 => &AVX2,
            Features::Avx512 => &AVX512,
            Features::Avx512Vnni => &AVX512_VNNI,
        }
    }
}

static AVX2: Many = Many {
    // SAFETY: only a `Level` gives this table out, and there is one with AVX2 and FMA only where
    // both were found. The same for the next one.
    scores: |vector, rows, out| unsafe { avx2_many::scores(vector, rows, out) },
    // SAFETY: as above.
    estimates: |probe, rows, floor, out| unsafe { avx2_many::estimates(probe, rows, floor, out) },
};

static AVX512: Many = Many {
    // SAFETY: only a `Level` gives this table out, and there is one with AVX-512F only where it
    // was found.
    scores: |vector, rows, out| unsafe { avx512_many::scores(vector, rows, out) },
    // SAFETY: a `Level` with AVX-512 exists only where AVX2 was found, too.
    estimates: |probe, rows, floor, out| unsafe { avx2_many::estimates(probe, rows, floor, out) },
};

static AVX512_VNNI: Many = Many {
    // SAFETY: only a `Level` gives this table out, and there is one with AVX-512F, BW and VNNI
    // only where all were found. The same for the next one.
    scores: |vector, rows, out| unsafe { avx512_many::scores(vector, rows, out) },
    // SAFETY: as above.
    estimates: |probe, rows, floor, out| unsafe { avx512_many::estimates(probe, rows, floor, out) },
};
