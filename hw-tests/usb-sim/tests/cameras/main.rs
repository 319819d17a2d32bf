//! Cameras on a real kernel: simulated webcams through `uvcvideo`, and the kernel's own virtual
//! camera with the faults that it can be told to have, each through both drivers of the library.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::print_stdout, reason = "figures for who reads the log")]

mod desk;
mod engine;
mod kernel;
mod kit;
#[path = "../support/part.rs"]
mod part;
mod unplug;
mod vivid;
mod webcams;

use std::process::ExitCode;
use std::sync::LazyLock;

use hw_tests::report::{Notes, Recorder};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use usb_sim::vhci;

/// What a trial comes to: an error that says what went wrong, or nothing.
type Verdict = Result<(), Failed>;

/// Where trials write down what they come to.
static RECORDER: LazyLock<Recorder> =
    LazyLock::new(|| Recorder::from_environment().expect("the report can be written"));

/// A trial that needs the virtual host controller.
fn trial(name: impl AsRef<str>, run: impl FnOnce() -> Verdict + Send + 'static) -> Trial {
    timed(name, |_| run())
}

/// The same, which notes how long things took.
fn timed(name: impl AsRef<str>, run: impl FnOnce(&mut Notes) -> Verdict + Send + 'static) -> Trial {
    match vhci::unavailable() {
        Some(why) => RECORDER.ignored(name.as_ref(), why),
        None => RECORDER.trial(name.as_ref(), |notes| {
            run(notes).map(|()| Completion::Completed)
        }),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    if part::is_here(0) {
        trials.extend(webcams::trials());
        trials.extend(unplug::trials());
    }
    if part::is_here(1) {
        trials.extend(kit::trials(&arguments));
        // Last: it brings cameras of its own.
        trials.extend(vivid::trials());
    }
    if part::is_here(2) {
        trials.extend(engine::trials());
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
