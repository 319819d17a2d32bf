//! Whether frames are lost while the face engine works without pause.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use hw_tests::report::Notes;
use libtest_mimic::{Completion, Failed, Trial};
use myna_hal::camera::{FrameMode, FrameStream};
use myna_hal::drivers::onnx::{self, ModelError, SFace, YuNet};
use myna_hal::face::{FalseMatchRate, TemplateVerifier};
use myna_hal::imaging::PixelFormat;
use myna_hal::sim::drawn_fixture;
use usb_sim::uvc::Picture;
use usb_sim::vhci;

use super::RECORDER;
use super::desk::{Desk, Way};
use super::kernel::{Taken, Trace};

/// The engine that a reception has by default: YuNet and SFace on `rten`.
type Engine = TemplateVerifier<YuNet, SFace>;

/// Loaded once: it takes a guest without the help of a processor seconds.
static ENGINE: LazyLock<Mutex<Result<Engine, ModelError>>> = LazyLock::new(|| {
    let folder = onnx::model_folder(None);
    Mutex::new(onnx::load_verifier(&folder, FalseMatchRate::default()))
});

/// How long frames are counted at least, without the engine and with it. Without the help of a
/// processor the engine takes longer for one frame.
const SPELL: Duration = Duration::from_secs(5);

/// What must be left of the rate that the camera has without the engine.
const KEPT: f64 = 0.95;

pub(crate) fn trials() -> Vec<Trial> {
    let modes = [
        ("webcam", PixelFormat::Mjpeg),
        ("uncompressed", PixelFormat::Yuyv),
    ];
    let trials = modes.map(|(product, format)| {
        let name = format!("engine/v4l2/{format:?}-640x480");
        match vhci::unavailable() {
            Some(why) => RECORDER.ignored(&name, why),
            None => RECORDER.trial(&name, move |notes| kept(product, format, notes)),
        }
    });
    trials.into()
}

/// The engine gets the newest frame as soon as it is done with the one before, as at a reception, and
/// has all of the only processor that others leave it. Meanwhile the driver takes every frame that
/// the kernel has, in time.
fn kept(product: &str, format: PixelFormat, notes: &mut Notes) -> Result<Completion, Failed> {
    let mut engine = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = match &mut *engine {
        Ok(engine) => engine,
        Err(missing @ ModelError::Missing { .. }) => {
            return Ok(Completion::ignored_with(missing.to_string()));
        }
        Err(error) => return Err(error.to_string().into()),
    };
    let trace = Trace::start()?;
    let desk = Desk::with(product, Way::V4l2)?;
    desk.webcam.show(&face()?);
    let mut stream = desk.start(&FrameMode::new(format, 640, 480, 30))?;
    // The first ones may have been begun before anybody listened.
    for _ in 0..5 {
        stream.next_frame(&desk.ample())?;
    }
    let alone = Spell::of(&desk, &mut *stream, &trace, None)?;
    let beside = Spell::of(&desk, &mut *stream, &trace, Some(engine))?;
    let ratio = beside.rate() / alone.rate();
    notes.figure("without the engine", alone.rate(), "frames/s");
    notes.figure("with the engine", beside.rate(), "frames/s");
    notes.figure("ratio", ratio, "");
    notes.phase(&format!("{format:?}"), &alone.between);
    notes.phase(&format!("{format:?}, engine"), &beside.between);
    notes.phase("face engine", &beside.worked);
    for (spell, what) in [(&alone, "without"), (&beside, "with")] {
        if spell.missed > 0 {
            return Err(format!("{} frames missed {what} the engine", spell.missed).into());
        }
    }
    // Raw pictures take the simulated camera, which a real one would not, most of the processor that
    // the engine wants as well: it sends fewer, and all that can be asked is that none is missed.
    if format == PixelFormat::Mjpeg && ratio < KEPT {
        let (rate, before) = (beside.rate(), alone.rate());
        return Err(format!("{rate:.1} frames a second instead of {before:.1}").into());
    }
    Ok(Completion::Completed)
}

/// Somebody whom the engine finds.
fn face() -> Result<Arc<Picture>, Failed> {
    let drawn = drawn_fixture().face.image;
    let view = drawn.view();
    let picture = Picture::of(view.width() as usize, view.height() as usize, view.data());
    Ok(Arc::new(picture.ok_or("a picture of another size")?))
}

/// The frames of a while, as the kernel tells.
struct Spell {
    between: Vec<Duration>,
    /// Frames that came while the driver had left the kernel no buffer.
    missed: u32,
    /// How long the engine worked on each frame that it got.
    worked: Vec<Duration>,
}

impl Spell {
    fn of(
        desk: &Desk,
        stream: &mut dyn FrameStream,
        trace: &Trace,
        mut engine: Option<&mut Engine>,
    ) -> Result<Self, Failed> {
        let mut worked = Vec::new();
        let begun = desk.clock.now();
        trace.forget()?;
        while desk.clock.now().since(begun) < SPELL {
            let frame = stream.next_frame(&desk.ample())?;
            if let Some(engine) = &mut engine {
                let begun = desk.clock.now();
                let found = engine.probe_template(&frame.view())?;
                found.map_err(|reasons| format!("the engine refuses the face: {reasons:?}"))?;
                worked.push(desk.clock.now().since(begun));
            }
        }
        let taken = trace.taken()?;
        if taken.len() < 2 {
            return Err("the kernel's trace tells of no frames".into());
        }
        let pairs = || taken.windows(2).map(|pair| (pair[0], pair[1]));
        let missed = |(one, next): (Taken, Taken)| next.sequence - one.sequence - 1;
        let between = |(one, next): (Taken, Taken)| next.arrived.saturating_sub(one.arrived);
        Ok(Self {
            missed: pairs().map(missed).sum(),
            between: pairs().map(between).collect(),
            worked,
        })
    }

    /// Frames per second.
    fn rate(&self) -> f64 {
        let took: Duration = self.between.iter().sum();
        self.between.len() as f64 / took.as_secs_f64()
    }
}
