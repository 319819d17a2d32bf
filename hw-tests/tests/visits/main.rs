//! Scenarios on a bench whose reader is one of ours behind a real `pcscd`, and whose person is this
//! test: it reads what the person is told, does it, and presses Enter.
#![allow(clippy::panic, reason = "a test that fails says why")]
#![allow(clippy::print_stderr, reason = "what the program says of its steps")]

mod bench;
#[cfg(feature = "onnx")]
mod faces;

use bench::Bench;
use myna_hal::sim::VirtualCard;

fn itself(card: &VirtualCard) -> Vec<u8> {
    card.auth_certificate().to_vec()
}

#[test]
fn a_person_and_a_listed_card_play_a_visit() {
    let bench = Bench::new("", itself);
    let (said, told) = bench.play("consents-refused");
    assert_eq!(said["verdict"], "passed", "{said:#}");
    assert_eq!(told, ["Put card A into the reader.", "Take the card out."]);
    assert_eq!(bench.seen(), (1, 3));
    assert!(!bench.card.is_unlocked());
}

#[test]
fn a_card_that_is_not_listed_gets_no_pin() {
    let bench = Bench::new("", |_| b"the certificate of another card".to_vec());
    let (said, _) = bench.play("consents-refused");
    assert_eq!(said["verdict"], "failed", "{said:#}");
    assert_eq!(bench.seen(), (0, 3));
}

#[test]
fn a_wrong_pin_is_typed_where_the_inventory_allows_it() {
    let bench = Bench::new("", itself);
    let (said, told) = bench.play("pin-wrong-then-right");
    assert_eq!(said["verdict"], "ignored", "{said:#}");
    assert!(told.is_empty() && bench.seen() == (0, 3), "{told:?}");
    let bench = Bench::new("wrong-pin = true", itself);
    let (said, _) = bench.play("pin-wrong-then-right");
    assert_eq!(said["verdict"], "passed", "{said:#}");
    assert_eq!(bench.seen(), (2, 3));
}

#[test]
fn what_a_bench_does_not_have_is_ignored_with_the_reason() {
    let bench = Bench::new("", itself);
    for (file, why) in [
        ("face-right", "no face is looked at"),
        ("dark-then-light", "no face is looked at"),
        ("face-only-card", "ordinary ones"),
        ("two-patients", "one card for the reader"),
        ("camera-stalls", "no face is looked at"),
        ("camera-replaced", "no face is looked at"),
        ("pin-last-try", "ordinary"),
    ] {
        let (said, told) = bench.play(file);
        assert_eq!(said["verdict"], "ignored", "{said:#}");
        let reason = said["why"].as_str().expect("a reason");
        assert!(reason.contains(why), "{file}: {reason}");
        assert!(told.is_empty(), "{file}: {told:?}");
    }
    assert_eq!(bench.seen(), (0, 3));
}
