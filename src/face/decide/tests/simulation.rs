//! The sequential rule on drawn-at-random people: whether its bound holds, and what it costs.
//!
//! People are random directions with a part that all have in common; frames of one person are
//! noisy copies. Thresholds are counted on single frames of different people, as a calibration
//! does, and the rule is then counted on whole verifications. Seeds are fixed.

use super::*;
use crate::random::Random;

const DIMENSIONS: usize = 32;

/// How people and frames are drawn.
struct World {
    random: Random,
    common: Vec<f32>,
    /// Weight of what all people have in common.
    alike: f32,
    /// Deviation of a frame from its person, per unit of length.
    noise: f32,
}

impl World {
    fn new(seed: u64, alike: f32, noise: f32) -> Self {
        let mut random = Random(seed);
        let common = direction(&mut random);
        Self {
            random,
            common,
            alike,
            noise,
        }
    }

    fn person(&mut self) -> Vec<f32> {
        let own = direction(&mut self.random);
        self.common
            .iter()
            .zip(own)
            .map(|(common, own)| self.alike.sqrt() * common + (1.0 - self.alike).sqrt() * own)
            .collect()
    }

    fn frame(&mut self, person: &[f32]) -> Template {
        let noise = direction(&mut self.random);
        let values = person
            .iter()
            .zip(noise)
            .map(|(value, noise)| value + self.noise * noise)
            .collect();
        Template::new(model(), values).expect("finite")
    }
}

fn model() -> ModelId {
    ModelId::new("drawn at random", [3; 32])
}

/// A random direction of about unit length: sums of uniform numbers are as good as normal here.
fn direction(random: &mut Random) -> Vec<f32> {
    let mut uniform = || (random.next() >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
    let scale = (DIMENSIONS as f32).sqrt();
    (0..DIMENSIONS)
        .map(|_| (uniform() + uniform() + uniform() + uniform()) * 3f32.sqrt() / scale)
        .collect()
}

/// Counts thresholds for 1 in 100 and 1 in 1,000 on single frames of different people.
fn calibrated(world: &mut World, comparisons: usize) -> DecisionPolicy {
    let mut scores: Vec<f32> = (0..comparisons)
        .map(|_| {
            let (a, b) = (world.person(), world.person());
            let (a, b) = (world.frame(&a), world.frame(&b));
            compare(&a, &b).expect("one model").value()
        })
        .collect();
    scores.sort_by(f32::total_cmp);
    let row = |rate: FalseMatchRate| Threshold {
        score: ComparisonScore::new(
            scores[comparisons - (rate.value() * comparisons as f64) as usize],
        ),
        rate,
        evidence: Evidence::Measured,
    };
    let set = TestSet {
        description: "people drawn at random".into(),
        impostor_comparisons: comparisons as u64,
        date: "2026-11".into(),
    };
    let rows = vec![
        row(FalseMatchRate::ONE_IN_100),
        row(FalseMatchRate::ONE_IN_1_000),
    ];
    let table = ThresholdTable::new(&model(), set, rows).expect("in order");
    DecisionPolicy::acknowledging_weak_threshold(&table, FalseMatchRate::ONE_IN_100)
        .expect("listed")
}

/// One verification; one frame in `miss` is not usable.
fn verify(world: &mut World, policy: &DecisionPolicy, same: bool, miss: usize) -> (Decision, u32) {
    let reference = world.person();
    let person = if same {
        reference.clone()
    } else {
        world.person()
    };
    let template = world.frame(&reference);
    let mut decider = Decider::new(policy.clone(), template);
    let mut usable = 0;
    loop {
        let decision = if world.random.below(miss) == 0 {
            decider.skip()
        } else {
            usable += 1;
            let frame = world.frame(&person);
            decider.accept(frame)
        };
        match decision.expect("one model") {
            Decision::MoreFrames => {}
            decided => return (decided, usable),
        }
    }
}

/// False matches among verifications of wrong people.
fn false_matches(world: &mut World, policy: &DecisionPolicy, count: u32, miss: usize) -> u32 {
    (0..count)
        .map(|_| verify(world, policy, false, miss).0)
        .filter(|decision| matches!(decision, Decision::Match { .. }))
        .count() as u32
}

/// Largest count that a true rate of `bound` gives in all but about one of 3,000 runs.
fn allowance(bound: f64, count: u32) -> u32 {
    let mean = bound * f64::from(count);
    (mean + 3.4 * mean.sqrt()).ceil() as u32
}

/// With 60,000 comparisons and 20,000 verifications: 184, 188 and 248 false matches, where one
/// comparison each would have made 200 and the bound is 280. What noisy frames add, averaging adds.
#[test]
fn wrong_people_match_no_more_often_than_the_bound() {
    const COUNT: u32 = 4_000;
    for (seed, alike, noise) in [(1, 0.0, 0.3), (2, 0.1, 0.3), (3, 0.1, 0.6)] {
        let mut world = World::new(seed, alike, noise);
        let policy = calibrated(&mut world, 12_000);
        let bound = policy.statement().per_verification().expect("measured");
        let found = false_matches(&mut world, &policy, COUNT, 4);
        assert!(
            found <= allowance(bound.value(), COUNT),
            "{found} of {COUNT} beside a bound of {bound}, noise {noise}"
        );
    }
}

/// The early end of a sure non-match is free: whatever frames might have come after it, among them
/// the reference itself, none would have made a match.
#[test]
fn no_early_non_match_could_have_become_a_match() {
    let mut world = World::new(4, 0.1, 0.9);
    let policy = calibrated(&mut world, 3_000);
    let mut early = 0;
    for _ in 0..2_000 {
        let person = world.person();
        let stranger = world.person();
        let reference = world.frame(&person);
        let again = |reference: &Template| {
            Template::new(model(), reference.values().to_vec()).expect("finite")
        };
        let mut decider = Decider::new(policy.clone(), again(&reference));
        let mut seen = Vec::new();
        while seen.len() < 5 && !decider.is_decided() {
            // Good and bad frames, and some turned right away.
            let frame = match world.random.below(4) {
                0 => world.frame(&person),
                1 => {
                    let away: Vec<f32> = stranger.iter().map(|value| -value).collect();
                    world.frame(&away)
                }
                _ => world.frame(&stranger),
            };
            seen.push(again(&frame));
            decider.accept(frame).expect("one model");
        }
        let lost = seen.len() < 5 && matches!(decider.decided, Some(Decision::NonMatch { .. }));
        if lost {
            early += 1;
            while seen.len() < 5 {
                seen.push(again(&reference));
                let best = compare(&reference, &Template::mean(&seen).expect("one model"));
                assert!(best.expect("one model") < policy.threshold().score);
            }
        }
    }
    assert!(early > 300, "{early}: hardly tried");
}
