use super::*;
use crate::ErrorKind;
use crate::random::Random;

fn set(genuine: &[f64], impostor: &[f64]) -> ScoreSet {
    ScoreSet::new(genuine.to_vec(), impostor.to_vec()).expect("finite scores")
}

fn rate(rate: f64) -> FalseMatchRate {
    FalseMatchRate::new(rate).expect("a rate")
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9
}

/// About normal, mean 0 and deviation 1: twelve uniform numbers, less their mean.
fn deviate(random: &mut Random) -> f64 {
    let uniform = (0..12).map(|_| random.below(1_000_000) as f64 / 1e6);
    uniform.sum::<f64>() - 6.0
}

fn random_set(seed: u64, genuine: usize, impostor: usize) -> ScoreSet {
    let mut random = Random(seed);
    let mut scores = |mean: f64, count: usize| -> Vec<f64> {
        // Two digits, so that ties occur.
        let score = |_| ((mean + 0.09 * deviate(&mut random)) * 100.0).round() / 100.0;
        (0..count).map(score).collect()
    };
    let (genuine, impostor) = (scores(0.4, genuine), scores(0.1, impostor));
    ScoreSet::new(genuine, impostor).expect("finite scores")
}

#[test]
fn a_score_at_the_threshold_is_a_match() {
    let set = set(&[0.5, 0.7, 0.9], &[0.1, 0.5, 0.5, 0.6]);
    let counts = |threshold| {
        let (impostor, genuine) = (
            set.false_matches(threshold),
            set.false_non_matches(threshold),
        );
        assert_eq!((impostor.trials, genuine.trials), (4, 3));
        (impostor.events, genuine.events)
    };
    assert_eq!(counts(0.1), (4, 0));
    assert_eq!(counts(0.5), (3, 0));
    assert_eq!(counts(0.500_1), (1, 1));
    assert_eq!(counts(0.9), (0, 2));
    assert_eq!(counts(1.0), (0, 3));
}

#[test]
fn equal_error_rates_worked_out_by_hand() {
    let eer = |genuine: &[f64], impostor: &[f64]| {
        let eer = set(genuine, impostor)
            .equal_error_rate()
            .expect("both kinds");
        (eer.rate, eer.threshold)
    };
    // Nothing overlaps: a round number from the gap.
    assert_eq!(eer(&[0.5, 0.6], &[0.1, 0.2]), (0.0, 0.4));
    // One of four of each kind on the wrong side.
    let (at, threshold) = eer(&[0.3, 0.7, 0.8, 0.9], &[0.1, 0.2, 0.25, 0.6]);
    assert!(
        close(at, 0.25) && threshold > 0.3 && threshold <= 0.6,
        "{threshold}"
    );
    // From (1/2, 0) to (1/2, 1/2), where the rates meet.
    assert!(close(eer(&[0.5, 0.9], &[0.1, 0.7]).0, 0.5));
    // From (2/3, 0) at 0.4 to (1/3, 1/2) at 0.5: they meet at 3/7 … of the way 4/5.
    assert!(close(
        eer(&[0.4, 0.8], &[0.1, 0.4, 0.5]).0,
        2.0 / 3.0 - 0.8 / 3.0
    ));
    // One score for all, and everything the wrong way round.
    assert!(close(eer(&[0.4, 0.4], &[0.4]).0, 0.5));
    assert!(close(eer(&[0.1, 0.2], &[0.8, 0.9]).0, 1.0));
}

#[test]
fn the_threshold_of_the_equal_error_rate_has_about_that_rate() {
    for seed in 1..40 {
        let set = random_set(seed, 400, 900);
        let eer = set.equal_error_rate().expect("both kinds");
        let matching = set.false_matches(eer.threshold).rate().expect("trials");
        let failing = set.false_non_matches(eer.threshold).rate().expect("trials");
        let (low, high) = (matching.min(failing), matching.max(failing));
        // A tie of hundredths moves both rates by a few percent at once.
        assert!(low - 0.05 <= eer.rate && eer.rate <= high + 0.05, "{seed}");
        assert!(high - low < 0.06, "{seed}: {matching} and {failing}");
    }
}

