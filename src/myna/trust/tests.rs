//! The built-in anchors recomputed, a real test card refused and accepted, files that are refused.

use der::{Decode as _, Encode as _};
use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use zeroize::Zeroizing;

use super::jlis::{CV_KEYS, Origin, Purpose, ROOTS};
use super::*;
use crate::myna::{
    CertificateError, CvCertificate, FaceRecordError, UnverifiedFaceRecord, UserCertificate,
};

/// A test card of J-LIS's, its holder fictional, and the CAs that such cards carry.
const AUTH: &[u8] = include_bytes!("../tests/test_card/auth.der");
const SIGN: &[u8] = include_bytes!("../tests/test_card/sign.der");
const AUTH_CA_2019: &[u8] = include_bytes!("../tests/test_card/authca_2019.der");
const AUTH_CA_2023: &[u8] = include_bytes!("../tests/test_card/authca_2023.der");
const SIGN_CA_2024: &[u8] = include_bytes!("../tests/test_card/signca_2024.der");
const FACE_RECORD: &[u8] = include_bytes!("../tests/test_card/surface_0002.bin");
const ISSUER: &[u8] = include_bytes!("../tests/test_card/surface_0004.bin");
const CV_KEY: &str = include_str!("../tests/test_card/cv6000023.pem");

fn pem(der: &[u8]) -> String {
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, der).expect("a label")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content(pem: &str) -> Vec<u8> {
    der::pem::decode_vec(pem.as_bytes()).expect("PEM").1
}

fn rsa_2048(spki: &x509_cert::spki::SubjectPublicKeyInfoOwned) {
    let key = RsaPublicKey::from_pkcs1_der(spki.subject_public_key.raw_bytes()).expect("RSA");
    assert_eq!(key.n().bits(), 2048);
    assert_eq!(*key.e(), rsa::BigUint::from(65_537_u32));
}

#[test]
fn every_built_in_root_is_what_the_table_says() {
    for root in ROOTS {
        let what = format!("{:?} {}", root.purpose, root.generation);
        let der = content(root.pem);
        assert_eq!(
            hexadecimal(&Sha256::digest(&der)),
            root.fingerprint,
            "{what}"
        );
        // Self-signed, a CA, allowed to sign certificates, with a key identifier.
        let anchor = read_anchor(&der).expect("an anchor");
        assert_eq!(Hierarchy::of_name(&anchor.subject), Hierarchy::Production);
        assert_eq!(
            (anchor.not_before.to_string(), anchor.not_after.to_string()),
            (root.validity.0.to_owned(), root.validity.1.to_owned()),
            "{what}"
        );
        let certificate = Certificate::from_der(&der).expect("a certificate");
        rsa_2048(&certificate.tbs_certificate.subject_public_key_info);
        let unit = match root.purpose {
            Purpose::UserAuthentication => "OU=JPKI for user authentication",
            _ => "OU=JPKI for digital signature",
        };
        assert!(anchor.subject.to_string().contains(unit), "{what}");
        assert!(!root.provenance.carried_by.is_empty(), "{what}");
        let Origin::Published(file) = root.provenance.origin else {
            panic!("{what}: J-LIS publishes it");
        };
        assert!(file.starts_with("https://www.jpki.go.jp/ca/pdf/"), "{what}");
    }
}

#[test]
fn generations_share_a_name_and_nothing_else() {
    for purpose in [Purpose::UserAuthentication, Purpose::DigitalSignature] {
        let roots = ROOTS.iter().filter(|root| root.purpose == purpose);
        let anchors: Vec<_> = roots
            .map(|root| {
                (
                    root.generation,
                    read_anchor(&content(root.pem)).expect("an anchor"),
                )
            })
            .collect();
        assert_eq!(
            anchors
                .iter()
                .map(|(number, _)| *number)
                .collect::<Vec<_>>(),
            [1, 2, 3]
        );
        for (at, (_, one)) in anchors.iter().enumerate() {
            for (_, other) in &anchors[at + 1..] {
                assert!(one.subject == other.subject);
                assert!(one.key_id != other.key_id && one.key != other.key);
                assert!(one.not_before < other.not_before);
            }
        }
    }
}

#[test]
fn every_built_in_card_verifiable_key_is_what_the_table_says() {
    for key in CV_KEYS {
        let bytes = content(key.pem);
        assert_eq!(
            hexadecimal(&Sha256::digest(&bytes)),
            key.fingerprint,
            "{}",
            key.name
        );
        let (id, spki) = bytes.split_first_chunk::<16>().expect("an identifier");
        assert_eq!(&id[..7], key.name.as_bytes());
        assert_eq!(id[7..9], [0x08, 0x05]);
        assert_eq!(Hierarchy::of_key(KeyId(*id)), Hierarchy::Production);
        rsa_2048(&der::Decode::from_der(spki).expect("a key"));
        assert_eq!(key.provenance.origin, Origin::Observed, "{}", key.name);
        assert!(!key.provenance.carried_by.is_empty());
    }
}

#[test]
fn the_built_in_store_trusts_what_the_library_verifies_with_and_no_more() {
    let store = TrustStore::jlis().expect("built in");
    assert_eq!(store.hierarchy(), Some(Hierarchy::Production));
    assert_eq!((store.anchors.len(), store.keys.len()), (3, 1));
    for root in ROOTS {
        let anchor = read_anchor(&content(root.pem)).expect("an anchor");
        assert_eq!(
            store.anchor(&anchor.key_id, &anchor.subject).is_some(),
            root.purpose == Purpose::UserAuthentication
        );
    }
    for key in CV_KEYS {
        let id = *content(key.pem).first_chunk().expect("an identifier");
        assert_eq!(
            store.card_verifiable_key(KeyId(id)).is_some(),
            key.purpose == Purpose::SurfaceRecords
        );
    }
}

