//! A report in words: a table for a terminal, and one for the README.

use std::fmt::Write as _;

use super::{Client, Cost, Dialogue, Guard, Lengths, Report, smallest};

/// Every row, aligned.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut lines = vec![
        [
            "",
            "APDUs",
            "to card",
            "from card",
            "typeb106",
            "x least",
            "contact",
            "wall",
            "least",
            "waited",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for dialogue in Dialogue::ALL {
        lines.push(vec![dialogue.title().to_owned()]);
        for lengths in Lengths::ALL {
            let least = smallest(dialogue, lengths);
            let rows = report.of(dialogue);
            let rows: Vec<_> = rows.filter(|row| row.client.lengths() == lengths).collect();
            if rows.is_empty() {
                continue;
            }
            let card = format!("  ({} card)", lengths.code());
            lines.push(vec![card]);
            lines.push(line("smallest possible", least, least));
            for row in rows {
                lines.push(match &row.outcome {
                    Ok(measured) => {
                        let remark = row.client.remark(dialogue);
                        let mark = if remark.is_some() { " *" } else { "" };
                        let label = format!("{}{mark}", row.client.label());
                        let mut line = line(&label, measured.cost, least);
                        line.push(format!("{:.1}", measured.median_ms()));
                        line.push(format!("{:.1}", measured.least_ms()));
                        line.extend(measured.waited_ms.map(|waited| format!("{waited:.0}")));
                        line
                    }
                    Err(why) => vec![format!("    {}: {why}", row.client.label())],
                });
            }
        }
    }
    let mut text = align(&lines);
    text.push('\n');
    for row in &report.rows {
        if let Some(remark) = row.client.remark(row.dialogue) {
            let (client, title) = (row.client.label(), row.dialogue.title());
            let _ = writeln!(text, "* {client}, {title}: {remark}.");
        }
    }
    let versions = report.versions.iter();
    let versions: Vec<_> = versions.map(|(name, it)| format!("{name} {it}")).collect();
    let _ = write!(
        text,
        "\nMilliseconds. typeb106, contact: card and air, by the latency model, from the card's log.\n\
         wall, least: median and minimum of {} interleaved rounds at latency none; in process from\n\
         context to result, of OpenSC the whole process. waited: one run at latency typeb106.\n\
         Load {} before, {} after. {}.\n",
        report.rounds,
        report.load[0],
        report.load[1],
        versions.join(", ")
    );
    text
}

fn line(label: &str, cost: Cost, least: Cost) -> Vec<String> {
    vec![
        format!("    {label}"),
        cost.apdus.to_string(),
        cost.sent.to_string(),
        cost.received.to_string(),
        format!("{:.1}", cost.typeb106_ms),
        format!("{:.3}", cost.typeb106_ms / least.typeb106_ms),
        format!("{:.1}", cost.contact_ms),
    ]
}

/// The first column to the left, the others to the right; a line of one column takes no part.
fn align(lines: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines.iter().filter(|line| line.len() > 1) {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut cells = line.iter().zip(&widths);
        if let Some((label, width)) = cells.next() {
            let padding = if line.len() > 1 { *width } else { 0 };
            let _ = write!(text, "{label:padding$}");
        }
        for (cell, width) in cells {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
    text
}

/// What the README shows: APDUs, and in brackets the milliseconds at 106 kbit/s.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let version = |name: &str| {
        let known = report.versions.iter().find(|(it, _)| it == name);
        known.map_or("?", |(_, version)| version.as_str())
    };
    let ours = |guard, lengths| Client::Ours(guard, lengths);
    let columns = [
        (
            "this crate".to_owned(),
            ours(Guard::Guarded, Lengths::Extended),
        ),
        (
            "the same, bare".to_owned(),
            ours(Guard::Bare, Lengths::Extended),
        ),
        (
            "the same, guarded, short-only card".to_owned(),
            ours(Guard::Guarded, Lengths::Short),
        ),
        (
            format!("`myna-card` {}", version("myna-card")),
            Client::MynaCard,
        ),
        (format!("`myna` {}", version("myna")), Client::Myna),
        (format!("`jpki` {}", version("jpki")), Client::Jpki),
        (
            format!("OpenSC {}, told the driver", version("OpenSC")),
            Client::OpenScToldSo,
        ),
        ("OpenSC as installed".to_owned(), Client::OpenSc),
    ];
    let mut text = "| | smallest possible |".to_owned();
    for (title, _) in &columns {
        let _ = write!(text, " {title} |");
    }
    text += "\n|---|";
    text += &"---|".repeat(columns.len() + 1);
    text.push('\n');
    for dialogue in Dialogue::ALL {
        let least = smallest(dialogue, Lengths::Extended);
        let _ = write!(text, "| {} | {} |", dialogue.title(), cell(Some(least)));
        for (_, client) in &columns {
            let _ = write!(text, " {} |", cell(report.cost(dialogue, *client)));
        }
        text.push('\n');
    }
    text
}

fn cell(cost: Option<Cost>) -> String {
    cost.map_or("–".to_owned(), |cost| {
        format!("{} ({:.0} ms)", cost.apdus, cost.typeb106_ms)
    })
}
