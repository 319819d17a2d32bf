//! Cameras on a real kernel: simulated webcams through `uvcvideo`, and the kernel's own virtual
//! camera with the faults that it can be told to have, each through both drivers of the library.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::print_stdout, reason = "figures for who reads the log")]

mod desk;
mod kit;
mod unplug;
mod vivid;
mod webcams;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use usb_sim::vhci;

/// What a trial comes to: an error that says what went wrong, or nothing.
type Verdict = Result<(), Failed>;

/// A trial that needs the virtual host controller.
fn trial(name: impl Into<String>, run: impl FnOnce() -> Verdict + Send + 'static) -> Trial {
    let unavailable = vhci::unavailable();
    let name = match &unavailable {
        Some(why) => format!("{} ({why})", name.into()),
        None => name.into(),
    };
    Trial::test(name, run).with_ignored_flag(unavailable.is_some())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = webcams::trials();
    trials.extend(unplug::trials());
    trials.extend(kit::trials(&arguments));
    // Last: it brings cameras of its own.
    trials.extend(vivid::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
