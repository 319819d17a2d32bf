//! Plugs that are pulled, and what is plugged in instead.

use std::time::Duration;

use libtest_mimic::Trial;
use myna_hal::ErrorKind;
use myna_hal::camera::{CameraEvent, FrameMode};
use myna_hal::imaging::PixelFormat;

use super::desk::{Desk, WAYS, Way};
use super::{Verdict, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let both = WAYS.into_iter().flat_map(|way| {
        [
            trial(format!("unplug/{}/in-time", way.name()), move || {
                in_time(way)
            }),
            trial(format!("unplug/{}/replaced", way.name()), move || {
                replaced(way)
            }),
        ]
    });
    both.collect()
}

fn mode() -> FrameMode {
    FrameMode::new(PixelFormat::Mjpeg, 640, 480, 30)
}

/// What the camera sends that comes instead.
fn other_mode() -> FrameMode {
    FrameMode::new(PixelFormat::Yuyv, 640, 480, 30)
}

/// The plug is pulled while frames come, several times; the slowest counts.
fn in_time(way: Way) -> Verdict {
    let mut slowest = Duration::ZERO;
    for _ in 0..3 {
        let mut desk = Desk::with("webcam", way)?;
        let mut stream = desk.start(&mode())?;
        stream.next_frame(&desk.ample())?;
        let begun = desk.clock.now();
        desk.unplug();
        let error = loop {
            if let Err(error) = stream.next_frame(&desk.ample()) {
                break error;
            }
        };
        slowest = slowest.max(desk.clock.now().since(begun));
        if error.kind() != ErrorKind::Disconnected {
            return Err(format!("{} instead of disconnected: {error}", error.kind()).into());
        }
    }
    println!(
        "{}: unplugged is told after {slowest:?} at most",
        way.name()
    );
    if slowest > Duration::from_millis(500) {
        return Err(format!("told after {slowest:?}").into());
    }
    Ok(())
}

/// Another camera comes into the socket of the one before.
fn replaced(way: Way) -> Verdict {
    let mut first = Desk::with("webcam", way)?;
    let mut watch = way.context(&first.clock).watch()?;
    let old = first.first()?.info().id.clone();
    let mut stream = first.start(&mode())?;
    stream.next_frame(&first.ample())?;
    first.unplug();
    let second = Desk::with("uncompressed", way)?;
    let wait = second.ample();
    let (mut left, mut came) = (false, None);
    while !left || came.is_none() {
        match watch.next_event(&wait)? {
            CameraEvent::CameraRemoved(id) => left |= id == old,
            CameraEvent::CameraAdded(info) => came = Some(info),
            _ => {}
        }
    }
    let listed = second.first()?.info().clone();
    if came.as_ref() != Some(&listed) || listed.id == old {
        return Err(format!("{old}, then {came:?}, and {listed:?} is listed").into());
    }
    let error = stream.next_frame(&wait).map(drop).err();
    if error.as_ref().map(myna_hal::Error::kind) != Some(ErrorKind::Disconnected) {
        return Err(format!("the old stream: {error:?}").into());
    }
    second.start(&other_mode())?.next_frame(&wait)?;
    Ok(())
}
