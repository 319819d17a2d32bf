//! The reference check against drawn people and drawn attacks. The counts say what the check does
//! with drawings, and nothing about real attacks.

mod cues;
mod scene;

use std::io::Write as _;

use rand_core::RngCore;

use self::scene::{FRAME, Heat, Moment, Presented, Seen, bump, person, show};
use super::{Challenge, DeterrentCheck, LivenessCheck, PadDecision, PadEvidence, PadReason};
use crate::error::ErrorKind;
use crate::random::Random;
use crate::time::Timestamp;

/// The same numbers in every run.
struct Seeded(Random);

impl RngCore for Seeded {
    fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.next() as u8);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

fn seeded(seed: u64) -> DeterrentCheck {
    DeterrentCheck::with_random(Seeded(Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)))
}

/// What becomes of `presentations` of one kind, each with another order of movements.
fn decisions<P: Presented>(
    presentations: u64,
    check: impl Fn(u64) -> DeterrentCheck,
    mut presented: impl FnMut(u64) -> P,
) -> Vec<PadDecision> {
    (1..=presentations)
        .map(|seed| show(&mut check(seed), &mut presented(seed), seed))
        .collect()
}

/// Tells how many passed.
fn count(what: &str, decisions: &[PadDecision]) -> usize {
    let passed = decisions.iter().filter(|it| **it == PadDecision::BonaFide);
    let passed = passed.count();
    let attack = |it: &&PadDecision| matches!(it, PadDecision::Attack(_));
    let attacks = decisions.iter().filter(attack).count();
    let told = format!(
        "drawn {what}: {passed} of {} taken for bona fide, {attacks} for attacks, {} without \
         decision (drawings only: says nothing about real attacks)",
        decisions.len(),
        decisions.len() - passed - attacks
    );
    writeln!(std::io::stderr(), "{told}").expect("standard error is open");
    passed
}

#[test]
fn people_who_do_what_is_asked_pass() {
    let people = decisions(3, seeded, |seed| person(seed, 0.5 + 0.3 * seed as f32));
    assert_eq!(count("people", &people), 3, "{people:?}");
}

#[test]
fn people_who_do_nothing_are_not_suspected() {
    let silent = |seed| {
        let mut person = person(seed, 0.0);
        move |now, _| person(now, None)
    };
    let decided = decisions(1, seeded, silent);
    for decision in decided {
        assert!(
            matches!(decision, PadDecision::NoResponse(PadReason::Unanswered(_))),
            "{decision:?}"
        );
    }
}

#[test]
fn a_photo_that_stands_still_is_an_attack() {
    let still = |_| {
        |_: f32, _: Option<(Challenge, f32)>| Moment {
            jitter: 0.1,
            ..Moment::still()
        }
    };
    let decided = decisions(1, seeded, still);
    assert_eq!(count("photo on a stand", &decided), 0);
    assert_eq!(decided, [PadDecision::Attack(PadReason::Motionless)]);
}

fn shaken(now: f32) -> Moment {
    let mut moment = Moment::still();
    moment.look.relief = 0.0;
    moment.pose.centre.0 += 8.0 * (now * 5.0).sin();
    moment.pose.centre.1 += 5.0 * (now * 7.0).cos();
    moment.pose.tilt = 6.0 * (now * 4.0).sin();
    moment.pose.height += 5.0 * (now * 3.0).sin();
    moment
}

#[test]
fn a_photo_that_is_shaken_is_an_attack() {
    let decided = decisions(1, seeded, |_| |now: f32, _| shaken(now));
    assert_eq!(count("photo shaken by hand", &decided), 0);
    for decision in decided {
        assert_eq!(decision, PadDecision::Attack(PadReason::Rigid));
    }
}

/// Something that is moved as time goes on and as it is asked.
type Moved = Box<dyn FnMut(f32, Option<(Challenge, f32)>) -> Moment>;

/// A flat or bent thing whose holder turns it as he is told.
fn turned(relief: f32) -> impl Fn(u64) -> Moved {
    move |_| {
        Box::new(move |now, asked| {
            let mut moment = shaken(now / 4.0);
            moment.look.relief = relief;
            moment.look.turn = match asked {
                Some((Challenge::TurnLeft, since)) => 55.0 * bump(now, since + 0.5, 2.0),
                Some((Challenge::TurnRight, since)) => -55.0 * bump(now, since + 0.5, 2.0),
                _ => 0.0,
            };
            moment
        })
    }
}

#[test]
fn a_photo_that_is_turned_is_an_attack() {
    let decided = decisions(2, seeded, turned(0.0));
    assert_eq!(count("photo turned as asked", &decided), 0);
    let found = PadDecision::Attack(PadReason::FlatTurn);
    assert!(decided.contains(&found), "{decided:?}");
}

#[test]
fn a_photo_bent_round_a_bottle_never_passes() {
    let decided = decisions(2, seeded, turned(0.17));
    assert_eq!(
        count("bent photo turned as asked", &decided),
        0,
        "{decided:?}"
    );
}

/// The eyes of the holder blink through the holes when they are asked to.
#[test]
fn a_photo_with_the_eyes_cut_out_never_passes() {
    let cut_out = |seed| {
        let mut photo = turned(0.0)(seed);
        move |now: f32, asked: Option<(Challenge, f32)>| {
            let mut moment = photo(now, asked);
            if let Some((Challenge::Blink, since)) = asked {
                moment.look.lids = (2.0 * bump(now, since + 0.5, 0.3)).min(1.0);
            }
            moment
        }
    };
    let decided = decisions(2, seeded, cut_out);
    assert_eq!(
        count("photo with the eyes cut out", &decided),
        0,
        "{decided:?}"
    );
}

