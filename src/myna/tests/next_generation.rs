//! The dialogues with a card whose keys are P-384, as this crate guesses it.

use const_oid::db::rfc5912::{ECDSA_WITH_SHA_384, SHA_256_WITH_RSA_ENCRYPTION};
use der::Decode as _;
use der::asn1::{BitString, Null};

use super::forge::alter;
use super::hostile::{mutate, surface_files};
use super::outcomes::{by_pin, portrait};
use super::{Bench, types};
use crate::exchange::RetryGuard;
use crate::myna::{
    CertificateError, Client, CvCertificate, Failure, KeyType, PinOptions, Proven, TrustStore,
    UnverifiedFaceRecord, UserCertificate,
};
use crate::random::Random;
use crate::sim::card::{Certificate, Profile};
use zeroize::Zeroizing;

#[test]
fn authentication() {
    let mut bench = Bench::new(Profile::next_generation_guess());
    let proof = bench
        .authenticate("1234", None, PinOptions::default())
        .expect("a P-384 card");
    assert_eq!(proof.signature.len(), 96);
    assert!(proof.proven.contains(Proven::CertificatePossession));
    let certificate = proof.certificate.expect("read");
    assert_eq!(certificate.key_type(), KeyType::EcdsaP384);
    assert!(certificate.verifies(b"challenge", &proof.signature));
    bench.assert_harmless();
}

#[test]
fn the_face_record() {
    let mut bench = Bench::new(Profile::next_generation_guess());
    let (wait, code) = (bench.wait(), bench.code());
    let proof = bench
        .client
        .face_record(
            &mut *bench.connection,
            &code,
            None,
            Client::CARD_FACE_GUARD,
            &[7; 32],
            &wait,
        )
        .expect("a P-384 card");
    assert_eq!(proof.record.chip_key_type(), KeyType::EcdsaP384);
    assert_eq!(proof.record.portrait().jpeg2000(), bench.card.portrait());
    bench.assert_harmless();
}

#[test]
fn what_is_not_genuine_is_refused_all_the_same() {
    let wrong = |change: fn(&mut Profile)| {
        let mut profile = Profile::next_generation_guess();
        change(&mut profile);
        Bench::new(profile)
    };
    let mut bench = wrong(|profile| profile.certificate = Certificate::OtherKey);
    assert!(matches!(
        by_pin(&mut bench),
        Err(Failure::ChallengeSignature)
    ));
    for (certificate, error) in [
        (Certificate::Tampered, CertificateError::Signature),
        (
            Certificate::OtherAuthority,
            CertificateError::UntrustedIssuer,
        ),
    ] {
        let mut bench = Bench::new(Profile {
            certificate,
            ..Profile::next_generation_guess()
        });
        let Err(Failure::Certificate(found)) = by_pin(&mut bench) else {
            panic!("{certificate:?} was accepted");
        };
        assert_eq!(found, error);
    }
    let mut bench = wrong(|profile| profile.tampered_portrait = true);
    assert_eq!(
        portrait(&mut bench).map_err(|failure| failure.code()),
        Err("not-genuine")
    );
    // The generations share their names: each trusts its own keys alone.
    let today = Bench::new(Profile::default()).card.trust_pem();
    let mut bench = Bench::new(Profile::next_generation_guess());
    bench.client = Client::new(TrustStore::from_pem(&today).expect("own hierarchy"));
    assert!(matches!(
        by_pin(&mut bench),
        Err(Failure::Certificate(CertificateError::UntrustedIssuer))
    ));
    let together = today + &bench.card.trust_pem();
    bench.client = Client::new(TrustStore::from_pem(&together).expect("one hierarchy"));
    by_pin(&mut bench).expect("chosen by key identifier");
    portrait(&mut bench).expect("chosen by key identifier");
}

#[test]
fn known_certificates_serve_again() {
    let mut bench = Bench::new(Profile::next_generation_guess());
    let wait = bench.wait();
    let known = bench.client.certificate(&mut *bench.connection, &wait);
    let known = known.expect("readable").0;
    let options = PinOptions {
        guard: RetryGuard::KEEP_LAST,
        ..PinOptions::default()
    };
    let mut pad = types("1234");
    bench
        .client
        .authenticate(
            &mut *bench.connection,
            &mut pad,
            b"x",
            Some(&known),
            options,
            &wait,
        )
        .expect("signs by the known certificate's type of key");
}

#[test]
fn certificates_say_their_algorithm() {
    let bench = Bench::new(Profile::next_generation_guess());
    let trust = TrustStore::from_pem(&bench.card.trust_pem()).expect("own hierarchy");
    let good = bench.card.auth_certificate();
    UserCertificate::check(good, &trust).expect("genuine");
    let null = alter(good, |c| {
        c.signature_algorithm.parameters = Some(Null.into());
        c.tbs_certificate.signature.parameters = Some(Null.into());
    });
    let outside = alter(good, |c| {
        assert_eq!(c.signature_algorithm.oid, ECDSA_WITH_SHA_384);
        c.signature_algorithm.oid = SHA_256_WITH_RSA_ENCRYPTION;
    });
    let both = alter(good, |c| {
        c.signature_algorithm.oid = SHA_256_WITH_RSA_ENCRYPTION;
        c.tbs_certificate.signature.oid = SHA_256_WITH_RSA_ENCRYPTION;
    });
    for bytes in [null, outside, both] {
        assert_eq!(
            UserCertificate::check(&bytes, &trust).map(drop),
            Err(CertificateError::Algorithm)
        );
    }
}

