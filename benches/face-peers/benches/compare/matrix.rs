//! Many vectors with a gallery.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use criterion::Criterion;
use myna_hal::face::compare::gallery::ScoreMatrix;

use crate::limits::multiplier;
use crate::openblas::openblas;
use crate::python::Loaded;
use crate::race::{Limit, Peer, Race};
use crate::search::{gallery, number, sizes};
use crate::vectors::Vectors;

pub(crate) fn matrix(criterion: &mut Criterion) {
    let rows = sizes().into_iter().max().unwrap_or(1_000).min(100_000);
    for dimensions in [128, 512] {
        for probes in [64, 1_000] {
            let vectors = Vectors::new(rows, dimensions, 3);
            let queries = Vectors::new(probes, dimensions, 98);
            let (gallery, templates) = (gallery(&vectors, dimensions), queries.templates());
            let (x, q) = (vectors.values(), queries.values());
            let mut out = vec![0.0; probes * rows];
            let python = Loaded::new(x, q, dimensions);
            let operations = (2 * probes * rows * dimensions) as f64;
            let mut race = |result: Result, ours| {
                let mut peers = peers(x, q, dimensions, &mut out, result);
                let case = match result {
                    Result::Scores => Some(("numpy", "numpy-scores")),
                    Result::Top => Some(("faiss", "faiss-top")),
                    // numpy's takes many times as long as the scores.
                    Result::Histogram => None,
                };
                if let Some((python, (name, case))) = python.zip(case) {
                    peers.push(Peer::timed(name, move |times| python.time(case, times)));
                }
                Race {
                    name: format!(
                        "{} × {}, {dimensions}-d, {}",
                        number(probes),
                        number(rows),
                        result.name()
                    ),
                    unit: "score",
                    units: (probes * rows) as u64,
                    ours,
                    peers,
                    limit: multiplier().map(|(limit, run)| Limit {
                        what: "multiply-add",
                        runs: operations / limit,
                        run: Box::new(run),
                    }),
                }
                .run(criterion);
            };
            // As the peers, into the same memory every time.
            let mut matrix = ScoreMatrix::default();
            let scores = Box::new(|| {
                let _ = gallery.fill_score_matrix(black_box(&templates), &mut matrix);
                black_box(&matrix);
            });
            race(Result::Scores, scores);
            let top = Box::new(|| {
                let _ = black_box(gallery.top_each(black_box(&templates), TOP));
            });
            race(Result::Top, top);
            let histogram = Box::new(|| {
                let _ = black_box(gallery.histogram(black_box(&templates), BINS));
            });
            race(Result::Histogram, histogram);
        }
    }
}

/// What comes out.
#[derive(Clone, Copy)]
enum Result {
    Scores,
    /// The best rows of each probe.
    Top,
    /// How often which score occurs.
    Histogram,
}

const TOP: usize = 10;
const BINS: usize = 1024;

impl Result {
    fn name(self) -> &'static str {
        match self {
            Self::Scores => "all scores",
            Self::Top => "ten best of each",
            Self::Histogram => "histogram",
        }
    }

    /// What a library that gives only scores leaves to do: `scores` has a line of `probes` for each
    /// row.
    fn finish(self, scores: &[f32], probes: usize) {
        match self {
            Self::Scores => {}
            Self::Top => {
                black_box(best_of_each(scores, probes));
            }
            Self::Histogram => {
                black_box(histogram(scores));
            }
        }
    }
}

/// One pass: most scores are below the worst of their probe's list.
fn best_of_each(scores: &[f32], probes: usize) -> Vec<Vec<(f32, usize)>> {
    let mut lists = vec![Vec::with_capacity(TOP + 1); probes];
    let mut worst = vec![f32::MIN; probes];
    for (row, line) in scores.chunks_exact(probes).enumerate() {
        for (probe, (score, worst)) in line.iter().zip(&mut worst).enumerate() {
            if score > worst {
                let list = &mut lists[probe];
                let at = list.partition_point(|(other, _)| other >= score);
                list.insert(at, (*score, row));
                list.truncate(TOP);
                if list.len() == TOP {
                    *worst = list[TOP - 1].0;
                }
            }
        }
    }
    lists
}

