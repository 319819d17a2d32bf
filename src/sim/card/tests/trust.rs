//! Certificates, signed records, and what to trust for them.

use der::{Decode as _, Encode as _};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest as _, Sha256};

use super::*;

fn parse(der: &[u8]) -> x509_cert::Certificate {
    x509_cert::Certificate::from_der(der).expect("a certificate")
}

fn key(certificate: &x509_cert::Certificate) -> RsaPublicKey {
    let info = &certificate.tbs_certificate.subject_public_key_info;
    RsaPublicKey::from_public_key_der(&info.to_der().expect("encodes")).expect("RSA")
}

fn is_signed(certificate: &x509_cert::Certificate, by: &RsaPublicKey) -> bool {
    let tbs = certificate.tbs_certificate.to_der().expect("encodes");
    by.verify(
        Pkcs1v15Sign::new::<Sha256>(),
        &Sha256::digest(tbs),
        certificate.signature.raw_bytes(),
    )
    .is_ok()
}

fn with(certificate: Certificate) -> VirtualCard {
    card(Profile {
        certificate,
        ..Profile::default()
    })
}

/// Begin and end of the certificate on a card, in the clock's days.
fn validity(card: &VirtualCard) -> (String, String) {
    let validity = parse(card.auth_certificate()).tbs_certificate.validity;
    (
        validity.not_before.to_date_time().to_string(),
        validity.not_after.to_date_time().to_string(),
    )
}

/// The roots in the trust text.
fn roots(card: &VirtualCard) -> Vec<x509_cert::Certificate> {
    let text = card.trust_pem();
    let end = text.find("-----BEGIN MYNA CV KEY").expect("CV keys follow");
    x509_cert::Certificate::load_pem_chain(&text.as_bytes()[..end]).expect("PEM")
}

#[test]
fn a_certificate_is_as_long_as_somebody_elses() {
    for length in [1500, 1590, 1700, 1850] {
        let profile = Profile {
            certificate_length: Some(length),
            ..Profile::default()
        };
        let card = VirtualCard::new(profile, clock().shared());
        assert_eq!(card.auth_certificate().len(), length);
        parse(card.auth_certificate());
    }
}

#[test]
fn a_valid_certificate_in_the_shape_of_the_field() {
    let card = with(Certificate::Valid);
    let certificate = parse(card.auth_certificate());
    let size = card.auth_certificate().len();
    assert!((1500..1700).contains(&size), "{size}");
    assert_eq!(
        validity(&card),
        ("2026-08-14T01:23:45Z".into(), "2031-05-10T14:59:59Z".into())
    );
    let tbs = &certificate.tbs_certificate;
    assert!(tbs.issuer.to_string().contains("O=MYNA-HAL VIRTUAL"));
    assert_eq!(tbs.subject.to_string(), "CN=VIRTUALAUTH00199999003A,C=JP");
    let extension = |oid: &str, critical: bool, part: &[u8]| {
        let found = tbs.extensions.iter().flatten().any(|extension| {
            extension.extn_id.to_string() == oid
                && extension.critical == critical
                && extension
                    .extn_value
                    .as_bytes()
                    .windows(part.len())
                    .any(|window| window == part)
        });
        assert!(found, "{oid}");
    };
    extension("2.5.29.15", true, &[0x03, 0x02, 0x07, 0x80]);
    // clientAuth
    extension(
        "2.5.29.37",
        false,
        &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02],
    );
    let policy = const_oid::ObjectIdentifier::new(POLICY).expect("constant");
    extension("2.5.29.32", true, policy.as_bytes());
    extension("2.5.29.35", false, &[0x80, 0x14]);
    extension("2.5.29.14", false, &[0x04, 0x14]);
    assert!(!POLICY.starts_with("1.2.392"));
}

#[test]
fn roots_share_a_name_and_only_one_issued_the_certificate() {
    for (kind, by) in [
        (Certificate::Valid, [false, true]),
        (Certificate::Expired, [true, false]),
        (Certificate::NotYetValid, [false, true]),
        (Certificate::OtherKey, [false, true]),
        (Certificate::OtherAuthority, [false, false]),
        (Certificate::Tampered, [false, false]),
    ] {
        let card = with(kind);
        let roots = roots(&card);
        let certificate = parse(card.auth_certificate());
        let issuer = &certificate.tbs_certificate.issuer;
        assert!(roots.iter().all(|root| {
            root.tbs_certificate.subject == *issuer && is_signed(root, &key(root))
        }));
        let signed: Vec<_> = roots
            .iter()
            .map(|root| is_signed(&certificate, &key(root)))
            .collect();
        assert_eq!(signed, by, "{kind:?}");
        let own_key = key(&certificate) == Owner::HolderAuth.key().to_public_key();
        assert_eq!(own_key, kind != Certificate::OtherKey);
    }
}

#[test]
fn validity_is_counted_from_the_clock() {
    assert_eq!(
        validity(&with(Certificate::Expired)),
        ("2020-11-22T01:23:45Z".into(), "2025-05-10T14:59:59Z".into())
    );
    assert_eq!(
        validity(&with(Certificate::NotYetValid)).0,
        "2026-12-22T01:23:45Z"
    );
}

