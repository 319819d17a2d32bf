//! Which frames are given, and what they say of themselves.

use std::time::Duration;

use super::Bench;
use crate::camera::{Frame, FrameMode, FrameStream, closest};
use crate::conformance::report::{Case, Stop, Verdict, skip};
use crate::conformance::run::{check, works};
use crate::imaging::{Image, PixelFormat};

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "frames.are-numbered",
        rule: "The number of a frame strictly grows.",
        run: are_numbered,
    },
    Case {
        name: "frames.are-in-time",
        rule: "Frames were captured after the start, one after the other, and not in the future.",
        run: are_in_time,
    },
    Case {
        name: "frames.newest-is-given",
        rule: "Whoever asks late gets the newest frame, not the oldest.",
        run: newest_is_given,
    },
    Case {
        name: "frames.are-given-once",
        rule: "A frame is given once; without a newer one the call waits for it.",
        run: are_given_once,
    },
    Case {
        name: "frames.dropped-are-counted",
        rule: "`dropped_before` is the number of frames that came in between and nobody got.",
        run: dropped_are_counted,
    },
    Case {
        name: "frames.are-of-this-stream",
        rule: "A stream gives no frame of the stream before it.",
        run: are_of_this_stream,
    },
    Case {
        name: "frames.show-the-scene",
        rule: "Frames show what is before the camera, upright and in its colours.",
        run: show_the_scene,
    },
];

/// How long cases ask for nothing: many frames, and far longer than a busy machine holds up a
/// thread.
const ABSENT: Duration = Duration::from_secs(3);

/// Frames that cases look at one after the other.
const SOME: usize = 10;

fn are_numbered(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    let mut last = None;
    for _ in 0..SOME {
        let number = bench.frame(&mut *stream)?.sequence();
        check(
            last.is_none_or(|last| last < number),
            format!("{number} after {last:?}"),
        )?;
        last = Some(number);
    }
    Ok(())
}

fn are_in_time(bench: &mut Bench) -> Verdict {
    let clock = bench.clock();
    let mut last = clock.now();
    let mut stream = bench.stream()?;
    for _ in 0..SOME {
        let captured = bench.frame(&mut *stream)?.captured_at();
        check(last <= captured, format!("{captured:?} after {last:?}"))?;
        let now = clock.now();
        check(captured <= now, format!("{captured:?}, and it is {now:?}"))?;
        last = captured;
    }
    Ok(())
}

/// A running stream that nobody asked for a while, and the frame before that.
fn neglected(bench: &mut Bench) -> Result<(Box<dyn FrameStream>, Frame), Stop> {
    let mut stream = bench.stream()?;
    let before = bench.frame(&mut *stream)?;
    works("a pause", bench.ample().sleep(ABSENT))?;
    Ok((stream, before))
}

fn newest_is_given(bench: &mut Bench) -> Verdict {
    let (mut stream, _) = neglected(bench)?;
    let asked = bench.clock().now();
    let frame = bench.frame(&mut *stream)?;
    let age = asked.since(frame.captured_at());
    check(
        age < ABSENT / 2,
        format!("a frame that was {} ms old", age.as_millis()),
    )
}

fn are_given_once(bench: &mut Bench) -> Verdict {
    let mut stream = bench.stream()?;
    let first = bench.frame(&mut *stream)?;
    let next = bench.frame(&mut *stream)?;
    let (first, next) = (first.captured_at(), next.captured_at());
    check(first < next, "the same frame was given twice")
}

fn dropped_are_counted(bench: &mut Bench) -> Verdict {
    let (mut stream, before) = neglected(bench)?;
    let frame = bench.frame(&mut *stream)?;
    let between = frame.sequence().saturating_sub(before.sequence() + 1);
    let told = frame.dropped_before();
    check(
        told == between,
        format!(
            "{told} dropped between {} and {}",
            before.sequence(),
            frame.sequence()
        ),
    )?;
    let due = stream.mode().frames_per_second as f32 * ABSENT.as_secs_f32();
    check(
        told as f32 > due / 3.0,
        format!(
            "{told} dropped in {} s of {}",
            ABSENT.as_secs(),
            stream.mode()
        ),
    )
}

