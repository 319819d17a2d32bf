//! What trials came to: written down line by line while they run, and read again as reports.
//!
//! ```text
//! Recorder ── a line of JSON for each trial ── Run ── JUnit XML, JSON, a page, a table
//!             (a file, or the console of a guest)
//! ```
//!
//! A line is written before a trial begins and another when it has ended, so that a rig that dies
//! loses nothing: a trial that began and did not end has failed.

mod baseline;
mod facts;
mod html;
mod json;
mod junit;
mod record;
mod recorder;
mod run;
mod text;

#[cfg(test)]
mod tests;

pub use baseline::{Baseline, Comparison, Quarantine, Row, today};
pub use facts::Rig;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use record::{Device, Figure, Outcome, Phase, TrialName, TrialRecord};
pub use recorder::{Notes, Recorder};
pub use run::{Run, Table};
pub use text::text;
