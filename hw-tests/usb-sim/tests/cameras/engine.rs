//! Whether frames are lost while the face engine, or anything else, works without pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use hw_tests::report::Notes;
use libtest_mimic::{Completion, Failed, Trial};
use linuxvideo::format::{PixFormat, PixelFormat as FourCc};
use linuxvideo::stream::ReadStream;
use linuxvideo::{CapabilityFlags, Device};
use myna_hal::camera::{Frame, FrameMode, FrameStream};
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

/// How long frames are counted.
const SPELL: Duration = Duration::from_secs(3);

/// What must be left of the rate that the camera has without work beside it.
const KEPT: f64 = 0.95;

/// How long a capture thread waits between frames, for the counter-proof.
const WAITS: Duration = Duration::from_millis(500);

pub(crate) fn trials() -> Vec<Trial> {
    // The driver knows nothing of what is worked beside it, so the engine works beside one mode alone; and
    // last, for it may not come to its end.
    let kept_beside = |name: &str, mode: FrameMode, beside: fn(&FrameMode, &mut Notes) -> _| {
        let (format, width, height) = (mode.format, mode.width, mode.height);
        let name = format!("{name}/v4l2/{format:?}-{width}x{height}");
        match vhci::unavailable() {
            Some(why) => RECORDER.ignored(&name, why),
            None => RECORDER.trial(&name, move |notes| beside(&mode, notes)),
        }
    };
    let jpeg = FrameMode::new(PixelFormat::Mjpeg, 640, 480, 30);
    // Raw pictures are smaller: the simulated camera, which shares the processor with the work, needs
    // more of it for larger ones than there is for thirty a second.
    let raw = FrameMode::new(PixelFormat::Yuyv, 320, 240, 30);
    let waiting = "engine/linuxvideo/frames-are-missed-by-who-waits";
    vec![
        kept_beside("arithmetic", raw, beside_arithmetic),
        super::trial(waiting, missed_by_who_waits),
        kept_beside("engine", jpeg, beside_engine),
    ]
}

/// The face engine finds a face and makes its template.
fn beside_engine(mode: &FrameMode, notes: &mut Notes) -> Result<Completion, Failed> {
    match &*ENGINE.lock().unwrap_or_else(PoisonError::into_inner) {
        Ok(_) => {}
        Err(missing @ ModelError::Missing { .. }) => {
            return Ok(Completion::ignored_with(missing.to_string()));
        }
        Err(error) => return Err(error.to_string().into()),
    }
    kept(mode, notes, |frame| {
        let mut engine = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = engine.as_mut().map_err(|error| error.to_string())?;
        let found = engine.probe_template(&frame.view())?;
        found.map_err(|reasons| format!("the engine refuses the face: {reasons:?}"))?;
        Ok(())
    })
}

/// A sum that nobody needs, for half a second.
fn beside_arithmetic(mode: &FrameMode, notes: &mut Notes) -> Result<Completion, Failed> {
    kept(mode, notes, |frame| {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(500) {
            let bytes = frame.view().data().iter();
            std::hint::black_box(bytes.map(|byte| u64::from(*byte)).sum::<u64>());
        }
        Ok(())
    })
}

/// Whoever works gets the newest frame as soon as the one before is done with, as the engine does at a
/// reception. Meanwhile the driver takes every frame that the kernel has, in time.
fn kept(
    mode: &FrameMode,
    notes: &mut Notes,
    work: fn(&Frame) -> Result<(), Failed>,
) -> Result<Completion, Failed> {
    let trace = Trace::start()?;
    let desk = Desk::with("webcam", Way::V4l2)?;
    desk.webcam.show(&face()?);
    let mut stream = desk.start(mode)?;
    // The first ones may have been begun before anybody listened.
    for _ in 0..5 {
        stream.next_frame(&desk.ample())?;
    }
    let alone = Spell::of(&desk, &trace, || {
        stream.next_frame(&desk.ample())?;
        Ok(())
    })?;
    let mut works = Works::on_frames_of(stream, &desk, work);
    let beside = Spell::of(&desk, &trace, || {
        desk.ample().sleep(Duration::from_millis(50))?;
        works.still()
    })?;
    let worked = works.until_now();
    let ratio = beside.rate() / alone.rate();
    notes.figure("alone", alone.rate(), "frames/s");
    notes.figure("beside the work", beside.rate(), "frames/s");
    notes.figure("ratio", ratio, "");
    notes.phase(&mode.to_string(), &alone.between);
    notes.phase(&format!("{mode}, beside the work"), &beside.between);
    notes.phase("work for a frame", &worked);
    alone.is_complete()?;
    beside.is_complete()?;
    if ratio < KEPT {
        let (rate, before) = (beside.rate(), alone.rate());
        return Err(format!("{rate:.1} frames a second instead of {before:.1}").into());
    }
    Ok(Completion::Completed)
}

