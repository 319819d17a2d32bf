//! The figures as a chart: for each case how fast everybody is, as a part of the fastest peer.

use std::fmt::Write as _;

use crate::machine::Machine;
use crate::report::{Case, time};

const WIDTH: f64 = 1110.0;
/// Where the axis begins and ends: left of it are the cases' names, right of it the figures.
const AXIS: (f64, f64) = (300.0, 700.0);
const HEAD: f64 = 112.0;
const STEP: f64 = 24.0;
/// Slowest and fastest that the axis shows; what is beyond stands at its end.
const RANGE: (f64, f64) = (0.1, 8.0);
const TICKS: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// Colours that are readable on white and, where the viewer says so, on black.
const STYLE: &str = "\
    text { font: 13px system-ui, sans-serif; fill: #24292f; }\n\
    .title { font-size: 16px; font-weight: 600; }\n\
    .note { font-size: 12px; fill: #57606a; }\n\
    .figure { font-weight: 600; }\n\
    .ours { fill: #0969da; }\n\
    .peer { fill: #8c959f; fill-opacity: 0.7; }\n\
    .grid { stroke: #d0d7de; }\n\
    .equal { stroke: #57606a; }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #e6edf3; }\n\
    .note { fill: #9ea7b3; }\n\
    .ours { fill: #4493f8; }\n\
    .peer { fill: #7d8590; }\n\
    .grid { stroke: #30363d; }\n\
    .equal { stroke: #9ea7b3; }\n\
    }";

pub(crate) fn draw(cases: &[Case], machine: &Machine, peers: &[(String, String)]) -> String {
    let legend = legend(peers);
    let head = HEAD + 16.0 * (legend.len() as f64 - 1.0);
    let bottom = head + STEP * cases.len() as f64;
    let mut body = String::new();
    for tick in TICKS {
        let (x, class) = (place(tick), if tick == 1.0 { "equal" } else { "grid" });
        let _ = writeln!(
            body,
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\"/>\n\
             <text class=\"note\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{tick}</text>",
            head - 4.0,
            head - 10.0
        );
    }
    for (index, case) in cases.iter().enumerate() {
        row(&mut body, case, head + STEP * (index as f64 + 0.5));
    }
    let title = "Comparison loops: speed as a part of the fastest other library's";
    let height = bottom + 16.0;
    let mut notes = String::new();
    let first = "Blue: this library, and how much faster it is than the fastest other. Grey: other \
                 libraries, in turn with it in one process or beside it, one thread.";
    let notes_of = [first.to_owned(), machine.title()]
        .into_iter()
        .chain(legend);
    for (index, note) in notes_of.enumerate() {
        let _ = writeln!(
            notes,
            "<text class=\"note\" x=\"10\" y=\"{:.0}\">{}</text>",
            44.0 + 16.0 * index as f64,
            escape(&note)
        );
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <text class=\"title\" x=\"10\" y=\"24\">{title}</text>\n{notes}{body}</svg>\n"
    )
}

fn row(body: &mut String, case: &Case, y: f64) {
    let Some((best, ratio)) = case.best_peer() else {
        return;
    };
    let _ = writeln!(
        body,
        "<text text-anchor=\"end\" x=\"{:.0}\" y=\"{:.1}\">{}</text>",
        AXIS.0 - 12.0,
        y + 4.5,
        escape(&case.name)
    );
    for (name, peer) in &case.ratios {
        let _ = writeln!(
            body,
            "<circle class=\"peer\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{}: {:.2}</title></circle>",
            place(ratio / peer),
            escape(name),
            ratio / peer
        );
    }
    let limit = case.limit.map_or(String::new(), |(what, share)| {
        format!(", {:.0} % of {what}", 100.0 * share)
    });
    let _ = writeln!(
        body,
        "<circle class=\"ours\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"6\"/>\n\
         <text x=\"{:.0}\" y=\"{:.1}\"><tspan class=\"figure\">{ratio:.2}</tspan> × {} \
         <tspan class=\"note\">({}{limit})</tspan></text>",
        place(ratio),
        AXIS.1 + 14.0,
        y + 4.5,
        escape(best),
        time(case.nanoseconds)
    );
}

/// Where a speed stands on the axis, which is logarithmic.
fn place(speed: f64) -> f64 {
    let share = (speed.clamp(RANGE.0, RANGE.1) / RANGE.0).ln() / (RANGE.1 / RANGE.0).ln();
    AXIS.0 + share * (AXIS.1 - AXIS.0)
}

/// Everybody's version, in lines of a length that fits.
fn legend(peers: &[(String, String)]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (name, version) in peers {
        // Without what a library says about how it was built.
        let version = version.split(" (").next().unwrap_or_default();
        let short: Vec<_> = version.split(' ').take(3).collect();
        let entry = match short.first() {
            Some(first) if *first == name.as_str() => short[..2.min(short.len())].join(" "),
            _ => format!("{name} {}", short.join(" ")),
        };
        if let Some(last) = lines.last_mut() {
            if last.len() + entry.len() > 130 {
                lines.push(entry);
            } else {
                let comma = if last.is_empty() { "" } else { ", " };
                let _ = write!(last, "{comma}{entry}");
            }
        }
    }
    lines
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
