//! Answers that come late.

use std::time::Duration;

use myna_hal::checkin::{Outcome, SessionReport};
use myna_hal::sim::ports::{Behaviour, Government};

use crate::reception::{Path, Reception};

/// Longer than every deadline of a call, shorter than what a next patient takes.
const LATE: Duration = Duration::from_secs(25);

fn report(reception: &mut Reception) -> SessionReport {
    let visit = reception.visit();
    visit.report.expect("a session began")
}

/// The first patient's answer comes while the second one's session waits for its own.
#[test]
fn a_late_answer_of_one_session_never_completes_another() {
    let _process = crate::beside_others();
    // Authentication, query and submission in turn are late for the first patient.
    for call in 0..3 {
        let mut reception = Reception::new(Path::Face);
        let government = reception.hands.government.clone();
        for _ in 0..call {
            government.behave_once(Behaviour::Usual);
        }
        government.behave_once(Behaviour::Deaf(LATE));
        let reports = [(); 3].map(|()| report(&mut reception));
        assert_ne!(reports[0].outcome, Outcome::Completed, "{:#?}", reports[0]);
        assert_eq!(reports[2].outcome, Outcome::Completed, "{:#?}", reports[2]);
        for report in reports {
            let own = Government::reception(report.session);
            assert!(
                report.reception.is_none_or(|told| told == own),
                "{report:#?}"
            );
        }
    }
}

#[test]
fn the_system_takes_its_three_to_seven_seconds_and_no_more() {
    let _process = crate::beside_others();
    let mut reception = Reception::new(Path::Face);
    let usual = reception.visit();
    assert!(usual.is_completed());
    let steps = &usual.report.expect("completed").steps;
    for name in ["authenticating", "querying", "submitting"] {
        let step = steps.iter().find(|step| step.step == name).expect(name);
        let seconds = Duration::from_secs(3)..=Duration::from_secs(7);
        assert!(seconds.contains(&step.took), "{name}: {:?}", step.took);
    }
}
