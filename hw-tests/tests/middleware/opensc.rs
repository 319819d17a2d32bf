//! OpenSC: software that nobody here wrote, as a second opinion on the virtual card, and the
//! figures to compare the library's with.

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::unhex;
use hw_tests::vpcd::LentCard;

use crate::{PIN, WRONG_PIN, done, helper, measured, text};

/// OpenSC's identifier of the user-authentication key and certificate.
const ID: &str = "01";

const MODULE: &str = "opensc-pkcs11.so";

#[test]
fn opensc_knows_the_card() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (output, log) = measured("OpenSC pkcs15-tool -D", &card, || {
        done(rig.run("pkcs15-tool", &["--dump"]))
    });
    let said = String::from_utf8_lossy(&output.stdout);
    for expected in ["JPKI", "User Authentication Certificate", "Private RSA Key"] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
    assert_eq!(log.secrets_sent(), 0, "{log}");
}

#[test]
fn opensc_reads_the_certificate_that_the_library_reads() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (said, log) = measured("ours certificate, cold", &card, || {
        helper(&rig, &card, env!("CARGO_BIN_EXE_certificate"), READER)
    });
    said.counted(&log);
    let ours = unhex(said.json["der"].as_str().expect("hexadecimal digits"));

    let (pem, theirs) = certificate(&rig, &card);
    assert_eq!(ours, theirs);

    // openssl ignores the trust file's other blocks. Purpose and policy are the library's matter.
    done(rig.run(
        "openssl",
        &[
            "verify",
            "-check_ss_sig",
            "-CAfile",
            text(&card.trust),
            text(&pem),
        ],
    ));
}

/// The certificate by `pkcs15-tool`: the PEM file, and its DER by `openssl`.
fn certificate(rig: &Pcscd, card: &LentCard) -> (std::path::PathBuf, Vec<u8>) {
    let pem = rig.folder().join("opensc.pem");
    measured("OpenSC certificate", card, || {
        done(rig.run(
            "pkcs15-tool",
            &["--read-certificate", ID, "--output", text(&pem)],
        ))
    });
    let output = done(rig.run("openssl", &["x509", "-in", text(&pem), "-outform", "DER"]));
    (pem, output.stdout)
}

#[test]
fn opensc_signs_and_openssl_verifies() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let message = rig.folder().join("message");
    let signature = rig.folder().join("signature");
    std::fs::write(&message, "a challenge").expect("a file");
    let (_, log) = measured("OpenSC login+sign", &card, || {
        done(rig.run(
            "pkcs11-tool",
            &[
                "--module",
                MODULE,
                "--login",
                "--pin",
                PIN,
                "--sign",
                "--mechanism",
                "SHA256-RSA-PKCS",
                "--id",
                ID,
                "--input-file",
                text(&message),
                "--output-file",
                text(&signature),
            ],
        ))
    });
    assert_eq!(log.secrets_sent(), 1, "{log}");
    assert_eq!(log.signatures(), ["9000"], "{log}");

    let (pem, _) = certificate(&rig, &card);
    let key = rig.folder().join("key.pem");
    let output = done(rig.run("openssl", &["x509", "-in", text(&pem), "-noout", "-pubkey"]));
    std::fs::write(&key, output.stdout).expect("a file");
    let verify = || {
        rig.run(
            "openssl",
            &[
                "dgst",
                "-sha256",
                "-verify",
                text(&key),
                "-signature",
                text(&signature),
                text(&message),
            ],
        )
    };
    done(verify());
    std::fs::write(&message, "another challenge").expect("a file");
    assert!(!verify().status.success(), "any message verifies");
}

#[test]
fn opensc_spends_one_try_on_a_wrong_pin() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (output, log) = measured("OpenSC wrong PIN", &card, || login(&rig, WRONG_PIN));
    assert!(!output.status.success());
    let heard = String::from_utf8_lossy(&output.stderr);
    assert!(heard.contains("CKR_PIN_INCORRECT"), "{heard}");
    assert_eq!(log.secrets_sent(), 1, "{log}");
    let pins = rig.run("pkcs15-tool", &["--list-pins"]);
    let pins = String::from_utf8_lossy(&pins.stdout);
    assert!(pins.contains("Tries left     : 2"), "{pins}");
}

#[test]
fn opensc_cannot_use_a_blocked_pin() {
    let rig = Pcscd::start();
    let card = rig.lend(&["--pin-tries", "0"]);
    let (output, log) = measured("OpenSC blocked PIN", &card, || login(&rig, PIN));
    assert!(!output.status.success());
    let heard = String::from_utf8_lossy(&output.stderr);
    // Real cards are said to answer 6984, which OpenSC has no word for.
    assert!(
        heard.contains("CKR_GENERAL_ERROR") || heard.contains("CKR_PIN_LOCKED"),
        "{heard}"
    );
    assert!(log.signatures().is_empty(), "{log}");
}

fn login(rig: &Pcscd, pin: &str) -> std::process::Output {
    rig.run(
        "pkcs11-tool",
        &[
            "--module",
            MODULE,
            "--login",
            "--pin",
            pin,
            "--list-objects",
        ],
    )
}
