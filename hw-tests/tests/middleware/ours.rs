//! The library's own PC/SC driver.

use std::process::{Command, Output};
use std::time::Duration;

use hw_tests::client::{SELECT, signature_command};
use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::{Companion, example, run};
use hw_tests::vpcd::LentCard;
use hw_tests::{hex, pcscd};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{PIN, Said, WRONG_PIN, authenticate, authenticated, done, helper, measured, text};

const PORTRAIT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../src/sim/data/drawn_face.jp2"
);

pub(crate) const PROVEN: [&str; 3] = [
    "certificate-chain",
    "certificate-possession",
    "pin-verified",
];

#[test]
fn a_holder_authenticates_with_the_commands_that_the_card_counted() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (said, log) = measured("ours certificate+sign, guarded, cold", &card, || {
        authenticated(&rig, &card, PIN, &[])
    });
    assert!(said.success, "{}", said.json);
    assert_eq!(said.json["proven"], json!(PROVEN));
    assert_eq!(said.json["virtual"], false);
    assert!(
        said.json["reader"]
            .as_str()
            .is_some_and(|name| name.contains(READER))
    );
    said.counted(&log);
    assert_eq!(log.secrets_sent(), 1, "{log}");
    assert_eq!(log.signatures(), ["9000"], "{log}");

    let (bare, bare_log) = measured("ours certificate+sign, bare, cold", &card, || {
        authenticated(&rig, &card, PIN, &["--bare"])
    });
    assert!(bare.success, "{}", bare.json);
    bare.counted(&bare_log);
    assert!(
        (log.apdus() - 1..=log.apdus()).contains(&bare_log.apdus()),
        "one query less, unless it taught something: {log}\n{bare_log}"
    );
}

#[test]
fn a_card_that_knows_only_short_commands_is_read_too() {
    let rig = Pcscd::start();
    let card = rig.lend(&["--short-only"]);
    let (said, log) = measured(
        "ours certificate+sign, guarded, cold, short only",
        &card,
        || authenticated(&rig, &card, PIN, &[]),
    );
    assert_eq!(said.json["proven"], json!(PROVEN), "{}", said.json);
    said.counted(&log);
    // An extended READ BINARY is refused once, then never sent again.
    let refused = log.0.iter().filter(|entry| entry["status"] == "6700");
    assert!(refused.count() <= 1, "{log}");
}

#[test]
fn a_wrong_pin_costs_one_try() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (said, log) = measured("ours wrong PIN", &card, || {
        authenticated(&rig, &card, WRONG_PIN, &[])
    });
    said.refuses("pin-wrong");
    assert_eq!(said.json["retries_left"], 2);
    assert_eq!(log.secrets_sent(), 1, "{log}");
    assert!(log.signatures().is_empty(), "{log}");

    let said = authenticated(&rig, &card, WRONG_PIN, &[]);
    said.refuses("pin-wrong");
    assert_eq!(said.json["retries_left"], 1, "two were left before");

    let before = card.log().0.len();
    authenticated(&rig, &card, PIN, &[]).refuses("last-try");
    assert_eq!(card.log().since(before).secrets_sent(), 0);
}

#[test]
fn the_last_try_is_kept_unless_the_person_says_so() {
    let rig = Pcscd::start();
    let card = rig.lend(&["--pin-tries", "1"]);
    let said = authenticated(&rig, &card, PIN, &[]);
    said.refuses("last-try");
    assert_eq!(said.json["retries_left"], 1);
    assert_eq!(card.log().secrets_sent(), 0, "{}", card.log());

    let said = authenticated(&rig, &card, PIN, &["--acknowledge-last-try"]);
    assert_eq!(said.json["proven"], json!(PROVEN), "{}", said.json);
}

#[test]
fn a_blocked_pin_is_told_without_sending_it() {
    let rig = Pcscd::start();
    let card = rig.lend(&["--pin-tries", "0"]);
    authenticated(&rig, &card, PIN, &[]).refuses("pin-blocked");
    assert_eq!(card.log().secrets_sent(), 0, "{}", card.log());
}

#[test]
fn a_card_of_an_unknown_issuer_gets_no_pin() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let other = rig.folder().join("other.pem");
    let key = rig.folder().join("other.key");
    done(rig.run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/C=JP/O=Somebody/CN=Else",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout",
            text(&key),
            "-out",
            text(&other),
        ],
    ));
    let mut command = authenticate(&rig, PIN, &["--trust", text(&other)]);
    Said::of(&run(&mut command)).refuses("not-genuine");
    assert_eq!(card.log().secrets_sent(), 0, "{}", card.log());
    assert!(card.log().apdus() > 0, "the card was not even looked at");
}

