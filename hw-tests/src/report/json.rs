//! A report for programs.

use serde_json::{Value, json};

use super::Run;

/// One JSON object: `rigs`, `passed`, `failed`, `ignored` and `damaged` (numbers), `trials`, each with
/// `name`, `outcome`, `why` unless it passed, `ms`, `phases`, `figures` and `device`, and `timings`, each with
/// `subject`, what stands in a phase, and `band` (lowest and highest median, or null), and `new_cases`.
///
/// # Panics
/// Never: all of it is plain data.
#[must_use]
pub fn json(run: &Run) -> Value {
    let against = run.against.as_ref();
    let timings: Vec<Value> = run
        .timings()
        .map(|(subject, phase)| {
            let mut row = json!(phase);
            row["subject"] = json!(subject);
            row["band"] = json!(against.and_then(|it| it.band(subject, &phase.name)));
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
        "new_cases": against.map_or(&[][..], |it| it.new_cases.as_slice()),
    })
}
