//! A subscriber that hears everything, at every level, from every thread.

use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static HEARD: Mutex<String> = Mutex::new(String::new());

struct Ear;

/// From now on everything is heard.
pub(crate) fn listen() {
    tracing::subscriber::set_global_default(Ear).expect("the only subscriber");
}

/// What was heard.
pub(crate) fn heard() -> Option<String> {
    Some(HEARD.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

struct Fields<'t>(&'t mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

fn write_down(what: &Metadata<'_>, fields: impl FnOnce(&mut Fields<'_>)) {
    let mut text = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = write!(text, "{} {}", what.target(), what.name());
    fields(&mut Fields(&mut text));
    text.push('\n');
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        write_down(span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
        values.record(&mut Fields(&mut text));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        write_down(event.metadata(), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
