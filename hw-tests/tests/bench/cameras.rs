//! The conformance kit on cameras, a trial for each case.

use std::sync::{Arc, OnceLock};

use hw_tests::bench::{CameraDesk, CameraEntry};
use hw_tests::report::{Device, Recorder};
use libtest_mimic::{Arguments, Failed, Trial};
use myna_hal::conformance::{Report, camera};

use crate::choice::Choice;
use crate::readers::judge;
use crate::wanted::is_wanted;

/// What came of the kit on a camera; it runs when the first trial asks for it.
type Kit = OnceLock<Result<(Device, Report), String>>;

fn run(entry: &CameraEntry, wanted: &[&str]) -> Result<(Device, Report), String> {
    let mut desk = CameraDesk::take(entry)?;
    let name = entry.name.get_ref();
    let is_wanted = |case: &str| wanted.contains(&case);
    let report = camera::run_some(&mut desk, &is_wanted, &mut |case| {
        println!("{name}: {case}")
    });
    Ok((desk.device(), report))
}

pub(crate) fn trials(recorder: &Recorder, choice: &Choice, arguments: &Arguments) -> Vec<Trial> {
    let cases = || camera::cases().map(|case| case.name);
    let cameras = match &choice.cameras {
        Ok(cameras) => cameras,
        Err(why) => {
            return cases()
                .map(|case| recorder.ignored(&format!("camera/none/{case}"), why))
                .collect();
        }
    };
    let mut trials = Vec::new();
    for entry in cameras {
        let kit = Arc::new(Kit::new());
        let name = |case: &str| format!("v4l2/{}/{case}", entry.name.get_ref());
        if entry.picture.is_some() {
            let picture = "the inventory has a picture in its place, and no camera";
            trials.extend(cases().map(|case| recorder.ignored(&name(case), picture)));
            continue;
        }
        let wanted = cases().filter(|case| is_wanted(arguments, &name(case)));
        let wanted: Arc<[&str]> = wanted.collect();
        for case in cases() {
            let (kit, entry, wanted) = (kit.clone(), entry.clone(), wanted.clone());
            trials.push(recorder.trial(&name(case), move |notes| {
                let kit = kit.get_or_init(|| run(&entry, &wanted)).as_ref();
                let (device, report) = kit.map_err(|why| Failed::from(why.as_str()))?;
                notes.device(device.clone());
                judge(report, case, None, notes)
            }));
        }
    }
    trials
}
