//! One comparison of two templates, beside the loop that one would write first.
//!
//! `cargo bench --bench compare`

#![allow(missing_docs, reason = "made by criterion's macros")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use myna_hal::face::{ModelId, Template, compare};

fn values(dimensions: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..dimensions)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

fn one_to_one(criterion: &mut Criterion) {
    for dimensions in [128, 512] {
        let mut group = criterion.benchmark_group(format!("1:1, {dimensions} dimensions"));
        let (a, b) = (values(dimensions, 1), values(dimensions, 2));
        let template = |values: &[f32]| {
            Template::new(ModelId::new("bench", [0; 32]), values.to_vec()).expect("finite")
        };
        let (reference, probe) = (template(&a), template(&b));
        group.bench_function("compare", |bench| {
            bench.iter(|| compare(black_box(&reference), black_box(&probe)));
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

criterion_group!(benches, one_to_one);
criterion_main!(benches);
