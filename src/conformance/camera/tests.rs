use super::mutants::{MUTANTS, Mutant};
use super::*;
use crate::conformance::Outcome;
use crate::conformance::proof::Proof;
use crate::sim::{self, DRAWN_FACE_JP2, Lighting, Scene, VirtualCamera, VirtualCameraBench};

fn clock() -> Arc<dyn Clock> {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")).shared()
}

#[test]
fn the_healthy_camera_passes_every_case() {
    let mut started = Vec::new();
    let mut bench = VirtualCameraBench::new(clock());
    let report = run(&mut bench, &mut |case| started.push(case));
    for case in &report.cases {
        assert_eq!(case.outcome, Outcome::Passed, "{report}");
    }
    let names: Vec<_> = cases().map(|case| case.name).collect();
    assert_eq!(started, names);
    assert_eq!(report.subject, "sim:virtual camera");
}

#[test]
fn every_case_has_a_mutant_that_fails_it_and_no_other() {
    let mut proof = Proof::of(cases().map(|case| case.name));
    let scene = Scene::Face { person: 1 };
    let camera = VirtualCamera::lit(clock(), scene, Lighting::room());
    // Thousands of frames of it: one that has a sensor draws each.
    camera
        .control()
        .show_picture(DRAWN_FACE_JP2)
        .expect("a picture");
    for (name, how, also) in MUTANTS {
        let clock = clock();
        // Each case on a fresh camera: what a mutant breaks for good is one case's matter.
        let failed: Vec<_> = cases()
            .filter(|case| {
                camera.control().plug();
                camera.control().stall(false);
                let bench = VirtualCameraBench::with_camera(&camera, clock.clone());
                let mut mutant = Mutant::new(bench, *how);
                let report = run::run(String::new(), &[case], &mut mutant, &clock, &mut |_| {});
                report.verdict().is_err()
            })
            .map(|case| case.name)
            .collect();
        let asked = cases().map(|case| case.name);
        proof.judge(name, how, also, asked, &failed);
    }
    proof.holds();
}

#[test]
fn a_bench_that_can_do_nothing_is_told_why_cases_were_not_run() {
    struct Bare(VirtualCameraBench);
    impl CameraBench for Bare {
        fn clock(&self) -> Arc<dyn Clock> {
            self.0.clock()
        }
        fn camera(&mut self) -> Result<Box<dyn Camera>> {
            self.0.camera()
        }
    }
    let report = run(&mut Bare(VirtualCameraBench::new(clock())), &mut |_| {});
    report.verdict().expect("healthy");
    let reason = |name: &str| match report.outcome(name) {
        Some(Outcome::NotRun(why)) => why.clone(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(
        reason("watch.cancel-wakes"),
        "the bench has no camera context"
    );
    assert!(reason("unplug.is-disconnected").contains("Unplug"));
    assert!(reason("wait.gives-up-in-time").contains("Stall"));
    assert!(reason("frames.show-the-scene").contains("cannot tell"));
}
