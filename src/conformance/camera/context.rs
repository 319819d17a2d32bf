//! Listing and watching.

use super::{Act, Bench};
use crate::camera::{CameraCapabilities, CameraEvent, CameraWatch};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, works};
use crate::conformance::watch;
use crate::device::DeviceId;
use crate::error::ErrorKind;
use crate::wait::Wait;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "context.lists-the-camera",
        rule: "`cameras` lists every camera that is attached, each one once.",
        run: lists_the_camera,
    },
    Case {
        name: "context.ids-are-stable",
        rule: "A camera has the same id for as long as it stays attached.",
        run: ids_are_stable,
    },
    Case {
        name: "context.lists-cameras-only",
        rule: "What is listed delivers frames: each has a mode.",
        run: lists_cameras_only,
    },
    Case {
        name: "watch.is-claimed",
        rule: "A context whose cameras say `HOT_PLUG` has a watch.",
        run: is_claimed,
    },
    Case {
        name: "watch.ends-in-time",
        rule: "Waiting for an event ends when the wait does.",
        run: ends_in_time,
    },
    Case {
        name: "watch.cancel-wakes",
        rule: "Cancelling wakes whoever waits for an event.",
        run: cancel_wakes,
    },
    Case {
        name: "watch.sees-the-unplug",
        rule: "A watch tells that the camera left.",
        run: sees_the_unplug,
    },
    Case {
        name: "watch.sees-the-plug",
        rule: "A watch tells that the camera came back.",
        run: sees_the_plug,
    },
];

fn ids(bench: &mut Bench) -> Result<Vec<DeviceId>, Stop> {
    let cameras = works("cameras", bench.the_context()?.cameras())?;
    let ids = cameras.iter().map(|camera| camera.info().id.clone());
    Ok(ids.collect())
}

fn lists_the_camera(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.0.info().id.clone();
    let ids = ids(bench)?;
    let times = ids.iter().filter(|listed| **listed == id).count();
    check(times == 1, format!("{id} stands {times} times in {ids:?}"))
}

fn ids_are_stable(bench: &mut Bench) -> Verdict {
    bench.ready()?;
    let (first, second) = (ids(bench)?, ids(bench)?);
    check(first == second, format!("{first:?}, then {second:?}"))
}

fn lists_cameras_only(bench: &mut Bench) -> Verdict {
    bench.ready()?;
    let cameras = works("cameras", bench.the_context()?.cameras())?;
    for mut camera in cameras {
        let id = camera.info().id.clone();
        match camera.modes() {
            Ok(modes) => check(!modes.is_empty(), format!("{id} has no modes"))?,
            // Another program has it: a camera it is.
            Err(error) if error.kind() == ErrorKind::Busy => {}
            Err(error) => return fail(format!("modes of {id}: {}: {error}", error.kind())),
        }
    }
    Ok(())
}

fn is_claimed(bench: &mut Bench) -> Verdict {
    let (camera, _) = bench.ready()?;
    if !camera.capabilities().contains(CameraCapabilities::HOT_PLUG) {
        return skip("the camera does not say HOT_PLUG");
    }
    works("watch", bench.the_context()?.watch()).map(drop)
}

fn watch(bench: &mut Bench) -> Result<Box<dyn CameraWatch>, Stop> {
    match bench.the_context()?.watch() {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            skip("the driver does not watch for cameras")
        }
        result => works("watch", result),
    }
}

/// Hears events until `wanted` comes.
fn hear(
    watch: &mut dyn CameraWatch,
    wait: &Wait,
    what: &str,
    wanted: impl Fn(&CameraEvent) -> bool,
) -> Verdict {
    loop {
        match watch.next_event(wait) {
            Ok(event) if wanted(&event) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                return fail(format!("the watch does not tell {what}"));
            }
            Err(error) => return fail(format!("the watch fails: {}: {error}", error.kind())),
        }
    }
}

fn ends_in_time(bench: &mut Bench) -> Verdict {
    bench.ready()?;
    let mut watch = watch(bench)?;
    watch::ends_in_time(&bench.clock(), |wait| watch.next_event(wait))
}

fn cancel_wakes(bench: &mut Bench) -> Verdict {
    bench.ready()?;
    let mut watch = watch(bench)?;
    watch::cancel_wakes(&bench.clock(), |wait| watch.next_event(wait))
}

fn sees_the_unplug(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.0.info().id.clone();
    let mut watch = watch(bench)?;
    bench.do_act(Act::Unplug)?;
    let wait = bench.within(bench.notice());
    let heard = hear(
        &mut *watch,
        &wait,
        "that the camera left",
        |event| matches!(event, CameraEvent::CameraRemoved(gone) if *gone == id),
    );
    // Before the verdict: the cases after this one want the camera back.
    bench.do_act(Act::Plug)?;
    heard
}

fn sees_the_plug(bench: &mut Bench) -> Verdict {
    let id = bench.ready()?.0.info().id.clone();
    bench.do_act(Act::Unplug)?;
    let wait = bench.within(bench.notice());
    while ids(bench)?.contains(&id) {
        works("waiting until the camera is gone", wait.sleep(super::PACE))?;
    }
    let mut watch = watch(bench)?;
    bench.do_act(Act::Plug)?;
    let wait = bench.within(bench.notice());
    hear(
        &mut *watch,
        &wait,
        "that the camera is back",
        |event| matches!(event, CameraEvent::CameraAdded(info) if info.id == id),
    )?;
    check(
        ids(bench)?.contains(&id),
        "a camera that came back is not listed",
    )
}
