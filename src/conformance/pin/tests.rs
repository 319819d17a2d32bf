use super::mutants::{MUTANTS, Mutant};
use super::*;
use crate::conformance::Outcome;
use crate::conformance::proof::Proof;
use crate::sim::card::Key;
use crate::sim::{self, VirtualPinBench};

fn clock() -> Arc<dyn Clock> {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")).shared()
}

#[test]
fn the_healthy_pads_pass_every_case_of_their_path() {
    let mut not_run: Vec<Vec<_>> = Vec::new();
    for path in [PinPath::Host, PinPath::Secure] {
        let bench = VirtualPinBench::new(path, clock());
        let report = run(bench, Tries::TestCard, &mut |_| {});
        report.verdict().expect("healthy");
        let left_out = report.cases.iter();
        let left_out = left_out.filter(|case| case.outcome != Outcome::Passed);
        not_run.push(left_out.map(|case| case.name).collect());
    }
    let on_neither = not_run[0].iter().filter(|name| not_run[1].contains(name));
    assert_eq!(on_neither.count(), 0, "{not_run:#?}");
    assert_eq!(
        not_run[0],
        ["pin.secure-prepares-at-once", "pin.secure-hides-digits"]
    );
}

#[test]
fn no_try_is_spent_unless_the_caller_says_so() {
    for path in [PinPath::Host, PinPath::Secure] {
        let bench = VirtualPinBench::new(path, clock());
        let card = bench.virtual_card().clone();
        let report = run(bench, Tries::Keep, &mut |_| {});
        report.verdict().expect("healthy");
        assert_eq!(card.verify_count(Key::AuthPin), 0);
        assert!(card.log().is_empty(), "the card was not even looked at");
        assert!(matches!(
            report.outcome("pin.wrong-costs-one"),
            Some(Outcome::NotRun(why)) if why.contains("test card")
        ));
    }
}

#[test]
fn a_card_with_few_tries_is_left_alone_and_the_others_get_theirs_back() {
    let bench = VirtualPinBench::new(PinPath::Host, clock());
    let card = bench.virtual_card().clone();
    run(bench, Tries::TestCard, &mut |_| {})
        .verdict()
        .expect("healthy");
    assert_eq!(card.tries_left(Key::AuthPin), 3);
    assert!(!card.is_unlocked());

    let mut bench = VirtualPinBench::new(PinPath::Host, clock());
    let card = bench.virtual_card().clone();
    bench.person(Person::TypesWrong);
    let mut pad = bench.pad().expect("virtual");
    let mut connection = bench.card().expect("virtual");
    let wait = Wait::at_most(bench.clock(), Duration::from_secs(9));
    let select = crate::apdu::CommandApdu::parse(crate::conformance::card::SELECT);
    connection
        .transmit(&select.expect("well-formed"), &wait)
        .expect("selected");
    let _ = pad.prepare(&request().prompt, &wait).expect("typed");
    let _ = pad
        .verify(&mut *connection, &request(), &wait)
        .expect("sent");
    drop(connection);
    let before = card.verify_count(Key::AuthPin);
    assert_eq!((before, card.tries_left(Key::AuthPin)), (1, 2));
    let report = run(bench, Tries::TestCard, &mut |_| {});
    assert_eq!(card.verify_count(Key::AuthPin), before);
    assert!(matches!(
        report.outcome("pin.wrong-costs-one"),
        Some(Outcome::NotRun(why)) if why.contains("only 2 tries")
    ));
}

/// A bench whose person was told more than any case waits for.
struct Talkative {
    bench: VirtualPinBench,
    /// Whether they forget it when they are asked to.
    forgets: bool,
}

impl PinBench for Talkative {
    fn clock(&self) -> Arc<dyn Clock> {
        self.bench.clock()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        self.bench.pad()
    }

    fn person(&mut self, does: Person) -> Acted {
        let acted = self.bench.person(does);
        if does != Person::DoesNothing {
            self.bench.person(Person::Cancels);
        }
        acted
    }

    fn clear(&mut self) {
        if self.forgets {
            self.bench.clear();
        }
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        self.bench.card()
    }
}

#[test]
fn what_a_case_leaves_of_the_script_does_not_reach_the_next() {
    for path in [PinPath::Host, PinPath::Secure] {
        let verdict = |forgets| {
            let mut bench = VirtualPinBench::new(path, clock());
            // Somebody used the desk before.
            bench.person(Person::Cancels);
            let bench = Talkative { bench, forgets };
            run(bench, Tries::TestCard, &mut |_| {}).verdict()
        };
        verdict(false).expect_err("the cancel keys of others are pressed");
        verdict(true).expect("they are pressed for nobody else");
    }
}

#[test]
fn every_case_has_a_mutant_that_fails_it_and_no_other() {
    let mut proof = Proof::of(cases().map(|case| case.name));
    for (name, path, how, also) in MUTANTS {
        let clock = clock();
        let failed: Vec<_> = cases()
            .filter(|case| {
                let bench = VirtualPinBench::new(*path, clock.clone());
                let mut bench = Bench {
                    inner: Box::new(Mutant { bench, how: *how }),
                    tries: Tries::TestCard,
                };
                let report = run_cases(String::new(), &[case], &mut bench, &clock, &mut |_| {});
                report.verdict().is_err()
            })
            .map(|case| case.name)
            .collect();
        let asked = cases().map(|case| case.name);
        proof.judge(name, how, also, asked, &failed);
    }
    proof.holds();
}
