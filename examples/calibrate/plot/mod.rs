//! The figures as one SVG: the DET curve, and beside it the histograms of the scores.

mod det;
mod histogram;

use std::fmt::Write as _;

use crate::figures::Figures;
use crate::text::grouped;

const WIDTH: f64 = 1160.0;
const HEIGHT: f64 = 620.0;
/// Longest line of the head.
const LINE: usize = 150;

const DET: Frame = Frame {
    left: 84.0,
    top: 150.0,
    width: 410.0,
    height: 400.0,
};
const HISTOGRAM: Frame = Frame {
    left: 620.0,
    top: 150.0,
    width: 500.0,
    height: 400.0,
};

/// Colours that are readable on white and, where the viewer says so, on black.
const STYLE: &str = "\
    text { font: 13px system-ui, 'DejaVu Sans', sans-serif; fill: #24292f; }\n\
    .page { fill: #ffffff; }\n\
    .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }\n\
    .title { font-size: 16px; font-weight: 600; }\n\
    .panel { font-weight: 600; }\n\
    .note { font-size: 12px; fill: #57606a; }\n\
    .frame { fill: none; stroke: #57606a; }\n\
    .grid { stroke: #d0d7de; }\n\
    .unproven { fill: #8c959f; fill-opacity: 0.22; }\n\
    .band { fill: #0969da; fill-opacity: 0.16; }\n\
    .curve { fill: none; stroke: #0969da; stroke-width: 2; stroke-linejoin: round; }\n\
    .equal { stroke: #57606a; stroke-dasharray: 2 4; }\n\
    .genuine { fill: #0969da; fill-opacity: 0.6; }\n\
    .impostor { fill: #bc4c00; fill-opacity: 0.6; }\n\
    .threshold { stroke: #24292f; }\n\
    .extrapolated { stroke-dasharray: 5 4; }\n\
    .mark { fill: #24292f; stroke: #24292f; stroke-width: 1.5; }\n\
    .open { fill: #ffffff; }\n\
    @media (prefers-color-scheme: dark) {\n\
    text { fill: #e6edf3; }\n\
    .page { fill: #0d1117; }\n\
    .halo { stroke: #0d1117; }\n\
    .note { fill: #9ea7b3; }\n\
    .frame, .equal { stroke: #9ea7b3; }\n\
    .grid { stroke: #30363d; }\n\
    .band, .genuine { fill: #4493f8; }\n\
    .curve { stroke: #4493f8; }\n\
    .impostor { fill: #f0883e; }\n\
    .threshold { stroke: #e6edf3; }\n\
    .mark { fill: #e6edf3; stroke: #e6edf3; }\n\
    .open { fill: #0d1117; }\n\
    }";

/// Draws them.
pub(crate) fn plot(figures: &Figures) -> String {
    let set = &figures.set;
    let title = format!(
        "{}: {} genuine and {} impostor comparisons",
        figures.list,
        grouped(set.genuine().len() as u64),
        grouped(set.impostor().len() as u64)
    );
    let mut body = text("title", 20.0, 32.0, Anchor::Start, &shortened(&title));
    body += &text(
        "note",
        20.0,
        54.0,
        Anchor::Start,
        &shortened(&subtitle(figures)),
    );
    body += &det::panel(figures, &DET);
    body += &histogram::panel(figures, &HISTOGRAM);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n<style>\n{STYLE}\n</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n{body}</svg>\n",
        escape(&title)
    )
}

fn subtitle(figures: &Figures) -> String {
    let model = figures.model.as_ref().map(|model| format!("{model}, "));
    format!(
        "{}{}; {} pictures of {} people",
        model.unwrap_or_default(),
        figures.treatment,
        grouped(figures.pictures as u64),
        grouped(figures.people.count as u64)
    )
}

/// Where a panel is drawn, in pixels.
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Frame {
    fn right(&self) -> f64 {
        self.left + self.width
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The place of a share of the width.
    fn x(&self, share: f64) -> f64 {
        self.left + share.clamp(0.0, 1.0) * self.width
    }

    /// The place of a share of the height, from below.
    fn y(&self, share: f64) -> f64 {
        self.bottom() - share.clamp(0.0, 1.0) * self.height
    }

    /// A line across at a share of the width, with its label below.
    fn tick_x(&self, share: f64, label: &str) -> String {
        let x = self.x(share);
        line("grid", (x, self.top), (x, self.bottom()))
            + &text("", x, self.bottom() + 18.0, Anchor::Middle, label)
    }

    /// A line across at a share of the height, with its label at the left.
    fn tick_y(&self, share: f64, label: &str) -> String {
        let y = self.y(share);
        line("grid", (self.left, y), (self.right(), y))
            + &text("", self.left - 8.0, y + 4.5, Anchor::End, label)
    }

    /// The border, and the names of the panel and of its axes.
    fn border(&self, panel: &str, x: &str, y: &str) -> String {
        let (middle, low) = (self.left + self.width / 2.0, self.bottom() + 42.0);
        let (side, half) = (self.left - 58.0, self.top + self.height / 2.0);
        let mut svg = format!(
            "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
            self.left, self.top, self.width, self.height
        );
        svg += &text("panel", self.left, 88.0, Anchor::Start, panel);
        svg += &text("", middle, low, Anchor::Middle, x);
        let _ = writeln!(
            svg,
            "<text transform=\"translate({side:.1} {half:.1}) rotate(-90)\" \
             text-anchor=\"middle\">{}</text>",
            escape(y)
        );
        svg
    }
}

#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

fn text(class: &str, x: f64, y: f64, anchor: Anchor, words: &str) -> String {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    format!(
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
        escape(words)
    )
}

fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    format!(
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>\n",
        from.0, from.1, to.0, to.1
    )
}

fn rectangle(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\n",
        from.0,
        from.1,
        (to.0 - from.0).max(0.0),
        (to.1 - from.1).max(0.0)
    )
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= LINE {
        return line.to_owned();
    }
    let start: String = line.chars().take(LINE - 1).collect();
    start + "…"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
