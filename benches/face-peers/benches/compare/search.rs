//! One vector with a gallery.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use myna_hal::face::compare::gallery::{CodedGallery, Gallery};

use crate::limits::reader;
use crate::openblas::openblas;
use crate::pairs::dots;
use crate::race::{Peer, race};
use crate::vectors::{Vectors, model};

/// Sizes of galleries, up to what was asked for.
pub(crate) fn sizes() -> Vec<usize> {
    let largest = std::env::var("MYNA_HAL_BENCH_ROWS").ok();
    let largest = largest
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(100_000);
    let sizes = [1_000, 10_000, 100_000, 1_000_000];
    sizes.into_iter().filter(|size| *size <= largest).collect()
}

pub(crate) fn gallery(vectors: &Vectors, dimensions: usize) -> Gallery {
    let mut gallery = Gallery::new(model(), dimensions);
    for template in vectors.templates() {
        gallery.push(&template).expect("one model");
    }
    gallery
}

/// The exact best of all rows, by other loops.
fn peers<'a>(vectors: &'a Vectors, probe: &'a [f32], rows: usize) -> Vec<Peer<'a>> {
    let loops = dots()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("OpenBLAS"));
    let mut peers: Vec<Peer<'a>> = loops
        .map(|(name, run)| -> Peer<'a> {
            let run = move || {
                let scores = vectors.rows().map(|row| run(probe, row));
                let best = scores.enumerate().fold((0, f32::MIN), |best, (i, score)| {
                    if score > best.1 { (i, score) } else { best }
                });
                black_box(best);
            };
            (name, Box::new(run))
        })
        .collect();
    if let Some(library) = openblas() {
        let mut scores = vec![0.0; rows];
        let run = move || {
            library.rows_by_vector(vectors.values(), probe, &mut scores);
            black_box(best_of(&scores));
        };
        peers.push(("OpenBLAS sgemv", Box::new(run)));
    }
    peers
}

/// In two steps, so that the first one becomes vector instructions.
fn best_of(scores: &[f32]) -> Option<usize> {
    let largest = |part: &[f32]| {
        part.iter()
            .fold(f32::MIN, |a, b| if *b > a { *b } else { a })
    };
    let parts = scores.chunks(1024).map(largest);
    let best = parts.fold(f32::MIN, f32::max);
    scores.iter().position(|score| *score == best)
}

pub(crate) fn scan(criterion: &mut Criterion) {
    for dimensions in [128, 512] {
        for rows in sizes() {
            let vectors = Vectors::new(rows, dimensions, 3);
            let probes = Vectors::new(1, dimensions, 99);
            let (gallery, template) = (gallery(&vectors, dimensions), probes.templates().remove(0));
            let mut peers = peers(&vectors, probes.values(), rows);
            if let Some(read) = reader(vectors.values()) {
                peers.push(("LIMIT: reading the rows", Box::new(read)));
            }
            race(
                criterion,
                &format!("1:{rows}, {dimensions} dimensions, scan"),
                Throughput::Elements(rows as u64),
                &mut || {
                    let _ = black_box(gallery.best(black_box(&template)));
                },
                peers,
            );
        }
    }
}

pub(crate) fn exact(criterion: &mut Criterion) {
    for dimensions in [128, 512] {
        for rows in sizes() {
            let vectors = Vectors::new(rows, dimensions, 3);
            let probes = Vectors::new(1, dimensions, 99);
            let template = probes.templates().remove(0);
            let coded = CodedGallery::new(gallery(&vectors, dimensions));
            let list = coded.top(&template, 10).expect("one model");
            assert_eq!(list, coded.gallery().top(&template, 10).expect("one model"));
            race(
                criterion,
                &format!("1:{rows}, {dimensions} dimensions, exact by codes"),
                Throughput::Elements(rows as u64),
                &mut || {
                    let _ = black_box(coded.best(black_box(&template)));
                },
                peers(&vectors, probes.values(), rows),
            );
        }
    }
}
