//! Sony RC-S380 readers.

use std::sync::Arc;

use myna_hal::card::{CardContext, CardReader};
use myna_hal::drivers::port100::Port100Context;
use myna_hal::time::Clock;

use crate::support::problem::Problem;

/// The readers on USB.
pub(super) fn context(clock: &Arc<dyn Clock>) -> Result<Box<dyn CardContext>, Problem> {
    Ok(Box::new(Port100Context::new(clock.clone())))
}

/// The attached readers; they have no keys to ask for.
pub(super) fn asked(clock: &Arc<dyn Clock>) -> Result<Vec<Box<dyn CardReader>>, Problem> {
    Ok(Port100Context::new(clock.clone()).readers()?)
}
