//! Stands in for the driver of readers on USB in a build without it.

use std::sync::Arc;

use myna_hal::time::Clock;

use crate::codes;
use crate::readers::Listing;
use crate::report::Finding;

/// Nobody can be asked.
pub(crate) fn list(_: &Arc<dyn Clock>) -> Listing {
    Listing {
        service: Finding::new(&codes::USB_NOT_BUILT),
        readers: None,
    }
}
