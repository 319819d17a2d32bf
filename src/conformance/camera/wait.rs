//! How long calls last, also while the camera sends nothing.

use std::time::Duration;

use super::{Act, Bench};
use crate::camera::{FrameMode, closest};
use crate::conformance::report::{Case, Verdict, fail};
use crate::conformance::run::{
    LATE, cancelled_after, check, fails, in_time, over, over_and_cancelled, works,
};
use crate::error::ErrorKind;
use crate::wait::Wait;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "wait.over-fails-first",
        rule: "A wait that is over fails with `TimedOut`, and does no harm.",
        run: over_fails_first,
    },
    Case {
        name: "wait.cancelled-wins",
        rule: "A wait that is over and cancelled fails with `Cancelled`.",
        run: cancelled_wins,
    },
    Case {
        name: "wait.gives-up-in-time",
        rule: "`next_frame` returns when its wait ends, at most 250 ms later, if no frame comes.",
        run: gives_up_in_time,
    },
    Case {
        name: "wait.cancel-wakes",
        rule: "Cancelling wakes whoever waits for a frame.",
        run: cancel_wakes,
    },
    Case {
        name: "wait.goes-on-afterwards",
        rule: "After a wait for a frame was given up, the stream gives frames as before.",
        run: goes_on_afterwards,
    },
];

/// Every call that takes a wait, with one that is over.
fn all_fail(bench: &mut Bench, wait: &Wait, kind: ErrorKind) -> Verdict {
    let (mut camera, modes) = bench.ready()?;
    let Some(mode) = closest(&modes, &FrameMode::reception()) else {
        return fail("the camera has no modes");
    };
    fails("start", camera.start(mode, wait).map(drop), &[kind])?;
    let mut stream = bench.start(camera, mode)?;
    // There is a frame to be had, and still it is not given.
    bench.frame(&mut *stream)?;
    works("a pause", bench.ample().sleep(Duration::from_millis(300)))?;
    fails("next_frame", stream.next_frame(wait), &[kind])?;
    // The stream is as good as before.
    bench.frame(&mut *stream).map(drop)
}

fn over_fails_first(bench: &mut Bench) -> Verdict {
    let wait = over(&bench.clock());
    all_fail(bench, &wait, ErrorKind::TimedOut)
}

fn cancelled_wins(bench: &mut Bench) -> Verdict {
    let wait = over_and_cancelled(&bench.clock());
    all_fail(bench, &wait, ErrorKind::Cancelled)
}

fn gives_up_in_time(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    bench.frame(&mut *stream)?;
    bench.stalled(|bench| {
        let (clock, limit) = (bench.clock(), Duration::from_millis(700));
        bench.until_silent(&mut *stream)?;
        let begun = clock.now();
        let ended = stream.next_frame(&bench.within(limit));
        fails("next_frame", ended, &[ErrorKind::TimedOut])?;
        let early = clock.now().since(begun) < limit;
        check(!early, "next_frame ended before its wait did")?;
        in_time("next_frame", &clock, begun, limit + LATE)
    })
}

fn cancel_wakes(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    bench.frame(&mut *stream)?;
    bench.stalled(|bench| {
        bench.until_silent(&mut *stream)?;
        let cancelling = cancelled_after(&bench.clock(), Duration::from_millis(300))?;
        let ended = stream.next_frame(&cancelling.wait);
        fails("next_frame", ended, &[ErrorKind::Cancelled])?;
        cancelling.in_time("a cancelled next_frame")
    })
}

fn goes_on_afterwards(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    let before = bench.frame(&mut *stream)?;
    bench.do_act(Act::Stall)?;
    let silent = bench.until_silent(&mut *stream);
    bench.do_act(Act::Resume)?;
    silent?;
    let after = bench.frame(&mut *stream)?;
    check(
        before.sequence() < after.sequence() && before.captured_at() < after.captured_at(),
        "a frame from before the silence was given after it",
    )
}
