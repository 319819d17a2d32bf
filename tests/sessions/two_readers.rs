//! Two readers in one process: two runners that share nothing but the clock and the platform.

use std::time::Duration;

use myna_hal::checkin::Outcome;
use myna_hal::sim::card::Key;
use myna_hal::time::Clock as _;

use crate::reception::{Path, Reception};

/// Patients come to both at the same time, and at one of them everything goes wrong.
#[test]
fn two_readers_are_two_runners() {
    let _process = crate::beside_others();
    let mut left = Reception::new(Path::Face);
    let hands = left.hands.clone();
    let seat = hands.clock.participant();
    let thread = std::thread::spawn(move || {
        let _seat = seat.enter();
        let mut right = Reception::beside(&hands, Path::Pin);
        (0..6).map(|_| right.visit()).collect::<Vec<_>>()
    });
    let mut outcomes = Vec::new();
    for visit in 0..6 {
        let hands = left.hands.clone();
        // Every second patient pulls the card in the middle.
        let pull = (visit % 2 == 1).then(|| {
            let pull = move || drop(hands.reader.remove());
            (10, Box::new(pull) as Box<dyn FnOnce() + Send>)
        });
        left.moments.begin(pull);
        outcomes.push(left.visit());
    }
    let right = {
        // Waits on the clock: this thread takes part in it.
        let pause = left.wait(Duration::from_secs(3600));
        while !thread.is_finished() {
            drop(
                pause
                    .shortened(Duration::from_secs(1))
                    .sleep(Duration::from_secs(1)),
            );
        }
        thread.join().expect("no panic")
    };
    for (number, visit) in outcomes.iter().enumerate() {
        assert_eq!(visit.is_completed(), number % 2 == 0, "{:#?}", visit.report);
    }
    for (number, visit) in right.iter().enumerate() {
        let report = visit.report.as_ref().expect("a session began");
        assert_eq!(report.outcome, Outcome::Completed, "{number}: {report:#?}");
        assert!(!visit.patient.left_open);
    }
    assert_eq!(
        left.hands.card.verify_count(Key::AuthPin),
        0,
        "the other reader's PIN"
    );
}
