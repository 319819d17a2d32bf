//! Trials of card readers behind a real kernel: the library's drivers without a service, and its PC/SC
//! driver through `pcscd` and libccid, on every simulated product.
//!
//! Each case of the conformance kit is a trial of its own, `DRIVER/PRODUCT/CASE`, and so is each of those
//! that the kit does not have; what a product or a driver cannot show is ignored and says why. Different
//! readers are tried at the same time: most of it is waiting.
#![allow(
    clippy::print_stdout,
    reason = "figures are shown as they are measured"
)]

#[path = "../support/commands.rs"]
mod commands;
mod figures;
mod further;
mod kits;
mod module;
mod pads;
#[path = "../support/part.rs"]
mod part;
mod plug;
mod port100;
mod pulled;
mod service;
#[path = "../support/sony.rs"]
mod sony;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use std::process::ExitCode;
use std::sync::LazyLock;

use hw_tests::report::{Notes, Recorder};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use usb_sim::ccid::PRODUCTS;
use usb_sim::vhci;

use plug::Driver;

/// Where trials write down what they come to.
static RECORDER: LazyLock<Recorder> =
    LazyLock::new(|| Recorder::from_environment().expect("the report can be written"));

/// A trial that is run where there is a kernel to plug into.
fn trial(name: &str, run: impl FnOnce() -> Result<Completion, Failed> + Send + 'static) -> Trial {
    timed(name, |_| run())
}

/// The same, which notes how long things took.
fn timed(
    name: &str,
    run: impl FnOnce(&mut Notes) -> Result<Completion, Failed> + Send + 'static,
) -> Trial {
    match vhci::unavailable() {
        Some(why) => RECORDER.ignored(name, why),
        None => RECORDER.trial(name, run),
    }
}

/// Whether a trial, `DRIVER/PRODUCT/CASE`, is done in this guest. What is about no product goes where
/// there is a product less.
fn is_here(name: &str) -> bool {
    let product = name.split('/').nth(1);
    let group = PRODUCTS.iter().position(|it| Some(it.key) == product);
    part::is_here(group.unwrap_or(PRODUCTS.len()))
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    // In this order the service is started once.
    for driver in [Driver::Ccid, Driver::Pcsc] {
        trials.extend(kits::trials(driver, &arguments));
        trials.extend(figures::trials(driver));
        trials.extend(kits::plug(driver));
    }
    trials.extend(port100::trials());
    trials.extend(module::trials());
    trials.extend(service::trials());
    trials.extend(pulled::trials());
    trials.retain(|trial| is_here(trial.name()));
    libtest_mimic::run(&arguments, trials).exit_code()
}
