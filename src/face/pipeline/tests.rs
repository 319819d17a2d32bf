//! Slow, failing and hanging engines on the virtual clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::error::{Error, ErrorKind, Result};
use crate::face::{
    FaceDetector, FaceEmbedder, FaceOutcome, FaceRegion, FaceVerifier, FalseMatchRate, ModelId,
    QualityReason, ReferenceOutcome, SFACE_2021DEC_INT8BQ, Template,
};
use crate::imaging::{Image, ImageView, PixelFormat, decode_jpeg2000};
use crate::sim::{self, DRAWN_FACE_JP2, DrawnFace, Pose};
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// 30 frames in a second.
const FRAME: Duration = Duration::from_micros(33_333);

/// What an engine does with its n-th picture of a kind.
type Script = Box<dyn FnMut(u32) -> Does + Send>;

enum Does {
    /// Takes this long.
    Work(Duration),
    /// Takes this long and gives the template of another person, or no face.
    Otherwise(Duration),
    Fail,
    Panic,
    Hang,
}

struct Engine {
    clock: Arc<dyn Clock>,
    script: Script,
    calls: u32,
    /// When each frame came in.
    log: Arc<Mutex<Vec<Timestamp>>>,
    model: ModelId,
}

impl Engine {
    fn new(clock: &Arc<dyn Clock>, script: impl FnMut(u32) -> Does + Send + 'static) -> Self {
        Self {
            clock: clock.clone(),
            script: Box::new(script),
            calls: 0,
            log: Arc::default(),
            model: ModelId::new("SFace", *SFACE_2021DEC_INT8BQ.model_sha256()),
        }
    }

    /// Whether to behave as usual. The portrait is not a part of the script.
    fn act(&mut self, image: &ImageView<'_>) -> Result<bool> {
        let wait = Wait::forever(self.clock.clone());
        if image.width() != 640 {
            return Ok(true);
        }
        self.log.lock().expect("no panic").push(self.clock.now());
        self.calls += 1;
        match (self.script)(self.calls) {
            Does::Work(time) => wait.sleep(time).map(|()| true),
            Does::Otherwise(time) => wait.sleep(time).map(|()| false),
            Does::Fail => Err(Error::new(ErrorKind::Other, "scripted")),
            Does::Panic => unreachable!("a scripted panic"),
            Does::Hang => loop {
                self.clock.wait_until(None, &Wake::new());
            },
        }
    }
}

impl FaceDetector for Engine {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        if !self.act(image)? {
            return Ok(Vec::new());
        }
        let mut scratch = Image::filled(PixelFormat::Rgb8, image.width(), image.height(), [0; 3])?;
        let centre = (image.width() as f32 / 2.0, image.height() as f32 / 2.0);
        let height = if image.width() == 640 { 220.0 } else { 280.0 };
        let pose = Pose {
            centre,
            height,
            tilt: 0.0,
        };
        Ok(vec![DrawnFace::new(1).draw(&mut scratch, &pose)])
    }
}

impl FaceEmbedder for Engine {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed(&mut self, image: &ImageView<'_>, _: &FaceRegion) -> Result<Template> {
        let values = if self.act(image)? {
            vec![1.0, 0.0]
        } else {
            // Below the threshold of 0.44 to the last frame, and never out of its reach.
            vec![0.42, 0.9075]
        };
        Template::new(self.model.clone(), values)
    }
}

struct Bench {
    clock: Arc<dyn Clock>,
    verifier: StagedVerifier,
    frame: Image,
    detections: Arc<Mutex<Vec<Timestamp>>>,
}

impl Bench {
    /// On the clock of `virtual_clock`, which the calling thread has entered.
    fn new(
        virtual_clock: &sim::Clock,
        detector: impl FnMut(u32) -> Does + Send + 'static,
        embedder: impl FnMut(u32) -> Does + Send + 'static,
    ) -> Self {
        let clock = virtual_clock.shared();
        let detector = Engine::new(&clock, detector);
        let embedder = Engine::new(&clock, embedder);
        let detections = detector.log.clone();
        let verifier = StagedVerifier::new(&clock, detector, embedder, FalseMatchRate::default());
        let mut frame = Image::filled(PixelFormat::Rgb8, 640, 480, [180; 3]).expect("small");
        let pose = Pose {
            centre: (320.0, 240.0),
            height: 220.0,
            tilt: 0.0,
        };
        DrawnFace::new(1).draw(&mut frame, &pose);
        let mut bench = Self {
            clock,
            verifier: verifier.expect("threads"),
            frame,
            detections,
        };
        assert_eq!(bench.start().expect("a portrait"), ReferenceOutcome::Ready);
        bench
    }

