//! Stands in for the face engine in a build without one.

use std::path::Path;

use crate::codes;
use crate::report::{Finding, Report};

/// Nothing can be said.
pub(crate) fn check(_: Option<&Path>, report: &mut Report) {
    report.findings.push(Finding::new(&codes::MODEL_NOT_BUILT));
}
