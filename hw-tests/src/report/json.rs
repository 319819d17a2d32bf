//! A report for programs.

use serde_json::{Value, json};

use super::Run;

/// One JSON object: `rigs`, `passed`, `failed`, `ignored` and `damaged` (numbers), `trials`, each with
/// `name`, `outcome`, `why` unless it passed, `ms`, `phases` and `device`, and `timings`, each with
/// `subject` and what stands in a phase.
///
/// # Panics
/// Never: all of it is plain data.
#[must_use]
pub fn json(run: &Run) -> Value {
    let timings: Vec<Value> = run
        .timings()
        .map(|(subject, phase)| {
            let mut row = json!(phase);
            row["subject"] = json!(subject);
            row
        })
        .collect();
    json!({
        "rigs": run.rigs,
        "passed": run.count("passed"),
        "failed": run.count("failed"),
        "ignored": run.count("ignored"),
        "damaged": run.damaged,
        "trials": run.trials,
        "timings": timings,
    })
}