/// A thread that works without pause.
struct Works {
    /// How long each frame took; an error is the last that is told.
    told: mpsc::Receiver<Result<Duration, Failed>>,
    done: Vec<Duration>,
    over: Arc<AtomicBool>,
}

impl Works {
    fn on_frames_of(
        mut stream: Box<dyn FrameStream>,
        desk: &Desk,
        work: fn(&Frame) -> Result<(), Failed>,
    ) -> Self {
        let (tells, told) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let (clock, ample, is_over) = (desk.clock.clone(), desk.within(SPELL * 3), over.clone());
        // Not joined: the engine, in a guest without the help of a processor, takes longer for one frame than
        // anybody counts, and nothing calls it off.
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let frame = stream.next_frame(&ample);
                let begun = clock.now();
                let done = frame.map_err(Failed::from).and_then(|frame| work(&frame));
                let ends = done.is_err();
                let _ = tells.send(done.map(|()| clock.now().since(begun)));
                if ends {
                    return;
                }
            }
        });
        Self {
            told,
            done: Vec::new(),
            over,
        }
    }

    /// Fails when the work has.
    fn still(&mut self) -> Result<(), Failed> {
        for told in self.told.try_iter() {
            self.done.push(told?);
        }
        Ok(())
    }

    /// Begins no other frame; how long those took that are done with.
    fn until_now(self) -> Vec<Duration> {
        self.over.store(true, Ordering::Relaxed);
        self.done
    }
}

/// What is asked of a spell can fail: a program that takes a frame, thinks, and takes the next has not
/// enough buffers for those that come meanwhile.
fn missed_by_who_waits() -> Result<(), Failed> {
    let trace = Trace::start()?;
    let desk = Desk::with("webcam", Way::V4l2)?;
    let mut stream = by_hand()?;
    let spell = Spell::of(&desk, &trace, || {
        let patience = desk.ample();
        while stream.will_block()? {
            patience.sleep(Duration::from_millis(5))?;
        }
        stream.dequeue(|_| Ok(()))?;
        desk.ample().sleep(WAITS)?;
        Ok(())
    })?;
    match spell.is_complete() {
        Ok(()) => Err("no frame was missed by a thread that waited".into()),
        Err(_) => Ok(()),
    }
}

/// The frames of the only camera, as a program has them that uses no driver of the library.
fn by_hand() -> Result<ReadStream, Failed> {
    for device in linuxvideo::list()?.flatten() {
        let device: Device = device;
        let of_device = device.capabilities()?.device_capabilities();
        if of_device.contains(CapabilityFlags::VIDEO_CAPTURE) {
            let format = PixFormat::new(640, 480, FourCc::MJPG);
            return Ok(device.video_capture(format)?.into_stream()?);
        }
    }
    Err("no camera".into())
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
    /// Frames that came while the kernel had been left no buffer.
    missed: u32,
}

impl Spell {
    /// Does `meanwhile`, again and again.
    fn of(
        desk: &Desk,
        trace: &Trace,
        mut meanwhile: impl FnMut() -> Result<(), Failed>,
    ) -> Result<Self, Failed> {
        let begun = desk.clock.now();
        trace.forget()?;
        while desk.clock.now().since(begun) < SPELL {
            meanwhile()?;
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
        })
    }

    fn is_complete(&self) -> Result<(), Failed> {
        match self.missed {
            0 => Ok(()),
            missed => Err(format!("{missed} frames missed").into()),
        }
    }

    /// Frames per second.
    fn rate(&self) -> f64 {
        let took: Duration = self.between.iter().sum();
        self.between.len() as f64 / took.as_secs_f64()
    }
}
