//! Presentations of drawn faces: people, and what is held before the camera instead of them.

use std::time::Duration;

use crate::face::FaceRegion;
use crate::face::liveness::{Challenge, Infrared, LivenessCheck, PadDecision, Sample};
use crate::imaging::{Image, PixelFormat};
use crate::random::Random;
use crate::sim::{DrawnFace, Look, Pose};
use crate::time::Timestamp;

/// Between two frames of a slow camera.
pub(super) const FRAME: Duration = Duration::from_millis(60);

/// Frames that a presentation lasts at most.
const FRAMES: u32 = 600;

/// Small pictures: the tests draw thousands.
const SIZE: (u32, u32) = (220, 180);

/// What an infrared camera sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heat {
    /// There is none.
    Nobody,
    /// A face as in visible light.
    Skin,
    /// Nothing but the dark of a screen.
    Screen,
    /// A screen in which a detector yet finds a face.
    DarkFace,
    /// The blank paper of a print whose ink infrared light goes through.
    Paper,
}

/// One moment: where the face is, how it looks, and whether the light on it flickers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) person: u64,
    pub(super) pose: Pose,
    pub(super) look: Look,
    pub(super) heat: Heat,
    /// Largest error of a landmark, in pixels.
    pub(super) jitter: f32,
}

impl Moment {
    pub(super) fn still() -> Self {
        Self {
            person: 1,
            pose: Pose {
                centre: (110.0, 90.0),
                height: 110.0,
                tilt: 0.0,
            },
            look: Look::default(),
            heat: Heat::Nobody,
            jitter: 0.3,
        }
    }
}

/// Something before the camera that knows what is asked, since when, and what time it is.
pub(super) trait Presented {
    fn at(&mut self, now: f32, asked: Option<(Challenge, f32)>) -> Moment;
}

impl<F: FnMut(f32, Option<(Challenge, f32)>) -> Moment> Presented for F {
    fn at(&mut self, now: f32, asked: Option<(Challenge, f32)>) -> Moment {
        self(now, asked)
    }
}

/// What a picture and its detector give.
pub(super) struct Seen {
    pub(super) image: Image,
    pub(super) face: FaceRegion,
    infrared: Option<(Image, Option<FaceRegion>)>,
}

impl Seen {
    pub(super) fn of(moment: &Moment, random: &mut Random) -> Self {
        let mut image =
            Image::filled(PixelFormat::Rgb8, SIZE.0, SIZE.1, [185, 190, 195]).expect("small");
        let face = DrawnFace::new(moment.person);
        let mut region = face.draw_looking(&mut image, &moment.pose, &moment.look);
        let filled =
            |value| Image::filled(PixelFormat::Grey8, SIZE.0, SIZE.1, [value; 3]).expect("small");
        let infrared = match moment.heat {
            Heat::Nobody => None,
            Heat::Skin => Some((image.view().to_grey8().expect("RGB"), Some(region))),
            Heat::Screen => Some((filled(9), None)),
            Heat::DarkFace => Some((filled(9), Some(region))),
            Heat::Paper => Some((filled(170), Some(region))),
        };
        // Noise of the sensor and of the detector.
        for value in image.data_mut() {
            *value = value.saturating_add((random.next() >> 61) as u8);
        }
        for (x, y) in &mut region.landmarks {
            let mut error = || moment.jitter * (random.below(2001) as f32 / 1000.0 - 1.0);
            (*x, *y) = (*x + error(), *y + error());
        }
        Self {
            image,
            face: region,
            infrared,
        }
    }

    pub(super) fn sample(&self, captured_at: Timestamp) -> Sample<'_> {
        Sample {
            image: self.image.view(),
            face: self.face,
            infrared: self.infrared.as_ref().map(|(image, face)| Infrared {
                image: image.view(),
                face: *face,
            }),
            captured_at,
        }
    }
}

/// Shows it until the check decides.
pub(super) fn show(
    check: &mut dyn LivenessCheck,
    presented: &mut dyn Presented,
    seed: u64,
) -> PadDecision {
    let mut random = Random(seed | 1);
    let mut asked: Option<(Challenge, f32)> = None;
    check.start();
    for frame in 0..FRAMES {
        let now = (FRAME * frame).as_secs_f32();
        let moment = presented.at(now, asked);
        let seen = Seen::of(&moment, &mut random);
        let sample = seen.sample(Timestamp::START + FRAME * frame);
        match check.probe(&sample).expect("a usable sample") {
            PadDecision::Inconclusive { asked: challenge } => {
                let same = asked.map(|(before, _)| before) == challenge;
                if !same {
                    asked = challenge.map(|challenge| (challenge, now));
                }
            }
            decided => return decided,
        }
    }
    PadDecision::Inconclusive { asked: None }
}

/// From 0 to 1 and back within `length` seconds that begin at `start`.
pub(super) fn bump(now: f32, start: f32, length: f32) -> f32 {
    let part = (now - start) / length;
    if (0.0..1.0).contains(&part) {
        (part * std::f32::consts::PI).sin()
    } else {
        0.0
    }
}

/// A living person: sways, blinks now and then, and does what is asked after `reaction` seconds.
pub(super) fn person(
    number: u64,
    reaction: f32,
) -> impl FnMut(f32, Option<(Challenge, f32)>) -> Moment {
    let mut doing = None;
    move |now, asked| {
        // A movement that was begun is ended, whatever is asked meanwhile.
        doing = asked.or(doing);
        let mut moment = Moment::still();
        moment.person = number;
        moment.heat = Heat::Skin;
        let phase = number as f32;
        moment.pose.centre.0 += 2.0 * (now * 1.3 + phase).sin();
        moment.pose.centre.1 += 1.2 * (now * 0.9 + phase).sin();
        moment.pose.tilt = 1.5 * (now * 0.7 + phase).sin();
        moment.look.turn = 1.5 * (now * 1.1 + phase).sin();
        moment.look.lids = bump(now % 3.7, 2.0, 0.2).min(1.0);
        if let Some((challenge, since)) = doing {
            let begun = since + reaction;
            match challenge {
                Challenge::TurnLeft => moment.look.turn += 30.0 * bump(now, begun, 1.4),
                Challenge::TurnRight => moment.look.turn -= 30.0 * bump(now, begun, 1.4),
                Challenge::Blink => moment.look.lids = (2.0 * bump(now, begun, 0.3)).min(1.0),
                Challenge::ComeNearer => {}
            }
        }
        moment
    }
}
