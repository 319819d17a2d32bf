//! Each cue by itself.

use std::time::Duration;

use super::scene::{FRAME, Moment, Seen, bump, person};
use crate::face::liveness::{BlinkCue, Challenge, MicroMotion, Motion};
use crate::random::Random;
use crate::time::Timestamp;

fn motion(frames: u32, mut moment: impl FnMut(f32) -> Moment) -> Motion {
    let (mut cue, mut random) = (MicroMotion::new(), Random(11));
    for frame in 0..frames {
        let seen = Seen::of(&moment((FRAME * frame).as_secs_f32()), &mut random);
        cue.accept(&seen.image.view(), &seen.face.landmarks)
            .expect("a face");
    }
    cue.motion()
}

#[test]
fn motion_is_told_apart() {
    let still = |_: f32| Moment {
        jitter: 0.1,
        ..Moment::still()
    };
    assert_eq!(motion(8, still), Motion::Undecided);
    assert_eq!(motion(25, still), Motion::Still);
    assert_eq!(motion(25, super::shaken), Motion::Rigid);
    let mut living = person(1, 0.0);
    let asked = Some((Challenge::TurnLeft, 0.3));
    assert_eq!(motion(20, |now| living(now, asked)), Motion::NonRigid);
}

/// Blinks seen in four seconds, when the lids are closed as `lids` says.
fn blinks(lids: impl Fn(f32) -> f32, light: impl Fn(f32) -> f32) -> u32 {
    let (mut cue, mut random) = (BlinkCue::new(), Random(5));
    let frame_time = Duration::from_millis(40);
    for frame in 0..60 {
        let now = (frame_time * frame).as_secs_f32();
        let mut moment = Moment::still();
        moment.look.lids = lids(now);
        let mut seen = Seen::of(&moment, &mut random);
        for value in seen.image.data_mut() {
            *value = (f32::from(*value) * light(now)) as u8;
        }
        let at = Timestamp::START + frame_time * frame;
        cue.accept(&seen.image.view(), &seen.face.landmarks, at)
            .expect("a face");
    }
    cue.blinks()
}

#[test]
fn blinks_are_counted_and_other_darkness_is_not() {
    let steady = |_: f32| 1.0;
    let twice = |now: f32| (2.0 * (bump(now, 0.8, 0.3) + bump(now, 1.6, 0.4))).min(1.0);
    assert_eq!(blinks(twice, steady), 2);
    assert_eq!(blinks(|_| 0.0, steady), 0, "open all the time");
    assert_eq!(
        blinks(|now| f32::from(u8::from(now > 0.8)), steady),
        0,
        "closed and not opened again"
    );
    let asleep = |now: f32| f32::from(u8::from((0.8..2.0).contains(&now)));
    assert_eq!(blinks(asleep, steady), 0, "closed for too long");
    let lamp = |now: f32| if (0.8..1.1).contains(&now) { 0.2 } else { 1.0 };
    assert_eq!(blinks(|_| 0.0, lamp), 0, "the light went out");
}
