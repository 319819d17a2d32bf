//! The crate `myna-card`, another library for the same card.

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::unhex;
use myna_hal::myna::{TrustStore, UserCertificate};

use crate::{helper, measured};

const PEER: &str = env!("CARGO_BIN_EXE_peer");

#[test]
fn another_library_reads_the_same_certificate() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let ours = helper(&rig, &card, env!("CARGO_BIN_EXE_certificate"), READER);
    let (theirs, _) = measured("myna-card certificate", &card, || {
        helper(&rig, &card, PEER, "certificate")
    });
    assert_eq!(ours.json["der"], theirs.json["der"]);
}

#[test]
fn another_library_has_the_card_sign_what_ours_verifies() {
    let rig = Pcscd::start();
    let card = rig.lend(&[]);
    let (said, log) = measured("myna-card login+sign", &card, || {
        helper(&rig, &card, PEER, "sign")
    });
    assert_eq!(log.secrets_sent(), 1, "{log}");
    let bytes = |said: &crate::Said, key: &str| unhex(said.json[key].as_str().expect(key));
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
        helper(&rig, &card, PEER, "face")
    });
    assert_eq!(theirs.json["issuer_by_builtin_keys"], "unknown-authority");
    assert_eq!(theirs.json["issuer_by_given_key"], "verified");
    assert_eq!(theirs.json["record"], "verified");
    assert_eq!(theirs.json["record_under_another_key"], "refused");
    assert_eq!(theirs.json["chip"], "verified");
    assert_eq!(ours.json["sha256"], theirs.json["sha256"]);
    assert_eq!(ours.json["portrait_bytes"], theirs.json["portrait_bytes"]);
}
