//! A report as a bar chart in SVG. What it draws comes from the card's log and the latency model
//! alone, so that the same clients give the same file on every machine.

use std::fmt::Write as _;

use super::{Client, Dialogue, Lengths, Report, smallest};

const WIDTH: usize = 920;
/// Where bars begin: left of it are names.
const LEFT: f64 = 210.0;
/// Room for the longest bar; right of it are its figures.
const ROOM: f64 = 380.0;
const BAR: usize = 16;
const STEP: usize = 22;
const HEAD: usize = 96;
const GROUP: usize = 40;

/// Colours that are readable on white and, where the viewer says so, on black.
const STYLE: &str = "\
    text { font: 13px system-ui, sans-serif; fill: #24292f; }\n\
    .title { font-size: 16px; font-weight: 600; }\n\
    .group { font-weight: 600; }\n\
    .note { font-size: 12px; fill: #57606a; }\n\
    .ours { fill: #0969da; }\n\
    .peer { fill: #8c959f; }\n\
    .least { stroke: #bc4c00; stroke-width: 2; }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #e6edf3; }\n\
    .note { fill: #9ea7b3; }\n\
    .ours { fill: #4493f8; }\n\
    .peer { fill: #7d8590; }\n\
    .least { stroke: #f0883e; }\n\
    }";

/// The chart: one bar for each client of each dialogue on a card that takes extended lengths.
#[must_use]
pub fn chart(report: &Report) -> String {
    let longest = report
        .rows
        .iter()
        .filter_map(|row| row.outcome.as_ref().ok())
        .map(|measured| measured.cost.typeb106_ms)
        .fold(1.0, f64::max);
    let scale = ROOM / longest;
    let mut body = String::new();
    let mut y = HEAD;
    for dialogue in Dialogue::ALL {
        let least = smallest(dialogue, Lengths::Extended);
        let _ = writeln!(
            body,
            "<text class=\"group\" x=\"10\" y=\"{}\">{}</text>",
            y + 14,
            escape(dialogue.title())
        );
        y += STEP + 2;
        let top = y;
        let rows = report.of(dialogue);
        for row in rows.filter(|row| row.client.lengths() == Lengths::Extended) {
            let label = row.client.label();
            let _ = writeln!(
                body,
                "<text x=\"{:.0}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 13,
                escape(label)
            );
            let (width, figures) = match &row.outcome {
                Ok(measured) => (
                    measured.cost.typeb106_ms * scale,
                    format!(
                        "{:.0} ms, {} APDUs{}",
                        measured.cost.typeb106_ms,
                        measured.cost.apdus,
                        remark(row.client, dialogue)
                    ),
                ),
                Err(why) => {
                    let start: String = why.chars().take(70).collect();
                    (0.0, format!("failed: {start}"))
                }
            };
            let class = match row.client {
                Client::Ours(..) => "ours",
                _ => "peer",
            };
            let _ = writeln!(
                body,
                "<rect class=\"{class}\" x=\"{LEFT:.0}\" y=\"{y}\" width=\"{width:.1}\" \
                 height=\"{BAR}\" rx=\"2\"/>\n<text x=\"{:.1}\" y=\"{}\">{}</text>",
                LEFT + width + 8.0,
                y + 13,
                escape(&figures)
            );
            y += STEP;
        }
        let at = LEFT + least.typeb106_ms * scale;
        let _ = writeln!(
            body,
            "<line class=\"least\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{}\" y2=\"{}\"/>",
            top - 3,
            y - STEP + BAR + 3
        );
        y += GROUP - STEP;
    }
    let height = y + 10;
    let title = "The same card, the same dialogue: time of card and air";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <text class=\"title\" x=\"10\" y=\"24\">{title}</text>\n\
         <text class=\"note\" x=\"10\" y=\"44\">Milliseconds at contactless Type B, 106 kbit/s, \
         computed from the virtual card's log by its latency model; shorter is better.</text>\n\
         <text class=\"note\" x=\"10\" y=\"62\">{}</text>\n\
         <text class=\"note\" x=\"10\" y=\"78\">Blue: this library. Orange line: the least \
         possible, by a client that knows every length beforehand.</text>\n{body}</svg>\n",
        escape(&legend(report))
    )
}

fn legend(report: &Report) -> String {
    let versions = report.versions.iter();
    let versions: Vec<_> = versions
        .filter(|(name, _)| ["myna-card", "myna", "jpki", "OpenSC"].contains(&name.as_str()))
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    format!("Grey: {}.", versions.join(", "))
}

fn remark(client: Client, dialogue: Dialogue) -> String {
    let remark = client.remark(dialogue);
    remark.map_or_else(String::new, |remark| format!(" ({remark})"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::{Cost, Guard, Measured, Row};

    fn report() -> Report {
        let cost = Cost {
            apdus: 9,
            sent: 57,
            received: 1618,
            typeb106_ms: 230.9,
            contact_ms: 564.6,
        };
        let measured = Measured {
            cost,
            wall_ms: vec![3.0, 1.0, 2.0],
            waited_ms: None,
        };
        let row = |client, outcome| Row {
            dialogue: Dialogue::Certificate,
            client,
            outcome,
        };
        let ours = Client::Ours(Guard::Guarded, Lengths::Extended);
        Report {
            rows: vec![
                row(ours, Ok(measured)),
                row(Client::Jpki, Err("said <nothing> & left".to_owned())),
            ],
            versions: vec![("jpki".to_owned(), "0.4.3".to_owned())],
            rounds: 3,
            load: ["0.1".to_owned(), "0.2".to_owned()],
        }
    }

    #[test]
    fn a_failure_is_a_row_in_every_form() {
        let report = report();
        assert!(chart(&report).contains("failed: said &lt;nothing&gt; &amp; left"));
        assert!(super::super::table(&report).contains("    jpki: said <nothing> & left\n"));
        let rows = &report.json()["rows"];
        assert_eq!(rows[1]["error"], "said <nothing> & left");
        assert_eq!(rows[0]["wall_median_ms"], 2.0);
        assert_eq!(rows[0]["wall_least_ms"], 1.0);
        let markdown = super::super::markdown(&report);
        assert!(markdown.contains("| 9 (231 ms) |"), "{markdown}");
    }

    #[test]
    fn the_same_figures_give_the_same_chart() {
        let (mut slower, chart_of_first) = (report(), chart(&report()));
        slower.load = ["9".to_owned(), "9".to_owned()];
        if let Ok(measured) = &mut slower.rows[0].outcome {
            measured.wall_ms = vec![7.0];
        }
        assert_eq!(chart(&slower), chart_of_first);
        for element in ["text", "title", "style", "svg"] {
            let count = |what: &str| chart_of_first.matches(what).count();
            let opened = count(&format!("<{element} ")) + count(&format!("<{element}>"));
            assert_eq!(opened, count(&format!("</{element}>")), "{element}");
        }
    }
}