fn are_of_this_stream(bench: &mut Bench) -> Verdict {
    let (stream, _) = neglected(bench)?;
    drop(stream);
    let begun = bench.clock().now();
    let mut stream = bench.stream()?;
    let frame = bench.frame(&mut *stream)?;
    let early = begun.since(frame.captured_at());
    check(
        early.is_zero(),
        format!("captured {} ms before the stream began", early.as_millis()),
    )
}

fn show_the_scene(bench: &mut Bench) -> Verdict {
    /// Frames until what was shown has reached the camera, and it has settled.
    const SETTLING: usize = 8;
    bench.ready()?;
    let Some(scene) = works("showing a picture", bench.show())? else {
        return skip("the bench cannot tell what is before the camera");
    };
    let (_, mut modes) = bench.ready()?;
    while let Some(format) = modes.first().map(|mode| mode.format) {
        let (same, others): (Vec<_>, Vec<_>) =
            modes.into_iter().partition(|mode| mode.format == format);
        modes = others;
        let Some(mode) = closest(&same, &FrameMode::reception()) else {
            continue;
        };
        let (camera, _) = bench.ready()?;
        let mut stream = bench.start(camera, mode)?;
        for _ in 0..SETTLING {
            bench.frame(&mut *stream)?;
        }
        let frame = bench.frame(&mut *stream)?;
        let seen = frame.view().to_rgb8().map_err(Into::into);
        resembles(&works("decoding a frame", seen)?, &scene, format)?;
    }
    Ok(())
}

/// Fails unless `seen` looks like `scene` rather than like its mirror image, upside down, or with
/// two colours exchanged.
fn resembles(seen: &Image, scene: &Image, format: PixelFormat) -> Verdict {
    /// Mean difference of values, of 255, that compression makes, and looking at a few places of
    /// pictures of two sizes.
    const ALIKE: f64 = 16.0;
    let is_grey = format == PixelFormat::Grey8;
    let grey = scene
        .view()
        .to_grey8()
        .and_then(|grey| grey.view().to_rgb8());
    let grey = works("the scene in grey", grey.map_err(Into::into))?;
    let scene = if is_grey { &grey } else { scene };
    let own = difference(seen, scene, |x, y, colour| (x, y, colour));
    check(
        own < ALIKE,
        format!("frames in {format:?} differ from what is shown by {own:.1} of 255"),
    )?;
    for (how, other) in [
        (
            "mirrored",
            difference(seen, scene, |x, y, c| (1.0 - x, y, c)),
        ),
        (
            "upside down",
            difference(seen, scene, |x, y, c| (x, 1.0 - y, c)),
        ),
        (
            "with red and blue exchanged",
            difference(seen, scene, |x, y, c| (x, y, 2 - c)),
        ),
    ] {
        check(
            own <= other,
            format!("frames in {format:?} show the scene {how}"),
        )?;
    }
    Ok(())
}

/// Mean difference of values of two RGB pictures, looked at in some places. `place` says where a
/// value of the first (across and down, as shares of the picture, and which colour) stands in the
/// second.
fn difference(
    one: &Image,
    other: &Image,
    place: impl Fn(f32, f32, usize) -> (f32, f32, usize),
) -> f64 {
    /// Places across and down.
    const PLACES: u16 = 60;
    let value = |image: &Image, (x, y, colour): (f32, f32, usize)| {
        let (width, height) = (image.width(), image.height());
        // `as` saturates.
        let column = ((x * width as f32) as u32).min(width - 1) as usize;
        let row = ((y * height as f32) as u32).min(height - 1);
        image
            .view()
            .row(row)
            .get(column * 3 + colour)
            .copied()
            .unwrap_or(0)
    };
    let share = |place: u16| (f32::from(place) + 0.5) / f32::from(PLACES);
    let mut sum = 0.0;
    for (x, y) in (0..PLACES).flat_map(|y| (0..PLACES).map(move |x| (share(x), share(y)))) {
        for colour in 0..3 {
            let (one, other) = (
                value(one, (x, y, colour)),
                value(other, place(x, y, colour)),
            );
            sum += f64::from(one.abs_diff(other));
        }
    }
    sum / (f64::from(PLACES) * f64::from(PLACES) * 3.0)
}
