//! What a rig is known to do: a run is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::record::{deviation, median};
use super::{Outcome, Phase, Run, TrialName, TrialRecord};

/// The group of the trials that a baseline adds to a run.
const GROUP: &str = "baseline";

/// How many deviations a median may be away.
const K: f64 = 5.0;
/// A new row's floor: this share of its median, and no less than so many milliseconds. The clock of a
/// busy machine is no better.
const FLOOR_SHARE: f64 = 0.1;
const LEAST_FLOOR_MS: f64 = 0.1;

/// Medians of earlier runs, cases that were there, and failures that are known. A file of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// A median is in its band when it is no further away than `k` times the median absolute
    /// deviation, and the row's floor.
    pub k: f64,
    /// The cases of each group.
    #[serde(default)]
    pub cases: BTreeMap<String, BTreeSet<String>>,
    /// A row for each reader and phase.
    #[serde(default)]
    pub timings: Vec<Row>,
    /// What is known to fail, and until when that is put up with. Kept by hand.
    #[serde(default)]
    pub quarantine: Vec<Quarantine>,
}

/// How long a phase takes on a reader, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// `GROUP/PRODUCT` of the trials.
    pub subject: String,
    /// The phase.
    pub phase: String,
    /// The median.
    pub median_ms: f64,
    /// The median absolute deviation, within a run or from run to run, whichever is larger.
    pub mad_ms: f64,
    /// What is always allowed besides.
    pub floor_ms: f64,
}

/// A failure that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// The trial, as reports name it; `baseline/GROUP/PRODUCT/PHASE` for a time.
    pub name: String,
    /// The last day, in Japan.
    pub until: Date,
    /// Why it fails, and who works on it.
    pub why: String,
}

/// What a baseline makes of a run, besides the trials in the group `baseline`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Where each median should be: subject, phase, and lowest and highest milliseconds.
    pub bands: Vec<(String, String, [f64; 2])>,
    /// Cases that the baseline does not know: `GROUP/CASE`.
    pub new_cases: Vec<String>,
}

impl Comparison {
    /// The band of a phase.
    #[must_use]
    pub fn band(&self, subject: &str, phase: &str) -> Option<[f64; 2]> {
        let mut bands = self.bands.iter();
        let found = bands.find(|(of, name, _)| of == subject && name == phase);
        found.map(|(_, _, band)| *band)
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Self {
            k: K,
            cases: BTreeMap::new(),
            timings: Vec::new(),
            quarantine: Vec::new(),
        }
    }
}

/// The day in Japan.
#[must_use]
pub fn today() -> Date {
    Zoned::now()
        .with_time_zone(TimeZone::fixed(Offset::constant(9)))
        .date()
}

impl Row {
    fn band(&self, k: f64) -> [f64; 2] {
        let width = k * self.mad_ms + self.floor_ms;
        [(self.median_ms - width).max(0.0), self.median_ms + width]
    }

