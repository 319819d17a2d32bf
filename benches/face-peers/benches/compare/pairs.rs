//! One vector with one other, and with a stream of others.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use myna_hal::face::{ComparisonScore, compare, compare_all, cosine};
use numkong::{Angular, Dot};
use simsimd::SpatialSimilarity;

use crate::openblas::openblas;
use crate::race::{Peer, race};
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

fn cosines() -> Vec<(&'static str, Loop)> {
    vec![
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
    ]
}

/// Comparisons of one call here, each down to the number that the peers give, too: the clock and the calls through pointers cost nothing then.
const CALLS: usize = 256;

fn pair<'a>(name: &'static str, run: Loop, a: &'a [f32], b: &'a [f32]) -> Peer<'a> {
    let run = move || {
        for _ in 0..CALLS {
            black_box(run(black_box(a), black_box(b)));
        }
    };
    (name, Box::new(run))
}

pub(crate) fn one_to_one(criterion: &mut Criterion) {
    for dimensions in [128, 512] {
        let vectors = Vectors::new(2, dimensions, 5);
        let templates = vectors.templates();
        let (a, b) = vectors.values().split_at(dimensions);
        let (reference, probe) = (&templates[0], &templates[1]);
        race(
            criterion,
            &format!("1:1, {dimensions} dimensions, norms stored"),
            Throughput::Elements(CALLS as u64),
            &mut || {
                for _ in 0..CALLS {
                    let score = compare(black_box(reference), black_box(probe));
                    black_box(score.map_or(f32::NAN, ComparisonScore::value));
                }
            },
            dots()
                .into_iter()
                .map(|(name, run)| pair(name, run, a, b))
                .collect(),
        );
        race(
            criterion,
            &format!("1:1, {dimensions} dimensions, norms not stored"),
            Throughput::Elements(CALLS as u64),
            &mut || {
                for _ in 0..CALLS {
                    let score = cosine(black_box(a), black_box(b));
                    black_box(score.map_or(f32::NAN, ComparisonScore::value));
                }
            },
            cosines()
                .into_iter()
                .map(|(name, run)| pair(name, run, a, b))
                .collect(),
        );
    }
}

pub(crate) fn stream(criterion: &mut Criterion) {
    const PROBES: usize = 64;
    for dimensions in [128, 512] {
        let vectors = Vectors::new(PROBES + 1, dimensions, 6);
        let templates = vectors.templates();
        let (reference, probes) = vectors.values().split_at(dimensions);
        let peers = dots().into_iter().map(|(name, run)| -> Peer<'_> {
            let run = move || {
                let rows = black_box(probes).chunks_exact(dimensions);
                let scores: Vec<_> = rows.map(|probe| run(reference, probe)).collect();
                black_box(scores);
            };
            (name, Box::new(run))
        });
        race(
            criterion,
            &format!("stream of {PROBES} probes, {dimensions} dimensions"),
            Throughput::Elements(PROBES as u64),
            &mut || {
                let _ = black_box(compare_all(&templates[0], black_box(&templates[1..])));
            },
            peers.collect(),
        );
    }
}
