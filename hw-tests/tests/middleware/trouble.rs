//! What goes wrong while the card is in use.

use std::process::Command;
use std::time::{Duration, Instant};

use hw_tests::pcscd::{NOTICE, Pcscd, READER};
use hw_tests::program::{Companion, run};
use hw_tests::vpcd::LentCard;
use serde_json::{Value, json};

use crate::ours::{PROVEN, bystander};
use crate::{PIN, Said, authenticate, example, text};

/// Half a second to sign, as real chips take.
const SLOW: [&str; 2] = ["--latency", "contact"];

/// Within this the answer to a PIN has arrived, and the signature, which takes half a second, has not.
const ON_ITS_WAY: Duration = Duration::from_millis(150);

/// Starts the example and hands it back when the PIN was right and the card is signing.
fn until_signing(rig: &Pcscd, card: &LentCard) -> Companion {
    let mut command = authenticate(rig, PIN, &["--trust", text(&card.trust)]);
    let client = Companion::start(&mut command);
    let end = Instant::now() + NOTICE;
    while card.log().secrets_sent() == 0 {
        assert!(Instant::now() < end, "no PIN was sent: {}", card.log());
        std::thread::sleep(Duration::from_millis(5));
    }
    // The card's log has a command when the card is done with it: the answer is still on its way.
    std::thread::sleep(ON_ITS_WAY);
    client
}

fn said(client: &Companion) -> Value {
    client.hear(NOTICE, |line| serde_json::from_str(line).ok())
}

#[test]
fn a_card_that_is_pulled_out_while_it_signs_is_told() {
    let rig = Pcscd::start();
    let card = rig.lend(&SLOW);
    let client = until_signing(&rig, &card);
    drop(card);
    let said = said(&client);
    assert_eq!(said["error"], "removed-during", "{said}");
    assert_eq!(said["proven"], json!([]));
}

#[test]
fn a_daemon_that_dies_while_the_card_signs_is_told() {
    let mut rig = Pcscd::start();
    let card = rig.lend(&SLOW);
    let client = until_signing(&rig, &card);
    rig.kill();
    let said = said(&client);
    assert_eq!(said["error"], "service-stopped", "{said}");
    assert_eq!(said["proven"], json!([]));
}

#[test]
fn a_card_that_another_program_has_for_itself_is_busy() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let other = bystander(&rig, "exclusive");
    let output = rig.run(example("readers"), &["--json"]);
    assert_eq!(Said::of(&output).json[0]["usage"], "exclusive");
    let trust = ["--trust", text(&card.trust)];
    Said::of(&run(&mut authenticate(&rig, PIN, &trust))).refuses("busy");
    assert_eq!(card.log().apdus(), 0, "{}", card.log());

    drop(other);
    let said = Said::of(&run(&mut authenticate(&rig, PIN, &trust)));
    assert_eq!(said.json["proven"], json!(PROVEN), "{}", said.json);
}

#[test]
fn a_card_that_comes_while_somebody_waits_is_used() {
    let rig = Pcscd::start();
    // Every virtual card has the same CA, so one that was there before tells the trust.
    let trust = rig.folder().join("earlier.pem");
    std::fs::copy(&rig.lend(&[]).trust, &trust).expect("a copy");
    rig.await_readers(|readers| !readers.contains("\"present\""));
    let mut command = authenticate(&rig, PIN, &["--wait", "20", "--trust", text(&trust)]);
    let client = Companion::start(&mut command);
    std::thread::sleep(Duration::from_millis(300));
    let _card = rig.lend(&[]);
    let said = said(&client);
    assert_eq!(said["proven"], json!(PROVEN), "{said}");
}

#[test]
fn one_context_outlives_the_daemon() {
    let mut rig = Pcscd::start();
    let card = rig.lend(&[]);
    let trust = rig.folder().join("earlier.pem");
    std::fs::copy(&card.trust, &trust).expect("a copy");
    let mut command = Command::new(env!("CARGO_BIN_EXE_persistent"));
    let mut client = Companion::start(rig.client(&mut command).arg(READER).arg(&trust));
    assert_eq!(said(&client), json!({ "connect": "certificate-chain" }));
    client.say("again");
    assert_eq!(said(&client), json!({ "again": "certificate-chain" }));

    rig.kill();
    card.hear_goodbye();
    client.say("again");
    assert_eq!(said(&client), json!({ "again": "service-stopped" }));
    client.say("connect");
    assert_eq!(said(&client), json!({ "connect": "unavailable" }));

    rig.restart();
    client.say("connect");
    assert_eq!(said(&client), json!({ "connect": "no-card" }));
    let _card = rig.lend(&[]);
    client.say("connect");
    assert_eq!(said(&client), json!({ "connect": "certificate-chain" }));
}

/// The driver's thread waits where the platform blocks; its caller does not, and neither leaves
/// anything behind that keeps others from the card.
#[test]
fn nobody_waits_longer_than_they_said() {
    // On a busy machine the client may be woken only when the card has answered already; then
    // nothing was given up, and the question is put again.
    let shown = (0..5).any(|_| given_up_in_time());
    assert!(
        shown,
        "five times the client was woken after the card had answered"
    );
}

fn given_up_in_time() -> bool {
    let rig = Pcscd::start();
    let card = rig.lend(&SLOW);
    let mut command = Command::new(env!("CARGO_BIN_EXE_contend"));
    let client = Companion::start(rig.client(&mut command).arg(READER));
    let ms = |said: &Value, key: &str| said[key].as_u64().expect(key);

    let queued = said(&client);
    assert_eq!(queued["begin"], "busy", "{queued}");
    assert!((100..5000).contains(&ms(&queued, "waited_ms")), "{queued}");
    assert_eq!(queued["meanwhile"], "busy", "{queued}");
    assert_eq!(queued["again"], "ok", "{queued}");
    assert!(ms(&queued, "taken_ms") < 5000, "still held: {queued}");

    let signing = said(&client);
    if ms(&signing, "waited_ms") >= 400 {
        return false;
    }
    assert_eq!(signing["sign"], "timed-out", "{signing}");
    assert_eq!(signing["end"], "busy", "{signing}");
    assert_eq!(signing["after"], "card-reset", "{signing}");
    assert_eq!(signing["select"], "9000", "{signing}");
    assert_eq!(signing["status"], "6982", "{signing}");
    assert_eq!(card.log().signatures(), ["9000", "6982"], "{}", card.log());
    true
}

/// A card that takes its time in one slot holds up nobody in the other: not the look at a state,
/// not the end of a transaction that locks a card, not the end of a connection.
#[test]
fn a_slow_card_holds_up_no_other() {
    let rig = Pcscd::start();
    let slow = rig.lend(&["--latency", "typeb106"]);
    let other = rig.lend_to(1, &[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_neighbours"));
    let client = Companion::start(rig.client(&mut command).arg(READER));
    let said = said(&client);
    assert_eq!(said["status"], "9000", "{said}");
    assert_eq!(said["state_meanwhile"], true, "{said}");
    assert_eq!(said["end_meanwhile"], true, "{said}");
    assert_eq!(said["closed_meanwhile"], true, "{said}");
    assert_eq!(slow.log().signatures(), ["9000"], "{}", slow.log());
    assert_eq!(other.log().secrets_sent(), 1, "{}", other.log());
}
