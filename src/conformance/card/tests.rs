use super::mutants::{MUTANTS, Mutant};
use super::*;
use crate::conformance::Outcome;
use crate::conformance::proof::Proof;
use crate::sim::card::{Latency, Profile};
use crate::sim::{self, VirtualBench, VirtualCard};

fn clock() -> Arc<dyn Clock> {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")).shared()
}

#[test]
fn the_healthy_reader_passes_every_case() {
    for latency in [Latency::None, Latency::TypeB106] {
        let clock = clock();
        let profile = Profile {
            latency,
            ..Profile::default()
        };
        let card = VirtualCard::new(profile, clock.clone());
        let mut bench = VirtualBench::with_card(card, clock);
        let mut started = Vec::new();
        let report = run(&mut bench, &mut |case| started.push(case));
        for case in &report.cases {
            assert_eq!(case.outcome, Outcome::Passed, "{report}");
        }
        let names: Vec<_> = cases().map(|case| case.name).collect();
        assert_eq!(started, names);
        assert_eq!(report.subject, "sim:Bench");
    }
}

#[test]
fn of_the_cases_those_run_that_are_wanted() {
    let clock = clock();
    let card = VirtualCard::new(Profile::default(), clock.clone());
    let mut bench = VirtualBench::with_card(card, clock);
    let mut started = Vec::new();
    let wanted = |case: &str| case.starts_with("removal.");
    let report = run_some(&mut bench, &wanted, &mut |case| started.push(case));
    assert_eq!(started, ["removal.is-no-card", "removal.is-remembered"]);
    assert_eq!(report.cases.len(), started.len());
    report.verdict().expect("healthy");
}

#[test]
fn a_reader_under_every_layer_is_as_good() {
    use crate::layer::{Fault, FaultPlan, Lines, Record, Recording, Trace};
    struct Layered(VirtualBench, Lines, Lines);
    impl Layered {
        fn wrap(&self, reader: Box<dyn CardReader>) -> Box<dyn CardReader> {
            let clock = self.0.clock();
            let recorded = Record::reader(reader, self.1.sink(), clock.clone());
            let faulty = Fault::new(recorded, FaultPlan::new(), clock.clone());
            Box::new(Trace::new(faulty, "bench", self.2.sink(), clock))
        }
    }
    impl CardBench for Layered {
        fn clock(&self) -> Arc<dyn Clock> {
            self.0.clock()
        }
        fn reader(&mut self) -> Result<Box<dyn CardReader>> {
            let reader = self.0.reader()?;
            Ok(self.wrap(reader))
        }
        fn context(&mut self) -> Result<Box<dyn CardContext>> {
            let context = self.0.context()?;
            Ok(Box::new(Trace::new(
                context,
                "bench",
                self.2.sink(),
                self.clock(),
            )))
        }
        fn act(&mut self, act: Act) -> Acted {
            self.0.act(act)
        }
        fn commands_seen(&mut self) -> Option<u64> {
            self.0.commands_seen()
        }
    }
    let (tape, told) = (Lines::new(10_000), Lines::new(10_000));
    let mut bench = Layered(VirtualBench::new(clock()), tape.clone(), told.clone());
    let report = run(&mut bench, &mut |_| {});
    for case in &report.cases {
        assert_eq!(case.outcome, Outcome::Passed, "{report}");
    }
    let recording = Recording::parse(&tape.text()).expect("own format");
    let steps = recording
        .dialogues()
        .iter()
        .map(|dialogue| dialogue.steps.len());
    let calls: usize = steps.sum();
    assert!(calls > 200, "{calls}");
    assert!(told.text().contains("next event"));
}

#[test]
fn every_case_has_a_mutant_that_fails_it_and_no_other() {
    let mut proof = Proof::of(cases().map(|case| case.name));
    for (name, how, also) in MUTANTS {
        let clock = clock();
        let card = VirtualCard::new(Profile::default(), clock.clone());
        // Each case on a fresh reader: what a mutant breaks for good is one case's matter.
        let failed: Vec<_> = cases()
            .filter(|case| {
                card.clear_faults();
                let bench = VirtualBench::with_card(card.clone(), clock.clone());
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
    struct Bare(VirtualBench);
    impl CardBench for Bare {
        fn clock(&self) -> Arc<dyn Clock> {
            self.0.clock()
        }
        fn reader(&mut self) -> Result<Box<dyn CardReader>> {
            self.0.reader()
        }
    }
    let report = run(&mut Bare(VirtualBench::new(clock())), &mut |_| {});
    report.verdict().expect("healthy");
    let reason = |name: &str| match report.outcome(name) {
        Some(Outcome::NotRun(why)) => why.clone(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(
        reason("watch.cancel-wakes"),
        "the bench has no card context"
    );
    assert!(reason("reader.empty-is-no-card").contains("Remove"));
    assert!(reason("transmit.once").contains("what the card saw"));
    assert!(reason("wait.gives-up-in-time").contains("0 ms"));
}

#[test]
fn a_driver_that_panics_fails_and_the_others_are_run() {
    struct Panics(VirtualBench);
    impl CardBench for Panics {
        fn clock(&self) -> Arc<dyn Clock> {
            self.0.clock()
        }
        fn reader(&mut self) -> Result<Box<dyn CardReader>> {
            self.0.reader()
        }
        fn context(&mut self) -> Result<Box<dyn CardContext>> {
            panic!("a driver that panics")
        }
    }
    let report = run(&mut Panics(VirtualBench::new(clock())), &mut |_| {});
    let outcome = report.outcome("context.lists-the-reader");
    assert_eq!(outcome, Some(&Outcome::Failed("it panicked".to_owned())));
    assert_eq!(
        report.outcome("transmit.status-only"),
        Some(&Outcome::Passed)
    );
}
