//! Drawn faces for the conformance kit, and the virtual face engines on a bench.

use std::sync::Arc;
use std::time::Duration;

use rand_core::RngCore;

use super::drawn::blank;
use super::{DrawnDetector, DrawnEmbedder, DrawnFace, FakeSdk, Look, Pose, SdkVerifier};
use crate::conformance::face::{FaceBench, FaceFixture, Pictured};
use crate::error::Result;
use crate::face::liveness::DeterrentCheck;
use crate::face::{Challenge, FaceDetector, FaceEmbedder, FaceVerifier, LivenessCheck};
use crate::time::Clock;

/// Small enough to be drawn often, large enough for every bound on frames of a reception.
const SIZE: (u32, u32) = (320, 240);
const BACKGROUND: [u8; 3] = [185, 190, 195];

fn pose(x: f32) -> Pose {
    Pose {
        centre: (x, 118.0),
        height: 130.0,
        tilt: 0.0,
    }
}

fn picture(person: u64, pose: &Pose, look: &Look) -> Pictured {
    let mut image = blank(SIZE.0, SIZE.1, BACKGROUND);
    let face = DrawnFace::new(person).draw_looking(&mut image, pose, look);
    Pictured { image, face }
}

/// Pictures of drawn people, for [`conformance::face`](crate::conformance::face). They are found
/// by detectors of real faces, too, but are too much alike for models of real faces to tell apart.
#[must_use]
pub fn drawn_fixture() -> FaceFixture {
    let ahead = Look::default();
    let mut two = blank(SIZE.0, SIZE.1, BACKGROUND);
    let near = Pose {
        height: 140.0,
        ..pose(85.0)
    };
    DrawnFace::new(1).draw(&mut two, &near);
    DrawnFace::new(2).draw(&mut two, &pose(235.0));
    let again = Pose {
        tilt: 1.2,
        ..pose(158.0)
    };
    FaceFixture {
        face: picture(1, &pose(155.0), &ahead),
        again: picture(1, &again, &ahead),
        other: picture(2, &pose(155.0), &ahead),
        two,
        nobody: blank(SIZE.0, SIZE.1, BACKGROUND),
        portrait: DrawnFace::new(1).portrait(),
        other_portrait: DrawnFace::new(2).portrait(),
        are_told_apart: false,
        reference_score: None,
    }
}

/// The virtual face engines: detector and embedder for drawn faces, a make-believe vendor's
/// verifier, and the reference liveness check with a drawn person before it.
pub struct VirtualFaceBench {
    clock: Arc<dyn Clock>,
    fixture: FaceFixture,
}

impl VirtualFaceBench {
    /// A bench with drawn people.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            fixture: FaceFixture {
                are_told_apart: true,
                ..drawn_fixture()
            },
        }
    }

    /// The same with other pictures.
    #[must_use]
    pub fn with_fixture(mut self, fixture: FaceFixture) -> Self {
        self.fixture = fixture;
        self
    }
}

impl std::fmt::Debug for VirtualFaceBench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VirtualFaceBench")
    }
}

impl FaceBench for VirtualFaceBench {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn name(&self) -> String {
        "sim: engines for drawn faces".to_owned()
    }

    fn fixture(&self) -> &FaceFixture {
        &self.fixture
    }

    fn detector(&mut self) -> Result<Box<dyn FaceDetector>> {
        Ok(Box::new(DrawnDetector))
    }

    fn embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Ok(Box::new(DrawnEmbedder::new()))
    }

    fn other_embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Ok(Box::new(DrawnEmbedder::with_variant(1)))
    }

    fn verifier(&mut self) -> Result<Box<dyn FaceVerifier>> {
        Ok(Box::new(
            SdkVerifier::new(FakeSdk::new()).with_max_frames(40),
        ))
    }

    fn liveness(&mut self) -> Result<Box<dyn LivenessCheck>> {
        Ok(Box::new(DeterrentCheck::with_random(Counting(0))))
    }

    fn person(&mut self, now: Duration, asked: Option<(Challenge, Duration)>) -> Result<Pictured> {
        let (pose, look) = living(now, asked);
        Ok(picture(1, &pose, &look))
    }
}

/// A drawn person who sways a little, blinks now and then, and does what is asked for after half
/// a second.
fn living(now: Duration, asked: Option<(Challenge, Duration)>) -> (Pose, Look) {
    let seconds = now.as_secs_f32();
    // From 0 to 1 and back.
    let bump = |start: f32, length: f32| {
        let part = (seconds - start) / length;
        if (0.0..1.0).contains(&part) {
            (part * std::f32::consts::PI).sin()
        } else {
            0.0
        }
    };
    let mut look = Look {
        turn: 1.5 * (seconds * 1.1).sin(),
        lids: bump(seconds - seconds % 3.7 + 2.0, 0.25),
        ..Look::default()
    };
    let begun = |since: Duration| since.as_secs_f32() + 0.5;
    match asked {
        Some((Challenge::TurnLeft, since)) => look.turn += 30.0 * bump(begun(since), 1.6),
        Some((Challenge::TurnRight, since)) => look.turn -= 30.0 * bump(begun(since), 1.6),
        Some((Challenge::Blink, since)) => {
            look.lids = (2.0 * bump(begun(since), 0.35)).min(1.0);
        }
        _ => {}
    }
    let sway = Pose {
        tilt: 1.5 * (seconds * 0.7).sin(),
        ..pose(155.0 + 2.0 * (seconds * 1.3).sin())
    };
    (sway, look)
}

/// Numbers that anybody can guess: the kit wants the same movements every time.
struct Counting(u64);

impl RngCore for Counting {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next_u64() as u8);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
