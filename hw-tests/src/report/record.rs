//! The lines that are written while trials run.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Rig;

/// Stands before each line on a console, where others write, too.
pub(super) const MARK: &str = "TRIAL ";

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// What the trials that follow run on.
    Rig(Rig),
    /// The trial of this name begins.
    Began(String),
    /// A trial has ended.
    Trial(TrialRecord),
}

/// What a trial came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "why", rename_all = "kebab-case")]
pub enum Outcome {
    /// What was expected.
    Passed,
    /// Something else; says what.
    Failed(String),
    /// It was not run; says what it would need.
    Ignored(String),
}

impl Outcome {
    /// The sign in a table: `✓`, `✗` or `–`.
    #[must_use]
    pub fn sign(&self) -> char {
        match self {
            Self::Passed => '✓',
            Self::Failed(_) => '✗',
            Self::Ignored(_) => '–',
        }
    }

    /// `passed`, `failed` or `ignored`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Ignored(_) => "ignored",
        }
    }

    /// Why it did not pass.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(why) | Self::Ignored(why) => Some(why),
        }
    }
}

/// One trial that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// `GROUP/PRODUCT/CASE`.
    pub name: TrialName,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Wall time in milliseconds.
    pub ms: f64,
    /// What was timed in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// What else was measured in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// What it ran on, if the trial knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
}

/// The device of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The driver of the library.
    pub driver: String,
    /// The name by which it shows the device.
    pub name: String,
    /// The version of its firmware, if it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
}

/// Something measured that is no time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is, such as `frames without the engine`.
    pub name: String,
    /// How much of it.
    pub value: f64,
    /// Of what: `frames/s`. Empty for a ratio.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl fmt::Display for Figure {
    /// `frames without the engine: 29.981 frames/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.3}", self.name, self.value)?;
        match &*self.unit {
            "" => Ok(()),
            unit => write!(f, " {unit}"),
        }
    }
}

/// How long one kind of step took. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// The step, such as `round-trip`.
    pub name: String,
    /// How often it was timed.
    pub calls: usize,
    /// Half of the calls took no longer.
    pub median_ms: f64,
    /// Half of the calls were no further from the median than this: the median absolute deviation.
    pub mad_ms: f64,
    /// Of 100 calls, 99 took no longer; with fewer calls, the longest.
    pub p99_ms: f64,
    /// The longest.
    pub longest_ms: f64,
}

impl Phase {
    /// The phase of these calls; `None` if there were none.
    #[must_use]
    pub fn of(name: &str, calls: &[Duration]) -> Option<Self> {
        let mut ms: Vec<f64> = calls.iter().map(|took| milliseconds(*took)).collect();
        let median_ms = median(&mut ms)?;
        let mad_ms = deviation(&ms, median_ms)?;
        // `median` has sorted them.
        let longest_ms = *ms.last()?;
        let p99_ms = *ms.get((ms.len() * 99).div_ceil(100) - 1)?;
        Some(Self {
            name: name.to_owned(),
            calls: ms.len(),
            median_ms,
            mad_ms,
            p99_ms,
            longest_ms,
        })
    }
}

/// A time as reports show it.
pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The middle of `values`, which are sorted by this; of an even number the mean of both.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let above = *values.get(values.len() / 2)?;
    let below = *values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(below, above))
}

/// The median of the distances to `median`.
pub(super) fn deviation(values: &[f64], median: f64) -> Option<f64> {
    let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    self::median(&mut distances)
}

/// The name of a trial: `GROUP/PRODUCT/CASE`. What stands between the first slash and the last is
/// the product, and may have slashes of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialName(String);

impl TrialName {
    /// The name as the trial has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the trial belongs to: a driver, mostly.
    #[must_use]
    pub fn group(&self) -> &str {
        self.0.split_once('/').map_or("", |(group, _)| group)
    }

    /// What is tried; empty where the name has no such part.
    #[must_use]
    pub fn product(&self) -> &str {
        let rest = self.0.split_once('/').map_or("", |(_, rest)| rest);
        rest.rsplit_once('/').map_or("", |(product, _)| product)
    }

    /// What it is tried for.
    #[must_use]
    pub fn case(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, case)| case)
    }

    /// `GROUP/PRODUCT`: whose timings can be compared with each other.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(subject, _)| subject)
    }
}

impl From<&str> for TrialName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for TrialName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
