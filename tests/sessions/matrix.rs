//! Every fault at every moment of every path.

use std::collections::BTreeMap;
use std::time::Duration;

use myna_hal::checkin::{Failure, FailureCode, Policy};
use myna_hal::sim::card::Key;
use myna_hal::sim::ports::Government;

use crate::faults::{FAULTS, Fault};
use crate::moments::Moment;
use crate::reception::{Hands, Path, Reception, Visit};

/// Tries of the PIN and of the card-face code on a card of which none was used.
const ALL_TRIES: [(Key, u8); 2] = [(Key::AuthPin, 3), (Key::SurfaceB, 10)];

/// Until every lane has done what was left to do: more than any call to a card may last that
/// nobody cancels.
const AFTERWARDS: Duration = Duration::from_secs(90);

/// One cell of the matrix: a visit in which something went wrong.
fn visit_with(
    reception: &mut Reception,
    fault: &'static Fault,
    at: usize,
) -> Result<Visit, String> {
    let hands = reception.hands.clone();
    let before = verified(&reception.hands);
    let entries = hands.pad_faults.entries();
    let strike = move || (fault.strike)(&hands);
    reception.moments.begin(Some((at, Box::new(strike))));
    let visit = reception.visit();
    let (_, struck) = reception.moments.end();
    let mut wrong = survived(reception, &visit, before, entries);
    if !struck {
        wrong.push("the moment never came".to_owned());
    }
    match wrong.is_empty() {
        true => Ok(visit),
        false => Err(format!("{}\n{:#?}", wrong.join("; "), visit.report)),
    }
}

/// VERIFY commands with a value so far.
fn verified(hands: &Hands) -> [u32; 2] {
    ALL_TRIES.map(|(key, _)| hands.card.verify_count(key))
}

/// What must hold after a session, whatever happened in it. Lets the time pass that the lanes need
/// for what is left.
fn survived(
    reception: &mut Reception,
    visit: &Visit,
    before: [u32; 2],
    entries: u32,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    let report = visit.report.as_ref();
    let failures = report.map_or(&[][..], |report| &report.failures);
    check(
        !visit.is_completed() || report.is_some_and(|report| report.authenticated),
        "completed without authentication",
    );
    check(
        report.is_none_or(|report| {
            let own = Government::reception(report.session);
            report.reception.is_none_or(|told| told == own)
        }),
        "an answer of another session",
    );
    for step in report.iter().flat_map(|report| &report.steps) {
        let limit = limit(step.step, &reception.policy);
        check(
            step.took <= limit,
            &format!("{} took {:?} of {limit:?}", step.step, step.took),
        );
    }
    check(
        !visit.patient.left_open,
        "the card was open when it was taken",
    );
    // What is left to be done is done without anybody.
    let pause = reception.wait(AFTERWARDS);
    drop(pause.sleep(AFTERWARDS));
    let hands = &reception.hands;
    check(!hands.card.is_unlocked(), "a key stayed open on the card");
    check(
        hands.card.violations().is_empty(),
        "touched what a kiosk must not",
    );
    for (key, tries) in ALL_TRIES {
        check(
            hands.card.tries_left(key) == tries,
            &format!("a try of {key:?} is gone"),
        );
    }
    let [pin, code] = verified(hands);
    let presented = match reception.path {
        // The other software presents it, once per choice of the PIN.
        Path::PinElsewhere => 2,
        _ => hands.pad_faults.entries() - entries,
    };
    check(
        pin - before[0] <= presented,
        "the PIN was presented more often than it was entered",
    );
    check(
        code - before[1] <= visit.patient.faces,
        "the code was presented more often than the face was chosen",
    );
    let unanswered = |failure: &Failure| failure.code == FailureCode::PinUnanswered;
    check(
        pin - before[0] <= 1 || !failures.iter().any(unanswered),
        "presented again after no answer",
    );
    wrong
}