#[test]
fn a_film_without_the_movements_never_passes() {
    let film = |seed| {
        let mut holder = person(seed, 0.0);
        move |now, _| holder(now, None)
    };
    let decided = decisions(1, seeded, film);
    assert_eq!(count("film of a holder who looks ahead", &decided), 0);
}

/// What the check cannot notice is stated, and is as stated.
#[test]
fn a_film_passes_when_it_happens_to_show_what_is_asked() {
    // The film: left at 1.2 s after the start of the first movement, then a blink.
    let film = |seed| {
        let mut holder = person(seed, 0.6);
        let mut script = [Challenge::TurnLeft, Challenge::Blink].into_iter();
        let mut shown: Option<(Challenge, f32)> = None;
        let mut was_asked = false;
        move |now: f32, asked: Option<(Challenge, f32)>| {
            // The attacker starts the next scene whenever something is asked.
            if asked.is_some() && !was_asked {
                shown = script.next().map(|challenge| (challenge, now));
            }
            was_asked = asked.is_some();
            holder(now, shown)
        }
    };
    let decided = decisions(4, seeded, film);
    let passed = count("film of a left turn and a blink", &decided);
    assert!(passed < decided.len(), "one order of six: {decided:?}");
}

#[test]
fn a_mask_with_relief_and_open_eyes_passes() {
    // In this check's eyes it is a person.
    let decided = decisions(1, seeded, |seed| person(seed + 1, 0.7));
    assert_eq!(count("mask with a nose and open eyes", &decided), 1);
}

#[test]
fn in_infrared_a_screen_and_a_print_are_found_out() {
    let seen = |heat: Heat| {
        let presented = |seed| {
            let mut person = person(seed, 0.6);
            move |now, asked| Moment {
                heat,
                ..person(now, asked)
            }
        };
        decisions(1, |seed| seeded(seed).with_infrared(), presented)[0]
    };
    assert_eq!(seen(Heat::Skin), PadDecision::BonaFide);
    for (heat, reason) in [
        (Heat::Screen, PadReason::NoFaceInInfrared),
        (Heat::DarkFace, PadReason::DarkInInfrared),
        (Heat::Paper, PadReason::FlatInInfrared),
    ] {
        assert_eq!(seen(heat), PadDecision::Attack(reason), "{heat:?}");
    }
    assert!(seeded(1).with_infrared().needs_infrared());
    // Without any infrared picture nobody passes.
    assert_eq!(
        seen(Heat::Nobody),
        PadDecision::NoResponse(PadReason::TooFewSamples)
    );
}

/// Another person steps in after the first one answered.
#[test]
fn whoever_steps_in_from_beside_interrupts() {
    let mut check = seeded(1);
    let mut living = person(1, 0.5);
    let mut random = Random(7);
    check.start();
    let mut decision = PadDecision::Inconclusive { asked: None };
    for frame in 0..20 {
        let mut moment = living((FRAME * frame).as_secs_f32(), None);
        if frame >= 15 {
            moment.pose.centre.0 -= 60.0;
        }
        let seen = Seen::of(&moment, &mut random);
        let sample = seen.sample(Timestamp::START + FRAME * frame);
        decision = check.probe(&sample).expect("a sample");
    }
    assert_eq!(decision, PadDecision::NoResponse(PadReason::Interrupted));
}

#[test]
fn a_gap_in_time_takes_a_decision_back() {
    let mut check = seeded(2);
    assert_eq!(
        show(&mut check, &mut person(1, 0.5), 2),
        PadDecision::BonaFide
    );
    let seen = Seen::of(&Moment::still(), &mut Random(3));
    let late = Timestamp::START + FRAME * 600;
    let interrupted = PadDecision::NoResponse(PadReason::Interrupted);
    for _ in 0..2 {
        assert_eq!(
            check.probe(&seen.sample(late)).expect("a sample"),
            interrupted
        );
    }
}

#[test]
fn a_sample_needs_a_start_colour_a_face_and_a_time_that_goes_on() {
    let mut check = DeterrentCheck::new();
    let mut seen = Seen::of(&Moment::still(), &mut Random(3));
    let kind = |result: crate::error::Result<PadDecision>| result.map_err(|error| error.kind());
    let later = Timestamp::START + FRAME;
    assert_eq!(
        kind(check.probe(&seen.sample(later))),
        Err(ErrorKind::InvalidInput)
    );
    check.start();
    let grey = seen.image.view().to_grey8().expect("RGB");
    let mut sample = seen.sample(later);
    sample.image = grey.view();
    assert_eq!(kind(check.probe(&sample)), Err(ErrorKind::Unsupported));
    assert!(check.probe(&seen.sample(later)).is_ok());
    assert_eq!(
        kind(check.probe(&seen.sample(Timestamp::START))),
        Err(ErrorKind::InvalidInput)
    );
    seen.face.landmarks = [(5.0, 5.0); 5];
    assert_eq!(
        kind(check.probe(&seen.sample(later))),
        Err(ErrorKind::InvalidInput)
    );
    check.forget();
    assert_eq!(
        kind(check.probe(&seen.sample(later))),
        Err(ErrorKind::InvalidInput)
    );
    assert_eq!(check.evidence(), PadEvidence::Untested);
    assert!(
        !format!("{check:?}").contains("Turn"),
        "nobody learns the order"
    );
}
