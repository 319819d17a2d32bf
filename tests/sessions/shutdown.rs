//! The program ends, or the caller stops waiting, at any moment.

use std::time::Duration;

use myna_hal::ErrorKind;
use myna_hal::checkin::{CancelledBy, Outcome};

use crate::reception::{Path, Reception};

/// What a session may take that was told to end, and what may then be left to do.
const BOUND: Duration = Duration::from_secs(2);

/// From one moment at which it ends to the next.
const STEP: Duration = Duration::from_millis(if cfg!(debug_assertions) { 4300 } else { 700 });

/// Longer than one visit takes.
const VISIT: Duration = Duration::from_secs(60);

#[test]
fn a_program_that_stops_ends_the_session_in_two_seconds_with_the_card_locked() {
    let _process = crate::beside_others();
    for path in Path::ALL {
        let mut at = Duration::from_millis(700);
        while at < VISIT {
            let mut reception = Reception::new(path);
            let mut patient = reception.begin();
            let wait = reception.wait(at);
            if reception.runner.run_session(&mut patient, &wait).is_ok() {
                break;
            }
            reception.hands.input.shut_down();
            let told = reception.now();
            let wait = reception.wait(VISIT);
            let report = reception
                .runner
                .run_session(&mut patient, &wait)
                .expect("it ends");
            let ended = reception.now().since(told);
            assert!(ended <= BOUND, "{path:?} at {at:?}: {ended:?}");
            let by_system = Outcome::Cancelled {
                by: CancelledBy::System,
            };
            let done = report.outcome == Outcome::Completed;
            assert!(
                done || report.outcome == by_system,
                "{path:?} at {at:?}: {report:#?}"
            );
            let card = reception.hands.card.clone();
            let clock = reception.hands.clock.clone();
            let before = reception.now();
            drop(reception);
            assert!(!card.is_unlocked(), "{path:?} at {at:?}");
            let farewell = myna_hal::time::Clock::now(&clock).since(before);
            assert!(
                farewell <= Duration::from_secs(12),
                "{path:?} at {at:?}: {farewell:?}"
            );
            at += STEP;
        }
    }
}

#[test]
fn a_runner_that_is_dropped_at_any_moment_leaves_nothing_open() {
    let _process = crate::beside_others();
    for path in Path::ALL {
        let mut at = Duration::from_millis(300);
        while at < VISIT {
            let mut reception = Reception::new(path);
            let mut patient = reception.begin();
            let wait = reception.wait(at);
            match reception.runner.run_session(&mut patient, &wait) {
                Ok(_) => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
            }
            let card = reception.hands.card.clone();
            drop(reception);
            assert!(!card.is_unlocked(), "{path:?} at {at:?}");
            at += STEP;
        }
    }
}