    fn judge(&self, k: f64, phase: &Phase) -> Outcome {
        let [low, high] = self.band(k);
        let measured = phase.median_ms;
        let outside = |what: &str| {
            let why = format!(
                "{what}: the median is {measured:.3} ms, the band is {low:.3} to {high:.3} ms"
            );
            Outcome::Failed(why)
        };
        match measured {
            _ if measured > high => outside("slower"),
            // Good news, but no longer what the baseline says.
            _ if measured < low => outside("faster; take it over with --update-baseline"),
            _ => Outcome::Passed,
        }
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// It is not there, or not a baseline; says which file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let json = std::fs::read(path).map_err(|error| {
            let path = path.display();
            format!("{path}: {error}; `hw-tests report --update-baseline` makes a baseline")
        })?;
        serde_json::from_slice(&json).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Holds a run against this: a trial of the group `baseline` for each time and for each
    /// quarantine that has ended; what fails in quarantine counts as not run.
    #[must_use]
    pub fn judge(&self, run: &Run, today: Date) -> Run {
        let mut judged = run.clone();
        judged.trials.extend(self.times(run));
        for known in &self.quarantine {
            if today > known.until {
                judged.trials.push(added(
                    &format!("quarantine/{}", known.name),
                    Outcome::Failed(format!(
                        "the quarantine ended on {} ({}): repair it, or decide anew",
                        known.until, known.why
                    )),
                ));
            } else {
                known.excuse(&mut judged.trials);
            }
        }
        let bands = self.timings.iter().map(|row| {
            let (subject, phase) = (row.subject.clone(), row.phase.clone());
            (subject, phase, row.band(self.k))
        });
        judged.against = Some(Comparison {
            bands: bands.collect(),
            new_cases: self.new_cases(run),
        });
        judged
    }

    fn row(&self, subject: &str, phase: &str) -> Option<&Row> {
        let mut rows = self.timings.iter();
        rows.find(|row| row.subject == subject && row.phase == phase)
    }

    /// A trial for each time, measured now or earlier.
    fn times(&self, run: &Run) -> Vec<TrialRecord> {
        let mut trials: Vec<TrialRecord> = run
            .timings()
            .map(|(subject, phase)| {
                let row = self.row(subject, &phase.name);
                let outcome = row.map_or_else(
                    || Outcome::Ignored("new: not in the baseline".to_owned()),
                    |row| row.judge(self.k, phase),
                );
                added(&format!("{subject}/{}", phase.name), outcome)
            })
            .collect();
        let measured = |row: &Row| {
            let mut timings = run.timings();
            timings.any(|(subject, phase)| subject == row.subject && phase.name == row.phase)
        };
        for row in self.timings.iter().filter(|row| !measured(row)) {
            let outcome = Outcome::Ignored("in the baseline, but not measured".to_owned());
            trials.push(added(&format!("{}/{}", row.subject, row.phase), outcome));
        }
        trials
    }

    fn new_cases(&self, run: &Run) -> Vec<String> {
        let cases = cases(run).into_iter().filter(|(group, case)| {
            let known = self.cases.get(group);
            !known.is_some_and(|known| known.contains(case))
        });
        cases
            .map(|(group, case)| format!("{group}/{case}"))
            .collect()
    }

    /// Takes over what these runs measured. Rows that none of them measured stay as they are, as do
    /// floors and quarantines.
    pub fn update(&mut self, runs: &[Run]) {
        for (group, case) in runs.iter().flat_map(cases) {
            self.cases.entry(group).or_default().insert(case);
        }
        let mut measured: BTreeMap<(&str, &str), Vec<&Phase>> = BTreeMap::new();
        for (subject, phase) in runs.iter().flat_map(Run::timings) {
            let key = (subject, phase.name.as_str());
            measured.entry(key).or_default().push(phase);
        }
        for ((subject, phase), phases) in measured {
            let mut medians: Vec<f64> = phases.iter().map(|phase| phase.median_ms).collect();
            let mut within: Vec<f64> = phases.iter().map(|phase| phase.mad_ms).collect();
            let (Some(median_ms), Some(within)) = (median(&mut medians), median(&mut within))
            else {
                continue;
            };
            let between = deviation(&medians, median_ms).unwrap_or_default();
            let floor = (FLOOR_SHARE * median_ms).max(LEAST_FLOOR_MS);
            let row = Row {
                subject: subject.to_owned(),
                phase: phase.to_owned(),
                median_ms: rounded(median_ms),
                mad_ms: rounded(within.max(between)),
                floor_ms: self
                    .row(subject, phase)
                    .map_or(rounded(floor), |row| row.floor_ms),
            };
            self.timings
                .retain(|old| old.subject != subject || old.phase != phase);
            self.timings.push(row);
        }
        self.timings
            .sort_by(|a, b| (&a.subject, &a.phase).cmp(&(&b.subject, &b.phase)));
    }
}

impl Quarantine {
    fn excuse(&self, trials: &mut [TrialRecord]) {
        for trial in trials {
            if let Outcome::Failed(why) = &trial.outcome
                && trial.name.as_str() == self.name
            {
                trial.outcome = Outcome::Ignored(format!(
                    "in quarantine until {} ({}): {why}",
                    self.until, self.why
                ));
            }
        }
    }
}

/// Group and case of every trial.
fn cases(run: &Run) -> BTreeSet<(String, String)> {
    let names = run.trials.iter().map(|trial| &trial.name);
    names
        .map(|name| (name.group().to_owned(), name.case().to_owned()))
        .collect()
}

/// A trial that a baseline adds.
fn added(name: &str, outcome: Outcome) -> TrialRecord {
    TrialRecord {
        name: TrialName::from(format!("{GROUP}/{name}").as_str()),
        outcome,
        ms: 0.0,
        phases: Vec::new(),
        figures: Vec::new(),
        device: None,
    }
}

