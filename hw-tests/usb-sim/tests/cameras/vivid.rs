//! The kernel's virtual camera, and the faults that it can be told to have.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use linuxvideo::Device;
use myna_hal::camera::{CameraContext, FrameMode, FrameStream};
use myna_hal::drivers::v4l2::V4l2Context;
use myna_hal::imaging::PixelFormat;
use myna_hal::time::SystemClock;
use myna_hal::{ErrorKind, Wait};

use super::desk::{WAYS, Way};
use super::{Verdict, trial};

/// Names of its controls.
const DAMAGED: &str = "Inject V4L2_BUF_FLAG_ERROR";
const FATAL: &str = "Inject Fatal Streaming Error";
const DISCONNECT: &str = "Disconnect";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for way in WAYS {
        let name = |what: &str| format!("vivid/{}/{what}", way.name());
        trials.push(trial(name("frames"), move || frames(way)));
        trials.push(trial(name("stops-in-disorder"), move || stops(way)));
        trials.push(trial(name("disconnect"), move || disconnects(way)));
    }
    trials.push(trial("vivid/v4l2/damaged-is-counted", damaged));
    trials
}

/// The module, loaded as long as this lives.
struct Vivid;

impl Vivid {
    fn load() -> Result<Self, Failed> {
        // One device, with nothing but a webcam and an output.
        let arguments = ["vivid", "n_devs=1", "num_inputs=1", "input_types=0"];
        match Command::new("modprobe").args(arguments).status()?.success() {
            true => Ok(Self),
            false => Err("modprobe vivid failed".into()),
        }
    }

    /// Pushes a button of the driver.
    fn push(&self, name: &str) -> Verdict {
        for device in linuxvideo::list()?.flatten() {
            let mut device: Device = device;
            let mut controls = device.controls().flatten();
            let found = controls.find(|control| control.name() == name);
            if let Some(cid) = found.map(|control| control.id()) {
                device.write_control_raw(cid, 1)?;
                return Ok(());
            }
        }
        Err(format!("no control {name}").into())
    }
}

impl Drop for Vivid {
    fn drop(&mut self) {
        let _ = Command::new("modprobe").args(["-r", "vivid"]).status();
    }
}

fn ample() -> Wait {
    Wait::at_most(SystemClock::shared(), Duration::from_secs(10))
}

fn start(way: Way) -> Result<Box<dyn FrameStream>, Failed> {
    let clock = SystemClock::shared();
    let wait = ample();
    loop {
        let cameras = way.context(&clock).cameras()?;
        let mut vivid = cameras
            .into_iter()
            .find(|it| it.info().name.contains("vivid"));
        if let Some(camera) = &mut vivid {
            let modes = camera.modes()?;
            let mode = modes
                .iter()
                // The smallest: vivid paints each with the guest's processor.
                .filter(|mode| mode.format == PixelFormat::Yuyv && mode.width == 320)
                .max_by_key(|mode| mode.frames_per_second == 30)
                .ok_or_else(|| format!("{modes:?}"))?;
            return Ok(camera.start(mode, &wait)?);
        }
        wait.sleep(Duration::from_millis(50))
            .map_err(|_| "vivid does not appear")?;
    }
}

fn frames(way: Way) -> Verdict {
    let _vivid = Vivid::load()?;
    let mut stream = start(way)?;
    let mode: FrameMode = *stream.mode();
    let clock = SystemClock::shared();
    stream.next_frame(&ample())?;
    let begun = clock.now();
    for _ in 0..30 {
        let frame = stream.next_frame(&ample())?;
        let needed = mode.width as usize * 2 * mode.height as usize;
        if frame.view().data().len() != needed {
            return Err(format!("{} bytes of {needed}", frame.view().data().len()).into());
        }
    }
    let rate = 30.0 / clock.now().since(begun).as_secs_f64();
    println!("{}: vivid in {mode}: {rate:.1}/s", way.name());
    Ok(())
}

/// A stream, and how it ended if it did.
type Ended = (Vivid, Option<ErrorKind>, Box<dyn FrameStream>);

/// What frames come to after `fault`, until they end or for a while.
fn after(way: Way, fault: &str) -> Result<Ended, Failed> {
    let vivid = Vivid::load()?;
    let mut stream = start(way)?;
    stream.next_frame(&ample())?;
    vivid.push(fault)?;
    for _ in 0..60 {
        if let Err(error) = stream.next_frame(&ample()) {
            return Ok((vivid, Some(error.kind()), stream));
        }
    }
    Ok((vivid, None, stream))
}

fn stops(way: Way) -> Verdict {
    let (_vivid, end, mut stream) = after(way, FATAL)?;
    let again = stream.next_frame(&ample()).map(drop).err();
    let again = again.map(|error| error.kind());
    if (end, again) != (Some(ErrorKind::Protocol), Some(ErrorKind::Protocol)) {
        return Err(format!("{end:?}, then {again:?}").into());
    }
    drop(stream);
    start(way)?.next_frame(&ample())?;
    Ok(())
}

fn disconnects(way: Way) -> Verdict {
    let (_vivid, end, stream) = after(way, DISCONNECT)?;
    let stopped = stream.stop().err().map(|error| error.kind());
    match (end, stopped) {
        (Some(ErrorKind::Disconnected), Some(ErrorKind::Disconnected)) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

/// A frame that the kernel marks is given to nobody, and counted.
fn damaged() -> Verdict {
    let vivid = Vivid::load()?;
    let mut stream = start(Way::V4l2)?;
    let mut dropped = 0;
    for number in 0..30 {
        if number == 10 {
            vivid.push(DAMAGED)?;
        }
        dropped += stream.next_frame(&ample())?.dropped_before();
    }
    drop(V4l2Context::new(SystemClock::shared()).cameras()?);
    match dropped {
        0 => Err("a damaged frame was given, or not counted".into()),
        _ => Ok(()),
    }
}
