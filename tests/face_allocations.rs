//! What a camera frame allocates between the camera and the networks: nothing as large as a frame.
#![allow(
    unsafe_code,
    reason = "watching allocations takes a global allocator, whose trait is unsafe"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use myna_hal::drivers::onnx::{Admission, ModelError, Network, Outputs, Planes, Runtime};
use myna_hal::drivers::onnx::{SFace, YuNet};
use myna_hal::face::pipeline::StagedVerifier;
use myna_hal::face::{
    DecisionPolicy, FaceDetector, FaceEmbedder, FaceRegion, FaceVerifier, FalseMatchRate,
    QualityGate, SFACE_2021DEC_INT8BQ, align,
};
use myna_hal::imaging::{Image, ImageView, PixelFormat, Rect};
use myna_hal::{Result, SystemClock, Wait};

/// The system's allocator, which keeps the size of the largest block since it was reset.
struct Watching;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this `layout`, by the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: as for `dealloc`, and `size` is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// The allocator belongs to all tests of this program.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A networkless runtime: every output is the same few values, one face in the middle.
struct Still;

struct StillNetwork(Vec<Vec<f32>>);

impl Runtime for Still {
    fn load(
        &self,
        _: &[u8],
        outputs: &[&str],
    ) -> std::result::Result<Box<dyn Network>, ModelError> {
        // Grids of a 320x256 picture.
        let cells = |level: &str| match level {
            "8" => 40 * 32,
            "16" => 20 * 16,
            _ => 10 * 8,
        };
        let outputs = outputs.iter().map(|name| match name.split_once('_') {
            None => vec![1.0; 128],
            Some(("bbox", level)) => vec![1.0; 4 * cells(level)],
            Some(("kps", level)) => vec![0.0; 10 * cells(level)],
            Some((_, level)) => vec![0.0; cells(level)],
        });
        Ok(Box::new(StillNetwork(outputs.collect())))
    }
}

impl Network for StillNetwork {
    fn run(&mut self, input: &Planes, outputs: &mut Outputs) -> Result<()> {
        assert!(input.values().iter().any(|value| *value != 0.0));
        for (index, values) in self.0.iter().enumerate() {
            outputs.set(index, values);
        }
        Ok(())
    }
}

/// The smallest ONNX file: a graph of nothing.
const NOTHING: [u8; 2] = [0x3a, 0x00];

fn engine() -> (YuNet, SFace) {
    (
        YuNet::from_bytes(&Still, &NOTHING, Admission::Unlisted).expect("fine"),
        SFace::from_bytes(&Still, &NOTHING, Admission::Unlisted).expect("fine"),
    )
}

fn face() -> FaceRegion {
    FaceRegion {
        bounds: Rect {
            x: 240.0,
            y: 140.0,
            width: 160.0,
            height: 200.0,
        },
        landmarks: align::TEMPLATE.map(|(x, y)| (1.5 * x + 236.0, 1.5 * y + 156.0)),
        confidence: 0.9,
        covered: None,
    }
}

/// A camera frame, 640x480 YUYV.
fn frame() -> Vec<u8> {
    (0..640 * 480 * 2).map(|at: u32| (at % 193) as u8).collect()
}

#[test]
fn conversion_detection_and_embedding_allocate_no_frame() {
    let _alone = ONE_AT_A_TIME.lock();
    let bytes = frame();
    let view = ImageView::packed(PixelFormat::Yuyv, 640, 480, &bytes).expect("a frame");
    let (mut detector, mut embedder) = engine();
    let mut rgb = Image::default();
    let mut run = || {
        view.to_rgb8_into(&mut rgb).expect("a frame");
        detector.detect(&rgb.view()).expect("still");
        embedder.embed(&rgb.view(), &face()).expect("still")
    };
    LARGEST.store(0, Ordering::Relaxed);
    run();
    let first = LARGEST.swap(0, Ordering::Relaxed);
    assert!(first >= 640 * 480 * 3, "the buffers are made once: {first}");
    for _ in 0..3 {
        run();
    }
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= 16 * 1024, "{largest} bytes at once");
}

/// Finds the face where it is, in pictures of any size.
struct Told;

impl FaceDetector for Told {
    fn detect(&mut self, _: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        Ok(vec![face()])
    }
}

#[test]
fn staged_frames_go_round_in_the_same_buffers() {
    let _alone = ONE_AT_A_TIME.lock();
    let bytes = frame();
    let view = ImageView::packed(PixelFormat::Yuyv, 640, 480, &bytes).expect("a frame");
    let clock = SystemClock::shared();
    let policy = DecisionPolicy::new(&SFACE_2021DEC_INT8BQ, FalseMatchRate::default());
    // Nothing passes: the frames go on for as long as they are wanted.
    let mut gate = QualityGate::live();
    gate.min_sharpness = f32::INFINITY;
    let (_, embedder) = engine();
    let mut verifier =
        StagedVerifier::with_policy(&clock, Told, embedder, policy.expect("listed"), gate)
            .expect("threads");
    let portrait = view.to_rgb8().expect("a picture");
    verifier.start(&portrait.view()).expect("a portrait");
    let wait = Wait::forever(Arc::clone(&clock));
    let mut run = |frames: u32| {
        for _ in 0..frames {
            verifier.probe(&view, clock.now()).expect("still");
            wait.sleep(Duration::from_millis(5)).expect("not cancelled");
        }
    };
    run(10);
    LARGEST.store(0, Ordering::Relaxed);
    run(20);
    // The gate looks at an aligned face of its own, 112 x 112 x 3 bytes.
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= 40 * 1024, "{largest} bytes at once");
}
