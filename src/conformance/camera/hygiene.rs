//! Starting, stopping, dropping, and threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Bench;
use crate::camera::FrameStream;
use crate::conformance::report::{Case, Verdict, fail, skip};
use crate::conformance::run::{LATE, fails, in_time, works};
use crate::error::ErrorKind;
use crate::time::Wake;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "stream.is-alone",
        rule: "Starting a camera that runs is `Busy`, and does not disturb who has it.",
        run: is_alone,
    },
    Case {
        name: "stream.restarts",
        rule: "A camera can be started again at once, ten times, after `stop` and after a drop.",
        run: restarts,
    },
    Case {
        name: "stream.moves-between-threads",
        rule: "A stream works on another thread than the one that started it.",
        run: moves_between_threads,
    },
    Case {
        name: "drop.is-quick",
        rule: "Dropping a stream blocks at most two seconds, also while the camera sends nothing.",
        run: is_quick,
    },
    Case {
        name: "drop.after-the-unplug",
        rule: "Dropping a stream whose camera went away neither panics nor blocks.",
        run: after_the_unplug,
    },
];

/// The contract of [`camera`](crate::camera), "Drop".
const FAREWELL: Duration = Duration::from_secs(2);

fn is_alone(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    let before = bench.frame(&mut *stream)?;
    // Not asked for its modes: some platforms cannot tell them of a camera that runs.
    let mut second = works("finding a camera that runs", bench.camera())?;
    let started = second.start(stream.mode(), &bench.ample()).map(drop);
    fails("a second start", started, &[ErrorKind::Busy])?;
    let after = bench.frame(&mut *stream)?;
    if after.sequence() <= before.sequence() {
        return fail("a second start made the first stream begin anew");
    }
    Ok(())
}

fn restarts(bench: &mut Bench) -> Verdict {
    let mode = *bench.stream()?.mode();
    for round in 0..10 {
        let (mut camera, _) = bench.ready()?;
        // At once, and not when the driver is ready: whoever stopped it waited for that.
        let started = camera.start(&mode, &bench.ample());
        let mut stream = works("start, at once after the end of a stream", started)?;
        bench.frame(&mut *stream)?;
        if round % 2 == 0 {
            works("stop", stream.stop())?;
        }
    }
    Ok(())
}

fn moves_between_threads(bench: &mut Bench) -> Verdict {
    let (mut stream, wait) = (bench.stream()?, bench.ample());
    let given = Arc::new(Mutex::new(None));
    let (wake, seat) = (Wake::new(), bench.clock().participant());
    let (theirs, its_wait, done) = (given.clone(), wait.clone(), wake.clone());
    let thread = std::thread::Builder::new().spawn(move || {
        let _seat = seat.enter();
        let frame = stream.next_frame(&its_wait).map(drop);
        // Before anybody hears of it: the next case wants the camera.
        drop(stream);
        *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
        done.notify();
    });
    if let Err(error) = thread {
        return skip(format!("no thread can be started: {error}"));
    }
    let take = || given.lock().unwrap_or_else(PoisonError::into_inner).take();
    match wait.until(&wake, take) {
        Ok(frame) => works("next_frame, on another thread", frame),
        Err(_) => fail("nothing came back from another thread"),
    }
}

fn timed_drop(bench: &Bench, what: &str, stream: Box<dyn FrameStream>) -> Verdict {
    let clock = bench.clock();
    let begun = clock.now();
    drop(stream);
    in_time(
        &format!("dropping, {what},"),
        &clock,
        begun,
        FAREWELL + LATE,
    )
}

fn is_quick(bench: &mut Bench) -> Verdict {
    let stream = bench.stream()?;
    timed_drop(bench, "before its first frame", stream)?;
    let mut stream = bench.stream()?;
    bench.frame(&mut *stream)?;
    bench.stalled(|bench| {
        bench.until_silent(&mut *stream)?;
        timed_drop(bench, "while the camera sends nothing", stream)
    })
}

fn after_the_unplug(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    bench.frame(&mut *stream)?;
    bench.do_act(super::Act::Unplug)?;
    // While nobody knows yet that the camera is gone.
    let verdict = timed_drop(bench, "without its camera", stream);
    bench.do_act(super::Act::Plug)?;
    verdict
}
