//! The cameras that are attached, what they can do, and what one of them sees.
//!
//! ```sh
//! cargo run --features v4l2 --example cameras
//! cargo run --features v4l2 --example cameras -- --grab seen.png
//! cargo run --features nokhwa --example cameras -- --camera nokhwa --json
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use myna_hal::ErrorKind;
use myna_hal::camera::{Camera, Control, FrameMode, FrameStream, closest};
use myna_hal::time::{Clock, SystemClock};
use serde_json::{Value, json};

use support::camera::CameraChoice;
use support::picture;
use support::problem::Problem;

/// List the cameras with their modes and controls, or keep a picture of what one sees.
///
/// Controls belong to a running camera: each camera is started for a moment, unless another
/// program has it.
#[derive(Parser)]
#[command(after_help = "Exit status:
  0  at least one camera is attached, and the picture was written
  1  none is, or the message says what is wrong and what to do next
  2  wrong arguments")]
struct Arguments {
    /// The cameras: `sim`, `v4l2`, `nokhwa`, or one of them with a part of the camera's name
    /// behind a colon
    #[arg(long, default_value = "v4l2", value_name = "CAMERA")]
    camera: CameraChoice,
    /// Write what the first of them sees into this PNG or JPEG file
    #[arg(long, value_name = "FILE")]
    grab: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let clock = SystemClock::shared();
    let done = match &arguments.grab {
        Some(file) => grab(&arguments, file, &clock),
        None => list(&arguments, &clock),
    };
    done.unwrap_or_else(|problem| problem.report(arguments.json))
}

fn list(arguments: &Arguments, clock: &Arc<dyn Clock>) -> Result<ExitCode, Problem> {
    let mut cameras = arguments.camera.context(clock)?.cameras()?;
    cameras.retain(|camera| arguments.camera.means(&**camera));
    let described: Vec<Value> = cameras
        .iter_mut()
        .map(|camera| describe(&mut **camera, clock))
        .collect();
    if arguments.json {
        println!("{}", Value::from(described));
    } else if described.is_empty() {
        println!("No camera is attached.");
    } else {
        described.iter().for_each(show);
    }
    Ok(match cameras.is_empty() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// The controls that a camera may have.
const CONTROLS: [Control; 7] = [
    Control::Exposure,
    Control::Gain,
    Control::Brightness,
    Control::BacklightCompensation,
    Control::Focus,
    Control::Rotation,
    Control::InfraredLamp,
];

fn describe(camera: &mut dyn Camera, clock: &Arc<dyn Clock>) -> Value {
    let info = camera.info().clone();
    let capabilities = camera.capabilities().iter_names();
    let capabilities: Vec<String> = capabilities
        .map(|(name, _)| name.to_lowercase().replace('_', "-"))
        .collect();
    let modes = camera.modes();
    let started = modes.as_deref().map_or(Ok(None), |modes| {
        let mode = closest(modes, &FrameMode::reception());
        mode.map(|mode| camera.start(mode, &picture::patience(clock)))
            .transpose()
    });
    let controls = match started {
        Ok(Some(mut stream)) => controls(&mut *stream),
        Ok(None) => Value::Null,
        Err(error) if error.kind() == ErrorKind::Busy => json!("busy"),
        Err(error) => json!(error.to_string()),
    };
    json!({
        "camera": info.id.as_str(),
        "name": info.name,
        "driver": info.driver,
        "capabilities": capabilities,
        "modes": match modes {
            Ok(modes) => modes.iter().map(ToString::to_string).collect(),
            Err(error) => json!(error.to_string()),
        },
        "controls": controls,
    })
}

fn controls(stream: &mut dyn FrameStream) -> Value {
    let known = CONTROLS.into_iter().filter_map(|control| {
        let state = stream.control(control).ok()?;
        Some(json!({
            "control": control.name(),
            "value": state.value,
            "automatic": state.is_automatic,
            "min": state.range.min,
            "max": state.range.max,
            "step": state.range.step,
            "default": state.range.default,
            "can_be_automatic": state.range.has_automatic,
        }))
    });
    known.collect()
}

fn show(camera: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().map(&text).collect::<Vec<_>>()
    };
    println!("{}\n  {}", text(&camera["name"]), text(&camera["camera"]));
    println!("  can: {}", texts(&camera["capabilities"]).join(", "));
    match &camera["modes"] {
        Value::String(error) => println!("  modes: {error}"),
        modes => texts(modes)
            .iter()
            .for_each(|mode| println!("  mode: {mode}")),
    }
    match &camera["controls"] {
        Value::String(error) => println!("  controls: {error}"),
        controls => {
            for control in controls.as_array().into_iter().flatten() {
                let automatic = match control["automatic"].as_bool() {
                    Some(true) => ", automatic",
                    _ => "",
                };
                println!(
                    "  control: {} {}{automatic} ({} to {}, by {})",
                    text(&control["control"]),
                    control["value"],
                    control["min"],
                    control["max"],
                    control["step"]
                );
            }
        }
    }
}

/// Lets the camera settle, and writes one frame.
fn grab(arguments: &Arguments, file: &Path, clock: &Arc<dyn Clock>) -> Result<ExitCode, Problem> {
    let mut camera = arguments.camera.camera(clock)?;
    let (mode, frame) = picture::settled(&mut *camera, clock)?;
    let rgb = frame.view().to_rgb8().map_err(myna_hal::Error::from)?;
    picture::write(&rgb, file)?;
    let number = frame.sequence();
    if arguments.json {
        let camera = camera.info().id.as_str();
        println!(
            "{}",
            json!({ "camera": camera, "mode": mode.to_string(), "frame": number, "file": file })
        );
    } else {
        println!("Frame {number} of {mode} is in {}.", file.display());
    }
    Ok(ExitCode::SUCCESS)
}
