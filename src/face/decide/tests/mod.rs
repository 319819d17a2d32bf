//! The rule on single decisions; its rates are counted in [`simulation`].

mod simulation;

use super::*;
use crate::error::ErrorKind;
use crate::face::{Evidence, ModelId};

/// A template at the given cosine to `at(1.0)`.
fn at(cosine: f32) -> Template {
    let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
    Template::new(ModelId::new("test", [1; 32]), vec![cosine, sine]).expect("finite")
}

fn decider() -> Decider {
    let policy = DecisionPolicy::new(&SFACE_2021DEC_INT8BQ, FalseMatchRate::default());
    Decider::new(policy.expect("listed"), at(1.0))
}

#[test]
fn a_clear_match_needs_one_frame() {
    assert!(matches!(
        decider().accept(at(0.7)),
        Ok(Decision::Match { .. })
    ));
}

#[test]
fn a_doubtful_match_needs_all_frames() {
    let mut decider = decider();
    for _ in 0..4 {
        assert_eq!(
            decider.accept(at(0.46)).expect("one model"),
            Decision::MoreFrames
        );
    }
    assert!(matches!(
        decider.accept(at(0.46)),
        Ok(Decision::Match { .. })
    ));
}

#[test]
fn an_unlike_person_is_a_non_match_after_five_and_stays_one() {
    let mut decider = decider();
    for _ in 0..4 {
        assert_eq!(
            decider.accept(at(0.4)).expect("one model"),
            Decision::MoreFrames
        );
    }
    assert!(matches!(
        decider.accept(at(0.4)),
        Ok(Decision::NonMatch { .. })
    ));
    assert!(
        matches!(decider.accept(at(0.99)), Ok(Decision::NonMatch { .. })),
        "decided"
    );
}

#[test]
fn a_sure_non_match_needs_not_all_frames() {
    // Four frames at 0.1 and the reference itself would make 0.33; at 0.3, 0.48.
    for (cosine, frames) in [(0.1, 4), (0.3, 5)] {
        let mut decider = decider();
        let mut needed = 0;
        while !decider.is_decided() {
            decider.accept(at(cosine)).expect("one model");
            needed += 1;
        }
        assert_eq!(needed, frames, "{cosine}");
    }
}

#[test]
fn few_frames_decide_only_if_they_are_more_than_half() {
    for (usable, decides) in [(2, false), (3, true)] {
        let mut decider = decider();
        for _ in 0..usable {
            let decision = decider.accept(at(0.46)).expect("one model");
            assert_eq!(decision, Decision::MoreFrames);
        }
        let mut last = Decision::MoreFrames;
        while last == Decision::MoreFrames {
            last = decider.skip().expect("none");
        }
        assert_eq!(matches!(last, Decision::Match { .. }), decides, "{last:?}");
    }
}

#[test]
fn it_is_bounded_without_usable_frames() {
    let mut decider = decider();
    for _ in 0..149 {
        assert_eq!(decider.skip().expect("none"), Decision::MoreFrames);
    }
    assert_eq!(decider.skip().expect("none"), Decision::FailureToAcquire);
}

#[test]
fn weak_thresholds_need_acknowledgement() {
    let table = &SFACE_2021DEC_INT8BQ;
    let weak = FalseMatchRate::ONE_IN_100;
    let error = DecisionPolicy::new(table, weak).expect_err("too weak");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(DecisionPolicy::acknowledging_weak_threshold(table, weak).is_ok());
    assert!(DecisionPolicy::new(table, FalseMatchRate::ONE_IN_1_000).is_ok());
}

#[test]
fn weakness_is_a_matter_of_the_rate_and_for_sface_of_the_score() {
    let set = TestSet {
        description: "a set".into(),
        impostor_comparisons: 3_000,
        date: "2026-11".into(),
    };
    let decide = |model: [u8; 32], score: f32, rate: f64| {
        let row = Threshold {
            score: ComparisonScore::new(score),
            rate: FalseMatchRate::new(rate).expect("a rate"),
            evidence: Evidence::Measured,
        };
        let model = ModelId::new("a model", model);
        let table = ThresholdTable::new(&model, set.clone(), vec![row]).expect("in order");
        DecisionPolicy::new(&table, row.rate).is_ok()
    };
    let sface = *SFACE_2021DEC_INT8BQ.model_sha256();
    assert!(decide(sface, 0.382, 1e-3));
    assert!(!decide(sface, 0.381, 1e-3), "somebody's own set says so");
    assert!(decide([7; 32], 0.2, 1e-3), "another scale of scores");
    assert!(!decide([7; 32], 0.9, 1.1e-3));
}

#[test]
fn early_looks_are_ten_times_stricter_than_what_decides() {
    for asked in [0.9, 0.1, 5e-3, 1e-3, 1e-4, 1e-5] {
        let rate = FalseMatchRate::new(asked).expect("a rate");
        let policy = DecisionPolicy::acknowledging_weak_threshold(&SFACE_2021DEC_INT8BQ, rate)
            .expect("listed");
        let early = policy.early_threshold().expect("listed");
        let ratio = policy.threshold().rate.value() / early.rate.value();
        assert!((ratio - 10.0).abs() < 1e-6, "{asked}: {ratio}");
    }
}

#[test]
fn another_model_is_refused() {
    let other = Template::new(ModelId::new("test", [2; 32]), vec![1.0, 0.0]).expect("finite");
    let error = decider().accept(other).expect_err("models");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