    fn start(&mut self) -> Result<ReferenceOutcome> {
        let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        self.verifier.start(&portrait.view())
    }

    /// One frame of the camera, and the time until the next.
    fn next(&mut self) -> Result<FaceOutcome> {
        let outcome = self.verifier.probe(&self.frame.view(), self.clock.now());
        let wait = Wait::forever(self.clock.clone());
        wait.sleep(FRAME).expect("not cancelled");
        outcome
    }

    /// Frames until the answer is another than [`FaceOutcome::MoreFrames`], and that answer.
    fn decide(&mut self) -> (u32, FaceOutcome) {
        for number in 1..1_000 {
            match self.next().expect("a working engine") {
                FaceOutcome::MoreFrames { .. } => {}
                outcome => return (number, outcome),
            }
        }
        unreachable!("bounded by the policy")
    }
}

fn clock() -> sim::Clock {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"))
}

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// 5 templates of another person decide; meanwhile the camera keeps its pace.
fn slow_embedder() -> (u32, FaceOutcome, FrameCounts, Vec<Timestamp>) {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(&clock, |_| Does::Work(ms(20)), |_| Does::Otherwise(ms(120)));
    let (frames, outcome) = bench.decide();
    let counts = bench.verifier.counts();
    let detections = bench.detections.lock().expect("no panic").clone();
    (frames, outcome, counts, detections)
}

#[test]
fn a_slow_embedder_drops_frames_and_the_detector_sees_them_all() {
    let (frames, outcome, counts, detections) = slow_embedder();
    assert!(
        matches!(outcome, FaceOutcome::NonMatch { .. }),
        "{outcome:?}"
    );
    // 5 templates in 120 ms each, of a camera with 33 ms.
    assert!((19..=21).contains(&frames), "{frames} frames");
    assert_eq!(
        counts.seen,
        u64::from(frames) - 1,
        "not the one that heard the decision"
    );
    assert_eq!(counts.detected, counts.seen);
    assert_eq!(counts.embedded, 5);
    assert_eq!(counts.dropped_before_detection, 0);
    assert!(counts.dropped_before_embedding >= 12, "{counts:?}");
    // None waited: each was looked at when it came.
    let late = detections
        .windows(2)
        .find(|pair| pair[1].since(pair[0]) > FRAME + ms(1));
    assert_eq!(late, None);
}

#[test]
fn every_run_is_the_same() {
    let first = slow_embedder();
    for _ in 0..10 {
        assert_eq!(slow_embedder(), first);
    }
}

#[test]
fn a_slow_detector_sees_the_newest_frame() {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(&clock, |_| Does::Work(ms(70)), |_| Does::Otherwise(ms(1)));
    let (_, outcome) = bench.decide();
    assert!(matches!(outcome, FaceOutcome::NonMatch { .. }));
    let counts = bench.verifier.counts();
    assert!(counts.dropped_before_detection >= 5, "{counts:?}");
    assert_eq!(counts.dropped_before_embedding, 0, "{counts:?}");
}

