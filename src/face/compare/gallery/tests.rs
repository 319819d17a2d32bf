//! Every search against sorting all scores, at every level.

use super::*;
use crate::ErrorKind;
use crate::face::compare;
use crate::random::Random;

fn model() -> ModelId {
    ModelId::new("test", [7; 32])
}

fn template(values: Vec<f32>) -> Template {
    Template::new(model(), values).expect("finite")
}

fn value(random: &mut Random) -> f32 {
    random.below(20_001) as f32 / 10_000.0 - 1.00005
}

/// Unrelated templates, then near-duplicates of one, then exact copies of some.
fn population(random: &mut Random, dimensions: usize, count: usize) -> Vec<Template> {
    let mut all: Vec<Vec<f32>> = (0..count)
        .map(|_| (0..dimensions).map(|_| value(random)).collect())
        .collect();
    for _ in 0..count / 4 {
        let near = all[0].iter().map(|v| v + value(random) * 1e-5).collect();
        all.push(near);
    }
    for _ in 0..count / 8 {
        let copy = random.pick(&all).clone();
        all.push(copy);
    }
    all.into_iter().map(template).collect()
}

fn sorted(templates: &[Template], probe: &Template) -> Vec<Candidate> {
    let mut all: Vec<_> = templates
        .iter()
        .enumerate()
        .map(|(index, template)| {
            let score = compare(probe, template).expect("one model");
            Candidate { index, score }
        })
        .collect();
    all.sort_by(Candidate::order);
    all
}

fn gallery(templates: &[Template]) -> Gallery {
    let mut gallery = Gallery::new(model(), templates[0].dimensions());
    for (index, template) in templates.iter().enumerate() {
        assert_eq!(gallery.push(template).expect("one model"), index);
    }
    gallery
}

#[test]
fn every_search_gives_the_list_that_sorting_gives() {
    let mut random = Random(0xca11);
    for (dimensions, count) in [(3, 40), (128, 160), (130, 70), (512, 90), (64, 7)] {
        let templates = population(&mut random, dimensions, count);
        let probes = [
            population(&mut random, dimensions, 8).remove(7),
            // At a near-duplicate, and at one that has copies.
            template(templates[0].values().to_vec()),
            template(templates[count].values().to_vec()),
            template(templates[0].values().iter().map(|v| -v).collect()),
        ];
        for level in Level::available() {
            let coded = CodedGallery::new(gallery(&templates).at_level(level));
            let plain = coded.gallery();
            for probe in &probes {
                let expected = sorted(&templates, probe);
                let scores = plain.scores(probe).expect("one model");
                for candidate in &expected {
                    assert_eq!(scores[candidate.index], candidate.score);
                }
                for k in [0, 1, 2, 10, count / 3, 2 * count] {
                    let list = &expected[..k.min(expected.len())];
                    let name = level.name();
                    assert_eq!(plain.top(probe, k).expect("fits"), list, "{name} {k}");
                    assert_eq!(coded.top(probe, k).expect("fits"), list, "{name} {k}");
                }
                let best = expected.first().copied();
                assert_eq!(coded.best(probe).expect("fits"), best);
                assert_eq!(plain.best(probe).expect("fits"), best);
                let middle = expected[expected.len() / 3].score.value();
                for threshold in [-1.0, 0.0, 0.4, middle, middle.next_up(), 1.0] {
                    let threshold = ComparisonScore::new(threshold);
                    let reaching = expected.partition_point(|c| c.score >= threshold);
                    let list = &expected[..reaching];
                    assert_eq!(plain.at_least(probe, threshold).expect("fits"), list);
                    assert_eq!(coded.at_least(probe, threshold).expect("fits"), list);
                }
            }
        }
    }
}

#[test]
fn the_codes_spare_most_comparisons() {
    let mut random = Random(0x5a3e);
    let templates: Vec<_> = (0..4000)
        .map(|_| template((0..128).map(|_| value(&mut random)).collect()))
        .collect();
    let coded = CodedGallery::new(gallery(&templates));
    for probe in &templates[..20] {
        let (list, compared) = coded.top_counted(probe, 10).expect("one model");
        assert_eq!(list.len(), 10);
        assert!(compared < 400, "{compared} of 4000");
    }
}

#[test]
fn a_gallery_that_grows_is_one_that_was_made_at_once() {
    let templates = population(&mut Random(9), 200, 60);
    let mut grown = CodedGallery::new(Gallery::new(model(), 200));
    assert!(grown.gallery().is_empty());
    assert_eq!(grown.best(&templates[0]).expect("one model"), None);
    for template in &templates {
        grown.push(template).expect("one model");
    }
    assert_eq!(grown.gallery().len(), templates.len());
    let expected = sorted(&templates, &templates[3]);
    assert_eq!(grown.top(&templates[3], 20).expect("fits"), expected[..20]);
}

