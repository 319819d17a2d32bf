//! What a camera says it delivers, and whether it does.

use std::collections::HashSet;
use std::time::Duration;

use super::Bench;
use crate::camera::{FrameMode, closest};
use crate::conformance::report::{Case, Verdict, fail};
use crate::conformance::run::{check, fails};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "modes.are-whole",
        rule: "There is a mode; none has an empty picture, stands still or is listed twice.",
        run: are_whole,
    },
    Case {
        name: "modes.deliver-what-they-say",
        rule: "Frames have the format and size of the mode that was started.",
        run: deliver_what_they_say,
    },
    Case {
        name: "modes.stream-names-its-own",
        rule: "A stream names the mode that it was started in.",
        run: stream_names_its_own,
    },
    Case {
        name: "modes.keep-their-rate",
        rule: "Frames come at the rate of the mode, give or take a quarter.",
        run: keep_their_rate,
    },
    Case {
        name: "modes.others-are-refused",
        rule: "Starting in what is not one of its modes is `Unsupported`.",
        run: others_are_refused,
    },
];

fn are_whole(bench: &mut Bench) -> Verdict {
    let (_, modes) = bench.ready()?;
    check(!modes.is_empty(), "the camera has no modes")?;
    let mut seen = HashSet::new();
    for mode in modes {
        check(mode.width > 0 && mode.height > 0, format!("empty: {mode}"))?;
        check(mode.frames_per_second > 0, format!("stands still: {mode}"))?;
        check(seen.insert(mode), format!("listed twice: {mode}"))?;
    }
    Ok(())
}

/// Of each format the mode that a reception would choose, the smallest and the largest: cameras
/// list dozens.
fn chosen(modes: &[FrameMode]) -> Vec<FrameMode> {
    let mut chosen: Vec<FrameMode> = Vec::new();
    let formats: HashSet<_> = modes.iter().map(|mode| mode.format).collect();
    for format in formats {
        let of_format = |mode: &&FrameMode| mode.format == format;
        let same: Vec<_> = modes.iter().filter(of_format).copied().collect();
        let area = |mode: &&FrameMode| u64::from(mode.width) * u64::from(mode.height);
        chosen.extend(closest(&same, &FrameMode::reception()));
        chosen.extend(same.iter().min_by_key(area));
        chosen.extend(same.iter().max_by_key(area));
    }
    let mut seen = HashSet::new();
    chosen.retain(|mode| seen.insert(*mode));
    chosen
}

fn deliver_what_they_say(bench: &mut Bench) -> Verdict {
    let (_, modes) = bench.ready()?;
    for mode in chosen(&modes) {
        let (camera, _) = bench.ready()?;
        let mut stream = bench.start(camera, &mode)?;
        let frame = bench.frame(&mut *stream)?;
        let view = frame.view();
        let got = (view.format(), view.width(), view.height());
        check(
            got == (mode.format, mode.width, mode.height),
            format!("{got:?} in {mode}"),
        )?;
    }
    Ok(())
}

fn stream_names_its_own(bench: &mut Bench) -> Verdict {
    let (_, modes) = bench.ready()?;
    for mode in chosen(&modes) {
        let (camera, _) = bench.ready()?;
        let stream = bench.start(camera, &mode)?;
        let named = *stream.mode();
        check(named == mode, format!("{named} was started as {mode}"))?;
    }
    Ok(())
}

fn keep_their_rate(bench: &mut Bench) -> Verdict {
    /// Frames that a camera may take to settle.
    const SETTLING: usize = 5;
    /// Long enough that one late frame does not count, in seconds.
    const SPAN: f64 = 1.0;
    let mut stream = bench.stream()?;
    for _ in 0..SETTLING {
        bench.frame(&mut *stream)?;
    }
    let first = bench.frame(&mut *stream)?;
    let rate = f64::from(stream.mode().frames_per_second);
    loop {
        let frame = bench.frame(&mut *stream)?;
        let frames = frame.sequence().saturating_sub(first.sequence()) as f64;
        let span = frame.captured_at().since(first.captured_at());
        if span.as_secs_f64() < SPAN && frames < 4.0 * rate * SPAN {
            continue;
        }
        let came = frames / span.max(Duration::from_millis(1)).as_secs_f64();
        return check(
            (0.75 * rate..=1.25 * rate).contains(&came),
            format!("{came:.1} frames a second in {}", stream.mode()),
        );
    }
}

fn others_are_refused(bench: &mut Bench) -> Verdict {
    let (mut camera, modes) = bench.ready()?;
    let Some(mode) = closest(&modes, &FrameMode::reception()) else {
        return fail("the camera has no modes");
    };
    let wait = bench.ample();
    for other in [
        FrameMode::new(mode.format, 122, 78, mode.frames_per_second),
        FrameMode::new(mode.format, mode.width, mode.height, 7_919),
    ] {
        let started = camera.start(&other, &wait).map(drop);
        fails(
            &format!("starting {other}"),
            started,
            &[ErrorKind::Unsupported],
        )?;
    }
    Ok(())
}
