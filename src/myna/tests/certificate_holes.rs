//! Certificates that other verifiers were found to accept: one line each, and the answer.

use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_384, ID_EC_PUBLIC_KEY, SECP_256_R_1, SECP_384_R_1, SHA_1_WITH_RSA_ENCRYPTION,
};
use der::asn1::{Any, BitString, OctetString, UintRef};
use der::{Decode as _, Encode as _};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::Bench;
use super::forge::{SHA256_INFO, add, alter, extension, key, reissue, sign, sign_bare, without};
use crate::myna::{CertificateError, TrustStore, UserCertificate};
use crate::sim::card::{self, Profile};

pub(super) const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(super) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const POLICIES: &str = "2.5.29.32";
const AUTHORITY_KEY: &str = "2.5.29.35";
pub(super) const SUBJECT_KEY: &str = "2.5.29.14";

pub(super) fn genuine() -> (Vec<u8>, TrustStore) {
    let bench = Bench::new(Profile::default());
    let trust = TrustStore::from_pem(&bench.card.trust_pem()).expect("own hierarchy");
    (bench.card.auth_certificate().to_vec(), trust)
}

fn refused(lines: &[(&str, Vec<u8>, CertificateError)], trust: &TrustStore) {
    for (what, certificate, error) in lines {
        let result = UserCertificate::check(certificate, trust);
        assert_eq!(result.map(drop), Err(error.clone()), "{what}");
    }
}

/// Where the authority key identifier says that `key` signed.
pub(super) fn names_key(certificate: &mut Certificate, key_id: &[u8]) {
    let identifier = extension(certificate, AUTHORITY_KEY);
    let mut value = AuthorityKeyIdentifier::from_der(identifier.extn_value.as_bytes())
        .expect("an authority key identifier");
    value.key_identifier = Some(OctetString::new(key_id).expect("short"));
    identifier.extn_value = OctetString::new(value.to_der().expect("encodes")).expect("short");
}

fn subject_key_id(certificate: &[u8]) -> Vec<u8> {
    let mut certificate = Certificate::from_der(certificate).expect("a certificate");
    let identifier = extension(&mut certificate, SUBJECT_KEY);
    identifier.extn_value.as_bytes()[2..].to_vec()
}

#[test]
fn who_signed() {
    let (good, trust) = genuine();
    UserCertificate::check(&good, &trust).expect("genuine");
    let (ca, older, other) = (key!("auth_ca_2"), key!("auth_ca_1"), key!("other_ca"));
    let holder = key!("holder_auth");
    let leaf_key_id = subject_key_id(&good);
    let leaf = Certificate::from_der(&good).expect("a certificate");
    refused(
        &[
            (
                "the right name, another authority's key identifier",
                reissue(&good, &other, |c| names_key(c, &[7; 20])),
                CertificateError::UntrustedIssuer,
            ),
            (
                "the right key identifier, another authority's key",
                reissue(&good, &other, |_| {}),
                CertificateError::Signature,
            ),
            (
                "the other generation's key under this one's identifier",
                reissue(&good, &older, |_| {}),
                CertificateError::Signature,
            ),
            (
                "the right key, another issuer's name",
                reissue(&good, &ca, |c| {
                    c.tbs_certificate.issuer = leaf.tbs_certificate.subject.clone();
                }),
                CertificateError::UntrustedIssuer,
            ),
            (
                "no authority key identifier",
                reissue(&good, &ca, |c| without(c, AUTHORITY_KEY)),
                CertificateError::UntrustedIssuer,
            ),
            (
                "self-signed under the authority's name",
                reissue(&good, &holder, |c| names_key(c, &leaf_key_id)),
                CertificateError::UntrustedIssuer,
            ),
            (
                "issued by the holder of a genuine certificate",
                reissue(&good, &holder, |c| {
                    c.tbs_certificate.issuer = leaf.tbs_certificate.subject.clone();
                    names_key(c, &leaf_key_id);
                }),
                CertificateError::UntrustedIssuer,
            ),
        ],
        &trust,
    );
}

