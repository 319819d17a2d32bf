//! The comparison loops beside other libraries' loops for the same vectors. Each peer's samples
//! alternate with ours, and the ratio of such pairs is printed: above 1, ours is faster. Peers get
//! vectors of unit length, aligned to cache lines as ours are.
//!
//! `benches/face-peers/run` sets everything up; by hand: `cargo bench -p face-peers`, with a filter
//! such as `-- 1:1`. `MYNA_HAL_BENCH_ROWS` is the size of the largest gallery, 100,000 if not set;
//! `MYNA_HAL_OPENBLAS` names an OpenBLAS library to measure against (`libopenblas.so.0` if not
//! set), `MYNA_HAL_BENCH_PYTHON` an interpreter that has numpy, faiss and usearch;
//! `MYNA_HAL_BENCH_SVG` and `MYNA_HAL_BENCH_JSON` name files to write.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::print_stdout,
    reason = "made by criterion's macros; calls into other libraries; a report is printed"
)]

mod chart;
mod limits;
mod machine;
mod matrix;
mod openblas;
mod pairs;
mod python;
mod race;
mod report;
mod search;
mod vectors;

use criterion::{criterion_group, criterion_main};

fn finish(criterion: &mut criterion::Criterion) {
    report::finish(criterion);
    python::stop();
}

criterion_group!(
    benches,
    pairs::one_to_one,
    pairs::stream,
    search::search,
    matrix::matrix,
    finish
);
criterion_main!(benches);