#[test]
fn a_match_is_told_with_the_next_frame_and_repeated() {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(&clock, |_| Does::Work(ms(5)), |_| Does::Work(ms(20)));
    let (frames, outcome) = bench.decide();
    assert_eq!(frames, 2);
    assert!(matches!(outcome, FaceOutcome::Match { score: Some(_) }));
    assert_eq!(bench.next().expect("decided"), outcome);
    assert_eq!(
        bench.verifier.counts().seen,
        1,
        "nothing is done after the decision"
    );
    bench.verifier.forget();
    let error = bench.next().expect_err("forgotten");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn reasons_come_in_the_order_of_the_frames() {
    let clock = clock();
    let _me = clock.enter();
    // Frame 1 is embedded for 100 ms; frames 2 to 4 have no face and wait to be told after it.
    let mut bench = Bench::new(
        &clock,
        |call| match call {
            1 => Does::Work(ms(1)),
            _ => Does::Otherwise(ms(1)),
        },
        |_| Does::Otherwise(ms(90)),
    );
    let none = FaceOutcome::MoreFrames { reasons: vec![] };
    for number in 1..=3 {
        assert_eq!(bench.next().expect("fine"), none, "frame {number}");
    }
    let no_face = FaceOutcome::MoreFrames {
        reasons: vec![QualityReason::NoFace],
    };
    assert_eq!(bench.next().expect("fine"), no_face);
    let counts = bench.verifier.counts();
    assert_eq!((counts.gated_out, counts.embedded), (3, 1), "{counts:?}");
}

#[test]
fn people_who_never_look_are_a_failure_to_acquire() {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(&clock, |_| Does::Otherwise(ms(20)), |_| Does::Work(ms(1)));
    let (frames, outcome) = bench.decide();
    assert_eq!(frames, 151, "all 150 were judged when the next one came");
    let reasons = vec![QualityReason::NoFace];
    assert_eq!(outcome, FaceOutcome::FailureToAcquire { reasons });
    assert_eq!(bench.verifier.counts().embedded, 0);
}

#[test]
fn a_failing_engine_is_told_and_bounded() {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(
        &clock,
        |_| Does::Work(ms(5)),
        |call| match call {
            3 => Does::Otherwise(ms(5)),
            _ => Does::Fail,
        },
    );
    assert!(bench.next().is_ok(), "nothing is known yet");
    for _ in 0..2 {
        let error = bench.next().expect_err("the frame before failed");
        assert_eq!(error.kind(), ErrorKind::Other);
    }
    assert!(bench.next().is_ok(), "the third frame was fine");
    for _ in 0..40 {
        assert!(bench.next().is_err());
    }
    let counts = bench.verifier.counts();
    assert_eq!(
        counts.failed,
        2 + 30,
        "then nothing is handed over any more"
    );
    assert_eq!(bench.start().expect("again"), ReferenceOutcome::Ready);
    assert!(bench.next().is_ok());
}

#[test]
fn an_engine_that_hangs_is_reported_and_left_behind() {
    for stage in 0..2 {
        let clock = clock();
        let _me = clock.enter();
        let hangs = move |this: usize| {
            move |call: u32| match (this == stage, call) {
                (true, 3) => Does::Hang,
                _ => Does::Otherwise(ms(10)),
            }
        };
        let mut bench = Bench::new(
            &clock,
            move |call| match hangs(0)(call) {
                Does::Otherwise(time) => Does::Work(time),
                other => other,
            },
            hangs(1),
        );
        let before = bench.clock.now();
        let error = loop {
            match bench.next() {
                Ok(FaceOutcome::MoreFrames { .. }) => {}
                Ok(outcome) => unreachable!("{outcome:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Unavailable, "stage {stage}");
        let took = bench.clock.now().since(before);
        assert!(took < ENGINE_LIMIT + ms(300), "{took:?}");
        let error = bench.start().expect_err("it still hangs");
        assert_eq!(error.kind(), ErrorKind::Unavailable);

        let counts = bench.verifier.counts();
        assert_eq!(counts.under_way(), 1, "the one that hangs: {counts:?}");
        let before = clock.shared().now();
        drop(bench);
        let took = clock.shared().now().since(before);
        assert!(took <= FAREWELL, "{took:?}");
    }
}

#[test]
fn an_engine_that_panics_is_an_error() {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(&clock, |_| Does::Panic, |_| Does::Work(ms(1)));
    assert!(bench.next().is_ok(), "handed over");
    for _ in 0..3 {
        let error = bench.next().expect_err("its thread is gone");
        assert_eq!(error.kind(), ErrorKind::Other);
    }
    assert_eq!(bench.start().expect_err("gone").kind(), ErrorKind::Other);
}

#[test]
fn frames_of_the_one_before_do_not_count() {
    let clock = clock();
    let _me = clock.enter();
    // The first person's frame is still at the embedder when the second one comes.
    let mut bench = Bench::new(
        &clock,
        |_| Does::Work(ms(5)),
        |call| match call {
            1 => Does::Work(ms(200)),
            _ => Does::Otherwise(ms(5)),
        },
    );
    assert!(bench.next().is_ok());
    assert!(bench.next().is_ok());
    assert_eq!(bench.start().expect("a portrait"), ReferenceOutcome::Ready);
    let (_, outcome) = bench.decide();
    assert!(
        matches!(outcome, FaceOutcome::NonMatch { .. }),
        "{outcome:?}"
    );
}

#[test]
fn a_damaged_frame_is_an_error_and_no_more() {
    let clock = clock();
    let _me = clock.enter();
    let mut bench = Bench::new(&clock, |_| Does::Work(ms(5)), |_| Does::Work(ms(5)));
    let damaged = ImageView::new(PixelFormat::Mjpeg, 640, 480, 0, b"no picture").expect("bytes");
    assert!(bench.verifier.probe(&damaged, bench.clock.now()).is_err());
    assert_eq!(bench.verifier.counts().failed, 1);
    let (_, outcome) = bench.decide();
    assert!(matches!(outcome, FaceOutcome::Match { .. }), "{outcome:?}");
}