#[test]
fn what_was_signed() {
    let (good, trust) = genuine();
    let ca = key!("auth_ca_2");
    let body = Certificate::from_der(&good).expect("a certificate");
    let body = body.tbs_certificate.to_der().expect("encodes");
    let hash = Sha256::digest(&body);
    let signed = |signature: &[u8]| {
        alter(&good, |c| {
            c.signature = BitString::from_bytes(signature).expect("short");
        })
    };
    let info =
        |before: &[u8], after: &[u8]| signed(&sign_bare(&ca, &[before, &hash, after].concat()));
    // The DigestInfo without NULL parameters.
    let no_parameters = [
        &[0x30, 0x2F, 0x30, 0x0B][..],
        &SHA256_INFO[4..15],
        &[0x04, 0x20],
    ]
    .concat();
    let mut longer = SHA256_INFO;
    longer[1] += 1;
    longer[18] += 1;
    // A length of the DigestInfo in two bytes where one would do.
    let long_form = [&[0x30, 0x81, 0x31], &SHA256_INFO[2..]].concat();
    let signature = sign(&ca, &body);
    refused(
        &[
            (
                "a signature over other data",
                signed(&sign(&ca, b"other data")),
                CertificateError::Signature,
            ),
            (
                "a changed name under a genuine signature",
                alter(&good, |c| {
                    let serial = x509_cert::serial_number::SerialNumber::new(&[1]);
                    c.tbs_certificate.serial_number = serial.expect("a number");
                }),
                CertificateError::Signature,
            ),
            ("no signature", signed(&[]), CertificateError::Signature),
            (
                "zero for a signature",
                signed(&[0; 256]),
                CertificateError::Signature,
            ),
            (
                "one for a signature",
                signed(&[&[0; 255][..], &[1]].concat()),
                CertificateError::Signature,
            ),
            (
                "a signature cut short",
                signed(&signature[..255]),
                CertificateError::Signature,
            ),
            (
                "a signature with a byte behind it",
                signed(&[&signature[..], &[0]].concat()),
                CertificateError::Signature,
            ),
            (
                "a byte behind the hash, not counted",
                info(&SHA256_INFO, &[0]),
                CertificateError::Signature,
            ),
            (
                "a byte behind the hash, counted",
                info(&longer, &[0]),
                CertificateError::Signature,
            ),
            ("the bare hash", info(&[], &[]), CertificateError::Signature),
            (
                "a DigestInfo without parameters",
                info(&no_parameters, &[]),
                CertificateError::Signature,
            ),
            (
                "a DigestInfo whose length is not minimal",
                info(&long_form, &[]),
                CertificateError::Signature,
            ),
            (
                "a signature that is not whole bytes",
                alter(&good, |c| {
                    c.signature = BitString::new(1, &signature[..]).expect("short");
                }),
                CertificateError::Malformed,
            ),
        ],
        &trust,
    );
}

