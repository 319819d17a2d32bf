//! What can be an anchor, how long it vouches for certificates, and whose cards it does not.

use der::asn1::OctetString;
use der::{Decode, DecodePem as _, Encode as _};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePublicKey as _;
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::time::{Time, Validity};

use super::Bench;
use super::certificate_holes::{BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY, genuine, names_key};
use super::forge::{add, extension, key, reissue, without};
use crate::myna::jlis::Purpose;
use crate::myna::{CertificateError, CertificateValidity, TrustError, TrustStore, UserCertificate};
use crate::sim::card::Profile;
use crate::time::UtcTime;

fn at(text: &str) -> UtcTime {
    UtcTime {
        instant: text.parse().expect("an instant"),
        trusted: true,
    }
}

fn time(text: &str) -> Time {
    let instant = der::DateTime::new(text[..4].parse().expect("a year"), 1, 1, 0, 0, 0);
    Time::UtcTime(der::asn1::UtcTime::from_date_time(instant.expect("a date")).expect("in range"))
}

#[test]
fn when() {
    let (good, trust) = genuine();
    let ca = key!("auth_ca_2");
    let lasting = |from: &str, to: &str| {
        let der = reissue(&good, &ca, |c| {
            c.tbs_certificate.validity = Validity {
                not_before: time(from),
                not_after: time(to),
            };
        });
        UserCertificate::check(&der, &trust).expect("dates are not a condition")
    };
    let ahead = lasting("2028", "2031");
    assert!(matches!(
        ahead.require_valid(at("2026-11-22T00:00:00Z")),
        Err(CertificateError::NotYetValid(_))
    ));
    let past = lasting("2024", "2026");
    past.require_valid(at("2026-01-01T00:00:00Z"))
        .expect("the last instant is within");
    assert!(matches!(
        past.require_valid(at("2026-01-01T00:00:01Z")),
        Err(CertificateError::Expired(_))
    ));
    // The virtual authority's own certificate lasts from 2024 to 2034.
    let longer = lasting("2020", "2040");
    assert_eq!(
        longer.not_after().to_string(),
        "2040-01-01T00:00:00Z",
        "as it says"
    );
    for (now, validity) in [
        ("2023-12-31T00:00:00Z", CertificateValidity::NotYetValid),
        ("2026-11-22T00:00:00Z", CertificateValidity::Valid),
        ("2034-01-02T14:59:59Z", CertificateValidity::Valid),
        ("2034-01-02T15:00:00Z", CertificateValidity::Expired),
    ] {
        assert_eq!(longer.validity(at(now)), validity, "{now}");
    }
}

/// A root of the virtual card's, changed and signed again.
fn anchor(key: &RsaPrivateKey, change: impl FnOnce(&mut Certificate)) -> String {
    let bench = Bench::new(Profile::default());
    let text = bench.card.trust_pem();
    let roots = Certificate::load_pem_chain(
        text.split_once("-----BEGIN MYNA CV KEY")
            .expect("roots, then keys")
            .0
            .as_bytes(),
    )
    .expect("PEM");
    let der = reissue(&roots[1].to_der().expect("encodes"), key, change);
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &der).expect("a label")
}

#[test]
fn what_can_be_an_anchor() {
    let ca = key!("auth_ca_2");
    TrustStore::from_pem(&anchor(&ca, |_| {})).expect("genuine");
    let no_ca: &[u8] = &[0x30, 0x00];
    for (pem, why) in [
        (
            anchor(&ca, |c| without(c, BASIC_CONSTRAINTS)),
            "it is not marked as a CA",
        ),
        (
            anchor(&ca, |c| {
                extension(c, BASIC_CONSTRAINTS).extn_value =
                    OctetString::new(no_ca).expect("short");
            }),
            "it is not marked as a CA",
        ),
        (
            anchor(&ca, |c| without(c, KEY_USAGE)),
            "its key may not sign certificates",
        ),
        (
            anchor(&ca, |c| without(c, SUBJECT_KEY)),
            "it has no subject key identifier",
        ),
        (
            anchor(&ca, |c| add(c, "1.3.6.1.4.1.32473.99", true, &[0x05, 0x00])),
            "it has an unknown critical extension",
        ),
        (anchor(&key!("other_ca"), |_| {}), "it is not self-signed"),
        (
            anchor(&ca, |c| {
                c.tbs_certificate.subject = "CN=Somebody else".parse().expect("a name");
            }),
            "it is not self-signed",
        ),
        (
            anchor(&ca, |c| c.tbs_certificate.version = Version::V1),
            "it cannot be read",
        ),
    ] {
        assert_eq!(
            TrustStore::from_pem(&pem).map(drop),
            Err(TrustError::Certificate(1, why))
        );
    }
}

#[test]
fn one_authority_says_one_thing() {
    let (ca, other) = (key!("auth_ca_2"), key!("other_ca"));
    let genuine = anchor(&ca, |_| {});
    let same = TrustStore::from_pem(&format!("{genuine}{genuine}"));
    assert!(same.expect("the same twice").has_certificate_anchors());
    let key = other.to_public_key().to_public_key_der().expect("encodes");
    let another_key = anchor(&other, |c| {
        c.tbs_certificate.subject_public_key_info =
            Decode::from_der(key.as_bytes()).expect("a key");
    });
    let another_end = anchor(&ca, |c| c.tbs_certificate.validity.not_after = time("2049"));
    for second in [another_key, another_end] {
        TrustStore::from_pem(&second).expect("an anchor by itself");
        assert_eq!(
            TrustStore::from_pem(&format!("{genuine}{second}")).map(drop),
            Err(TrustError::Contradiction(2))
        );
    }
}

#[test]
fn the_virtual_card_is_refused_by_the_built_in_store_and_never_joins_it() {
    let bench = Bench::new(Profile::default());
    let virtual_pem = bench.card.trust_pem();
    let built_in = TrustStore::jlis().expect("built in");
    assert_eq!(
        UserCertificate::check(bench.card.auth_certificate(), &built_in).map(drop),
        Err(CertificateError::UntrustedIssuer)
    );
    let production = crate::myna::jlis::ROOTS[2].pem;
    let mixed = TrustStore::from_pem(&format!("{production}{virtual_pem}")).map(drop);
    assert!(matches!(mixed, Err(TrustError::Mixed(2, ..))), "{mixed:?}");
}

#[test]
fn borrowed_names_do_not_pass_the_built_in_store() {
    let built_in = TrustStore::jlis().expect("built in");
    let (good, _) = genuine();
    for root in crate::myna::jlis::ROOTS {
        let mut real = Certificate::from_pem(root.pem).expect("a certificate");
        let key_id = extension(&mut real, SUBJECT_KEY).extn_value.as_bytes()[2..].to_vec();
        let forged = reissue(&good, &key!("other_ca"), |c| {
            c.tbs_certificate.issuer = real.tbs_certificate.subject.clone();
            names_key(c, &key_id);
        });
        let error = match root.purpose {
            Purpose::UserAuthentication => CertificateError::Signature,
            _ => CertificateError::UntrustedIssuer,
        };
        assert_eq!(
            UserCertificate::check(&forged, &built_in).map(drop),
            Err(error)
        );
    }
}
