//! Signatures, random numbers and INTERNAL AUTHENTICATE.

use der::Decode as _;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha2::{Digest as _, Sha256};

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn public(owner: Owner) -> RsaPublicKey {
    RsaPublicKey::from_public_key_der(&owner.of(KeyType::Rsa2048).spki()).expect("own key")
}

/// The public operation alone: the padded block that was signed.
fn opened(owner: Owner, signature: &[u8]) -> Vec<u8> {
    let key = public(owner);
    let block = BigUint::from_bytes_be(signature).modpow(key.e(), key.n());
    let block = block.to_bytes_be();
    // The leading zero of `00 01 FF … FF 00` is not a byte of the number.
    assert_eq!(
        block[..9],
        [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    );
    let end = block.iter().skip(1).position(|byte| *byte == 0);
    block[end.expect("end of padding") + 2..].to_vec()
}

const MESSAGE: &str = "6d657373616765";

#[test]
fn p1_says_what_is_signed() {
    let card = plain();
    dialogue(&card, &[(JPKI, 0x9000), (PIN, 0x9000)]);
    let hash = Sha256::digest(b"message");
    let info = format!("3031300D060960864801650304020105000420{}", hex(&hash));
    let hashed = hex(&hash);
    for (p1, input, content) in [
        ("00", &info[..], bytes(&info)),
        ("00", MESSAGE, b"message".to_vec()),
        ("01", MESSAGE, hash.to_vec()),
        ("02", &hashed, bytes(&info)),
        ("03", MESSAGE, bytes(&info)),
    ] {
        let length = input.len() / 2;
        let (signature, status) = send(&card, &format!("802A{p1}97 {length:02x} {input} 00"));
        assert_eq!((signature.len(), status), (256, 0x9000));
        assert_eq!(opened(Owner::HolderAuth, &signature), content, "P1 {p1}");
    }
    for (p1, input) in [("04", &hashed[..]), ("05", MESSAGE)] {
        let length = input.len() / 2;
        let command = format!("802A{p1}97 {length:02x} {input} 00");
        let signature = send(&card, &command).0;
        let verified = public(Owner::HolderAuth).verify(Pss::new::<Sha256>(), &hash, &signature);
        assert!(verified.is_ok(), "P1 {p1}");
        assert_ne!(send(&card, &command).0, signature, "the salt is random");
    }
}

#[test]
fn what_cannot_be_signed() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("802A0080 01 41 00", 0x6986),
            ("802A0097 01 41 00", 0x6982),
            (PIN, 0x9000),
            // The PIN's file became current.
            ("802A0080 01 41 00", 0x6981),
            ("802A0097 01 41", 0x6700),
            ("802A0097 01 41 80", 0x6700),
            ("802A0097 00", 0x6700),
            ("802A0697 01 41 00", 0x6a86),
            ("802AFF97 01 41 00", 0x6a86),
            ("802A0297 01 41 00", 0x6985),
            ("802A0497 01 41 00", 0x6985),
            ("802A0000 01 41 00", 0x6a86),
            ("802A009A 01 41 00", 0x6982),
            ("802A008A 01 41 00", 0x6981),
            ("802A009D 01 41 00", 0x6a82),
        ],
    );
    let most = format!("802A0097 F5 {} 00", "41".repeat(245));
    let more = format!("802A0097 F6 {} 00", "41".repeat(246));
    dialogue(&card, &[(&most, 0x9000), (&more, 0x6985)]);
}

#[test]
fn both_roles_have_their_own_key_and_password() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("0020009B 06 414243313233", 0x9000),
            ("802A0097 01 41 00", 0x6982),
            ("00A4020C02001A", 0x9000),
        ],
    );
    let signature = send(&card, "802A0380 07 6d657373616765 00").0;
    let hash = Sha256::digest(b"message");
    let verify = |owner| public(owner).verify(Pkcs1v15Sign::new::<Sha256>(), &hash, &signature);
    assert!(verify(Owner::HolderSign).is_ok());
    assert!(verify(Owner::HolderAuth).is_err());
}

#[test]
fn the_card_s_own_keys_ask_for_nothing() {
    for (application, owner) in [(SURFACE, Owner::CardSurface), (TEXT, Owner::CardText)] {
        let card = plain();
        send(&card, application);
        let signature = send(&card, "802A0000 07 6d657373616765 00").0;
        assert_eq!(opened(owner, &signature), b"message");
        assert!(!card.is_unlocked());
    }
}

#[test]
fn random_numbers() {
    let card = plain();
    for application in [MANAGER, JPKI, SURFACE, COMMON] {
        send(&card, application);
        assert_eq!(send(&card, "00840000 10").0.len(), 16);
        assert_eq!(send(&card, "00840000 00").0.len(), 256);
        assert_eq!(send(&card, "00840000 000100").0.len(), 256);
        assert_eq!(status(&card, "00840000 000101"), 0x6985);
        assert_eq!(status(&card, "00840000"), 0x6700);
        assert_eq!(status(&card, "00840001 10"), 0x6a86);
    }
    assert_ne!(send(&card, "00840000 10").0, send(&card, "00840000 10").0);
}

#[test]
fn internal_authenticate_is_the_common_application_s() {
    let card = plain();
    send(&card, COMMON);
    let signature = send(&card, "00880099 04 01020304 00").0;
    let hash = Sha256::digest([1, 2, 3, 4]);
    let key = public(Owner::CardCommon);
    let verified = key.verify(Pkcs1v15Sign::new::<Sha256>(), &hash, &signature);
    assert!(verified.is_ok());
    dialogue(
        &card,
        &[
            ("802A0099 01 41 00", 0x6985),
            (JPKI, 0x9000),
            ("00880097 01 41 00", 0x6982),
            (SURFACE, 0x9000),
            ("0088009A 01 41 00", 0x6985),
            (TEXT, 0x9000),
            ("00880093 01 41 00", 0x6985),
        ],
    );
}

#[test]
fn a_p384_card_signs_hashes_as_guessed() {
    use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
    use p384::ecdsa::{Signature, VerifyingKey};
    use sha2::Sha384;

    let card = card(Profile::next_generation_guess());
    send(&card, JPKI);
    assert_eq!(send(&card, PIN).1, 0x9000);
    let certificate = x509_cert::Certificate::from_der(card.auth_certificate());
    let info = certificate.expect("a certificate").tbs_certificate;
    let point = info.subject_public_key_info.subject_public_key;
    let key = VerifyingKey::from_sec1_bytes(point.raw_bytes()).expect("a point");
    let hash = Sha384::digest(b"message");
    for (p1, input) in [(0, &hash[..]), (1, b"message"), (2, &hash), (3, b"message")] {
        let command = format!("802A{p1:02x}97 {:02x} {} 00", input.len(), hex(input));
        let (signature, status) = send(&card, &command);
        assert_eq!((signature.len(), status), (96, 0x9000), "P1 {p1}");
        let signature = Signature::from_slice(&signature).expect("r and s");
        key.verify_prehash(&hash, &signature).expect("its own key");
    }
    // Only RSA pads, and a hash of another length is none.
    let short = hex(&hash[..32]);
    for (command, status) in [
        (format!("802A0097 20 {short} 00"), 0x6985),
        (format!("802A0297 20 {short} 00"), 0x6985),
        (format!("802A0497 20 {short} 00"), 0x6a86),
        (format!("802A0697 20 {short} 00"), 0x6a86),
    ] {
        assert_eq!(send(&card, &command), (vec![], status), "{command}");
    }
}
