//! How often something happened, and how sure that is.

/// The two-sided 95 % of the standard normal distribution.
const DEVIATE_95: f64 = 1.959_963_984_540_054;

/// So many events among so many trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    /// How often it happened.
    pub events: u64,
    /// How often it could have.
    pub trials: u64,
}

/// Where a rate lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit, 0 to 1.
    pub lower: f64,
    /// Upper limit, 0 to 1.
    pub upper: f64,
}

impl Proportion {
    pub(super) fn of(events: usize, trials: usize) -> Self {
        Self {
            events: events as u64,
            trials: trials as u64,
        }
    }

    /// The share, 0 to 1; `None` without trials.
    #[must_use]
    pub fn rate(self) -> Option<f64> {
        (self.trials > 0).then(|| self.events as f64 / self.trials as f64)
    }

    /// The 95 % interval of the rate behind independent trials, by Wilson's score (E. B. Wilson
    /// 1927): unlike the usual plus and minus, it holds for rates near zero and few trials.
    /// Without trials it is everything.
    #[must_use]
    pub fn interval(self) -> Interval {
        if self.trials == 0 {
            return Interval {
                lower: 0.0,
                upper: 1.0,
            };
        }
        let (events, trials) = (self.events as f64, self.trials as f64);
        let square = DEVIATE_95 * DEVIATE_95;
        let centre = (events + square / 2.0) / (trials + square);
        let variance = events * (trials - events) / trials + square / 4.0;
        let half = DEVIATE_95 * variance.sqrt() / (trials + square);
        // The ends are exact where rounding would leave a trace.
        Interval {
            lower: if self.events == 0 { 0.0 } else { centre - half },
            upper: if self.events == self.trials {
                1.0
            } else {
                centre + half
            },
        }
    }
}
