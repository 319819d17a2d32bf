//! One vector with one other, and with a stream of others.

use std::hint::black_box;

use criterion::Criterion;
use myna_hal::face::{ComparisonScore, compare, compare_all, cosine};
use numkong::{Angular, Dot};
use simsimd::SpatialSimilarity;

use crate::limits::reader;
use crate::openblas::openblas;
use crate::race::{Limit, Peer, Race};
use crate::vectors::Vectors;

/// What one would write first.
pub(crate) fn plain(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// As the documentation of `pulp` shows, with four sums.
pub(crate) struct PulpDot<'a>(pub(crate) &'a [f32], pub(crate) &'a [f32]);

impl pulp::WithSimd for PulpDot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> f32 {
        let (a, a_rest) = S::as_simd_f32s(self.0);
        let (b, b_rest) = S::as_simd_f32s(self.1);
        let (a_fours, a_ones) = pulp::as_arrays::<4, _>(a);
        let (b_fours, b_ones) = pulp::as_arrays::<4, _>(b);
        let mut sums = [simd.splat_f32s(0.0); 4];
        for (a, b) in a_fours.iter().zip(b_fours) {
            for i in 0..4 {
                sums[i] = simd.mul_add_e_f32s(a[i], b[i], sums[i]);
            }
        }
        for (a, b) in a_ones.iter().zip(b_ones) {
            sums[0] = simd.mul_add_e_f32s(*a, *b, sums[0]);
        }
        let sum = simd.add_f32s(
            simd.add_f32s(sums[0], sums[1]),
            simd.add_f32s(sums[2], sums[3]),
        );
        simd.reduce_sum_f32s(sum) + plain(a_rest, b_rest)
    }
}

type Loop = Box<dyn Fn(&[f32], &[f32]) -> f32>;

/// Products of unit vectors.
pub(crate) fn dots() -> Vec<(&'static str, Loop)> {
    let arch = pulp::Arch::new();
    let mut dots: Vec<(&'static str, Loop)> = vec![
        ("plain iterator", Box::new(plain)),
        (
            "simsimd",
            Box::new(|a, b| <f32 as SpatialSimilarity>::dot(a, b).unwrap_or(0.0) as f32),
        ),
        (
            "numkong",
            Box::new(|a, b| <f32 as Dot>::dot(a, b).unwrap_or(0.0) as f32),
        ),
        ("pulp", Box::new(move |a, b| arch.dispatch(PulpDot(a, b)))),
        (
            "ndarray",
            Box::new(|a, b| {
                let (a, b) = (ndarray::ArrayView1::from(a), ndarray::ArrayView1::from(b));
                a.dot(&b)
            }),
        ),
    ];
    if let Some(library) = openblas() {
        dots.push(("OpenBLAS sdot", Box::new(move |a, b| library.dot(a, b))));
    }
    dots
}

/// Cosines of vectors of any length.
fn cosines() -> Vec<(&'static str, Loop)> {
    let arch = pulp::Arch::new();
    let mut cosines: Vec<(&'static str, Loop)> = vec![
        (
            "plain iterator",
            Box::new(|a, b| plain(a, b) / (plain(a, a) * plain(b, b)).sqrt()),
        ),
        (
            "simsimd",
            Box::new(|a, b| <f32 as SpatialSimilarity>::cosine(a, b).unwrap_or(0.0) as f32),
        ),
        (
            "numkong",
            Box::new(|a, b| <f32 as Angular>::angular(a, b).unwrap_or(0.0) as f32),
        ),
        (
            "pulp",
            Box::new(move |a, b| {
                let dot = |a, b| arch.dispatch(PulpDot(a, b));
                dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
            }),
        ),
        (
            "ndarray",
            Box::new(|a, b| {
                let (a, b) = (ndarray::ArrayView1::from(a), ndarray::ArrayView1::from(b));
                a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
            }),
        ),
    ];
    if let Some(library) = openblas() {
        let dot = |a: &[f32], b: &[f32]| library.dot(a, b);
        let cosine = move |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        cosines.push(("OpenBLAS sdot", Box::new(cosine)));
    }
    cosines
}

/// Comparisons of one call here, each down to the number that the peers give, too: the clock and
/// the calls through pointers cost nothing then.
const CALLS: usize = 256;

fn pair<'a>(name: &'static str, run: Loop, a: &'a [f32], b: &'a [f32]) -> Peer<'a> {
    Peer::new(name, move || {
        for _ in 0..CALLS {
            black_box(run(black_box(a), black_box(b)));
        }
    })
}

/// Reading both vectors, from the nearest cache.
fn read(values: &[f32], times: usize) -> Option<Limit<'_>> {
    let mut read = reader(values)?;
    Some(Limit {
        what: "read",
        runs: 1.0,
        run: Box::new(move || (0..times).for_each(|_| read())),
    })
}

pub(crate) fn one_to_one(criterion: &mut Criterion) {
    for dimensions in [128, 512] {
        let vectors = Vectors::new(2, dimensions, 5);
        let templates = vectors.templates();
        let (a, b) = vectors.values().split_at(dimensions);
        let race = |what: &str, ours, loops: Vec<(&'static str, Loop)>| Race {
            name: format!("1:1, {dimensions}-d, {what}"),
            unit: "comparison",
            units: CALLS as u64,
            ours,
            peers: loops
                .into_iter()
                .map(|(name, run)| pair(name, run, a, b))
                .collect(),
            limit: read(vectors.values(), CALLS),
        };
        let (reference, probe) = (&templates[0], &templates[1]);
        let stored = Box::new(|| {
            for _ in 0..CALLS {
                let score = compare(black_box(reference), black_box(probe));
                black_box(score.map_or(f32::NAN, ComparisonScore::value));
            }
        });
        race("norms stored", stored, dots()).run(criterion);
        let not_stored = Box::new(|| {
            for _ in 0..CALLS {
                let score = cosine(black_box(a), black_box(b));
                black_box(score.map_or(f32::NAN, ComparisonScore::value));
            }
        });
        race("norms not stored", not_stored, cosines()).run(criterion);
    }
}

pub(crate) fn stream(criterion: &mut Criterion) {
    const PROBES: usize = 64;
    for dimensions in [128, 512] {
        let vectors = Vectors::new(PROBES + 1, dimensions, 6);
        let templates = vectors.templates();
        let (reference, probes) = vectors.values().split_at(dimensions);
        let peers = dots().into_iter().map(|(name, run)| {
            Peer::new(name, move || {
                let rows = black_box(probes).chunks_exact(dimensions);
                let scores: Vec<_> = rows.map(|probe| run(reference, probe)).collect();
                black_box(scores);
            })
        });
        Race {
            name: format!("stream of {PROBES}, {dimensions}-d"),
            unit: "comparison",
            units: PROBES as u64,
            ours: Box::new(|| {
                let _ = black_box(compare_all(&templates[0], black_box(&templates[1..])));
            }),
            peers: peers.collect(),
            limit: read(probes, 1),
        }
        .run(criterion);
    }
}
