//! One vector with a gallery.

use std::hint::black_box;

use criterion::Criterion;
use myna_hal::face::Template;
use myna_hal::face::compare::gallery::{CodedGallery, Gallery};

use crate::limits::reader;
use crate::openblas::openblas;
use crate::pairs::dots;
use crate::python::Loaded;
use crate::race::{Limit, Peer, Race};
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
    for row in vectors.rows() {
        let template = Template::new(model(), row.to_vec()).expect("finite");
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
        .map(|(name, run)| {
            Peer::new(name, move || {
                let scores = vectors.rows().map(|row| run(probe, row));
                let best = scores.enumerate().fold((0, f32::MIN), |best, (i, score)| {
                    if score > best.1 { (i, score) } else { best }
                });
                black_box(best);
            })
        })
        .collect();
    if let Some(library) = openblas() {
        let mut scores = vec![0.0; rows];
        peers.push(Peer::new("OpenBLAS sgemv", move || {
            library.rows_by_vector(vectors.values(), probe, &mut scores);
            black_box(best_of(&scores));
        }));
    }
    if let Some(python) = Loaded::new(vectors.values(), probe, probe.len()) {
        let cases = [
            ("numpy", "numpy-best"),
            ("faiss", "faiss-best"),
            ("usearch", "usearch-best"),
        ];
        for (name, case) in cases {
            peers.push(Peer::timed(name, move |times| python.time(case, times)));
        }
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

/// Reading `bytes` of the rows.
fn read(values: &[f32], bytes: usize) -> Option<Limit<'_>> {
    Some(Limit {
        what: "read",
        runs: 1.0,
        run: Box::new(reader(&values[..bytes / 4])?),
    })
}

/// The scan, and the search by codes, which looks at a quarter of the bytes first.
pub(crate) fn search(criterion: &mut Criterion) {
    for dimensions in [128, 512] {
        for rows in sizes() {
            let vectors = Vectors::new(rows, dimensions, 3);
            let probes = Vectors::new(1, dimensions, 99);
            let template = probes.templates().remove(0);
            let coded = CodedGallery::new(gallery(&vectors, dimensions));
            let list = coded.top(&template, 10).expect("one model");
            assert_eq!(list, coded.gallery().top(&template, 10).expect("one model"));
            let race = |what: &str, ours, bytes| Race {
                name: format!("1:{}, {dimensions}-d, {what}", number(rows)),
                unit: "comparison",
                units: rows as u64,
                ours,
                peers: peers(&vectors, probes.values(), rows),
                limit: read(vectors.values(), bytes),
            };
            let scan = Box::new(|| {
                let _ = black_box(coded.gallery().best(black_box(&template)));
            });
            race("scan", scan, 4 * rows * dimensions).run(criterion);
            let best = Box::new(|| {
                let _ = black_box(coded.best(black_box(&template)));
            });
            race("exact best by codes", best, rows * dimensions).run(criterion);
            let top = Box::new(|| {
                let _ = black_box(coded.top(black_box(&template), 10));
            });
            race("exact ten best by codes", top, rows * dimensions).run(criterion);
        }
    }
}

/// With commas: zeros are hard to count.
pub(crate) fn number(value: usize) -> String {
    let digits = value.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join(",")
}
