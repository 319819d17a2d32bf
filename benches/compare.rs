//! Comparison of one template with one other, with a stream, with a gallery, and of many with a
//! gallery. Other libraries' loops for the same vectors stand in `benches/face-peers`.
//!
//! `cargo bench --bench compare`; with `--features gallery` also the galleries.

#![allow(missing_docs, reason = "made by criterion's macros")]

#[cfg_attr(feature = "gallery", path = "compare/galleries.rs")]
#[cfg_attr(not(feature = "gallery"), path = "compare/no_galleries.rs")]
mod galleries;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use myna_hal::face::{ComparisonScore, ModelId, Template, compare, compare_all, cosine};

/// Dimensions of the models that are in use.
pub(crate) const DIMENSIONS: [usize; 2] = [128, 512];

/// Vectors that have nothing to do with each other.
fn values(dimensions: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9);
    (0..dimensions)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

pub(crate) fn templates(dimensions: usize, count: usize) -> Vec<Template> {
    let template = |seed| {
        let model = ModelId::new("bench", [0; 32]);
        Template::new(model, values(dimensions, seed as u32)).expect("finite")
    };
    (1..=count).map(template).collect()
}

fn one_to_one(criterion: &mut Criterion) {
    for dimensions in DIMENSIONS {
        let mut group = criterion.benchmark_group(format!("1:1, {dimensions} dimensions"));
        let (a, b) = (values(dimensions, 1), values(dimensions, 2));
        let templates = templates(dimensions, 2);
        let (reference, probe) = (&templates[0], &templates[1]);
        group.bench_function("compare", |bench| {
            bench.iter(|| {
                let score = compare(black_box(reference), black_box(probe));
                score.map_or(f32::NAN, ComparisonScore::value)
            });
        });
        group.bench_function("cosine", |bench| {
            bench.iter(|| {
                let score = cosine(black_box(&a), black_box(&b));
                score.map_or(f32::NAN, ComparisonScore::value)
            });
        });
        group.bench_function("plain iterator", |bench| {
            bench.iter(|| {
                let (a, b) = (black_box(&a[..]), black_box(&b[..]));
                a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()
            });
        });
        group.finish();
    }
}

fn stream(criterion: &mut Criterion) {
    const PROBES: usize = 64;
    for dimensions in DIMENSIONS {
        let mut group = criterion.benchmark_group(format!("stream, {dimensions} dimensions"));
        group.throughput(Throughput::Elements(PROBES as u64));
        let templates = templates(dimensions, PROBES + 1);
        group.bench_function("compare_all", |bench| {
            bench.iter(|| compare_all(&templates[0], black_box(&templates[1..])));
        });
        group.finish();
    }
}

criterion_group!(benches, one_to_one, stream, galleries::benches);
criterion_main!(benches);
