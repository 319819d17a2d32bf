//! Every scenario on the library's virtual devices: a trial per file.

mod player;

use std::process::ExitCode;

use hw_tests::scenario::{Scenario, Simulation, Verdict, play};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = player::trials();
    match Scenario::shipped() {
        Ok(scenarios) => trials.extend(scenarios.into_iter().map(trial)),
        Err(error) => trials.push(Trial::test("files", move || Err(error.into()))),
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(scenario: Scenario) -> Trial {
    let name = format!("sim/{}", scenario.name);
    Trial::ignorable_test(name, move || run(&scenario))
}

fn run(scenario: &Scenario) -> Result<Completion, Failed> {
    let outcome = play(scenario, &mut Simulation::new(), &mut |_, _, _| {});
    match outcome.verdict {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Failed(why) => Err(why.into()),
        Verdict::Ignored(why) => Ok(Completion::ignored_with(why)),
    }
}
