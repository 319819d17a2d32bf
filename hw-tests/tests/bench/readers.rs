//! The conformance kit on readers and their PIN pads, a trial for each case.

use std::sync::{Arc, OnceLock};

use hw_tests::bench::{CardEntry, PadDesk, ReaderDesk, ReaderEntry};
use hw_tests::report::{Notes, Recorder};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use myna_hal::conformance::{Outcome, Report, card, pin};

use crate::choice::Choice;
use crate::figures::{self, FIGURES};
use crate::wanted::is_wanted;

/// A reader under trial. Each of its kits runs when the first trial asks for it.
pub(crate) struct Bed {
    entry: ReaderEntry,
    card: Option<CardEntry>,
    /// The cases of the kits that are wanted.
    wanted: Vec<&'static str>,
    desk: OnceLock<Result<ReaderDesk, String>>,
    reader: OnceLock<Result<Report, String>>,
    pad: OnceLock<Result<PadKit, String>>,
}

/// What came of the kit for PIN pads.
struct PadKit {
    report: Report,
    /// Why no PIN was tried, if none was.
    refusal: Option<String>,
}

impl Bed {
    fn new(entry: &ReaderEntry, card: Option<&CardEntry>, wanted: Vec<&'static str>) -> Self {
        Self {
            entry: entry.clone(),
            card: card.cloned(),
            wanted,
            desk: OnceLock::new(),
            reader: OnceLock::new(),
            pad: OnceLock::new(),
        }
    }

    /// The reader, which is ours from now on.
    pub(crate) fn desk(&self) -> Result<ReaderDesk, String> {
        self.desk
            .get_or_init(|| ReaderDesk::take(&self.entry))
            .clone()
    }

    /// Who stands at the bench sees what is under way.
    fn started(&self, case: &str) {
        println!("{}: {case}", self.entry.name.get_ref());
    }

    fn reader(&self) -> Result<Report, String> {
        let mut desk = self.desk()?;
        let wanted = |case: &str| self.wanted.contains(&case);
        Ok(card::run_some(&mut desk, &wanted, &mut |case| {
            self.started(case);
        }))
    }

    fn pad(&self) -> Result<PadKit, String> {
        let pad = PadDesk::of(self.desk()?, self.card.as_ref())?;
        let refusal = pad.refusal().map(str::to_owned);
        let tries = pad.tries();
        let wanted = |case: &str| self.wanted.contains(&case);
        Ok(PadKit {
            report: pin::run_some(pad, tries, &wanted, &mut |case| self.started(case)),
            refusal,
        })
    }

    fn judge(&self, case: &str, notes: &mut Notes) -> Result<Completion, Failed> {
        notes.device(self.desk()?.device());
        if card::cases().any(|of_reader| of_reader.name == case) {
            let report = self.reader.get_or_init(|| self.reader()).as_ref();
            return judge(report.map_err(Clone::clone)?, case, None, notes);
        }
        let kit = self.pad.get_or_init(|| self.pad()).as_ref();
        let PadKit { report, refusal } = kit.map_err(Clone::clone)?;
        judge(report, case, refusal.as_deref(), notes)
    }
}

/// What a kit says of one case.
pub(crate) fn judge(
    report: &Report,
    case: &str,
    refusal: Option<&str>,
    notes: &mut Notes,
) -> Result<Completion, Failed> {
    let ran = report.cases.iter().find(|ran| ran.name == case);
    let ran = ran.ok_or("the kit has no such case")?;
    notes.took(ran.took);
    match &ran.outcome {
        Outcome::Passed => Ok(Completion::Completed),
        Outcome::NotRun(why) => Ok(Completion::ignored_with(match refusal {
            None => why.clone(),
            Some(refusal) => format!("{why} ({refusal})"),
        })),
        Outcome::Failed(why) => Err(format!("{why}\nrule: {}", ran.rule).into()),
        other => Err(format!("{other:?}").into()),
    }
}

pub(crate) fn trials(recorder: &Recorder, choice: &Choice, arguments: &Arguments) -> Vec<Trial> {
    let cases: Vec<_> = card::cases()
        .map(|case| case.name)
        .chain(pin::cases().map(|case| case.name))
        .collect();
    let readers = match &choice.readers {
        Ok(readers) => readers,
        Err(why) => {
            let figures = FIGURES.iter().map(|(name, _)| *name);
            return cases
                .into_iter()
                .chain(figures)
                .map(|case| recorder.ignored(&format!("reader/none/{case}"), why))
                .collect();
        }
    };
    let mut trials = Vec::new();
    for (entry, card) in readers {
        let name = |case: &str| format!("{}/{}/{case}", entry.driver.name(), entry.name.get_ref());
        let wanted = cases.iter().copied();
        let wanted = wanted.filter(|case| is_wanted(arguments, &name(case)));
        let bed = Arc::new(Bed::new(entry, card.as_ref(), wanted.collect()));
        for case in cases.iter().copied() {
            let bed = bed.clone();
            trials.push(recorder.trial(&name(case), move |notes| bed.judge(case, notes)));
        }
        for (case, figure) in FIGURES {
            let bed = bed.clone();
            trials
                .push(recorder.trial(&name(case), move |notes| figures::run(*figure, &bed, notes)));
        }
    }
    trials
}
