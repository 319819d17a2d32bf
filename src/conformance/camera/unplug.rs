//! A camera that goes away, and what comes after it.

use std::time::Duration;

use super::{Act, Bench, is_away};
use crate::camera::{Camera, FrameStream};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{LATE, check, fails, in_time, works};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "unplug.is-disconnected",
        rule: "`next_frame` says `Disconnected` within 500 ms after the camera was unplugged.",
        run: is_disconnected,
    },
    Case {
        name: "unplug.is-remembered",
        rule: "A stream whose camera went away says `Disconnected` ever after, also when the \
               camera is back.",
        run: is_remembered,
    },
    Case {
        name: "unplug.cannot-start",
        rule: "Starting a camera that went away is `Disconnected`.",
        run: cannot_start,
    },
    Case {
        name: "unplug.leaves-the-list",
        rule: "A camera that went away is not listed.",
        run: leaves_the_list,
    },
    Case {
        name: "plug.works-again",
        rule: "A camera that came back delivers frames.",
        run: works_again,
    },
];

/// Longest time until the unplugging is told.
const TOLD: Duration = Duration::from_millis(500);

/// A camera, and a stream of it that gives frames.
type Running = (Box<dyn Camera>, Box<dyn FrameStream>);

fn running(bench: &mut Bench) -> Result<Running, Stop> {
    let (camera, _) = bench.ready()?;
    let mut stream = bench.stream()?;
    bench.frame(&mut *stream)?;
    Ok((camera, stream))
}

/// Does `work` while the camera is unplugged.
fn unplugged(bench: &mut Bench, work: impl FnOnce(&mut Bench) -> Verdict) -> Verdict {
    bench.do_act(Act::Unplug)?;
    let verdict = work(bench);
    // Before the verdict: the cases after this one want the camera back.
    bench.do_act(Act::Plug)?;
    verdict
}

/// Takes frames that were on their way until there are no more.
fn last_words(bench: &Bench, stream: &mut dyn FrameStream) -> Verdict {
    loop {
        match stream.next_frame(&bench.ample()) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Disconnected => return Ok(()),
            Err(error) => {
                return fail(format!("{} instead of disconnected: {error}", error.kind()));
            }
        }
    }
}

fn is_disconnected(bench: &mut Bench) -> Verdict {
    let (_, mut stream) = running(bench)?;
    unplugged(bench, |bench| {
        let clock = bench.clock();
        let begun = clock.now();
        last_words(bench, &mut *stream)?;
        in_time(
            "telling that the camera is gone",
            &clock,
            begun,
            TOLD + LATE,
        )
    })
}

fn is_remembered(bench: &mut Bench) -> Verdict {
    let (_, mut stream) = running(bench)?;
    unplugged(bench, |bench| last_words(bench, &mut *stream))?;
    // Back, and in use.
    drop(bench.stream()?);
    for _ in 0..3 {
        let frame = stream.next_frame(&bench.ample());
        fails("next_frame", frame, &[ErrorKind::Disconnected])?;
    }
    fails("stop", stream.stop(), &[ErrorKind::Disconnected])
}

fn cannot_start(bench: &mut Bench) -> Verdict {
    let (mut camera, mut stream) = running(bench)?;
    let mode = *stream.mode();
    unplugged(bench, |bench| {
        last_words(bench, &mut *stream)?;
        let started = camera.start(&mode, &bench.ample()).map(drop);
        match started.as_ref().map_err(crate::error::Error::kind) {
            Err(kind) if is_away(kind) => Ok(()),
            _ => fails("start", started, &[ErrorKind::Disconnected]),
        }
    })
}

fn leaves_the_list(bench: &mut Bench) -> Verdict {
    let (camera, mut stream) = running(bench)?;
    let id = camera.info().id.clone();
    let Ok(mut context) = bench.context() else {
        return skip("the bench has no camera context");
    };
    unplugged(bench, |bench| {
        last_words(bench, &mut *stream)?;
        let listed = works("cameras", context.cameras())?;
        let still = listed.iter().any(|camera| camera.info().id == id);
        check(!still, format!("{id} is listed and not there"))
    })
}

fn works_again(bench: &mut Bench) -> Verdict {
    let (_, stream) = running(bench)?;
    unplugged(bench, |_| Ok(()))?;
    // The old stream is still there, and in nobody's way.
    let mut again = bench.stream()?;
    bench.frame(&mut *again)?;
    drop(stream);
    bench.frame(&mut *again).map(drop)
}