/// Order of P-384 (FIPS 186-5, SP 800-186 §3.2.1.4).
const ORDER: [u8; 48] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC7, 0x63, 0x4D, 0x81, 0xF4, 0x37, 0x2D, 0xDF,
    0x58, 0x1A, 0x0D, 0xB2, 0x48, 0xB0, 0xA7, 0x7A, 0xEC, 0xEC, 0x19, 0x6A, 0xCC, 0xC5, 0x29, 0x73,
];

#[test]
fn signatures_are_two_numbers_within_the_order() {
    let mut bench = Bench::new(Profile::next_generation_guess());
    let proof = bench
        .authenticate("1234", None, PinOptions::default())
        .expect("a P-384 card");
    let certificate = proof.certificate.expect("read");
    let (r, s) = proof.signature.split_at(48);
    let number = rsa::BigUint::from_bytes_be;
    let mirrored = (number(&ORDER) - number(s)).to_bytes_be();
    let mirrored = [&vec![0; 48 - mirrored.len()], &mirrored[..]].concat();
    let verifies = |parts: &[&[u8]]| certificate.verifies(b"challenge", &parts.concat());
    assert!(verifies(&[r, s]));
    // ECDSA as FIPS 186-5 has it: n − s is the same signature. Nothing here tells cards apart by
    // their signatures.
    assert!(verifies(&[r, &mirrored]));
    let der = p384::ecdsa::Signature::from_slice(&proof.signature).expect("a signature");
    let zero = [0; 48];
    let beyond = (number(&ORDER) + number(s)).to_bytes_be();
    for (what, parts) in [
        ("r is zero", &[&zero[..], s][..]),
        ("s is zero", &[r, &zero]),
        ("r is the order", &[&ORDER, s]),
        ("s is the order", &[r, &ORDER]),
        ("s beyond the order", &[r, &beyond]),
        ("exchanged", &[s, r]),
        ("one byte short", &[r, &s[..47]]),
        ("one byte long", &[r, s, &[0]]),
        (
            "DER, which a card would not write",
            &[der.to_der().as_bytes()],
        ),
        ("as long as RSA's", &[r, s, &[0; 160]]),
        ("nothing", &[]),
    ] {
        assert!(!verifies(parts), "{what}");
    }
    assert!(!certificate.verifies(b"another", &proof.signature));
}

#[test]
fn its_records_do_not_pass_when_changed() {
    let mut bench = Bench::new(Profile::next_generation_guess());
    let (record, issuer) = surface_files(&mut bench);
    let trust = TrustStore::from_pem(&bench.card.trust_pem()).expect("own hierarchy");
    let certificate = CvCertificate::check(&issuer, &trust).expect("genuine");
    // Every third byte of the certificate.
    for at in (0..issuer.len()).step_by(3) {
        let mut changed = issuer.clone();
        changed[at] ^= 0x01;
        let result = CvCertificate::check(&changed, &trust);
        assert!(result.is_err(), "byte {at} of {}", issuer.len());
    }
    let verify =
        |bytes: Vec<u8>| UnverifiedFaceRecord::new(Zeroizing::new(bytes)).verify(&certificate);
    verify(record.clone()).expect("genuine");
    // Birth, sex and key begin behind the table of offsets.
    for at in (26..160).step_by(7) {
        let mut changed = record.clone();
        changed[at] ^= 0x01;
        assert!(verify(changed).is_err(), "byte {at}");
    }
}

#[test]
fn no_signature_makes_a_verifier_panic() {
    let bench = Bench::new(Profile::next_generation_guess());
    let trust = TrustStore::from_pem(&bench.card.trust_pem()).expect("own hierarchy");
    let good = bench.card.auth_certificate();
    let certificate = UserCertificate::check(good, &trust).expect("genuine");
    let genuine = x509_cert::Certificate::from_der(good).expect("a certificate");
    let genuine = genuine.signature.raw_bytes();
    let mut random = Random(0x7033_3834);
    for round in 0..4_000 {
        let bytes: Vec<u8> = if round % 2 == 0 {
            mutate(&mut random, genuine)
        } else {
            (0..random.below(200))
                .map(|_| random.next() as u8)
                .collect()
        };
        if bytes == genuine {
            continue;
        }
        let changed = alter(good, |c| {
            c.signature = BitString::from_bytes(&bytes).expect("short");
        });
        assert_eq!(
            UserCertificate::check(&changed, &trust).map(drop),
            Err(CertificateError::Signature)
        );
        assert!(!certificate.verifies(b"challenge", &bytes));
    }
}
