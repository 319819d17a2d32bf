//! Readers through PC/SC.

use std::sync::Arc;

use myna_hal::card::{CardContext, CardReader};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::time::Clock;

use crate::support::problem::Problem;

/// The readers of the service.
pub(super) fn context(clock: &Arc<dyn Clock>) -> Result<Box<dyn CardContext>, Problem> {
    Ok(Box::new(PcscContext::new(clock.clone())))
}

/// The attached readers, asked for what they can do.
pub(super) fn asked(clock: &Arc<dyn Clock>) -> Result<Vec<Box<dyn CardReader>>, Problem> {
    let readers = PcscContext::new(clock.clone()).readers_with_features()?;
    Ok(readers
        .into_iter()
        .map(|reader| Box::new(reader) as _)
        .collect())
}
