//! Without the PC/SC driver there are no readers of it.

use std::sync::Arc;

use myna_hal::card::{CardContext, CardReader};
use myna_hal::time::Clock;

use crate::support::problem::Problem;

/// None.
pub(super) fn context(_: &Arc<dyn Clock>) -> Result<Box<dyn CardContext>, Problem> {
    Err(absent())
}

/// None.
pub(super) fn asked(_: &Arc<dyn Clock>) -> Result<Vec<Box<dyn CardReader>>, Problem> {
    Err(absent())
}

fn absent() -> Problem {
    Problem::new(
        "unsupported",
        "this program was built without the PC/SC driver",
        "build it with --features pcsc (on Linux: apt-get install libpcsclite-dev pkg-config)",
    )
}
