//! Many vectors with a gallery.

use std::hint::black_box;

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
            let mut race = |what: &str, ours, case: &[(&'static str, &'static str)]| {
                let mut peers = peers(x, q, dimensions, &mut out);
                if what != "all scores" {
                    // The nearest ones are enough: they still have the lists to make.
                    peers.retain(|peer| ["gemm", "OpenBLAS sgemm"].contains(&peer.name));
                }
                for (name, case) in case.iter().copied() {
                    if let Some(python) = python {
                        peers.push(Peer::timed(name, move |times| python.time(case, times)));
                    }
                }
                Race {
                    name: format!(
                        "{} × {}, {dimensions}-d, {what}",
                        number(probes),
                        number(rows)
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
            race("all scores", scores, &[("numpy", "numpy-scores")]);
            let top = Box::new(|| {
                let _ = black_box(gallery.top_each(black_box(&templates), 10));
            });
            race("ten best of each", top, &[("faiss", "faiss-top")]);
            let histogram = Box::new(|| {
                let _ = black_box(gallery.histogram(black_box(&templates), 1024));
            });
            race("histogram", histogram, &[]);
        }
    }
}

/// All scores and nothing else, by other loops: none of them gives lists or histograms.
fn peers<'a>(x: &'a [f32], q: &'a [f32], d: usize, out: &'a mut [f32]) -> Vec<Peer<'a>> {
    let (n, nq) = (x.len() / d, q.len() / d);
    assert!(out.len() >= n * nq);
    // Each peer writes the same memory, one after the other.
    let to = std::cell::RefCell::new(out);
    let to = std::rc::Rc::new(to);
    let (for_gemm, for_matrixmultiply, for_faer) = (to.clone(), to.clone(), to.clone());
    let (row, one) = (nq as isize, d as isize);
    let mut peers: Vec<Peer<'a>> = vec![
        Peer::new("gemm", move || {
            let out = for_gemm.borrow_mut().as_mut_ptr();
            // SAFETY: `x` holds n times d values, `q` nq times d, `out` n times nq.
            unsafe {
                gemm::gemm(
                    nq,
                    n,
                    d,
                    out,
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
        Peer::new("matrixmultiply", move || {
            let out = for_matrixmultiply.borrow_mut().as_mut_ptr();
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
                    out,
                    row,
                    1,
                );
            }
        }),
        Peer::new("faer", move || {
            let mut out = for_faer.borrow_mut();
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
    ];
    if let Some(library) = openblas() {
        let run = move || library.rows_by_probes(x, q, d, &mut to.borrow_mut());
        peers.push(Peer::new("OpenBLAS sgemm", run));
    }
    peers
}
