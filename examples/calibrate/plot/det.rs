//! The detection error trade-off curve (ISO/IEC 19795-1): both axes divided by the normal
//! deviate, so that normally distributed scores give a straight line.

use std::fmt::Write as _;

use myna_hal::face::Evidence;
use myna_hal::face::error_rates::{DetPoint, Interval, normal_deviate};

use super::{Anchor, Frame, line, rectangle, text};
use crate::figures::Figures;
use crate::text::percent;

/// Where axes may have a line.
const TICKS: [f64; 15] = [
    1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9,
];
/// Least distance of two lines beside each other, and one above the other, in pixels: their labels
/// must fit.
const APART: [f64; 2] = [42.0, 24.0];
/// The highest rate that is drawn: nobody is interested in worse.
const HIGHEST: f64 = 0.6;

/// An axis of rates. What is too low to be drawn, zero too, lies on its lower end.
struct Axis {
    lowest: f64,
}

impl Axis {
    /// For rates of this many comparisons.
    fn of(comparisons: usize) -> Self {
        let one = 0.7 / comparisons.max(1) as f64;
        let below = TICKS.iter().rev().find(|tick| **tick <= one);
        let lowest = below.copied().unwrap_or(TICKS[0]);
        Self {
            lowest: lowest.min(0.01),
        }
    }

    /// A rate in percent, as short as it goes.
    fn label(&self, rate: f64) -> String {
        let percent = (rate * 1e8).round() / 1e6;
        if rate == self.lowest {
            format!("≤{percent}")
        } else {
            percent.to_string()
        }
    }

    fn share(&self, rate: f64) -> f64 {
        let [low, high] = [self.lowest, HIGHEST].map(normal_deviate);
        let deviate = normal_deviate(rate.clamp(self.lowest, HIGHEST));
        (deviate - low) / (high - low)
    }

    /// The rates to draw a line at, in an axis of this many pixels, so far apart.
    fn ticks(&self, pixels: f64, apart: f64) -> Vec<f64> {
        let mut last = 0.0;
        let on_axis = TICKS
            .into_iter()
            .filter(|tick| (self.lowest..HIGHEST).contains(tick));
        on_axis
            .filter(|tick| {
                let at = self.share(*tick) * pixels;
                let fits = *tick == self.lowest || at - last >= apart;
                if fits {
                    last = at;
                }
                fits
            })
            .collect()
    }
}

/// The panel, without curve if a kind of scores is missing.
pub(super) fn panel(figures: &Figures, frame: &Frame) -> String {
    let set = &figures.set;
    let (genuine, impostor) = (set.genuine().len(), set.impostor().len());
    let (across, up) = (Axis::of(impostor), Axis::of(genuine));
    let place = |x: f64, y: f64| (frame.x(across.share(x)), frame.y(up.share(y)));
    let mut svg = unproven(frame, &across, &up, genuine, impostor);
    for tick in across.ticks(frame.width, APART[0]) {
        svg += &frame.tick_x(across.share(tick), &across.label(tick));
    }
    for tick in up.ticks(frame.height, APART[1]) {
        svg += &frame.tick_y(up.share(tick), &up.label(tick));
    }
    let start = across.lowest.max(up.lowest);
    svg += &line("equal", place(start, start), place(HIGHEST, HIGHEST));
    svg += &curves(figures, &place);
    svg += &frame.border(
        "Detection error trade-off",
        "False match rate (%)",
        "False non-match rate (%)",
    );
    let equal = match figures.equal_error_rate {
        Some(equal) => {
            let (x, y) = place(equal.rate, equal.rate);
            let _ = writeln!(
                svg,
                "<path class=\"mark\" d=\"M{x:.1} {:.1}l6 6l-6 6l-6 -6z\"/>",
                y - 6.0
            );
            format!("◆ equal error rate {}", percent(equal.rate))
        }
        None => "no curve: comparisons of one kind are missing".to_owned(),
    };
    let band = "blue band: 95 % at each threshold; grey: too few comparisons to claim it";
    svg += &text("note", frame.left, 107.0, Anchor::Start, &equal);
    svg += &text("note", frame.left, 124.0, Anchor::Start, band);
    svg += &operating_points(figures, frame, &place);
    svg
}

