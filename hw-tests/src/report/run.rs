//! The lines of a run, read again.

use std::collections::HashSet;

use super::record::{Line, MARK};
use super::{Comparison, Device, Figure, Outcome, Phase, Rig, TrialName, TrialRecord};

/// Why a trial that began has no outcome.
const NO_END: &str = "it did not end: the rig ended first, or its line was damaged";

/// What trials came to, in the order in which they ran.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What they ran on; several if lines of several rigs were put together.
    pub rigs: Vec<Rig>,
    /// The trials. Of one that ran twice, the last run counts.
    pub trials: Vec<TrialRecord>,
    /// How many lines are a recorder's and cannot be read.
    pub damaged: usize,
    /// What a baseline made of it, if it was held against one.
    pub against: Option<Comparison>,
}

/// The trials of one group, by case and product.
pub struct Table<'r> {
    /// What stands first in their names.
    pub group: &'r str,
    /// The columns.
    pub products: Vec<&'r str>,
    /// A case, and what it came to on each product.
    pub rows: Vec<(&'r str, Vec<Option<&'r TrialRecord>>)>,
}

impl Run {
    /// Reads what a recorder wrote, to a file or, among the lines of others, to a console. A trial
    /// that began and did not end has failed.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut run = Self::default();
        let mut began: Vec<&str> = Vec::new();
        let lines: Vec<_> = text.lines().filter_map(line).collect();
        for line in &lines {
            match line {
                Ok(Line::Rig(rig)) => run.rigs.push(rig.clone()),
                Ok(Line::Began(name)) => began.push(name),
                Ok(Line::Trial(trial)) => {
                    began.retain(|name| *name != trial.name.as_str());
                    run.put(trial.clone());
                }
                Err(_) => run.damaged += 1,
            }
        }
        for name in began {
            run.put(TrialRecord {
                name: TrialName::from(name),
                outcome: Outcome::Failed(NO_END.to_owned()),
                ms: 0.0,
                phases: Vec::new(),
                figures: Vec::new(),
                device: None,
            });
        }
        run
    }

    /// Several runs as one.
    #[must_use]
    pub fn join(runs: impl IntoIterator<Item = Self>) -> Self {
        let mut joined = Self::default();
        for run in runs {
            joined.damaged += run.damaged;
            for rig in run.rigs {
                // Those that ran side by side are one, since the first of them began.
                match joined.rigs.iter_mut().find(|known| known.is_like(&rig)) {
                    Some(known) => known.date = known.date.min(rig.date),
                    None => joined.rigs.push(rig),
                }
            }
            run.trials.into_iter().for_each(|trial| joined.put(trial));
        }
        joined
    }

    fn put(&mut self, trial: TrialRecord) {
        match self.trials.iter_mut().find(|old| old.name == trial.name) {
            Some(old) => *old = trial,
            None => self.trials.push(trial),
        }
    }

    /// How many trials came to `word`: `passed`, `failed` or `ignored`.
    #[must_use]
    pub fn count(&self, word: &str) -> usize {
        self.of(word).count()
    }

    /// The trials that came to `word`.
    pub fn of(&self, word: &str) -> impl Iterator<Item = &TrialRecord> {
        self.trials
            .iter()
            .filter(move |trial| trial.outcome.word() == word)
    }

    /// The last line of a report: `3 passed, 1 failed, 2 ignored`.
    #[must_use]
    pub fn summary(&self) -> String {
        let [passed, failed, ignored] =
            ["passed", "failed", "ignored"].map(|word| self.count(word));
        format!("{passed} passed, {failed} failed, {ignored} ignored")
    }

    /// Whether no trial failed and every line could be read.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.count("failed") == 0 && self.damaged == 0
    }

    /// A table for each group.
    #[must_use]
    pub fn tables(&self) -> Vec<Table<'_>> {
        distinct(self.trials.iter().map(|trial| trial.name.group()))
            .into_iter()
            .map(|group| self.table(group))
            .collect()
    }

    fn table<'r>(&'r self, group: &'r str) -> Table<'r> {
        let trials = || {
            let ours = self.trials.iter();
            ours.filter(|trial| trial.name.group() == group)
        };
        let products = distinct(trials().map(|trial| trial.name.product()));
        let at = |case: &str, product: &str| {
            trials().find(|trial| trial.name.case() == case && trial.name.product() == product)
        };
        let rows = distinct(trials().map(|trial| trial.name.case()))
            .into_iter()
            .map(|case| (case, products.iter().map(|it| at(case, it)).collect()))
            .collect();
        Table {
            group,
            products,
            rows,
        }
    }

    /// What was timed: on what, and how long it took.
    pub fn timings(&self) -> impl Iterator<Item = (&str, &Phase)> {
        self.trials.iter().flat_map(|trial| {
            let subject = trial.name.subject();
            trial.phases.iter().map(move |phase| (subject, phase))
        })
    }

    /// What else was measured, and in which trial.
    pub fn figures(&self) -> impl Iterator<Item = (&TrialName, &Figure)> {
        let trials = self.trials.iter();
        trials.flat_map(|trial| trial.figures.iter().map(|figure| (&trial.name, figure)))
    }

    /// The band of a phase in words: `0.700 to 1.400`, or `–` without one.
    pub(super) fn band(&self, subject: &str, phase: &str) -> String {
        let against = self.against.as_ref();
        let band = against.and_then(|against| against.band(subject, phase));
        band.map_or_else(
            || "–".to_owned(),
            |[low, high]| format!("{low:.3} to {high:.3}"),
        )
    }

    /// The devices that trials ran on, each with the subject of the trials.
    #[must_use]
    pub fn devices(&self) -> Vec<(&str, &Device)> {
        let mut devices = Vec::new();
        for trial in &self.trials {
            let device = trial.device.iter().map(|it| (trial.name.subject(), it));
            devices.extend(device);
        }
        let mut seen = HashSet::new();
        devices.retain(|(subject, device)| seen.insert((*subject, device.name.as_str())));
        devices
    }

    /// Reasons for which trials were not run, each with the trials.
    #[must_use]
    pub fn reasons(&self) -> Vec<(&str, Vec<&TrialName>)> {
        let whys = self.of("ignored").filter_map(|trial| trial.outcome.why());
        distinct(whys)
            .into_iter()
            .map(|why| {
                let same = self
                    .of("ignored")
                    .filter(|trial| trial.outcome.why() == Some(why));
                (why, same.map(|trial| &trial.name).collect())
            })
            .collect()
    }
}

/// A recorder's line in a line of text, if there is one.
fn line(text: &str) -> Option<Result<Line, serde_json::Error>> {
    let json = match text.split_once(MARK) {
        Some((_, marked)) if marked.starts_with('{') => marked,
        _ => text.strip_prefix('{').map(|_| text)?,
    };
    Some(serde_json::from_str(json.trim_end()))
}

/// Each value once, in the order in which they first come.
pub(super) fn distinct<'r>(values: impl Iterator<Item = &'r str>) -> Vec<&'r str> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(*value)).collect()
}
