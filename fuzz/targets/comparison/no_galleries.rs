//! Where galleries are not compiled in, single comparisons are all there is.

use myna_hal::face::{ComparisonScore, Template};

pub(crate) fn check(_: &Template, _: &[Template], _: &[ComparisonScore], _: usize) {}
