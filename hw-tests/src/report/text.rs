//! A report for a terminal.

use std::fmt::Write as _;

use super::{Run, Table};

/// Tables, failures, what was not run and why, times, figures; the last line is
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
    figures(&mut text, run);
    news(&mut text, run);
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
    let head = "times in ms";
    let width = width.max(head.len());
    let _ = writeln!(
        text,
        "\n{head:width$}  {:<14}{:>6}{:>12}{:>12}{:>12}  band",
        "", "calls", "median", "p99", "longest"
    );
    for (subject, phase) in rows {
        let _ = writeln!(
            text,
            "{subject:width$}  {:<14}{:>6}{:>12.3}{:>12.3}{:>12.3}  {}",
            phase.name,
            phase.calls,
            phase.median_ms,
            phase.p99_ms,
            phase.longest_ms,
            run.band(subject, &phase.name),
        );
    }
}

fn figures(text: &mut String, run: &Run) {
    for (number, (trial, figure)) in (0..).zip(run.figures()) {
        let head = if number == 0 { "\nfigures\n" } else { "" };
        let _ = writeln!(text, "{head}  {trial}: {figure}");
    }
}

fn news(text: &mut String, run: &Run) {
    let new = run.against.iter().flat_map(|against| &against.new_cases);
    for (number, case) in (0..).zip(new) {
        let head = if number == 0 { "\nnew cases\n" } else { "" };
        let _ = writeln!(text, "{head}  {case}");
    }
}
