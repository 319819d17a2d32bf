//! Readers straight over USB.

use std::sync::Arc;

use myna_hal::card::CardContext as _;
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::time::Clock;

use crate::ask::{SERVICE_LIMIT, states, within};
use crate::codes;
use crate::readers::Listing;
use crate::report::Finding;

/// Lists the readers that this library can drive itself.
pub(crate) fn list(clock: &Arc<dyn Clock>) -> Listing {
    let clock = clock.clone();
    let answer = within(SERVICE_LIMIT, move || {
        CcidContext::new(clock).readers().map(states)
    });
    let (service, readers) = match answer {
        None => (Finding::new(&codes::USB_FAILS), None),
        Some(Err(error)) => (Finding::new(&codes::USB_FAILS).because(&error), None),
        Some(Ok(readers)) => (Finding::new(&codes::SERVICE_NOT_NEEDED), Some(readers)),
    };
    Listing { service, readers }
}
