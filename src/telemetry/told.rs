//! `tracing` listens.

use tracing::{Level, event, span};

/// A dialogue with the card, until it is dropped.
pub(crate) struct Span(span::EnteredSpan);

pub(crate) fn dialogue() -> Span {
    Span(span!(target: "myna_hal::myna", Level::DEBUG, "dialogue").entered())
}

impl Span {
    /// The dialogue has ended, and cost this.
    pub(crate) fn done(self, apdus: u32, sent: u64, received: u64, well: bool) {
        event!(target: "myna_hal::myna", Level::DEBUG, apdus, sent, received, well, "dialogue ended");
        drop(self.0.exit());
    }
}

/// The session went from one phase to another.
pub(crate) fn phase(from: &'static str, to: &'static str) {
    if from != to {
        event!(target: "myna_hal::checkin", Level::INFO, from, to, "phase");
    }
}

/// The service behind a driver died or is back.
#[allow(dead_code, reason = "told by drivers, and each of them is a feature")]
pub(crate) fn service(driver: &'static str, serves: bool) {
    if serves {
        event!(target: "myna_hal::drivers", Level::INFO, driver, "service back");
    } else {
        event!(target: "myna_hal::drivers", Level::WARN, driver, "service lost");
    }
}

/// A call to the operating system that its caller gave up on, and that goes on by itself.
#[allow(dead_code, reason = "told by drivers, and each of them is a feature")]
pub(crate) fn abandoned(why: &'static str) {
    event!(target: "myna_hal::drivers", Level::WARN, why, "call abandoned");
}