/// One pass, into four histograms: a processor waits when it counts twice in one place.
fn histogram(scores: &[f32]) -> Vec<u64> {
    let mut parts = vec![[0u32; BINS]; 4];
    let (fours, rest) = scores.as_chunks::<4>();
    let bin = |score: f32| (((score + 1.0) * (BINS as f32 / 2.0)) as usize).min(BINS - 1);
    for four in fours {
        for (part, score) in parts.iter_mut().zip(four) {
            part[bin(*score)] += 1;
        }
    }
    for score in rest {
        parts[0][bin(*score)] += 1;
    }
    let sum = |bin: usize| parts.iter().map(|part| u64::from(part[bin])).sum();
    (0..BINS).map(sum).collect()
}

/// Other loops, which give scores and no lists or histograms, each followed by one pass over them.
fn peers<'a>(
    x: &'a [f32],
    q: &'a [f32],
    d: usize,
    out: &'a mut [f32],
    result: Result,
) -> Vec<Peer<'a>> {
    let probes = q.len() / d;
    // Each writes the same memory, one after the other.
    let out = Rc::new(RefCell::new(out));
    let peer = |(name, run): (&'static str, Scores<'a>)| {
        let out = Rc::clone(&out);
        Peer::new(name, move || {
            let mut out = out.borrow_mut();
            run(&mut out);
            result.finish(&out, probes);
        })
    };
    loops(x, q, d).into_iter().map(peer).collect()
}

/// Fills a line of all probes' scores for each row.
type Scores<'a> = Box<dyn Fn(&mut [f32]) + 'a>;

fn loops<'a>(x: &'a [f32], q: &'a [f32], d: usize) -> Vec<(&'static str, Scores<'a>)> {
    let (n, nq) = (x.len() / d, q.len() / d);
    let (row, one) = (nq as isize, d as isize);
    let mut loops: Vec<(&'static str, Scores<'a>)> = vec![
        (
            "gemm",
            Box::new(move |out| {
                assert!(out.len() >= n * nq);
                // SAFETY: `x` holds n times d values, `q` nq times d, `out` n times nq.
                unsafe {
                    gemm::gemm(
                        nq,
                        n,
                        d,
                        out.as_mut_ptr(),
                        row,
                        1,
                        false,
                        q.as_ptr(),
                        1,
                        one,
                        x.as_ptr(),
                        one,
                        1,
                        0.0,
                        1.0,
                        false,
                        false,
                        false,
                        gemm::Parallelism::None,
                    );
                }
            }),
        ),
        (
            "matrixmultiply",
            Box::new(move |out| {
                assert!(out.len() >= n * nq);
                // SAFETY: `x` holds n times d values, `q` nq times d, `out` n times nq.
                unsafe {
                    matrixmultiply::sgemm(
                        n,
                        d,
                        nq,
                        1.0,
                        x.as_ptr(),
                        one,
                        1,
                        q.as_ptr(),
                        1,
                        one,
                        0.0,
                        out.as_mut_ptr(),
                        row,
                        1,
                    );
                }
            }),
        ),
        (
            "faer",
            Box::new(move |out| {
                let queries = faer::MatRef::from_row_major_slice(q, nq, d);
                let rows = faer::MatRef::from_row_major_slice(x, n, d);
                let out = faer::MatMut::from_column_major_slice_mut(&mut out[..n * nq], nq, n);
                faer::linalg::matmul::matmul(
                    out,
                    faer::Accum::Replace,
                    queries,
                    rows.transpose(),
                    1.0f32,
                    faer::Par::Seq,
                );
            }),
        ),
    ];
    if let Some(library) = openblas() {
        let run = move |out: &mut [f32]| library.rows_by_probes(x, q, d, out);
        loops.push(("OpenBLAS sgemm", Box::new(run)));
    }
    loops
}
