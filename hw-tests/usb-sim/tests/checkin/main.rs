//! Whole visits in a real kernel: a simulated USB card reader, through `pcscd` and through the
//! library's driver without a service, and a simulated webcam through `uvcvideo`; the virtual card
//! inside, and the face engine for drawn faces before it. The scenarios are those of
//! `hw-tests/scenarios`.
#![allow(missing_docs, reason = "a test")]
#![allow(
    clippy::print_stdout,
    reason = "the rig reads who hangs from the console"
)]

#[path = "../support/drawn.rs"]
mod drawn;
mod guest;
#[path = "../support/part.rs"]
mod part;
#[path = "../readers/plug.rs"]
mod plug;
#[path = "../support/pcscd.rs"]
mod service;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the trials of readers want more of a desk")]
mod support;

use std::process::ExitCode;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hw_tests::report::Recorder;
use hw_tests::scenario::{Scenario, Verdict, play};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use usb_sim::vhci;

use guest::Guest;
use plug::Driver;

/// Where trials write down what they come to.
static RECORDER: LazyLock<Recorder> =
    LazyLock::new(|| Recorder::from_environment().expect("the report can be written"));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    match Scenario::shipped() {
        Ok(scenarios) => {
            // In this order the service is started once.
            for driver in [Driver::Ccid, Driver::Pcsc] {
                let guest = Arc::new(Mutex::new(Guest::new(driver)));
                let trial = |scenario: &Scenario| trial(scenario.clone(), driver, guest.clone());
                // Guests side by side share the files of a driver.
                let here = scenarios.iter().enumerate();
                let here = here.filter(|(number, _)| part::is_here(*number));
                trials.extend(here.map(|(_, scenario)| trial(scenario)));
            }
        }
        Err(error) => trials.push(Trial::test("checkin/files", move || Err(error.into()))),
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(scenario: Scenario, driver: Driver, guest: Arc<Mutex<Guest>>) -> Trial {
    let name = format!("checkin/{}/{}", driver.name(), scenario.name);
    match vhci::unavailable() {
        Some(why) => RECORDER.ignored(&name, why),
        None => RECORDER.trial(&name, move |notes| {
            let mut guest = guest.lock().unwrap_or_else(PoisonError::into_inner);
            let outcome = play(&scenario, &mut *guest, &mut |_, _, _| {});
            let steps: Vec<_> = outcome.steps.iter().map(|step| step.took).collect();
            notes.phase("visit", &[steps.iter().sum()]);
            verdict(outcome.verdict)
        }),
    }
}

fn verdict(verdict: Verdict) -> Result<Completion, Failed> {
    match verdict {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Failed(why) => Err(why.into()),
        Verdict::Ignored(why) => Ok(Completion::ignored_with(why)),
    }
}
