//! The comparison loops beside other libraries' loops for the same vectors. Each peer's samples
//! alternate with ours, and the ratio of such pairs is printed: above 1, ours is faster. Peers get
//! vectors of unit length, aligned to cache lines as ours are.
//!
//! `cargo bench -p face-peers`, with a filter such as `-- 1:1`. `MYNA_HAL_BENCH_ROWS` is the size
//! of the largest gallery, 100,000 if not set; `MYNA_HAL_OPENBLAS` names an OpenBLAS library to
//! measure against (`libopenblas.so.0` if not set), on one thread.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::print_stdout,
    reason = "made by criterion's macros; calls into other libraries; a report is printed"
)]

mod limits;
mod matrix;
mod openblas;
mod pairs;
mod race;
mod search;
mod vectors;

use criterion::{Criterion, criterion_group, criterion_main};

fn report(_: &mut Criterion) {
    limits::report();
    openblas::report();
}

criterion_group!(
    benches,
    report,
    pairs::one_to_one,
    pairs::stream,
    search::scan,
    search::exact,
    matrix::matrix
);
criterion_main!(benches);
