//! Where galleries are not compiled in there is nothing to measure.

pub(crate) fn benches(_: &mut criterion::Criterion) {}