#[test]
fn the_signature_certificate_carries_the_name() {
    let card = plain();
    dialogue(
        &card,
        &[(JPKI, 0x9000), ("0020009B 06 414243313233", 0x9000)],
    );
    let file = send(&card, "00B08100 000000").0;
    let size = 4 + usize::from(u16::from_be_bytes([file[2], file[3]]));
    let certificate = parse(&file[..size]);
    assert!(key(&certificate) == Owner::HolderSign.key().to_public_key());
    let name = card.holder().name.as_bytes();
    assert!(file.windows(name.len()).any(|window| window == name));
    let file = send(&card, "00B08200 000000").0;
    let size = 4 + usize::from(u16::from_be_bytes([file[2], file[3]]));
    assert!(is_signed(&certificate, &key(&parse(&file[..size]))));
}

/// Modulus and exponent from `90 03 … 91 82 01 00 …`.
fn card_key(bytes: &[u8]) -> RsaPublicKey {
    assert_eq!(bytes[..2], [0x90, 0x03]);
    assert_eq!(bytes[5..9], [0x91, 0x82, 0x01, 0x00]);
    let number = BigUint::from_bytes_be;
    RsaPublicKey::new(number(&bytes[9..265]), number(&bytes[2..5])).expect("a key")
}

/// The issuer's key, checked against the trust text.
fn issuer_key(card: &VirtualCard, cvc: &[u8]) -> RsaPublicKey {
    assert_eq!(cvc[..5], [0x7f, 0x21, 0x82, 0x02, 0x33]);
    assert_eq!(cvc[5..10], [0x5f, 0x4e, 0x82, 0x01, 0x29]);
    let (body, signature) = (&cvc[10..307], &cvc[312..]);
    let text = card.trust_pem();
    let trusted = text
        .match_indices("-----BEGIN MYNA CV KEY")
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find("-----END MYNA CV KEY-----\n").expect("end");
            let block = &rest.as_bytes()[..end + 26];
            der::pem::decode_vec(block).expect("PEM").1
        })
        .find(|block| block[..16] == body[..16])
        .expect("the authority is in the trust text");
    let authority = RsaPublicKey::from_public_key_der(&trusted[16..]).expect("SPKI");
    authority
        .verify(
            Pkcs1v15Sign::new::<Sha256>(),
            &Sha256::digest(body),
            signature,
        )
        .expect("signed by the authority");
    assert!(!matches!(body[0], b'5' | b'6'));
    card_key(&body[32..])
}

/// Whether the hash of the portrait is the signed one.
fn portrait_is_signed(card: &VirtualCard) -> bool {
    send(card, SURFACE);
    send(card, &super::access::code_b(card, 0x12));
    let issuer = issuer_key(card, &send(card, "00B08400 000000").0);
    let face = send(card, "00B08200 000000").0;
    let at = |entry: usize| {
        usize::from(u16::from_be_bytes([
            face[8 + 2 * entry],
            face[9 + 2 * entry],
        ]))
    };
    let signature = &face[at(6) + 5..at(7)];
    let block = BigUint::from_bytes_be(signature)
        .modpow(issuer.e(), issuer.n())
        .to_bytes_be();
    let info = &block[block.len() - 115..];
    assert_eq!(
        info[..19],
        bytes(
            "30713 00D0609 6086480165 0304020105 000460"
                .replace(' ', "")
                .as_str()
        )
    );
    assert_eq!(info[19..51], Sha256::digest(&face[at(0)..at(3)])[..]);
    assert_eq!(info[51..83], Sha256::digest(&face[at(3)..at(5)])[..]);
    // Active authentication with the key in the record.
    let signed = send(card, "802A0300 04 01020304 00").0;
    card_key(&face[at(2) + 5..at(3)])
        .verify(
            Pkcs1v15Sign::new::<Sha256>(),
            &Sha256::digest([1, 2, 3, 4]),
            &signed,
        )
        .expect("the chip has the key");
    info[83..] == Sha256::digest(&face[at(5)..at(6)])[..]
}

#[test]
fn the_portrait_is_signed_unless_tampered_with() {
    assert!(portrait_is_signed(&plain()));
    assert!(!portrait_is_signed(&card(Profile {
        tampered_portrait: true,
        ..Profile::default()
    })));
}

#[test]
fn the_records_of_the_text_application_are_signed() {
    let card = plain();
    dialogue(&card, &[(TEXT, 0x9000), ("00200091 04 31323334", 0x9000)]);
    let issuer = issuer_key(&card, &send(&card, "00B08400 000000").0);
    let verify = |message: &[u8], signature: &[u8]| {
        issuer
            .verify(
                Pkcs1v15Sign::new::<Sha256>(),
                &Sha256::digest(message),
                signature,
            )
            .expect("signed by the issuer");
    };
    let record = send(&card, "00B08300 000000").0;
    verify(&record[5..75], &record[80..]);
    let number = send(&card, "00B08100 000000").0;
    assert_eq!(record[8..40], Sha256::digest(&number)[..]);
    let attributes = send(&card, "00B08200 000000").0;
    assert_eq!(record[43..75], Sha256::digest(&attributes[14..])[..]);
    let own = send(&card, "00B08700 000000").0;
    verify(&own[5..275], &own[280..]);
}

#[test]
fn nobody_can_have_the_number() {
    // Check digit of an individual number: 11 − Σ PₙQₙ mod 11, 0 where that exceeds 9.
    let digits: Vec<u32> = holder::NUMBER
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .collect();
    let sum: u32 = (1u32..)
        .zip(digits[..11].iter().rev())
        .map(|(n, digit)| digit * if n <= 6 { n + 1 } else { n - 5 })
        .sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    assert_ne!(check, digits[11]);
}

#[test]
fn two_cards_of_one_day_are_trusted_alike() {
    assert_eq!(plain().trust_pem(), with(Certificate::Expired).trust_pem());
}