#[test]
fn another_model_or_size_is_refused() {
    let mut coded = CodedGallery::new(Gallery::new(model(), 4));
    let other_size = template(vec![1.0; 5]);
    let other_model = Template::new(ModelId::new("other", [1; 32]), vec![1.0; 4]).expect("finite");
    for wrong in [&other_size, &other_model] {
        let errors = [
            coded.push(wrong).expect_err("wrong"),
            coded.top(wrong, 1).expect_err("wrong"),
            coded.gallery().top(wrong, 1).expect_err("wrong"),
            coded.gallery().scores(wrong).expect_err("wrong"),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn many_probes_at_once_have_the_lists_of_single_ones() {
    let mut random = Random(0x3a7);
    for (dimensions, count, probes) in [(3, 30, 5), (128, 130, 70), (200, 61, 1), (512, 150, 64)] {
        let templates = population(&mut random, dimensions, count);
        let mut probes = population(&mut random, dimensions, probes);
        probes.push(template(templates[0].values().to_vec()));
        for level in Level::available() {
            let gallery = gallery(&templates).at_level(level);
            for k in [0, 1, 10, 2 * count] {
                let lists = gallery.top_each(&probes, k).expect("one model");
                assert_eq!(lists.len(), probes.len());
                for (probe, list) in probes.iter().zip(lists) {
                    let expected = gallery.top(probe, k).expect("one model");
                    assert_eq!(list, expected, "{}, {dimensions}", level.name());
                }
            }
        }
    }
}

#[test]
fn the_matrix_is_close_to_double_precision_and_its_histogram_counts_it() {
    let mut random = Random(0x3a8);
    for (dimensions, count, probes) in [(3, 30, 5), (128, 530, 17), (512, 131, 65)] {
        let templates = population(&mut random, dimensions, count);
        let probes = population(&mut random, dimensions, probes);
        for level in Level::available() {
            let gallery = gallery(&templates).at_level(level);
            let matrix = gallery.score_matrix(&probes).expect("one model");
            let mut bins = vec![0; 50];
            for (index, template) in templates.iter().enumerate() {
                let scores: Vec<_> = matrix.of_template(index).expect("there").collect();
                assert_eq!(scores.len(), probes.len());
                for (probe, score) in probes.iter().zip(scores) {
                    let both = probe.values().iter().zip(template.values());
                    let exact: f64 = both.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                    let error = (f64::from(score.value()) - exact).abs();
                    assert!(error <= 2e-6, "{}: {error:e}", level.name());
                    bins[(((score.value() + 1.0) * 25.0) as usize).min(49)] += 1;
                }
            }
            assert!(matrix.of_template(templates.len()).is_err());
            let histogram = gallery.histogram(&probes, 50).expect("one model");
            assert_eq!(histogram.bins(), bins, "{}", level.name());
            assert_eq!(histogram.total(), (templates.len() * probes.len()) as u64);
            assert_eq!(histogram.lower_edge(25).value(), 0.0);
        }
    }
}

#[test]
fn a_search_of_nothing_finds_nothing() {
    let probe = template(vec![1.0; 4]);
    let threshold = ComparisonScore::new(-1.0);
    let coded = CodedGallery::new(Gallery::new(model(), 4));
    for count in [0, 1, 5] {
        assert!(coded.top(&probe, count).expect("fits").is_empty());
        assert!(coded.gallery().top(&probe, count).expect("fits").is_empty());
    }
    assert!(coded.at_least(&probe, threshold).expect("fits").is_empty());
    let plain = coded.gallery();
    assert!(plain.at_least(&probe, threshold).expect("fits").is_empty());
    assert!(plain.scores(&probe).expect("fits").is_empty());
    assert_eq!(plain.best(&probe).expect("fits"), None);
}

/// Templates that differ in directions whose values are denormal, and copies of them.
#[test]
fn denormal_values_are_values() {
    let templates: Vec<_> = [1e-40, -1e-42, 1e-45, 1e-40, 0.0]
        .map(|small| template(vec![1.0, small, small]))
        .into();
    let expected = sorted(&templates, &templates[0]);
    for level in Level::available() {
        let coded = CodedGallery::new(gallery(&templates).at_level(level));
        assert_eq!(coded.top(&templates[0], 5).expect("fits"), expected);
        let matrix = coded.gallery().score_matrix(&templates).expect("fits");
        let scores: Vec<_> = matrix.of_template(1).expect("there").collect();
        assert!(scores.iter().all(|score| score.value() == 1.0));
    }
}

/// More rows than one call takes, so that they are read in streams, and parts are left over.
#[test]
fn a_gallery_of_many_calls_has_the_scores_of_single_comparisons() {
    let mut random = Random(0x10ad);
    let values = |random: &mut Random| (0..512).map(|_| value(random)).collect();
    let templates: Vec<_> = (0..2_200).map(|_| template(values(&mut random))).collect();
    for level in Level::available() {
        let scores = gallery(&templates).at_level(level).scores(&templates[7]);
        for (template, score) in templates.iter().zip(scores.expect("one model")) {
            assert_eq!(compare(&templates[7], template).expect("one model"), score);
        }
    }
}

#[test]
fn a_matrix_that_is_filled_again_has_nothing_of_before() {
    let templates = population(&mut Random(0xf111), 100, 50);
    let gallery = gallery(&templates);
    let mut matrix = gallery.score_matrix(&templates[..40]).expect("fits");
    for probes in [&templates[3..20], &templates[..49]] {
        gallery
            .fill_score_matrix(probes, &mut matrix)
            .expect("fits");
        let fresh = gallery.score_matrix(probes).expect("fits");
        for index in 0..templates.len() {
            let (filled, fresh) = (matrix.of_template(index), fresh.of_template(index));
            assert!(filled.expect("there").eq(fresh.expect("there")));
        }
    }
}

#[test]
fn nothing_against_nothing() {
    let empty = Gallery::new(model(), 4);
    let probes = [template(vec![1.0; 4])];
    assert_eq!(empty.top_each(&probes, 3).expect("fits"), [vec![]]);
    assert_eq!(empty.histogram(&probes, 7).expect("fits").total(), 0);
    assert!(empty.histogram(&probes, 0).is_err());
    assert!(empty.top_each(&[], 3).expect("fits").is_empty());
    assert!(
        empty
            .score_matrix(&probes)
            .expect("fits")
            .of_template(0)
            .is_err()
    );
}
