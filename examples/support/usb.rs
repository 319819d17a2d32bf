//! Readers that USB shows and PC/SC does not list.

use std::sync::Arc;

use myna_hal::card::CardReader as _;
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::drivers::profiles::ReaderProfile;
use myna_hal::time::Clock;
use serde_json::{Value, json};

/// What to do about a reader of which nothing is known.
const UNKNOWN: &str = "its identifiers may be missing in /etc/libccid_Info.plist: update libccid, or \
                       use this crate's driver `ccid`";

/// Readers on USB that none of the `listed` names stands for, and what to do about them.
pub(crate) fn unlisted(listed: &[String], clock: &Arc<dyn Clock>) -> Vec<Value> {
    // Whoever may not look at USB still learns what PC/SC says.
    let readers = CcidContext::new(clock.clone()).list().unwrap_or_default();
    readers
        .iter()
        .filter(|reader| !listed.iter().any(|name| reader.is_called(name)))
        .map(|reader| {
            let (vendor, product) = reader.usb_id();
            let profile = ReaderProfile::of_usb(reader.usb_id());
            json!({
                "reader": reader.info().name,
                "listed": false,
                "usb": format!("{vendor:04X}:{product:04X}"),
                "remedy": profile.map_or(UNKNOWN, |profile| profile.needs.remedy()),
            })
        })
        .collect()
}