#[test]
fn algorithms_and_keys() {
    let (good, trust) = genuine();
    let ca = key!("auth_ca_2");
    let with_algorithm = |inner: Option<const_oid::ObjectIdentifier>,
                          outer: Option<const_oid::ObjectIdentifier>| {
        reissue(&good, &ca, |c| {
            if let Some(oid) = inner {
                c.tbs_certificate.signature.oid = oid;
            }
            if let Some(oid) = outer {
                c.signature_algorithm.oid = oid;
            }
        })
    };
    let parameters = Some(Any::from_der(&[0x04, 0x01, 0x00]).expect("octets"));
    let rsa = |modulus: &[u8], exponent: &[u8]| {
        let number = |bytes| {
            UintRef::new(bytes)
                .expect("short")
                .to_der()
                .expect("encodes")
        };
        let numbers = [number(modulus), number(exponent)].concat();
        let mut sequence = vec![0x30, 0x82];
        sequence.extend(u16::try_from(numbers.len()).expect("short").to_be_bytes());
        sequence.extend(numbers);
        reissue(&good, &ca, |c| {
            let info = &mut c.tbs_certificate.subject_public_key_info;
            info.subject_public_key = BitString::from_bytes(&sequence).expect("short");
        })
    };
    let point = |curve: const_oid::ObjectIdentifier, point: &[u8]| {
        reissue(&good, &ca, |c| {
            let info = &mut c.tbs_certificate.subject_public_key_info;
            info.algorithm = AlgorithmIdentifierOwned {
                oid: ID_EC_PUBLIC_KEY,
                parameters: Some(Any::encode_from(&curve).expect("encodes")),
            };
            info.subject_public_key = BitString::from_bytes(point).expect("short");
        })
    };
    let base = p384::AffinePoint::GENERATOR;
    let base = p384::elliptic_curve::sec1::ToEncodedPoint::to_encoded_point(&base, false);
    UserCertificate::check(&point(SECP_384_R_1, base.as_bytes()), &trust).expect("a P-384 key");
    let mut off_curve = base.as_bytes().to_vec();
    off_curve[96] ^= 1;
    let compressed = [&[0x02][..], &base.as_bytes()[1..49]].concat();
    let modulus = [0xFF; 256];
    let sha_1 = Some(SHA_1_WITH_RSA_ENCRYPTION);
    let ecdsa = Some(ECDSA_WITH_SHA_384);
    let lines: Vec<_> = [
        ("SHA-1 outside alone", with_algorithm(None, sha_1)),
        ("SHA-1 inside alone", with_algorithm(sha_1, None)),
        ("SHA-1 twice", with_algorithm(sha_1, sha_1)),
        ("ECDSA by an RSA authority", with_algorithm(ecdsa, ecdsa)),
        (
            "parameters that mean nothing",
            reissue(&good, &ca, |c| {
                c.tbs_certificate
                    .signature
                    .parameters
                    .clone_from(&parameters);
                c.signature_algorithm.parameters.clone_from(&parameters);
            }),
        ),
        ("RSA of 1024 bits", rsa(&modulus[..128], &[1, 0, 1])),
        (
            "RSA of 2047 bits",
            rsa(&[&[0x7F], &modulus[1..]].concat(), &[1, 0, 1]),
        ),
        ("RSA of 8192 bits", rsa(&[0xFF; 1024], &[1, 0, 1])),
        (
            "an even modulus",
            rsa(&[&modulus[1..], &[0xFE]].concat(), &[1, 0, 1]),
        ),
        ("exponent 1", rsa(&modulus, &[1])),
        ("exponent 3", rsa(&modulus, &[3])),
        ("exponent 65535", rsa(&modulus, &[0xFF, 0xFF])),
        ("an even exponent", rsa(&modulus, &[1, 0, 2])),
        ("an endless exponent", rsa(&modulus, &[0xFF; 200])),
        ("P-256", point(SECP_256_R_1, &[4; 65])),
        ("a point beside P-384", point(SECP_384_R_1, &off_curve)),
        ("a compressed point", point(SECP_384_R_1, &compressed)),
        ("the point at infinity", point(SECP_384_R_1, &[0])),
    ]
    .into_iter()
    .map(|(what, der)| (what, der, CertificateError::Algorithm))
    .collect();
    refused(&lines, &trust);
}

#[test]
fn what_a_certificate_is_for() {
    let (good, trust) = genuine();
    let ca = key!("auth_ca_2");
    let set = |oid: &str, value: &[u8]| {
        reissue(&good, &ca, |c| {
            extension(c, oid).extn_value = OctetString::new(value).expect("short");
        })
    };
    let lacks = |oid: &str| reissue(&good, &ca, |c| without(c, oid));
    let adds =
        |oid: &str, critical, value: &[u8]| reissue(&good, &ca, |c| add(c, oid, critical, value));
    let policy = |oid: &str| {
        let oid: const_oid::ObjectIdentifier = oid.parse().expect("an object identifier");
        let oid = oid.to_der().expect("encodes");
        let length = u8::try_from(oid.len()).expect("short");
        [&[0x30, length + 2, 0x30, length][..], &oid].concat()
    };
    UserCertificate::check(&set(POLICIES, &policy(card::POLICY)), &trust).expect("its policy");
    let usage = CertificateError::Usage;
    refused(
        &[
            ("no key usage", lacks(KEY_USAGE), usage.clone()),
            (
                "a key for key agreement",
                set(KEY_USAGE, &[0x03, 0x02, 0x03, 0x08]),
                usage.clone(),
            ),
            (
                "a key for documents, too",
                set(KEY_USAGE, &[0x03, 0x02, 0x06, 0xC0]),
                usage.clone(),
            ),
            (
                "a key for certificates, too",
                set(KEY_USAGE, &[0x03, 0x02, 0x02, 0x84]),
                usage.clone(),
            ),
            (
                "a server's",
                set(
                    EXTENDED_KEY_USAGE,
                    &[
                        0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01,
                    ],
                ),
                usage.clone(),
            ),
            (
                "a CA",
                adds(BASIC_CONSTRAINTS, true, &[0x30, 0x03, 0x01, 0x01, 0xFF]),
                usage.clone(),
            ),
            (
                "no CA, but a path length",
                adds(BASIC_CONSTRAINTS, true, &[0x30, 0x03, 0x02, 0x01, 0x00]),
                usage,
            ),
            ("no policy", lacks(POLICIES), CertificateError::Policy),
            (
                "the policy of production cards",
                set(POLICIES, &policy("1.2.392.200149.8.5.1.3.30")),
                CertificateError::Policy,
            ),
            (
                "any policy",
                set(POLICIES, &policy("2.5.29.32.0")),
                CertificateError::Policy,
            ),
            (
                "an unknown critical extension",
                adds("1.3.6.1.4.1.32473.99", true, &[0x05, 0x00]),
                CertificateError::CriticalExtension,
            ),
            (
                "key usage twice",
                adds(KEY_USAGE, true, &[0x03, 0x02, 0x07, 0x80]),
                CertificateError::Malformed,
            ),
            (
                "an extension that nobody reads, twice",
                reissue(&good, &ca, |c| {
                    add(c, "1.3.6.1.4.1.32473.98", false, &[0x05, 0x00]);
                    add(c, "1.3.6.1.4.1.32473.98", false, &[0x05, 0x00]);
                }),
                CertificateError::Malformed,
            ),
            (
                "key usage that is not one",
                set(KEY_USAGE, &[0x05, 0x00]),
                CertificateError::Malformed,
            ),
        ],
        &trust,
    );
}

