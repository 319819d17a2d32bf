//! The same vectors in a gallery, at every level of the processor.

use myna_hal::face::compare::Level;
use myna_hal::face::compare::gallery::{Candidate, CodedGallery, Gallery};
use myna_hal::face::{ComparisonScore, Template};

/// `scores` are those of single comparisons; `count` best ones are looked for.
pub(crate) fn check(
    probe: &Template,
    others: &[Template],
    scores: &[ComparisonScore],
    count: usize,
) {
    let mut sorted: Vec<_> = scores
        .iter()
        .enumerate()
        .map(|(index, score)| Candidate {
            index,
            score: *score,
        })
        .collect();
    sorted.sort_by(|a, b| b.score.value().total_cmp(&a.score.value()));
    let best = &sorted[..count.min(sorted.len())];
    let threshold = ComparisonScore::new(count as f32 / 32.0 - 1.0);
    let reaching = sorted.partition_point(|c| c.score >= threshold);
    for level in Level::available() {
        let mut gallery = Gallery::new(probe.model().clone(), probe.dimensions()).at_level(level);
        for template in others {
            gallery.push(template).expect("one model");
        }
        assert_eq!(gallery.scores(probe).expect("one model"), scores);
        assert_eq!(gallery.top(probe, count).expect("one model"), best);
        let probes = std::slice::from_ref(probe);
        let each = gallery.top_each(probes, count).expect("one model");
        assert_eq!(each, [best]);
        let matrix = gallery.score_matrix(probes).expect("one model");
        for (index, score) in scores.iter().enumerate() {
            let of_template: Vec<_> = matrix.of_template(index).expect("there").collect();
            assert!((of_template[0].value() - score.value()).abs() < 5e-5);
        }
        let histogram = gallery.histogram(probes, count + 1).expect("bins");
        assert_eq!(histogram.total(), others.len() as u64);
        let coded = CodedGallery::new(gallery);
        assert_eq!(coded.top(probe, count).expect("one model"), best);
        let found = coded.at_least(probe, threshold);
        assert_eq!(found.expect("one model"), sorted[..reaching]);
    }
}
