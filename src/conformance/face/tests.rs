use std::sync::OnceLock;

use super::mutants::{How, MUTANTS, Mutant};
use super::*;
use crate::conformance::Outcome;
use crate::conformance::proof::Proof;
use crate::face::compare;
use crate::sim::{self, DrawnEmbedder, VirtualFaceBench, drawn_fixture};

fn clock() -> Arc<dyn Clock> {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")).shared()
}

/// The score that the healthy engine gives, as another runtime would have told it.
fn reference_score(fixture: &FaceFixture) -> ReferenceScore {
    let mut embedder = DrawnEmbedder::new();
    let mut template = |it: &Pictured| embedder.embed(&it.image.view(), &it.face).expect("a face");
    let (face, again) = (template(&fixture.face), template(&fixture.again));
    ReferenceScore {
        model: DrawnEmbedder::new().model().clone(),
        score: compare(&face, &again).expect("one model").value(),
        // The same engine on the same machine: to the last bit. Drawn pairs are so much alike that
        // swapped colours move their score by less than a hundred thousandth.
        tolerance: 0.0,
    }
}

fn complete() -> FaceFixture {
    let mut fixture = drawn_fixture();
    fixture.are_told_apart = true;
    fixture.reference_score = Some(reference_score(&fixture));
    fixture
}

/// Drawn once for all mutants.
pub(super) fn fixture() -> &'static FaceFixture {
    static FIXTURE: OnceLock<FaceFixture> = OnceLock::new();
    FIXTURE.get_or_init(complete)
}

#[test]
fn the_virtual_engines_pass_every_case() {
    let mut bench = VirtualFaceBench::new(clock()).with_fixture(complete());
    let report = run(&mut bench, &mut |_| {});
    report.verdict().expect("healthy");
    let not_run: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.outcome != Outcome::Passed)
        .collect();
    assert!(not_run.is_empty(), "{not_run:#?}");
    let timed: Vec<_> = report.timings.iter().map(|timing| timing.what).collect();
    assert_eq!(timed, ["detect", "embed", "start", "probe"]);
}

/// What a bench does not have is left out, and told.
#[test]
fn a_bench_without_engines_runs_nothing() {
    struct Bare(FaceFixture);

    impl FaceBench for Bare {
        fn clock(&self) -> Arc<dyn Clock> {
            clock()
        }

        fn name(&self) -> String {
            "bare".to_owned()
        }

        fn fixture(&self) -> &FaceFixture {
            &self.0
        }
    }

    let report = run(&mut Bare(drawn_fixture()), &mut |_| {});
    assert!(report.timings.is_empty());
    for case in report.cases {
        assert!(
            matches!(&case.outcome, Outcome::NotRun(why) if why.contains("the bench has no")),
            "{case:?}"
        );
    }
}

/// Only the cases of the engine that the mutant stands for: the others are the healthy ones.
fn failing(how: How, engine: &'static [Case<Bench>]) -> Vec<&'static str> {
    let clock = clock();
    engine
        .iter()
        .filter(|case| {
            let mut bench = Mutant::new(how, clock.clone());
            let bench: &mut Bench = &mut bench;
            let report =
                crate::conformance::run::run(String::new(), &[*case], bench, &clock, &mut |_| {});
            report.verdict().is_err()
        })
        .map(|case| case.name)
        .collect()
}

#[test]
fn every_case_has_a_mutant_that_fails_it_and_no_other() {
    let engines = [
        detector::CASES,
        embedder::CASES,
        verifier::CASES,
        liveness::CASES,
    ];
    let mut proof = Proof::of(cases().map(|case| case.name));
    for (name, how, also) in MUTANTS {
        let engine = engines
            .into_iter()
            .find(|cases| cases.iter().any(|case| case.name == *name))
            .expect("a case");
        let failed = failing(*how, engine);
        let asked = engine.iter().map(|case| case.name);
        proof.judge(name, how, also, asked, &failed);
    }
    proof.holds();
}