#[test]
fn a_test_card_is_refused_unless_its_ca_is_named() {
    let store = TrustStore::jlis().expect("built in");
    assert_eq!(
        UserCertificate::check(AUTH, &store).expect_err("a test card"),
        CertificateError::UntrustedIssuer
    );
    // The other generation has the same name.
    let store = TrustStore::from_pem(&pem(AUTH_CA_2019)).expect("a test CA");
    assert_eq!(
        UserCertificate::check(AUTH, &store).expect_err("another generation"),
        CertificateError::UntrustedIssuer
    );
    let both = pem(AUTH_CA_2019) + &pem(AUTH_CA_2023);
    let store = TrustStore::from_pem(&both).expect("test CAs");
    assert_eq!(store.hierarchy(), Some(Hierarchy::Test));
    let certificate = UserCertificate::check(AUTH, &store).expect("named");
    assert_eq!(certificate.last_day(), jiff::civil::date(2030, 2, 17));
}

#[test]
fn a_signature_certificate_does_not_authenticate() {
    // Whoever names the wrong CA is not helped by its certificates being in order.
    let store = TrustStore::from_pem(&pem(SIGN_CA_2024)).expect("a test CA");
    assert_eq!(
        UserCertificate::check(SIGN, &store).expect_err("for signatures"),
        CertificateError::Usage
    );
}

#[test]
fn a_test_cards_face_record_is_refused_unless_its_key_is_named() {
    let store = TrustStore::jlis().expect("built in");
    let error = CvCertificate::check(ISSUER, &store).expect_err("a test card");
    assert!(matches!(error, FaceRecordError::UntrustedIssuer(id) if id.0.starts_with(b"6000023")));

    let store = TrustStore::from_pem(CV_KEY).expect("a test key");
    let issuer = CvCertificate::check(ISSUER, &store).expect("named");
    let verify =
        |bytes: &[u8]| UnverifiedFaceRecord::new(Zeroizing::new(bytes.to_vec())).verify(&issuer);
    let record = verify(FACE_RECORD).expect("as it came from the card");
    assert_eq!(record.birth(), Some(jiff::civil::date(1980, 2, 17)));
    assert_eq!(record.stated_expiry(), Some(jiff::civil::date(2035, 2, 17)));
    // Every byte of every signed object counts, and none of the others does.
    let signed = 0x1A..0x0A81;
    for at in [0x1D, 0x28, 0x100, 0x140, 0x200, 0x340, 0x0A00, 0x0A80] {
        let mut changed = FACE_RECORD.to_vec();
        changed[at] ^= 0x01;
        assert!(signed.contains(&at) && verify(&changed).is_err(), "{at:#x}");
    }
}

#[test]
fn hierarchies_do_not_mix() {
    let production = ROOTS[0].pem;
    let keys = CV_KEYS[1].pem;
    let test = pem(AUTH_CA_2023);
    for (file, error) in [
        (
            format!("{production}{test}"),
            TrustError::Mixed(2, Hierarchy::Test, Hierarchy::Production),
        ),
        (
            format!("{test}{keys}"),
            TrustError::Mixed(2, Hierarchy::Production, Hierarchy::Test),
        ),
        (
            format!("{production}{CV_KEY}"),
            TrustError::Mixed(2, Hierarchy::Test, Hierarchy::Production),
        ),
    ] {
        assert_eq!(TrustStore::from_pem(&file).expect_err("mixed"), error);
    }
    TrustStore::from_pem(&format!("{test}{CV_KEY}")).expect("one hierarchy");
}

#[test]
fn a_key_identifier_names_one_key() {
    let twice = format!("{CV_KEY}{CV_KEY}");
    assert_eq!(
        TrustStore::from_pem(&twice).expect("the same").keys.len(),
        1
    );
    // The same identifier before another key.
    let (id, other) = (content(CV_KEY), content(CV_KEYS[0].pem));
    let other = [&id[..16], &other[16..]].concat();
    let other = der::pem::encode_string("MYNA CV KEY", der::pem::LineEnding::LF, &other);
    let file = format!("{CV_KEY}{}", other.expect("a label"));
    assert_eq!(
        TrustStore::from_pem(&file).expect_err("whose key is it"),
        TrustError::Contradiction(2)
    );
}

#[test]
fn a_file_that_cannot_be_read_whole_is_refused() {
    let trailing = |mut certificate: Vec<u8>| {
        certificate.push(0);
        pem(&certificate)
    };
    let mut tampered = Certificate::from_der(AUTH_CA_2023).expect("a certificate");
    tampered.tbs_certificate.serial_number =
        x509_cert::serial_number::SerialNumber::new(&[0x09]).expect("a number");
    let tampered = pem(&tampered.to_der().expect("encodes"));
    for (file, error) in [
        ("", TrustError::Empty),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", TrustError::Pem(1)),
        (
            "-----BEGIN MYNA CV KEY-----\nAAAA\n-----END MYNA CV KEY-----\n",
            TrustError::Key(1),
        ),
        (
            "-----BEGIN OTHER-----\nAAAA\n-----END OTHER-----\n",
            TrustError::Label(1, "OTHER".into()),
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            TrustError::Certificate(1, "it cannot be read"),
        ),
        (
            &trailing(AUTH_CA_2023.to_vec()),
            TrustError::Certificate(1, "it cannot be read"),
        ),
        (
            &tampered,
            TrustError::Certificate(1, "it is not self-signed"),
        ),
        (
            &pem(AUTH),
            TrustError::Certificate(1, "it is not marked as a CA"),
        ),
    ] {
        assert_eq!(TrustStore::from_pem(file).expect_err(file), error);
    }
}