#[test]
fn a_virtual_card_is_not_trusted_unless_it_was_named() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    // Without a trust file the built-in authorities decide, who never heard of this card.
    Said::of(&run(&mut authenticate(&rig, PIN, &[]))).refuses("not-genuine");
    assert_eq!(card.log().secrets_sent(), 0, "{}", card.log());
    assert!(card.log().apdus() > 0, "the card was not even looked at");
}

#[test]
fn what_is_missing_is_told_apart() {
    let rig = Pcscd::start();
    // Any trust file will do: nobody gets as far as using it.
    let trust = rig.lend(&[]).trust.clone();
    rig.await_readers(|readers| !readers.contains("\"present\""));
    let trust = ["--trust", text(&trust), "--wait", "1"];
    Said::of(&run(&mut authenticate(&rig, PIN, &trust))).refuses("not-present");

    let mut elsewhere = Command::new(example("authenticate"));
    rig.client(&mut elsewhere)
        .args(["--card", "pcsc:No Such Reader", "--json"])
        .args(trust)
        .env("MYNA_PIN", PIN);
    Said::of(&run(&mut elsewhere)).refuses("reader-lost");

    let mut nobody = authenticate(&rig, PIN, &trust);
    nobody.env("PCSCLITE_CSOCK_NAME", rig.folder().join("nobody-listens"));
    Said::of(&run(&mut nobody)).refuses("service-stopped");
}

#[test]
fn nobody_else_can_sign_afterwards() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let mut bystander = bystander(&rig, "shared");
    let said = authenticated(&rig, &card, PIN, &[]);
    assert_eq!(said.json["proven"], json!(PROVEN), "{}", said.json);
    assert_eq!(
        tries_to_sign(&mut bystander),
        json!({ "first": "card-reset", "select": "9000", "second": "6982" }),
        "{}",
        card.log()
    );
    assert_eq!(card.log().signatures(), ["9000", "6982"]);

    // The same from a program that comes later.
    let output = select_and_send(&rig, &signature_command());
    let heard = String::from_utf8_lossy(&output.stdout);
    assert!(heard.contains("SW1=0x69, SW2=0x82"), "{heard}");
}

/// Another program selects the application and sends one command, as plain bytes.
fn select_and_send(rig: &Pcscd, command: &str) -> Output {
    let arguments = ["--reader", "0", "--card-driver", "default"];
    let commands = ["-s", SELECT, "-s", command];
    done(rig.run("opensc-tool", &[&arguments[..], &commands[..]].concat()))
}

/// Shows that the bystander of the test above would notice a card that was left open.
#[test]
fn a_client_that_leaves_the_card_open_lets_others_sign() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let mut bystander = bystander(&rig, "shared");
    let verify = format!("0020009804{}", hex(PIN.as_bytes()));
    select_and_send(&rig, &verify);
    assert_eq!(
        tries_to_sign(&mut bystander)["first"],
        "9000",
        "{}",
        card.log()
    );
}

/// Another program that is connected to the card.
pub(crate) fn bystander(rig: &Pcscd, mode: &str) -> Companion {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bystander"));
    let companion = Companion::start(rig.client(&mut command).args([READER, mode]));
    companion.hear(pcscd::NOTICE, |line| {
        line.contains("connected").then_some(())
    });
    companion
}

fn tries_to_sign(bystander: &mut Companion) -> Value {
    bystander.go_on();
    bystander.hear(Duration::from_secs(30), |line| {
        serde_json::from_str(line).ok()
    })
}

#[test]
fn the_portrait_arrives_as_it_was_put_on_the_card() {
    for options in [
        &["--portrait", PORTRAIT][..],
        &["--portrait", PORTRAIT, "--short-only"],
    ] {
        let rig = Pcscd::start();
        let card: LentCard = rig.lend(options);
        let (said, log) = measured(
            &format!("ours card face {}", options[2..].join("")),
            &card,
            || helper(&rig, &card, env!("CARGO_BIN_EXE_portrait"), READER),
        );
        let file = std::fs::read(PORTRAIT).expect("the portrait that the card was lent with");
        assert_eq!(
            said.json["proven"],
            json!(["portrait-signed", "chip-present"])
        );
        assert_eq!(said.json["portrait_bytes"], file.len());
        assert_eq!(said.json["sha256"], hex(&Sha256::digest(&file)));
        said.counted(&log);
        assert_eq!(log.secrets_sent(), 1, "{log}");
    }
}