#[test]
fn what_is_missing_has_no_rates() {
    for (genuine, impostor) in [(&[][..], &[][..]), (&[0.5], &[]), (&[], &[0.5])] {
        let set = set(genuine, impostor);
        assert_eq!(set.equal_error_rate(), None);
        assert!(set.det().is_empty());
        assert_eq!(
            set.false_matches(0.1).rate().is_some(),
            !impostor.is_empty()
        );
        assert_eq!(
            set.false_non_matches(0.1).rate().is_some(),
            !genuine.is_empty()
        );
        assert_eq!(set.operating_point(rate(0.1)), None);
        assert_eq!(set.provable(), None);
    }
}

#[test]
fn scores_that_are_no_numbers_are_refused() {
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for (genuine, impostor) in [(vec![wrong], vec![]), (vec![0.1], vec![0.2, wrong])] {
            let error = ScoreSet::new(genuine, impostor).expect_err("not finite");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn thresholds_keep_the_rate_that_was_asked_for() {
    // 0.000, 0.001, … 2.999: three of 3,000 are 1e-3.
    let impostor: Vec<f64> = (0..3_000).map(|at| f64::from(at) / 1000.0).collect();
    let set = set(&[2.9, 3.5], &impostor);
    let point = set
        .operating_point(FalseMatchRate::ONE_IN_1_000)
        .expect("enough");
    assert_eq!(point.evidence, Evidence::Measured);
    assert_eq!(set.false_matches(point.threshold).events, 3);
    assert!(point.threshold > 2.996 && point.threshold <= 2.997);

    for seed in 1..20 {
        let set = random_set(seed, 50, 3_000);
        for asked in [0.3, 0.1, 0.01, 1e-3] {
            let point = set.operating_point(rate(asked)).expect("enough");
            let matching = set.false_matches(point.threshold).rate().expect("trials");
            assert!(matching <= asked, "{seed}: {matching} at {asked}");
            // Any lower, and it is too many.
            let next = set
                .impostor()
                .iter()
                .rev()
                .find(|score| **score < point.threshold);
            let looser = set.false_matches(*next.expect("a lower one")).rate();
            assert!(looser.expect("trials") > asked, "{seed}");
        }
    }
}

#[test]
fn ties_never_let_more_through() {
    let mut impostor = vec![0.1; 250];
    impostor.extend([0.9; 50]);
    let set = set(&[0.5], &impostor);
    // 30 of 300 would be allowed, but the 50 can only come together.
    let point = set.operating_point(rate(0.1)).expect("enough");
    assert_eq!(set.false_matches(point.threshold).events, 0);
    assert!(point.threshold > 0.9 && point.threshold < 0.900_001);
}

#[test]
fn a_set_says_what_it_cannot_show() {
    let few = random_set(3, 17, 49);
    let provable = few.provable().expect("some rate").value();
    assert!((provable - 3.0 / 49.0).abs() < 1e-12);
    assert_eq!(few.operating_point(FalseMatchRate::ONE_IN_100), None);
    assert!(few.operating_point(rate(0.07)).is_some());

    let some = random_set(3, 17, 1_000);
    let evidence = |rate| some.operating_point(rate).map(|point| point.evidence);
    assert_eq!(
        evidence(FalseMatchRate::ONE_IN_100),
        Some(Evidence::Measured)
    );
    assert_eq!(
        evidence(FalseMatchRate::ONE_IN_1_000),
        Some(Evidence::Extrapolated)
    );

    let alike = set(&[0.5], &[0.1; 1_000]);
    assert_eq!(alike.operating_point(FalseMatchRate::ONE_IN_10_000), None);
}

#[test]
fn extrapolated_thresholds_are_those_of_the_normal_tail() {
    let set = random_set(5, 10, 20_000);
    let point = set
        .operating_point(FalseMatchRate::ONE_IN_10_000)
        .expect("enough");
    assert_eq!(point.evidence, Evidence::Extrapolated);
    // Mean 0.1, deviation 0.09, 3.719 deviations up.
    assert!(
        (point.threshold - 0.4347).abs() < 0.02,
        "{}",
        point.threshold
    );
    // One impostor far above the others: no threshold below it is believed.
    let mut impostor = set.impostor().to_vec();
    impostor[0] = 0.8;
    let twin = super::ScoreSet::new(vec![], impostor).expect("finite");
    let rate = FalseMatchRate::ONE_IN_100_000;
    assert!(twin.operating_point(rate).expect("enough").threshold > 0.8);
}

#[test]
fn rates_do_not_depend_on_the_scale() {
    for seed in 1..20 {
        let set = random_set(seed, 60, 400);
        let bent = |scores: &[f64]| -> Vec<f64> {
            scores
                .iter()
                .map(|score| 1_000.0 * (score.powi(3) + score))
                .collect()
        };
        let other = ScoreSet::new(bent(set.genuine()), bent(set.impostor())).expect("finite");
        let eer = |set: &ScoreSet| set.equal_error_rate().expect("both kinds").rate;
        assert!(close(eer(&set), eer(&other)), "{seed}");
        let rates = |set: &ScoreSet| -> Vec<(f64, f64)> {
            let points = set.det().into_iter();
            points
                .map(|at| (at.false_match_rate, at.false_non_match_rate))
                .collect()
        };
        assert_eq!(rates(&set), rates(&other), "{seed}");
        let counted = |set: &ScoreSet| {
            let point = set.operating_point(rate(0.05)).expect("enough");
            set.false_matches(point.threshold)
        };
        assert_eq!(counted(&set), counted(&other), "{seed}");
    }
}

#[test]
fn the_curve_is_monotone_and_agrees_with_counting() {
    for seed in 1..20 {
        let set = random_set(seed, 60, 400);
        let points = set.det();
        for pair in points.windows(2) {
            assert!(pair[0].threshold < pair[1].threshold);
            assert!(pair[0].false_match_rate >= pair[1].false_match_rate);
            assert!(pair[0].false_non_match_rate <= pair[1].false_non_match_rate);
        }
        for point in points {
            let matching = set.false_matches(point.threshold).rate();
            assert_eq!(matching, Some(point.false_match_rate));
            let failing = set.false_non_matches(point.threshold).rate();
            assert_eq!(failing, Some(point.false_non_match_rate));
        }
    }
}

#[test]
fn intervals_are_wilsons() {
    // From the closed form in 50 digits; 5 of 50 is a textbook's example.
    for (events, trials, lower, upper) in [
        (0, 49, 0.0, 0.072_697_819_2),
        (5, 50, 0.043_475_764_9, 0.213_602_314_4),
        (3, 3_000, 0.000_340_147_2, 0.002_936_143_8),
        (17, 17, 0.815_681_865_0, 1.0),
        (0, 0, 0.0, 1.0),
    ] {
        let interval = Proportion { events, trials }.interval();
        assert!(
            close(interval.lower, lower),
            "{events}/{trials}: {interval:?}"
        );
        assert!(
            close(interval.upper, upper),
            "{events}/{trials}: {interval:?}"
        );
    }
}

#[test]
fn deviates_are_the_inverse_of_the_normal_distribution() {
    for (probability, deviate) in [
        (1e-6, -4.753_424_308_8),
        (1e-4, -3.719_016_485_5),
        (1e-3, -3.090_232_306_2),
        (0.01, -2.326_347_874_0),
        (0.3, -0.524_400_512_7),
        (0.5, 0.0),
        (0.975, 1.959_963_984_5),
    ] {
        let found = normal_deviate(probability);
        assert!((found - deviate).abs() < 1e-8, "{probability}: {found}");
    }
    assert_eq!(normal_deviate(0.0), f64::NEG_INFINITY);
    assert_eq!(normal_deviate(1.0), f64::INFINITY);
    assert!(normal_deviate(1.5).is_nan() && normal_deviate(f64::NAN).is_nan());
}

#[test]
fn the_roundest_number_lies_in_the_gap() {
    for (lower, upper, expected) in [
        (0.138_6, 0.5, 0.3),
        (0.381_97, 0.382_04, 0.382),
        (-0.2, 0.3, 0.0),
        (41.0, 97.0, 69.0),
        (0.0, 5e-324, 5e-324),
    ] {
        assert_eq!(roundest(lower, upper), expected);
    }
    let mut random = Random(9);
    for _ in 0..1_000 {
        let lower = deviate(&mut random) * 10f64.powi(random.below(9) as i32 - 4);
        let upper = [lower.next_up(), lower + 1e-6, lower * 1.5][random.below(3)];
        if lower < upper {
            let found = roundest(lower, upper);
            assert!(lower < found && found <= upper, "{lower} {found} {upper}");
        }
    }
}