/// Microseconds are enough for a file that people read.
fn rounded(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 22);

    /// A run whose round trip took this, and of which one trial failed.
    fn run(median_ms: f64) -> Run {
        let phase = Phase {
            name: "round-trip".to_owned(),
            calls: 100,
            median_ms,
            mad_ms: 0.02,
            p99_ms: 9.0,
            longest_ms: 9.0,
        };
        let trial = |name: &str, outcome, phases| TrialRecord {
            name: TrialName::from(name),
            outcome,
            ms: 1.0,
            phases,
            figures: Vec::new(),
            device: None,
        };
        Run {
            trials: vec![
                trial("pcsc/left/figures.round-trip", Outcome::Passed, vec![phase]),
                trial(
                    "pcsc/left/card.connects",
                    Outcome::Failed("no".into()),
                    vec![],
                ),
            ],
            ..Run::default()
        }
    }

    fn baseline() -> Baseline {
        let mut baseline = Baseline::default();
        baseline.update(&[1.0, 1.1, 1.05].map(run));
        baseline
    }

    fn outcome(run: &Run, name: &str) -> Outcome {
        let found = run.trials.iter().find(|trial| trial.name.as_str() == name);
        found.expect(name).outcome.clone()
    }

    const TIME: &str = "baseline/pcsc/left/round-trip";

    #[test]
    fn a_slow_run_leaves_its_band() {
        let baseline = baseline();
        // Five times 0.05 ms from run to run, and a tenth of the median.
        let row = &baseline.timings[0];
        assert_eq!(
            (row.median_ms, row.mad_ms, row.floor_ms),
            (1.05, 0.05, 0.105)
        );
        for good in [0.8, 1.05, 1.4] {
            let judged = baseline.judge(&run(good), TODAY);
            assert_eq!(outcome(&judged, TIME), Outcome::Passed, "{good}");
        }
        let judged = baseline.judge(&run(1.5), TODAY);
        let why = outcome(&judged, TIME);
        assert!(
            why.why().expect("a reason").starts_with("slower"),
            "{why:?}"
        );
        assert_eq!(judged.count("failed"), 2);
        let faster = outcome(&baseline.judge(&run(0.5), TODAY), TIME);
        assert!(faster.why().expect("a reason").starts_with("faster"));
    }

    #[test]
    fn a_quarantine_excuses_a_failure_until_its_last_day() {
        let mut baseline = baseline();
        let quarantine = |name: &str, until| Quarantine {
            name: name.to_owned(),
            until,
            why: "a kernel".to_owned(),
        };
        baseline.quarantine = vec![
            quarantine("pcsc/left/card.connects", TODAY),
            quarantine(TIME, TODAY),
        ];
        let judged = baseline.judge(&run(5.0), TODAY);
        assert_eq!(judged.count("failed"), 0, "{judged:#?}");
        let why = outcome(&judged, "pcsc/left/card.connects");
        assert!(
            why.why()
                .expect("a reason")
                .contains("until 2026-11-22 (a kernel): no")
        );
        // A day later both fail again, and so do the quarantines, whatever became of the trials.
        let judged = baseline.judge(&run(5.0), date(2026, 11, 23));
        assert_eq!(judged.count("failed"), 4);
        let name = "baseline/quarantine/pcsc/left/card.connects";
        assert!(
            outcome(&judged, name)
                .why()
                .expect("a reason")
                .contains("ended on")
        );
    }

    #[test]
    fn what_is_new_or_gone_is_told_and_does_not_fail() {
        let mut old = baseline();
        old.timings[0].subject = "pcsc/right".to_owned();
        old.cases.clear();
        let judged = old.judge(&run(1.0), TODAY);
        assert!(
            outcome(&judged, TIME)
                .why()
                .expect("a reason")
                .starts_with("new")
        );
        let gone = outcome(&judged, "baseline/pcsc/right/round-trip");
        assert_eq!(gone.word(), "ignored");
        let against = judged.against.expect("a comparison");
        assert_eq!(
            against.new_cases,
            ["pcsc/card.connects", "pcsc/figures.round-trip"]
        );
        let known = baseline().judge(&run(1.0), TODAY).against;
        assert!(known.expect("a comparison").new_cases.is_empty());
    }

    #[test]
    fn an_update_keeps_floors_quarantines_and_what_was_not_measured() {
        let mut baseline = baseline();
        baseline.timings[0].floor_ms = 3.0;
        baseline.timings.push(Row {
            subject: "pcsc/right".to_owned(),
            ..baseline.timings[0].clone()
        });
        let before = baseline.clone();
        baseline.update(&[run(2.0)]);
        assert_eq!(
            (baseline.timings[0].median_ms, baseline.timings[0].floor_ms),
            (2.0, 3.0)
        );
        assert_eq!(baseline.timings[1], before.timings[1]);
        let json = serde_json::to_string(&baseline).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Baseline>(&json).expect("a baseline"),
            baseline
        );
    }
}
