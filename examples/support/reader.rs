//! What programs call the states of a reader.

use myna_hal::card::{CardPresence, ReaderUsage};
use myna_hal::drivers::profiles::ReaderProfile;
use serde_json::{Value, json};

/// Whether a card is there.
pub fn presence(card: CardPresence) -> &'static str {
    match card {
        CardPresence::Absent => "absent",
        CardPresence::Present => "present",
        CardPresence::Mute => "mute",
        _ => "unknown",
    }
}

/// Who uses the reader.
pub fn usage(usage: ReaderUsage) -> &'static str {
    match usage {
        ReaderUsage::Free => "free",
        ReaderUsage::Shared => "shared",
        ReaderUsage::Exclusive => "exclusive",
        _ => "unknown",
    }
}

/// What is known of the make of the reader that PC/SC calls so; null if nothing is.
pub fn profile(name: &str) -> Value {
    ReaderProfile::of_name(name).map_or(Value::Null, |profile| {
        json!({
            "make": profile.make,
            "exchange": format!("{:?}", profile.exchange).to_lowercase(),
            "max_message": profile.max_message,
            "quirks": profile.quirks.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>(),
            "evidence": format!("{:?}", profile.evidence).to_lowercase(),
        })
    })
}
