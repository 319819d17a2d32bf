//! One template with a gallery, and many with a gallery.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use myna_hal::face::compare::gallery::{CodedGallery, Gallery, ScoreMatrix};
use myna_hal::face::{ComparisonScore, Template};

use super::{DIMENSIONS, templates};

fn gallery(templates: &[Template]) -> Gallery {
    let (model, dimensions) = (templates[0].model().clone(), templates[0].dimensions());
    let mut gallery = Gallery::new(model, dimensions);
    for template in templates {
        gallery.push(template).expect("one model");
    }
    gallery
}

pub(crate) fn benches(criterion: &mut Criterion) {
    for dimensions in DIMENSIONS {
        for rows in [1_000, 10_000, 100_000] {
            search(criterion, dimensions, rows);
        }
        for probes in [64, 1_000] {
            matrix(criterion, dimensions, probes);
        }
    }
}

fn search(criterion: &mut Criterion, dimensions: usize, rows: usize) {
    let mut group = criterion.benchmark_group(format!("1:{rows}, {dimensions} dimensions"));
    group.throughput(Throughput::Elements(rows as u64));
    group.sample_size(20);
    let mut templates = templates(dimensions, rows + 1);
    let probe = templates.remove(rows);
    let coded = CodedGallery::new(gallery(&templates));
    drop(templates);
    group.bench_function("scan", |bench| {
        bench.iter(|| coded.gallery().best(black_box(&probe)));
    });
    group.bench_function("best, by codes", |bench| {
        bench.iter(|| coded.best(black_box(&probe)));
    });
    group.bench_function("ten best, by codes", |bench| {
        bench.iter(|| coded.top(black_box(&probe), 10));
    });
    let threshold = ComparisonScore::new(0.36);
    group.bench_function("at least a threshold, by codes", |bench| {
        bench.iter(|| coded.at_least(black_box(&probe), threshold));
    });
    group.finish();
}

fn matrix(criterion: &mut Criterion, dimensions: usize, probes: usize) {
    const ROWS: usize = 10_000;
    let name = format!("{probes} x {ROWS}, {dimensions} dimensions");
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements((probes * ROWS) as u64));
    group.sample_size(10);
    let mut probes = templates(dimensions, ROWS + probes);
    let gallery = gallery(&probes[..ROWS]);
    probes.drain(..ROWS);
    let mut scores = ScoreMatrix::default();
    group.bench_function("all scores", |bench| {
        bench.iter(|| gallery.fill_score_matrix(black_box(&probes), &mut scores));
    });
    group.bench_function("ten best of each", |bench| {
        bench.iter(|| gallery.top_each(black_box(&probes), 10));
    });
    group.bench_function("histogram", |bench| {
        bench.iter(|| gallery.histogram(black_box(&probes), 1024));
    });
    group.finish();
}
