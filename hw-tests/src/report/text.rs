//! A report for a terminal.

use std::fmt::Write as _;

use super::{Run, Table};

/// Tables, failures, what was not run and why, times; the last line is
/// `N passed, N failed, N ignored`.
#[must_use]
pub fn text(run: &Run) -> String {
    let mut text = String::new();
    for rig in &run.rigs {
        for (what, value) in rig.rows() {
            let _ = writeln!(text, "{what:<9} {value}");
        }
    }
    for (subject, device) in run.devices() {
        let firmware = device.firmware.as_deref().unwrap_or("unknown");
        let _ = writeln!(text, "{subject}: {}, firmware {firmware}", device.name);
    }
    for table in run.tables() {
        draw(&mut text, &table);
    }
    failures(&mut text, run);
    reasons(&mut text, run);
    timings(&mut text, run);
    if run.damaged > 0 {
        let _ = writeln!(
            text,
            "\n{} lines are damaged and were left out",
            run.damaged
        );
    }
    let _ = writeln!(text, "\n{}", run.summary());
    text
}

/// Products are columns with a number for a head, for their names are too long.
fn draw(text: &mut String, table: &Table<'_>) {
    let _ = writeln!(text, "\n{}", table.group);
    let width = table
        .rows
        .iter()
        .map(|(case, _)| case.chars().count())
        .max();
    let width = width.unwrap_or_default();
    let named = |product: &&str| !product.is_empty();
    if table.products.iter().any(named) {
        let _ = write!(text, "  {:width$}", "");
        for number in 1..=table.products.len() {
            let _ = write!(text, " {number:>2}");
        }
        text.push('\n');
    }
    for (case, outcomes) in &table.rows {
        let _ = write!(text, "  {case:width$}");
        for trial in outcomes {
            let sign = trial.map_or(' ', |trial| trial.outcome.sign());
            let _ = write!(text, "  {sign}");
        }
        text.push('\n');
    }
    for (number, product) in (1..).zip(&table.products) {
        if named(product) {
            let _ = writeln!(text, "  {number:>2} {product}");
        }
    }
}

fn failures(text: &mut String, run: &Run) {
    for trial in run.of("failed") {
        let why = trial.outcome.why().unwrap_or_default();
        let _ = writeln!(text, "\n✗ {}\n  {}", trial.name, why.replace('\n', "\n  "));
    }
}

/// How many trials of a reason are named before the others are only counted.
const NAMED: usize = 3;

fn reasons(text: &mut String, run: &Run) {
    let reasons = run.reasons();
    if !reasons.is_empty() {
        let _ = writeln!(text, "\nnot run");
    }
    for (why, trials) in reasons {
        let _ = writeln!(text, "– {why}");
        for name in trials.iter().take(NAMED) {
            let _ = writeln!(text, "    {name}");
        }
        if let Some(more) = trials.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let _ = writeln!(text, "    and {more} more");
        }
    }
}

fn timings(text: &mut String, run: &Run) {
    let rows: Vec<_> = run.timings().collect();
    let Some(width) = rows
        .iter()
        .map(|(subject, _)| subject.chars().count())
        .max()
    else {
        return;
    };
    let _ = writeln!(
        text,
        "\n{:width$}  {:<14}{:>6}{:>12}{:>12}{:>12}",
        "times in ms", "", "calls", "median", "p99", "longest"
    );
    for (subject, phase) in rows {
        let _ = writeln!(
            text,
            "{subject:width$}  {:<14}{:>6}{:>12.3}{:>12.3}{:>12.3}",
            phase.name, phase.calls, phase.median_ms, phase.p99_ms, phase.longest_ms
        );
    }
}