#[test]
fn the_bytes_themselves() {
    let (good, trust) = genuine();
    let ca = key!("auth_ca_2");
    // What follows the outer header and, in it, the body's.
    let body_at = 4;
    let body_size = usize::from(u16::from_be_bytes([good[6], good[7]])) + 4;
    let (body, tail) = good[body_at..].split_at(body_size);
    let sequence = |length: &[u8], value: &[u8]| [&[0x30], length, value].concat();
    let two = |length: usize| {
        let length = u16::try_from(length).expect("short").to_be_bytes();
        [&[0x82][..], &length].concat()
    };
    let whole = |body: &[u8]| {
        // The last 256 bytes of the tail are the signature.
        let tail = [&tail[..tail.len() - 256], &sign(&ca, body)].concat();
        let value = [body, &tail].concat();
        sequence(&two(value.len()), &value)
    };
    assert!(whole(body) == good, "taken apart and put together");
    let size = u16::try_from(good.len() - 4).expect("short").to_be_bytes();
    let long_body = [&[0x30, 0x83, 0x00], &body[2..]].concat();
    // The version `[0] { INTEGER 2 }` with its length in two bytes.
    let version = [0xA0, 0x03, 0x02, 0x01, 0x02];
    assert_eq!(body[4..9], version);
    let long_version = [&[0xA0, 0x81, 0x03][..], &version[2..], &body[9..]].concat();
    let long_version = sequence(&two(long_version.len()), &long_version);
    let lines: Vec<_> = [
        ("nothing", vec![]),
        ("cut in the middle", good[..good.len() / 2].to_vec()),
        ("cut by a byte", good[..good.len() - 1].to_vec()),
        ("a byte behind it", [&good[..], &[0]].concat()),
        ("itself behind it", [&good[..], &good].concat()),
        (
            "a length in one byte more than it needs",
            [&[0x30, 0x83, 0x00], &size[..], &good[4..]].concat(),
        ),
        (
            "an indefinite length",
            [&[0x30, 0x80], &good[4..], &[0, 0]].concat(),
        ),
        (
            "a body whose length is not minimal, signed so",
            whole(&long_body),
        ),
        (
            "a version whose length is not minimal, signed so",
            whole(&long_version),
        ),
        (
            "version 1 with extensions",
            reissue(&good, &ca, |c| c.tbs_certificate.version = Version::V1),
        ),
        (
            "version 2 with extensions",
            reissue(&good, &ca, |c| c.tbs_certificate.version = Version::V2),
        ),
    ]
    .into_iter()
    .map(|(what, der)| (what, der, CertificateError::Malformed))
    .collect();
    refused(&lines, &trust);
}
