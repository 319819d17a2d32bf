//! How often each score occurs, for genuine and impostor comparisons, and the thresholds.

use myna_hal::face::Evidence;

use super::{Anchor, Frame, line, rectangle, text};
use crate::figures::Figures;
use crate::text::{grouped, number};

/// Height of a label of a threshold.
const ROW: f64 = 18.0;

/// What the bars stand on.
struct Bins {
    lowest: f64,
    width: f64,
    count: usize,
}

impl Bins {
    /// Between round numbers, and few enough for so many scores.
    fn over(scores: [&[f64]; 2]) -> Option<Self> {
        let ends = scores
            .iter()
            .flat_map(|scores| scores.first().into_iter().chain(scores.last()));
        let lowest = ends.clone().copied().min_by(f64::total_cmp)?;
        let highest = ends.copied().max_by(f64::total_cmp)?;
        let total = scores[0].len() + scores[1].len();
        let wanted = if total < 500 { 24.0 } else { 120.0 };
        let spread = (highest - lowest).max(lowest.abs() * 1e-6).max(1e-9);
        let width = round_step(spread / wanted);
        let lowest = (lowest / width).floor() * width;
        let count = ((highest - lowest) / width).floor() as usize + 1;
        Some(Self {
            lowest,
            width,
            count,
        })
    }

    fn share(&self, score: f64) -> f64 {
        (score - self.lowest) / (self.width * self.count as f64)
    }

    /// The share of the scores in each bin.
    fn shares(&self, scores: &[f64]) -> Vec<f64> {
        let mut counts = vec![0u64; self.count];
        for score in scores {
            let bin = ((score - self.lowest) / self.width) as usize;
            counts[bin.min(self.count - 1)] += 1;
        }
        let all = scores.len().max(1) as f64;
        counts.into_iter().map(|count| count as f64 / all).collect()
    }
}

/// The panel.
pub(super) fn panel(figures: &Figures, frame: &Frame) -> String {
    let mut svg = String::new();
    let kinds = [
        ("impostor", figures.set.impostor()),
        ("genuine", figures.set.genuine()),
    ];
    let thresholds = thresholds(figures);
    if let Some(bins) = Bins::over(kinds.map(|(_, scores)| scores)) {
        let shares = kinds.map(|(class, scores)| (class, bins.shares(scores)));
        let highest = shares
            .iter()
            .flat_map(|(_, shares)| shares)
            .copied()
            .fold(0.0, f64::max);
        // Labels of thresholds stand above the bars.
        let room = 1.0 - (thresholds.len() as f64 * ROW + 12.0) / frame.height;
        let scale = room / highest;
        svg += &axes(&bins, frame, highest, scale);
        for (class, shares) in &shares {
            for (bin, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let edge = |bin: usize| frame.x(bin as f64 / bins.count as f64);
                let top = (edge(bin), frame.y(share * scale));
                svg += &rectangle(class, top, (edge(bin + 1), frame.bottom()));
            }
        }
        svg += &marks(&bins, frame, &thresholds);
    }
    svg += &frame.border("Scores", "Score", "Share of the comparisons of a kind (%)");
    let mut x = frame.left;
    for (class, scores) in kinds.iter().rev() {
        svg += &rectangle(class, (x, 98.0), (x + 11.0, 109.0));
        let words = format!("{class}, {} comparisons", grouped(scores.len() as u64));
        svg += &text("note", x + 17.0, 108.0, Anchor::Start, &words);
        x += 220.0;
    }
    svg += &text(
        "note",
        frame.left,
        124.0,
        Anchor::Start,
        "lines: thresholds; dashed: extrapolated",
    );
    svg
}

fn axes(bins: &Bins, frame: &Frame, highest: f64, scale: f64) -> String {
    let mut svg = String::new();
    let end = bins.lowest + bins.width * bins.count as f64;
    let step = round_step((end - bins.lowest) / 8.0);
    let first = (bins.lowest / step).ceil() as i64;
    for at in (first..)
        .map(|tick| tick as f64 * step)
        .take_while(|at| *at <= end)
    {
        svg += &frame.tick_x(bins.share(at), &number(at));
    }
    let step = round_step(highest / 5.0);
    for at in (0..)
        .map(|tick| f64::from(tick) * step)
        .take_while(|at| *at <= highest)
    {
        svg += &frame.tick_y(at * scale, &number(at * 100.0));
    }
    svg
}

/// Where matches begin, with what they are for, ascending: so that no line runs through the label of
/// another, which stand to the right and one below the other.
fn thresholds(figures: &Figures) -> Vec<(f64, String, bool)> {
    let equal = figures.equal_error_rate.iter();
    let equal = equal.map(|equal| (equal.threshold, "at EER".to_owned(), false));
    let points = figures.rows.iter().filter_map(|row| row.point);
    let points = points.map(|point| {
        let extrapolated = point.evidence != Evidence::Measured;
        (
            point.threshold,
            format!("at FMR {}", point.rate),
            extrapolated,
        )
    });
    let mut thresholds: Vec<_> = equal.chain(points).collect();
    thresholds.sort_by(|one, other| one.0.total_cmp(&other.0));
    thresholds
}

fn marks(bins: &Bins, frame: &Frame, thresholds: &[(f64, String, bool)]) -> String {
    let mut svg = String::new();
    for (row, (threshold, name, extrapolated)) in thresholds.iter().enumerate() {
        let x = frame.x(bins.share(*threshold));
        let top = frame.top + 6.0 + row as f64 * ROW;
        let class = if *extrapolated {
            "threshold extrapolated"
        } else {
            "threshold"
        };
        svg += &line(class, (x, top), (x, frame.bottom()));
        let words = format!("{name}: {threshold}");
        let (anchor, aside) = if x < frame.right() - 190.0 {
            (Anchor::Start, 6.0)
        } else {
            (Anchor::End, -6.0)
        };
        svg += &text("halo", x + aside, top + 11.0, anchor, &words);
    }
    svg
}

/// The next 1, 2 or 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or(steps[3])
}