/// How long a session may stand in a state, every repetition that the policy allows included.
fn limit(step: &str, policy: &Policy) -> Duration {
    let deadlines = &policy.deadlines;
    match step {
        "reading-card" => deadlines.reading,
        "choose-method" => deadlines.choosing,
        "unlocking-portrait" => deadlines.unlocking,
        "face-capture" => deadlines.face * u32::from(policy.budgets.face_attempts),
        "pin-entry" => deadlines.pin_entry,
        "pin-verifying" => deadlines.pin_entry + deadlines.pin_verifying,
        "staff-gate" => deadlines.staff_gate,
        "staff-confirm" => deadlines.staff_confirm,
        "authenticating" => deadlines.authenticating,
        "offering-registration" => deadlines.registration_offer,
        "registering" => deadlines.registering,
        "querying" => deadlines.querying,
        "consenting" => deadlines.consenting * 2,
        "submitting" => deadlines.submitting * 2,
        "showing" => deadlines.showing,
        // The patient takes the card at the second reminder.
        "remove-card" => deadlines.reminder * 2,
        other => panic!("a state without a deadline here: {other}"),
    }
}

/// What a path goes through when nothing goes wrong.
fn moments_of(reception: &mut Reception) -> Vec<Moment> {
    // The first visit learns what the card can do, and sends more commands for it.
    let first = reception.visit();
    assert!(first.is_completed(), "{:#?}", first.report);
    reception.idle(Duration::from_secs(3));
    reception.moments.begin(None);
    let visit = reception.visit();
    let (moments, _) = reception.moments.end();
    assert!(visit.is_completed(), "{:#?}", visit.report);
    moments
}

/// The next patient, after everything was repaired.
fn next_patient(reception: &mut Reception) -> Result<(), String> {
    reception.hands.repair();
    reception.idle(Duration::from_secs(3));
    let visit = reception.visit();
    if visit.is_completed() {
        return Ok(());
    }
    Err(format!(
        "the next patient was not served: {:#?}",
        visit.report
    ))
}

/// How the visits of one row ended.
type Row = BTreeMap<&'static str, usize>;

/// Runs every fault at each `stride`th moment of a path; returns how many visits survived.
fn run(path: Path, stride: usize) -> usize {
    let mut reception = Reception::new(path);
    let moments = moments_of(&mut reception);
    let mut table = format!("\n{path:?}: {} moments\n", moments.len());
    let (mut visits, mut failed) = (0, Vec::new());
    for (row, fault) in FAULTS.iter().enumerate() {
        let mut ends = Row::new();
        for at in (row % stride..moments.len()).step_by(stride) {
            visits += 1;
            let survived = visit_with(&mut reception, fault, at).and_then(|visit| {
                *ends.entry(visit.end()).or_default() += 1;
                if fault.ends {
                    reception = Reception::new(path);
                    return Ok(());
                }
                next_patient(&mut reception)
            });
            if let Err(why) = survived {
                let moment = moments[at];
                failed.push(format!(
                    "{path:?}, {} at {at} ({moment}): {why}",
                    fault.name
                ));
                reception = Reception::new(path);
            }
        }
        let ends: Vec<_> = ends
            .iter()
            .map(|(end, count)| format!("{count} {end}"))
            .collect();
        table += &format!("  {:<30}{}\n", fault.name, ends.join(", "));
    }
    println!("{table}  {} of {visits} survived", visits - failed.len());
    assert!(
        failed.is_empty(),
        "{} failed, first: {}",
        failed.len(),
        failed[0]
    );
    visits
}

/// Unoptimised code runs a share of the cells, another one of every fault.
const STRIDE: usize = if cfg!(debug_assertions) { 6 } else { 1 };

#[test]
fn every_fault_is_survived_by_face() {
    let _process = crate::beside_others();
    assert!(run(Path::Face, STRIDE) > 80);
}

#[test]
fn every_fault_is_survived_by_pin() {
    let _process = crate::beside_others();
    assert!(run(Path::Pin, STRIDE) > 80);
}

#[test]
fn every_fault_is_survived_by_pin_on_the_reader() {
    let _process = crate::beside_others();
    assert!(run(Path::PinOnReader, STRIDE) > 80);
}

#[test]
fn every_fault_is_survived_by_pin_elsewhere() {
    let _process = crate::beside_others();
    assert!(run(Path::PinElsewhere, STRIDE) > 80);
}

#[test]
fn every_fault_is_survived_by_staff() {
    let _process = crate::beside_others();
    assert!(run(Path::Staff, STRIDE) > 80);
}
