//! The figures in words.

use std::fmt::Write as _;

use myna_hal::face::error_rates::Proportion;
use myna_hal::face::{Evidence, FalseMatchRate};

use crate::figures::{Enrolment, Figures, Row};
use crate::pictures::{Refusal, Role, Unusable};

/// How many pictures without a template are listed; all of them are in the JSON.
const LISTED: usize = 30;

/// Everything, for a terminal.
pub(crate) fn report(figures: &Figures) -> String {
    let mut text = String::new();
    let set = &figures.set;
    let (genuine, impostor) = (set.genuine(), set.impostor());
    let _ = writeln!(
        text,
        "{}: {} pictures of {} people; {} genuine and {} impostor comparisons;\n{}",
        figures.list,
        grouped(figures.pictures as u64),
        grouped(figures.people.count as u64),
        grouped(genuine.len() as u64),
        grouped(impostor.len() as u64),
        figures.treatment,
    );
    if let Some(model) = &figures.model {
        let _ = writeln!(
            text,
            "Model {}, SHA-256 {}",
            model.name(),
            hex(model.sha256())
        );
    }
    if let Some(enrolment) = &figures.enrolment {
        text += &acquisition(enrolment);
    }
    text.push('\n');
    for (name, scores) in [("genuine", genuine), ("impostor", impostor)] {
        if let (Some(lowest), Some(highest)) = (scores.first(), scores.last()) {
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            let _ = writeln!(
                text,
                "{name:8}  scores {} to {}, mean {}",
                number(*lowest),
                number(*highest),
                number(mean)
            );
        }
    }
    text += &equal_error_rate(figures);
    text += &rows(figures);
    text += &limits(figures);
    text += &threshold_table(figures);
    text
}

fn acquisition(enrolment: &Enrolment) -> String {
    let mut text = String::new();
    for (role, what) in [
        (Role::Reference, "failure to enrol, portraits"),
        (Role::Probe, "failure to acquire, frames"),
    ] {
        let _ = writeln!(text, "{what}: {}", counted(enrolment.failures(role)));
    }
    if enrolment.unreadable() > 0 {
        let _ = writeln!(
            text,
            "files that are no pictures: {}",
            enrolment.unreadable()
        );
    }
    for unusable in enrolment.unusable.iter().take(LISTED) {
        let _ = writeln!(text, "  {}", refusal(unusable));
    }
    if enrolment.unusable.len() > LISTED {
        let _ = writeln!(text, "  and {} more", enrolment.unusable.len() - LISTED);
    }
    if !enrolment.unusable.is_empty() {
        let _ = writeln!(
            text,
            "  without them {} genuine and {} impostor comparisons are missing from the rates below",
            enrolment.lost_genuine, enrolment.lost_impostor
        );
    }
    text
}

fn refusal(unusable: &Unusable) -> String {
    let role = match unusable.role {
        Role::Reference => "portrait",
        Role::Probe => "frame",
    };
    format!(
        "{role:8}  {}  {}",
        unusable.name,
        reasons(&unusable.why).join(", ")
    )
}

/// The codes of the quality gate, or `unreadable` and why.
pub(crate) fn reasons(why: &Refusal) -> Vec<String> {
    match why {
        Refusal::Unreadable(why) => vec![format!("unreadable: {why}")],
        Refusal::Quality(reasons) => reasons.iter().map(ToString::to_string).collect(),
    }
}

fn equal_error_rate(figures: &Figures) -> String {
    let Some(equal) = figures.equal_error_rate else {
        return "\nNo error rates: there are no comparisons of one of the two kinds.\n".to_owned();
    };
    format!(
        "\nEER {} at the threshold {}: false matches {}, false non-matches {}\n",
        percent(equal.rate),
        equal.threshold,
        counted(figures.false_matches(equal.threshold)),
        counted(figures.false_non_matches(equal.threshold)),
    )
}

fn rows(figures: &Figures) -> String {
    let mut lines = vec![vec![
        "FMR".to_owned(),
        "evidence".to_owned(),
        "threshold".to_owned(),
        "false matches (95 %)".to_owned(),
        "false non-matches (95 %)".to_owned(),
    ]];
    if figures.any_unusable() {
        lines[0].push("the same with missing pictures".to_owned());
    }
    for row in &figures.rows {
        let mut cells = vec![row.rate.to_string(), evidence(row).to_owned()];
        match row.point {
            Some(point) => {
                cells.push(point.threshold.to_string());
                cells.push(counted(figures.false_matches(point.threshold)));
                cells.push(counted(figures.false_non_matches(point.threshold)));
                if figures.any_unusable() {
                    cells.push(counted(figures.false_rejects(point.threshold)));
                }
            }
            None => cells.push(format!(
                "–  takes {} impostor comparisons, there are {}",
                grouped(row.rate.comparisons_to_claim()),
                grouped(figures.set.impostor().len() as u64)
            )),
        }
        lines.push(cells);
    }
    format!("\n{}", align(&lines))
}

