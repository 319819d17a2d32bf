//! Other software owns the PIN.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use myna_hal::card::Disposition;
use myna_hal::checkin::ports::{ExternalPinAnswer, PinAuthenticator};
use myna_hal::checkin::{FailureCode, Outcome, PinAnswer, Proven};
use myna_hal::sim::card::{Key, Profile};
use myna_hal::sim::ports::{Behaviour, ExternalPin, Observer, PortCall};
use myna_hal::sim::{Clock, VirtualCard, VirtualReader};
use myna_hal::{ErrorKind, Result, Wait};

use crate::reception::{PIN, Path, Reception, Visit};

/// VERIFY commands on the card's log that carried a value, whatever the key.
fn verifies(card: &VirtualCard) -> usize {
    let log = card.log();
    let with_value = log.iter().filter(|entry| entry.header[1] == 0x20);
    with_value.filter(|entry| entry.sent > 5).count()
}

fn completed(visit: &Visit) {
    assert!(visit.is_completed(), "{:#?}", visit.report);
    let report = visit.report.as_ref().expect("completed");
    assert!(report.proven.contains(Proven::PinVerified));
}

#[test]
fn scenario_34_external_pin_owner_the_library_sends_no_verify() {
    let _process = crate::beside_others();
    // Does nothing with the card: whatever is on its log was sent by the library.
    let mut reception = Reception::with_external(Path::PinElsewhere, |external, _| {
        Box::new(external.without_card())
    });
    completed(&reception.visit());
    let card = &reception.hands.card;
    assert_eq!(verifies(card), 0, "{:#?}", card.log());
    assert!(!card.log().is_empty(), "the card was read");
}

#[test]
fn scenario_34_external_software_has_the_card_for_itself_alone() {
    let _process = crate::beside_others();
    for leaves in [Disposition::Leave, Disposition::Reset, Disposition::Unpower] {
        let mut reception = Reception::with_external(Path::PinElsewhere, |external, reader| {
            Box::new(external.with_card(reader.clone(), PIN, leaves))
        });
        // It connects exclusively: were the library still connected, it would fail.
        let visit = reception.visit();
        completed(&visit);
        let card = &reception.hands.card;
        assert_eq!(verifies(card), 1, "the other software's");
        assert_eq!(card.verify_count(Key::AuthPin), 1);
        assert!(!visit.patient.left_open);
    }
}

/// What the other software left open is closed at once, not when the patient leaves.
#[test]
fn what_the_other_software_left_open_is_closed_before_the_patient_is_asked_anything() {
    let _process = crate::beside_others();
    let mut reception = Reception::new(Path::PinElsewhere);
    let card = reception.hands.card.clone();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    reception
        .hands
        .government
        .observe(Observer::new(move |call| {
            noted
                .lock()
                .expect("no panic")
                .push((call, card.is_unlocked()));
        }));
    completed(&reception.visit());
    let seen = seen.lock().expect("no panic");
    let open_at = |wanted| {
        seen.iter()
            .find(|(call, _)| *call == wanted)
            .map(|(_, open)| *open)
    };
    assert_eq!(
        open_at(PortCall::Authenticate),
        Some(true),
        "it verified and left it so"
    );
    assert_eq!(open_at(PortCall::Query), Some(false));
}

#[test]
fn a_wrong_pin_elsewhere_is_told_and_asked_again() {
    let _process = crate::beside_others();
    let mut reception = Reception::with_external(Path::PinElsewhere, |mut external, _| {
        external.answer(PinAnswer::Wrong { left: Some(2) });
        Box::new(external)
    });
    let visit = reception.visit();
    completed(&visit);
    let report = visit.report.expect("completed");
    assert_eq!(report.failures[0].code, FailureCode::PinWrong);
}

/// Takes its time, and meanwhile somebody puts another card in.
struct Exchanging {
    software: ExternalPin,
    reader: VirtualReader,
    other: Option<VirtualCard>,
}

impl PinAuthenticator for Exchanging {
    fn authenticate(&mut self, wait: &Wait) -> Result<ExternalPinAnswer> {
        if let Some(other) = self.other.take() {
            self.reader.insert(&other);
        }
        self.software.authenticate(wait)
    }
}

#[test]
fn another_card_after_the_other_software_ends_the_session() {
    let _process = crate::beside_others();
    let mut reception = Reception::with_external(Path::PinElsewhere, |software, reader| {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let other = VirtualCard::new(Profile::default(), clock.shared());
        Box::new(Exchanging {
            software,
            reader: reader.clone(),
            other: Some(other),
        })
    });
    let visit = reception.visit();
    let report = visit.report.expect("it began");
    assert!(
        matches!(report.outcome, Outcome::Aborted { .. }),
        "{report:#?}"
    );
    assert!(!report.authenticated, "{report:#?}");
}

#[test]
fn software_that_does_not_come_back_ends_in_its_time_with_the_card_locked() {
    let _process = crate::beside_others();
    for behaviour in [
        Behaviour::Never,
        Behaviour::Deaf(Duration::from_secs(100)),
        Behaviour::Fails(ErrorKind::Unavailable),
    ] {
        let mut reception = Reception::with_external(Path::PinElsewhere, |external, _| {
            Box::new(external.behaving(behaviour))
        });
        let visit = reception.visit();
        let report = visit.report.expect("it began");
        let told = matches!(
            report.outcome,
            Outcome::Fallback {
                reason: FailureCode::PinUnanswered,
                ..
            }
        );
        assert!(told, "{behaviour:?}: {report:#?}");
        assert!(
            visit.took < Duration::from_secs(90),
            "{behaviour:?}: {:?}",
            visit.took
        );
        assert!(!visit.patient.left_open);
    }
}
