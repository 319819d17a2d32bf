//! What can be set about a running camera.

use super::Bench;
use crate::camera::{CameraCapabilities, Control, ControlState, FrameStream, Setting};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "controls.claimed-are-there",
        rule: "A control that the camera says it has tells a range, and a value in it.",
        run: claimed_are_there,
    },
    Case {
        name: "controls.others-are-not",
        rule: "A control that the camera does not say it has is `Unsupported`.",
        run: others_are_not,
    },
    Case {
        name: "controls.keep-what-was-set",
        rule: "A value that was set is the value that is told, and frames go on coming.",
        run: keep_what_was_set,
    },
    Case {
        name: "controls.refuse-odd-values",
        rule: "A value that the control does not take is `InvalidInput`, not rounded.",
        run: refuse_odd_values,
    },
    Case {
        name: "controls.automatic",
        rule: "A control is automatic where it says that it can be, and `Unsupported` otherwise.",
        run: automatic,
    },
];

/// The controls, and what a camera says that has them.
const CLAIMS: [(Control, CameraCapabilities); 7] = [
    (Control::Exposure, CameraCapabilities::EXPOSURE),
    (Control::Gain, CameraCapabilities::GAIN),
    (Control::Brightness, CameraCapabilities::BRIGHTNESS),
    (
        Control::BacklightCompensation,
        CameraCapabilities::BACKLIGHT_COMPENSATION,
    ),
    (Control::Focus, CameraCapabilities::FOCUS),
    (Control::Rotation, CameraCapabilities::ROTATION),
    (Control::InfraredLamp, CameraCapabilities::INFRARED_LAMP),
];

/// A running stream, and the controls that its camera claims, or those that it does not.
fn controls(
    bench: &mut Bench,
    claimed: bool,
) -> Result<(Box<dyn FrameStream>, Vec<Control>), Stop> {
    let claims = bench.ready()?.0.capabilities();
    let controls: Vec<_> = CLAIMS
        .into_iter()
        .filter(|(_, claim)| claims.contains(*claim) == claimed)
        .map(|(control, _)| control)
        .collect();
    if controls.is_empty() {
        return skip(match claimed {
            true => "the camera does not say that it has a control",
            false => "the camera says that it has every control",
        });
    }
    Ok((bench.stream()?, controls))
}

fn state(stream: &mut dyn FrameStream, control: Control) -> Result<ControlState, Stop> {
    works(&format!("the control {control}"), stream.control(control))
}

fn claimed_are_there(bench: &mut Bench) -> Verdict {
    let (mut stream, controls) = controls(bench, true)?;
    for control in controls {
        let ControlState { range, value, .. } = state(&mut *stream, control)?;
        check(
            range.min <= range.max && range.step >= 1,
            format!("{control} takes {range:?}"),
        )?;
        check(
            (range.min..=range.max).contains(&value),
            format!("{control} is {value}, and takes {range:?}"),
        )?;
    }
    Ok(())
}

fn others_are_not(bench: &mut Bench) -> Verdict {
    let (mut stream, controls) = controls(bench, false)?;
    for control in controls {
        let told = stream.control(control);
        fails(
            &format!("telling {control}"),
            told,
            &[ErrorKind::Unsupported],
        )?;
        let set = stream.set_control(control, Setting::Manual(0));
        fails(
            &format!("setting {control}"),
            set,
            &[ErrorKind::Unsupported],
        )?;
    }
    Ok(())
}

/// Until a control says that it is `wanted`: what was set shows some frames later.
fn settles(
    bench: &Bench,
    stream: &mut dyn FrameStream,
    control: Control,
    wanted: impl Fn(&ControlState) -> bool,
) -> Verdict {
    /// Frames that are on their way while a control is set, with plenty to spare.
    const FRAMES: usize = 10;
    for _ in 0..FRAMES {
        bench.frame(stream)?;
        if wanted(&state(stream, control)?) {
            return Ok(());
        }
    }
    let is = state(stream, control)?;
    fail(format!("{control} does not become what was set: {is:?}"))
}

/// Leaves a control as it was found.
fn restore(stream: &mut dyn FrameStream, control: Control, before: &ControlState) -> Verdict {
    let setting = match before.is_automatic {
        true => Setting::Automatic,
        false => Setting::Manual(before.value),
    };
    works(
        "setting a control back",
        stream.set_control(control, setting),
    )
}

fn keep_what_was_set(bench: &mut Bench) -> Verdict {
    let (mut stream, controls) = controls(bench, true)?;
    for control in controls {
        let before = state(&mut *stream, control)?;
        let range = before.range;
        // Both ends, the last one last: one of them is not what it was.
        let settled = [range.nearest(f64::from(range.max)), range.min]
            .into_iter()
            .try_for_each(|value| {
                let what = format!("setting {control} to {value}");
                works(&what, stream.set_control(control, Setting::Manual(value)))?;
                settles(bench, &mut *stream, control, |is| {
                    is.value == value && !is.is_automatic
                })
            });
        restore(&mut *stream, control, &before)?;
        settled?;
    }
    Ok(())
}

fn refuse_odd_values(bench: &mut Bench) -> Verdict {
    let (mut stream, controls) = controls(bench, true)?;
    for control in controls {
        let before = state(&mut *stream, control)?;
        let range = before.range;
        let odd = [
            range.max.saturating_add(1),
            range.min.saturating_sub(1),
            range.min.saturating_add(range.step / 2),
        ];
        // The middle of a step of 1 is the value itself.
        for value in odd
            .into_iter()
            .filter(|odd| range.nearest(f64::from(*odd)) != *odd)
        {
            let set = stream.set_control(control, Setting::Manual(value));
            let what = format!("setting {control} to {value}");
            let refused = fails(&what, set, &[ErrorKind::InvalidInput]);
            if refused.is_err() {
                restore(&mut *stream, control, &before)?;
            }
            refused?;
        }
    }
    Ok(())
}

fn automatic(bench: &mut Bench) -> Verdict {
    let (mut stream, controls) = controls(bench, true)?;
    for control in controls {
        let before = state(&mut *stream, control)?;
        let set = stream.set_control(control, Setting::Automatic);
        if !before.range.has_automatic {
            fails(
                &format!("automatic {control}"),
                set,
                &[ErrorKind::Unsupported],
            )?;
            continue;
        }
        works(&format!("automatic {control}"), set)?;
        let settled = settles(bench, &mut *stream, control, |is| is.is_automatic);
        restore(&mut *stream, control, &before)?;
        settled?;
    }
    Ok(())
}
