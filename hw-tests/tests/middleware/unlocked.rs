//! After a verified PIN no other program can sign: every way out of the transaction, and what
//! PC/SC itself leaves open.

use std::process::Command;
use std::time::{Duration, Instant};

use hw_tests::client::{SELECT, signature_command};
use hw_tests::ifd::{Power, TestReader};
use hw_tests::pcscd::{NOTICE, READER};
use hw_tests::program::Companion;
use hw_tests::puppet::Puppet;
use myna_hal::sim::card::Latency;
use serde_json::Value;

use crate::PIN;
use crate::bed::Bed;

const HOLDER: &str = env!("CARGO_BIN_EXE_holder");

/// A program that has verified the PIN and holds its transaction.
fn holder(bed: &Bed, path: &str, exit: &str) -> Companion {
    let mut command = Command::new(HOLDER);
    let holder = Companion::start(
        bed.rig
            .client(&mut command)
            .args([READER, path, exit])
            .env("MYNA_PIN", PIN),
    );
    let said: Value = holder.hear(NOTICE, |line| serde_json::from_str(line).ok());
    assert_eq!(said["pin"], "Verified", "{said}");
    holder
}

/// What another program, which was connected all the time, makes of the card.
fn tries_to_sign(thief: &Puppet) -> String {
    let sign = format!("send {}", signature_command());
    let first = thief.ask('a', &sign);
    assert_ne!(first, "9000", "with the selection of the other program");
    if first == "card-reset" {
        let outcome = thief.ask('a', "reconnect leave");
        assert_eq!(outcome, "ok", "{outcome:?}");
    }
    let outcome = thief.ask('a', &format!("send {SELECT}"));
    assert_eq!(outcome, "9000", "{outcome:?}");
    thief.ask('a', &sign).result
}

/// Every exit that runs destructors cuts the card's power, whoever is connected.
#[test]
fn nobody_else_can_sign_whichever_way_a_transaction_is_left() {
    let slow = Bed::own_with(Latency::Contact);
    let quick = Bed::own();
    for exit in [
        "end",
        "drop",
        "disconnect",
        "error",
        "panic",
        "panic-in-thread",
        "give-up",
    ] {
        let bed = if exit == "give-up" { &slow } else { &quick };
        let thief = bed.connected();
        let mut holder = holder(bed, "host", exit);
        let (reader, card) = bed.reader();
        assert!(card.is_unlocked(), "{exit}: nothing to steal");
        let _ = reader.powers();
        holder.go_on();
        assert_eq!(tries_to_sign(&thief), "6982", "{exit}");
        assert!(!card.is_unlocked(), "{exit}");
        assert!(reader.powers().contains(&Power::Off), "{exit}");
    }
}

/// A program that is killed runs no destructor. The daemon then resets the card, which a card
/// that keeps its security status through a warm reset does not mind: PC/SC offers nothing more,
/// and this says what is left of the promise.
#[test]
fn what_a_killed_program_leaves_open_is_as_small_as_the_daemon_makes_it() {
    for exit in ["exit", "abort", "forget", "kill"] {
        let bed = Bed::own();
        let (reader, card) = bed.reader();
        let thief = bed.connected();
        let mut companion = holder(&bed, "host", exit);
        let _ = reader.powers();
        match exit {
            "kill" => drop(companion),
            _ => companion.go_on(),
        }
        // The daemon hears that the program is gone, and resets the card; nobody meets the
        // state in which it was left.
        let sign = format!("send {}", signature_command());
        let first = thief.ask('a', &sign);
        assert_eq!(first, "card-reset", "{exit}: {first:?}");
        assert_eq!(powers_within(reader, NOTICE), [Power::WarmReset], "{exit}");
        assert_eq!(
            tries_to_sign(&thief),
            "9000",
            "{exit}: better than documented"
        );
        // It locks itself when the last program has left.
        let left = Instant::now();
        assert_eq!(thief.ask('a', "disconnect leave"), "ok");
        while card.is_unlocked() {
            assert!(left.elapsed() < NOTICE, "{exit}: stays open");
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!(
            "FIGURE left open after {exit}, nobody connected: {:.1} s",
            left.elapsed().as_secs_f64()
        );
    }
}

/// What the daemon does with the card's power next: it tells its clients before it does it.
fn powers_within(reader: &TestReader, limit: Duration) -> Vec<Power> {
    let begun = Instant::now();
    loop {
        let powers = reader.powers();
        if !powers.is_empty() || begun.elapsed() > limit {
            return powers;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The daemon takes a card as it finds it: one that was left open when the daemon was killed is
/// open for the next one, until a reader powers it down.
#[test]
fn a_daemon_that_is_killed_while_the_key_is_open_leaves_the_card_as_it_is() {
    let mut bed = Bed::own();
    let (_, card) = bed.reader();
    let _holder = holder(&bed, "host", "end");
    bed.rig.kill();
    assert!(card.is_unlocked(), "better than documented");
    bed.rig.restart();
    let start = Instant::now();
    while card.is_unlocked() {
        assert!(start.elapsed() < NOTICE, "stays open");
        std::thread::sleep(Duration::from_millis(20));
    }
    eprintln!(
        "FIGURE left open after the daemon was killed and restarted: {:.1} s",
        start.elapsed().as_secs_f64()
    );
}