/// How the rate of a row is known, as a code.
pub(crate) fn evidence(row: &Row) -> &'static str {
    match row.point.map(|point| point.evidence) {
        None => "set-too-small",
        Some(Evidence::Measured) => "measured",
        Some(_) => "extrapolated",
    }
}

fn limits(figures: &Figures) -> String {
    let set = &figures.set;
    let mut text = "\n".to_owned();
    for (scores, kind, rate) in [
        (set.impostor(), "impostor", "FMR"),
        (set.genuine(), "genuine", "FNMR"),
    ] {
        let count = grouped(scores.len() as u64);
        let _ = match FalseMatchRate::provable_by(scores.len() as u64) {
            Some(least) => writeln!(
                text,
                "{count} {kind} comparisons can claim no {rate} below {} (rule of three: none in \
                 n proves 3/n with 95 % confidence).",
                percent(least.value())
            ),
            None => writeln!(
                text,
                "{count} {kind} comparisons can claim no {rate} at all."
            ),
        };
    }
    let short: Vec<_> = figures
        .rows
        .iter()
        .filter(|row| row.rate.comparisons_to_claim() > set.impostor().len() as u64)
        .map(|row| {
            format!(
                "{} for {}",
                grouped(row.rate.comparisons_to_claim()),
                row.rate
            )
        })
        .collect();
    if !short.is_empty() {
        let _ = writeln!(text, "It takes {}.", short.join(", "));
    }
    if figures
        .rows
        .iter()
        .any(|row| evidence(row) == "extrapolated")
    {
        text += "Extrapolated thresholds are where a normal distribution fitted to the impostor \
                 scores has the rate;\nnothing in the set shows that the tail is normal.\n";
    }
    let _ = writeln!(
        text,
        "The comparisons share {} pictures of {} people ({} different pairs of people among the \
         impostors):\nthey are not independent, and the truth is less certain than the intervals \
         say.",
        grouped(figures.pictures as u64),
        grouped(figures.people.count as u64),
        grouped(figures.people.impostor_pairs as u64)
    );
    text
}

/// What the figures are worth as code, for engines with a template.
fn threshold_table(figures: &Figures) -> String {
    let (Some(model), points) = (&figures.model, figures.thresholds()) else {
        return String::new();
    };
    if points.is_empty() {
        return "\nNo threshold table: the set is too small for every rate asked for.\n".to_owned();
    }
    let mut rows = String::new();
    for point in points {
        let evidence = match point.evidence {
            Evidence::Measured => "Measured",
            _ => "Extrapolated",
        };
        let _ = write!(
            rows,
            "\n        Threshold {{ score: ComparisonScore::new({}), rate: \
             FalseMatchRate::new({})?, evidence: Evidence::{evidence} }},",
            point.threshold, point.rate,
        );
    }
    format!(
        "\nFor a threshold table of this model:\n\n\
         let table = ThresholdTable::new(\n    \
         embedder.model(), // SHA-256 {}\n    \
         TestSet {{\n        \
         description: {:?}.into(),\n        \
         impostor_comparisons: {},\n        \
         date: {:?}.into(),\n    \
         }},\n    \
         vec![{rows}\n    ],\n)?;\n",
        hex(model.sha256()),
        format!("{}: {}", figures.list, figures.treatment),
        figures.set.impostor().len(),
        figures.date,
    )
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A count with its rate and interval.
fn counted(proportion: Proportion) -> String {
    let interval = proportion.interval();
    match proportion.rate() {
        None => "–".to_owned(),
        Some(rate) => format!(
            "{} of {}: {} ({}–{})",
            grouped(proportion.events),
            grouped(proportion.trials),
            percent(rate),
            percent(interval.lower).trim_end_matches(" %"),
            percent(interval.upper),
        ),
    }
}

/// A score, with as many digits as it has, six at most. Thresholds are printed in full: rounded
/// down, they might let one more through.
pub(crate) fn number(score: f64) -> String {
    let rounded = (score * 1e6).round() / 1e6;
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        rounded.to_string()
    }
}

/// Two significant digits.
pub(crate) fn percent(rate: f64) -> String {
    let share = rate * 100.0;
    if share == 0.0 || share >= 99.5 {
        return format!("{share:.0} %");
    }
    let digits = (1.0 - share.log10().floor()).max(0.0) as usize;
    format!("{share:.digits$} %")
}

/// With a comma between thousands.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns to the left; the last one of a line may be longer than its column.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter(|line| line.len() > column + 1);
        cells
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<_> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_do_not_lie() {
        for (rate, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.184, "18 %"),
            (0.0727, "7.3 %"),
            (0.001, "0.10 %"),
            (0.000_012_3, "0.0012 %"),
        ] {
            assert_eq!(percent(rate), text);
        }
        assert_eq!(number(0.382), "0.382");
        assert_eq!(number(-1e-9), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        let proportion = Proportion {
            events: 0,
            trials: 49,
        };
        assert_eq!(counted(proportion), "0 of 49: 0 % (0–7.3 %)");
    }
}
