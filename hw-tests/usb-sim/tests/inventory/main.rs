//! The bench's own programs in a real kernel, where a simulated USB card reader and a simulated webcam
//! stand for real ones: the inventory names them by their places, its actuators are shell commands,
//! and whether trials ran is seen in the reports, by the devices and by the card.
#![allow(missing_docs, reason = "a test")]

mod bed;
#[path = "../support/drawn.rs"]
mod drawn;
mod socket;
mod trials;

use std::process::ExitCode;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hw_tests::report::Recorder;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use usb_sim::vhci;

use bed::Bed;

/// Where trials write down what they come to.
static RECORDER: LazyLock<Recorder> =
    LazyLock::new(|| Recorder::from_environment().expect("the report can be written"));

/// The bench, plugged in when the first trial asks for it.
type Place = Arc<Mutex<Option<Bed>>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let place = Place::default();
    let trials = trials::ALL.iter().map(|(case, run)| {
        let (place, name) = (place.clone(), format!("bench/inventory/{case}"));
        match vhci::unavailable() {
            Some(why) => RECORDER.ignored(&name, why),
            None => RECORDER.trial(&name, move |_| on(&place, *run)),
        }
    });
    libtest_mimic::run(&arguments, trials.collect::<Vec<Trial>>()).exit_code()
}

fn on(place: &Place, run: fn(&Bed) -> Result<(), Failed>) -> Result<Completion, Failed> {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    let bed = match place.take() {
        Some(bed) => bed,
        None => Bed::new()?,
    };
    run(place.insert(bed)).map(|()| Completion::Completed)
}
