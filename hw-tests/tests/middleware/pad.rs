//! A reader that takes the PIN on its own keys (PC/SC part 10), through the daemon.

use std::process::Command;
use std::time::Duration;

use hw_tests::client::{SELECT, signature_command};
use hw_tests::ifd::TestReader;
use hw_tests::pcscd::{NOTICE, READER};
use hw_tests::program::Companion;
use myna_hal::sim::card::Key;
use myna_hal::sim::firmware::{PinPadFirmware, PinPadProduct};
use myna_hal::sim::{Keypad, VirtualCard};
use serde_json::Value;

use crate::PIN;
use crate::bed::Bed;

/// A reader with keys, the keys, and the card in it.
fn desk(bed: &Bed) -> (TestReader, Keypad, VirtualCard) {
    let (reader, card) = bed.reader();
    let keys = Keypad::new(READER);
    reader.set_pad(PinPadFirmware::new(PinPadProduct::SPR532, keys.clone()));
    (reader.clone(), keys, card)
}

/// PIN_VERIFY_STRUCTURE for four ASCII digits of `00 20 00 98` (part 10 §2.5.2), by hand.
fn structure() -> String {
    let time_outs = "1E00";
    let format = "820000";
    let most_and_least = "0404";
    let validation_message_language = "02FF0904";
    let message_and_prologue = "00000000";
    let length = "04000000";
    let template = "00200098";
    [
        time_outs,
        format,
        most_and_least,
        validation_message_language,
        message_and_prologue,
        length,
        template,
    ]
    .concat()
}

#[test]
fn control_codes_reach_the_reader_and_its_answers_come_back() {
    let bed = Bed::own();
    let (_, keys, card) = desk(&bed);
    let puppet = bed.connected();
    // GET_FEATURE_REQUEST: the first feature is VERIFY_PIN_DIRECT and its number.
    let features = puppet.ask('a', "control 42000D48 -").result;
    let number = features.strip_prefix("0604").expect("the feature")[..8].to_owned();
    let can = puppet.ask('a', "can").result;
    assert!(can.contains("SECURE_PIN_VERIFY"), "{can}");

    assert_eq!(puppet.ask('a', &format!("send {SELECT}")), "9000");
    let verify = format!("control {number} {}", structure());
    for (typed, said) in [("4321", "63c2"), ("cancel", "6401"), (PIN, "9000")] {
        match typed {
            "cancel" => keys.cancels_after(Duration::ZERO),
            digits => keys.types(digits),
        }
        assert_eq!(puppet.ask('a', &verify), said, "{typed}");
    }
    assert_eq!(card.verify_count(Key::AuthPin), 2);
    let outcome = puppet.ask('a', &format!("send {}", signature_command()));
    assert_eq!(outcome, "9000", "{outcome:?}");
    // Not a control code of this reader.
    assert_eq!(puppet.ask('a', "control 42330099 -"), "unsupported");
}

#[test]
fn the_library_takes_a_pin_on_the_reader_s_keys_and_locks_the_card_behind_it() {
    let bed = Bed::own();
    let (_, keys, card) = desk(&bed);
    let thief = bed.connected();
    keys.types_after(Duration::from_millis(200), PIN);
    let mut command = Command::new(env!("CARGO_BIN_EXE_holder"));
    // Without the PIN in its environment: it has no other way than the keys.
    let mut holder = Companion::start(bed.rig.client(&mut command).args([READER, "pad", "drop"]));
    let said: Value = holder.hear(NOTICE, |line| serde_json::from_str(line).ok());
    assert_eq!(said["pin"], "Verified", "{said}");
    assert!(card.is_unlocked());
    holder.go_on();
    let sign = format!("send {}", signature_command());
    assert_eq!(thief.ask('a', &sign), "card-reset");
    assert_eq!(thief.ask('a', "reconnect leave"), "ok");
    assert_eq!(thief.ask('a', &format!("send {SELECT}")), "9000");
    assert_eq!(thief.ask('a', &sign), "6982");
}

/// The card leaves while the person types: the PIN goes nowhere, and it is no card as ever.
#[test]
fn a_card_that_leaves_while_somebody_types_is_no_card() {
    let bed = Bed::own();
    let (_, keys, card) = desk(&bed);
    let puppet = bed.connected();
    let features = puppet.ask('a', "control 42000D48 -").result;
    let number = features.strip_prefix("0604").expect("the feature")[..8].to_owned();
    keys.types_after(Duration::from_millis(500), PIN);
    puppet.tell('a', &format!("control {number} {}", structure()));
    let end = std::time::Instant::now() + NOTICE;
    while keys.entries() == 0 {
        assert!(std::time::Instant::now() < end, "nobody was asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    bed.remove();
    let outcome = puppet.hear('a');
    assert_eq!(outcome, "no-card", "{outcome:?}");
    assert_eq!(card.verify_count(Key::AuthPin), 0);
}
