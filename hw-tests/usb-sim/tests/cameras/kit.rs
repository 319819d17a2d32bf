//! The conformance kit, one trial for each case.

use libtest_mimic::{Arguments, Failed, Trial};
use myna_hal::conformance::{Outcome, camera};
use usb_sim::vhci;

use super::desk::{Desk, WAYS, Way};
use super::trial;

/// The kit runs as a whole before the trials do: what a case finds it leaves to the next, and
/// whether one can be run is known only afterwards.
pub(crate) fn trials(arguments: &Arguments) -> Vec<Trial> {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let is_skipped = |name: &str| arguments.skip.iter().any(|skip| name.contains(skip));
    let is_wanted = |name: &str| !arguments.list && name.contains(filter) && !is_skipped(name);
    let mut trials = Vec::new();
    for way in WAYS {
        let name = |case: &str| format!("kit/webcam/{}/{case}", way.name());
        let names: Vec<_> = camera::cases().map(|case| name(case.name)).collect();
        if vhci::unavailable().is_some() || !names.iter().any(|name| is_wanted(name)) {
            trials.extend(names.into_iter().map(|name| trial(name, || Ok(()))));
            continue;
        }
        match run(way) {
            Ok(outcomes) => trials.extend(outcomes.into_iter().map(|(case, outcome)| {
                let name = name(case);
                match outcome {
                    Outcome::NotRun(why) => {
                        Trial::test(format!("{name} ({why})"), || Ok(())).with_ignored_flag(true)
                    }
                    Outcome::Failed(why) => Trial::test(name, || Err(why.into())),
                    _ => Trial::test(name, || Ok(())),
                }
            })),
            Err(failed) => trials.push(Trial::test(name("the kit"), || Err(failed))),
        }
    }
    trials
}

fn run(way: Way) -> Result<Vec<(&'static str, Outcome)>, Failed> {
    let mut desk = Desk::with("webcam", way)?;
    let report = camera::run(&mut desk, &mut |_| {});
    println!("{report}");
    let outcomes = report
        .cases
        .into_iter()
        .map(|case| (case.name, case.outcome));
    Ok(outcomes.collect())
}