/// Rates below what the rule of three lets the set claim.
fn unproven(frame: &Frame, across: &Axis, up: &Axis, genuine: usize, impostor: usize) -> String {
    let least = |comparisons: usize| (3.0 / comparisons.max(1) as f64).min(1.0);
    let (x, y) = (
        frame.x(across.share(least(impostor))),
        frame.y(up.share(least(genuine))),
    );
    let mut svg = rectangle("unproven", (frame.left, frame.top), (x, frame.bottom()));
    svg += &rectangle("unproven", (x, y), (frame.right(), frame.bottom()));
    svg
}

/// The curve and the band about it.
fn curves(figures: &Figures, place: &impl Fn(f64, f64) -> (f64, f64)) -> String {
    let mut points = figures.set.det();
    let Some(last) = points.last() else {
        return String::new();
    };
    // Above the highest score nothing matches any more.
    points.push(DetPoint {
        threshold: last.threshold.next_up(),
        false_match_rate: 0.0,
        false_non_match_rate: 1.0,
    });
    let intervals = |threshold: f64| {
        let matches = figures.false_matches(threshold).interval();
        (matches, figures.false_non_matches(threshold).interval())
    };
    let limit = |of: fn(Interval) -> f64| {
        let place = |point: &DetPoint| {
            let (matches, non_matches) = intervals(point.threshold);
            place(of(matches), of(non_matches))
        };
        thinned(points.iter().map(place))
    };
    let curve = thinned(
        points
            .iter()
            .map(|point| place(point.false_match_rate, point.false_non_match_rate)),
    );
    let mut band = limit(|interval| interval.upper);
    let mut back = limit(|interval| interval.lower);
    back.reverse();
    band.append(&mut back);
    format!(
        "<polygon class=\"band\" points=\"{}\"/>\n<polyline class=\"curve\" points=\"{}\"/>\n",
        coordinates(&band),
        coordinates(&curve)
    )
}

/// Without the points that nobody could tell from their neighbours.
fn thinned(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut skipped = None;
    for point in points {
        let near = |last: &(f64, f64)| (last.0 - point.0).hypot(last.1 - point.1) < 0.7;
        if kept.last().is_some_and(near) {
            skipped = Some(point);
        } else {
            kept.push(point);
            skipped = None;
        }
    }
    kept.extend(skipped);
    kept
}

fn coordinates(points: &[(f64, f64)]) -> String {
    let words: Vec<_> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    words.join(" ")
}

/// The thresholds that were asked for, by their rates.
fn operating_points(
    figures: &Figures,
    frame: &Frame,
    place: &impl Fn(f64, f64) -> (f64, f64),
) -> String {
    let mut svg = String::new();
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for point in figures.rows.iter().filter_map(|row| row.point) {
        let counted = figures.false_matches(point.threshold).rate();
        let failing = figures.false_non_matches(point.threshold).rate();
        let Some(failing) = failing else {
            continue;
        };
        let (at, class) = match (point.evidence, counted) {
            (Evidence::Measured, Some(counted)) => (counted, "mark"),
            _ => (point.rate.value(), "mark open"),
        };
        let (x, y) = place(at, failing);
        let _ = writeln!(
            svg,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"
        );
        let (left, mut low) = (x + 9.0, (y - 7.0).max(frame.top + 14.0));
        while taken
            .iter()
            .any(|(x, y)| (x - left).abs() < 40.0 && (y - low).abs() < 14.0)
        {
            low -= 14.0;
        }
        taken.push((left, low));
        svg += &text("halo", left, low, Anchor::Start, &point.rate.to_string());
    }
    svg
}
