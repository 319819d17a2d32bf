//! Sony RC-S380 readers, which PC/SC on Linux does not know.

use std::sync::Arc;

use myna_hal::card::{CardContext as _, CardReader};
use myna_hal::drivers::port100::Port100Context;
use myna_hal::time::Clock;

/// Those that are attached.
pub(crate) fn readers(clock: &Arc<dyn Clock>) -> Vec<Box<dyn CardReader>> {
    // Whoever may not look at USB still learns what PC/SC says.
    let readers = Port100Context::new(clock.clone()).readers();
    readers.unwrap_or_default()
}
