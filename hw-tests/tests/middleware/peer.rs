//! The crate `myna-card`, another library for the same card.

use std::process::Command;

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::{peers, run};
use hw_tests::vpcd::LentCard;
use hw_tests::{hex, unhex};
use myna_hal::myna::{TrustStore, UserCertificate};
use sha2::{Digest, Sha256};

use crate::{PIN, Said, helper, measured};

/// The other library does one job.
fn peer(rig: &Pcscd, card: &LentCard, job: &str) -> Said {
    let mut command = Command::new(peers());
    rig.client(&mut command)
        .args(["myna-card", job])
        .arg(&card.trust)
        .env("MYNA_PIN", PIN)
        .env("MYNA_CARD_FACE_CODE", &card.card_face_code);
    let said = Said::of(&run(&mut command));
    assert!(said.success, "{}", said.json);
    said
}

#[test]
fn another_library_reads_the_same_certificate() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let ours = helper(&rig, &card, env!("CARGO_BIN_EXE_certificate"), READER);
    let (theirs, _) = measured("myna-card certificate", &card, || {
        peer(&rig, &card, "certificate")
    });
    assert_eq!(ours.json["der"], theirs.json["der"]);
}

#[test]
fn another_library_has_the_card_sign_what_ours_verifies() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (said, log) = measured("myna-card login+sign", &card, || {
        peer(&rig, &card, "signature")
    });
    assert_eq!(log.secrets_sent(), 1, "{log}");
    let bytes = |said: &Said, key: &str| unhex(said.json[key].as_str().expect(key));
    let certificate = helper(&rig, &card, env!("CARGO_BIN_EXE_certificate"), READER);
    let trust = std::fs::read_to_string(&card.trust).expect("the trust file");
    let certificate = UserCertificate::check(
        &bytes(&certificate, "der"),
        &TrustStore::from_pem(&trust).expect("the trust file"),
    )
    .expect("the chain was checked before");
    let (challenge, signature) = (bytes(&said, "challenge"), bytes(&said, "signature"));
    assert!(certificate.verifies(&challenge, &signature));
    assert!(!certificate.verifies(b"another challenge", &signature));
}

/// With its own keys alone the crate knows no virtual issuer, as it must not; with the issuer's
/// key from the trust file it follows the same chain as the library down to the portrait.
#[test]
fn another_library_verifies_the_same_portrait() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let ours = helper(&rig, &card, env!("CARGO_BIN_EXE_portrait"), READER);
    let (theirs, _) = measured("myna-card card face", &card, || {
        peer(&rig, &card, "card-face")
    });
    assert_eq!(theirs.json["issuer_by_builtin_keys"], "unknown-authority");
    // Issuer by the given key, record by the issuer, chip by the record.
    assert_eq!(theirs.json["verified"], true);
    assert_eq!(theirs.json["record_under_another_key"], "refused");
    let portrait = unhex(theirs.json["portrait"].as_str().expect("a portrait"));
    assert_eq!(ours.json["sha256"], hex(&Sha256::digest(&portrait)));
    assert_eq!(ours.json["portrait_bytes"], portrait.len());
}
