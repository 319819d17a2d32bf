//! A report for people: one page that needs nothing besides itself, no script either.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Run, Table, TrialRecord};

const STYLE: &str = include_str!("page.css");

/// The page: what ran on what, a table of each group, failures, what was not run and why, times, figures.
#[must_use]
pub fn html(run: &Run) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Trials: " (run.summary()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Trials" }
                p.summary.bad[run.count("failed") > 0] { (run.summary()) }
                @if run.damaged > 0 {
                    p.bad { (run.damaged) " lines are damaged and were left out." }
                }
                (rigs(run))
                (failures(run))
                @for table in run.tables() { (grid(&table)) }
                (timings(run))
                (figures(run))
                (news(run))
                (reasons(run))
            }
        }
    };
    page.into_string()
}

fn rigs(run: &Run) -> Markup {
    html! {
        @for rig in &run.rigs {
            dl { @for (what, value) in rig.rows() { dt { (what) } dd { (value) } } }
        }
        @let devices = run.devices();
        @if !devices.is_empty() {
            table {
                thead { tr { th { "trials" } th { "driver" } th { "device" } th { "firmware" } } }
                tbody {
                    @for (subject, device) in devices {
                        tr {
                            td { (subject) }
                            td { (device.driver) }
                            td { (device.name) }
                            td { (device.firmware.as_deref().unwrap_or("unknown")) }
                        }
                    }
                }
            }
        }
    }
}

/// A case for each row and a product for each column.
fn grid(table: &Table<'_>) -> Markup {
    html! {
        h2 { (table.group) }
        div.wide {
            table.grid {
                thead {
                    tr {
                        th scope="col" { "case" }
                        @for product in &table.products { th scope="col" { span { (product) } } }
                    }
                }
                tbody {
                    @for (case, trials) in &table.rows {
                        tr {
                            th scope="row" { (case) }
                            @for trial in trials { (cell(*trial)) }
                        }
                    }
                }
            }
        }
    }
}

fn cell(trial: Option<&TrialRecord>) -> Markup {
    let Some(trial) = trial else {
        return html! { td {} };
    };
    let (sign, word) = (trial.outcome.sign(), trial.outcome.word());
    let title = match trial.outcome.why() {
        None => format!("{word} in {:.0} ms", trial.ms),
        Some(why) => format!("{word}: {why}"),
    };
    html! {
        td class=(word) title=(title) {
            @if word == "failed" { a href={ "#" (trial.name) } { (sign) } } @else { (sign) }
        }
    }
}

fn failures(run: &Run) -> Markup {
    html! {
        @if run.count("failed") > 0 {
            h2 { "Failed" }
            dl.list {
                @for trial in run.of("failed") {
                    dt id=(trial.name) { (trial.name) }
                    dd { pre { (trial.outcome.why().unwrap_or_default()) } }
                }
            }
        }
    }
}

fn reasons(run: &Run) -> Markup {
    html! {
        @let reasons = run.reasons();
        @if !reasons.is_empty() {
            h2 { "Not run" }
            @for (why, trials) in reasons {
                details {
                    summary { (why) " (" (trials.len()) ")" }
                    ul { @for name in trials { li { (name) } } }
                }
            }
        }
    }
}

fn timings(run: &Run) -> Markup {
    let rows: Vec<_> = run.timings().collect();
    html! {
        @if !rows.is_empty() {
            h2 { "Times in milliseconds" }
            table.times {
                thead {
                    tr {
                        th { "trials" } th { "phase" } th { "calls" }
                        th { "median" } th { "p99" } th { "longest" } th { "band" }
                    }
                }
                tbody {
                    @for (subject, phase) in rows {
                        tr {
                            td { (subject) }
                            td { (phase.name) }
                            td { (phase.calls) }
                            td { (ms(phase.median_ms)) }
                            td { (ms(phase.p99_ms)) }
                            td { (ms(phase.longest_ms)) }
                            td { (run.band(subject, &phase.name)) }
                        }
                    }
                }
            }
        }
    }
}

fn figures(run: &Run) -> Markup {
    html! {
        @if run.figures().next().is_some() {
            h2 { "Figures" }
            table.times {
                thead { tr { th { "trial" } th { "figure" } th { "value" } th { "unit" } } }
                tbody {
                    @for (trial, figure) in run.figures() {
                        tr {
                            td { (trial) }
                            td { (figure.name) }
                            td { (format!("{:.3}", figure.value)) }
                            td { (figure.unit) }
                        }
                    }
                }
            }
        }
    }
}

fn news(run: &Run) -> Markup {
    let new = run.against.as_ref().map(|against| &against.new_cases);
    html! {
        @if let Some(new) = new && !new.is_empty() {
            h2 { "New cases" }
            ul { @for case in new { li { (case) } } }
        }
    }
}

fn ms(time: f64) -> String {
    format!("{time:.3}")
}
