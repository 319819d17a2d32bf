//! The fictional certificate hierarchy, issued against the clock.
//!
//! Shaped like certificates seen in the field (version 3, RSA-2048, sha256WithRSAEncryption; the
//! extensions and their criticality), under names and a policy of our own, so that nothing here
//! can be taken for a real authority's. For the guessed next generation P-384 stands where RSA does.

use std::str::FromStr as _;
use std::time::Duration;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;
use const_oid::db::rfc5912::{ECDSA_WITH_SHA_384, SHA_256_WITH_RSA_ENCRYPTION};
use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, Null, OctetString, UtcTime};
use der::{DateTime, Decode as _, Encode as _, Tag};
use jiff::ToSpan as _;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName, OtherName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use super::holder::{self, Holder};
use super::keyring::{Key, Owner};
use super::profile::{Certificate, KeyType, Profile};

/// Policy of the virtual user-authentication certificates, under the arc that IANA keeps for
/// examples (RFC 5612). Production certificates say `1.2.392.200149.8.5.1.3.30`, and official
/// test certificates `1.2.392.200149.8.5.1.0.30`: neither accepts the other, nor this one.
pub const POLICY: &str = "1.3.6.1.4.1.32473.8.5.1.30";
/// Policy of the virtual signature certificates.
const SIGN_POLICY: &str = "1.3.6.1.4.1.32473.8.5.1.20";
/// Arc of the holder's data in the signature certificate's subjectAltName.
const ATTRIBUTES: &str = "1.3.6.1.4.1.32473.8.5.5";

const AUTH_CA: &str = "OU=No authority whatsoever of virtual cards,OU=VIRTUAL CA for user authentication,O=MYNA-HAL VIRTUAL,C=JP";
const SIGN_CA: &str = "OU=No authority whatsoever of virtual cards,OU=VIRTUAL CA for digital signature,O=MYNA-HAL VIRTUAL,C=JP";
const ALTERNATIVE: &str =
    "OU=存在しない地方公共団体情報システム機構,OU=仮想カード利用者証明用,O=仮想個人認証サービス";
const CRL: &str = "CN=Virtual City CRLDP,OU=Virtual Prefecture,OU=CRL Distribution Points,OU=VIRTUAL CA for user authentication,O=MYNA-HAL VIRTUAL,C=JP";
const CPS: &str = "http://virtual.example/cps.html";
const OCSP: &str = "http://ocsp.virtual.example";

/// A certificate authority: its name, key, and the serial number of its own certificate.
#[derive(Clone, Copy)]
struct Authority {
    name: &'static str,
    owner: Owner,
    key_type: KeyType,
    serial: &'static [u8],
    /// Years between the first of January of its first year and the current one.
    age: i16,
}

const AUTH_1: Authority = Authority {
    name: AUTH_CA,
    owner: Owner::AuthCa1,
    key_type: KeyType::Rsa2048,
    serial: &[0x01],
    age: 6,
};
const AUTH_2: Authority = Authority {
    name: AUTH_CA,
    owner: Owner::AuthCa2,
    key_type: KeyType::Rsa2048,
    serial: &[0x01, 0x33, 0xc3, 0x49],
    age: 2,
};
/// Claims to be the user-authentication authority, with a key that nobody trusts.
const OTHER: Authority = Authority {
    name: AUTH_CA,
    owner: Owner::OtherCa,
    key_type: KeyType::Rsa2048,
    serial: &[0x02],
    age: 2,
};
const SIGN: Authority = Authority {
    name: SIGN_CA,
    owner: Owner::SignCa,
    key_type: KeyType::Rsa2048,
    serial: &[0x03],
    age: 2,
};

impl Authority {
    /// The same authority with a key of this type.
    fn with(self, key_type: KeyType) -> Self {
        Self { key_type, ..self }
    }

    fn key(self) -> Key {
        self.owner.of(self.key_type)
    }
}

/// The certificates on one card, DER, and the roots to trust for them.
pub(super) struct Certificates {
    pub(super) auth: Vec<u8>,
    pub(super) auth_ca: Vec<u8>,
    pub(super) sign: Vec<u8>,
    pub(super) sign_ca: Vec<u8>,
    /// Two generations under one name.
    pub(super) roots: [Vec<u8>; 2],
}

impl Certificates {
    /// Issues for `holder` on a card bought `today`.
    pub(super) fn issue(profile: &Profile, holder: &Holder, today: Date) -> der::Result<Self> {
        let (kind, key_type) = (profile.certificate, profile.key_type);
        let authority = match kind {
            Certificate::OtherAuthority => OTHER,
            // Issued while the first generation was in use.
            Certificate::Expired => AUTH_1,
            _ => AUTH_2,
        }
        .with(key_type);
        let subject = match kind {
            Certificate::OtherKey => Owner::OtherCa,
            _ => Owner::HolderAuth,
        }
        .of(key_type);
        let mut auth = match profile.certificate_length {
            None => auth_certificate(authority, subject, holder, ALTERNATIVE)?,
            Some(length) => auth_certificate_of(length, authority, subject, holder)?,
        };
        if kind == Certificate::Tampered {
            // A bit of the serial-like subject name: still well-formed, no longer signed.
            let name = SUBJECT.as_bytes();
            if let Some(at) = auth.windows(name.len()).position(|window| window == name) {
                auth[at + name.len() - 5] ^= 0x01;
            }
        }
        Ok(Self {
            auth,
            auth_ca: root(authority, today)?,
            sign: sign_certificate(holder, key_type)?,
            sign_ca: root(SIGN.with(key_type), today)?,
            roots: [
                root(AUTH_1.with(key_type), today)?,
                root(AUTH_2.with(key_type), today)?,
            ],
        })
    }
}

/// 23 characters: 14 of the certificate, 5 of the municipality, `003A`.
const SUBJECT: &str = "VIRTUALAUTH00199999003A";

/// A certificate of this length, by the length of its issuer's other name.
fn auth_certificate_of(
    length: usize,
    ca: Authority,
    subject: Key,
    holder: &Holder,
) -> der::Result<Vec<u8>> {
    /// A name that is longer needs lengths of more bytes around it: once is not enough.
    const ROUNDS: usize = 4;
    let mut letters = ALTERNATIVE.len();
    let mut certificate = auth_certificate(ca, subject, holder, ALTERNATIVE)?;
    for _ in 0..ROUNDS {
        if certificate.len() == length {
            break;
        }
        letters = (letters + length).saturating_sub(certificate.len()).max(1);
        let name = format!("O={}", "V".repeat(letters));
        certificate = auth_certificate(ca, subject, holder, &name)?;
    }
    Ok(certificate)
}

fn auth_certificate(
    ca: Authority,
    subject: Key,
    holder: &Holder,
    alternative: &str,
) -> der::Result<Vec<u8>> {
    let extensions = vec![
        extension(
            oid::ID_CE_KEY_USAGE,
            true,
            &usage(KeyUsages::DigitalSignature.into()),
        )?,
        extension(
            oid::ID_CE_EXT_KEY_USAGE,
            false,
            &vec![oid::ID_KP_CLIENT_AUTH],
        )?,
        policies(POLICY)?,
        extension(
            oid::ID_CE_ISSUER_ALT_NAME,
            false,
            &vec![GeneralName::DirectoryName(Name::from_str(alternative)?)],
        )?,
        extension(
            oid::ID_CE_CRL_DISTRIBUTION_POINTS,
            false,
            &vec![DistributionPoint {
                distribution_point: Some(DistributionPointName::FullName(vec![
                    GeneralName::DirectoryName(Name::from_str(CRL)?),
                ])),
                reasons: None,
                crl_issuer: None,
            }],
        )?,
        extension(
            oid::ID_PE_AUTHORITY_INFO_ACCESS,
            false,
            &vec![AccessDescription {
                access_method: oid::ID_AD_OCSP,
                access_location: GeneralName::UniformResourceIdentifier(Ia5String::new(OCSP)?),
            }],
        )?,
        authority_key_id(ca)?,
        subject_key_id(subject)?,
    ];
    holder_certificate(
        ca,
        subject,
        &format!("CN={SUBJECT},C=JP"),
        holder,
        extensions,
    )
}

fn sign_certificate(holder: &Holder, key_type: KeyType) -> der::Result<Vec<u8>> {
    let (ca, key) = (SIGN.with(key_type), Owner::HolderSign.of(key_type));
    let attribute = |number: u8, text: &str| -> der::Result<GeneralName> {
        Ok(GeneralName::OtherName(OtherName {
            type_id: ObjectIdentifier::new(&format!("{ATTRIBUTES}.{number}"))?,
            value: Any::new(Tag::Utf8String, text.as_bytes())?,
        }))
    };
    // A digit for the era (3: 昭和) and the Gregorian date, as seen.
    let birth = format!(
        "{}{}",
        holder::era_digit(holder.birth),
        holder::digits(holder.birth)
    );
    let extensions = vec![
        extension(
            oid::ID_CE_KEY_USAGE,
            true,
            &usage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
        )?,
        policies(SIGN_POLICY)?,
        extension(
            oid::ID_CE_SUBJECT_ALT_NAME,
            false,
            &vec![
                attribute(1, &holder.name)?,
                attribute(2, "00000")?,
                attribute(3, holder::SEX)?,
                attribute(4, &birth)?,
                attribute(5, &holder.address)?,
                attribute(6, "00000000000000")?,
            ],
        )?,
        authority_key_id(ca)?,
        subject_key_id(key)?,
    ];
    let subject = "CN=VIRTUAL2026000SIGN199999003A,L=Virtual City,L=Virtual Prefecture,C=JP";
    holder_certificate(ca, key, subject, holder, extensions)
}

/// Valid from the morning of the day of issue to the end of the fifth birthday after it in Japan.
fn holder_certificate(
    ca: Authority,
    key: Key,
    subject: &str,
    holder: &Holder,
    extensions: Vec<Extension>,
) -> der::Result<Vec<u8>> {
    let issued = holder.certificate_issued;
    let hash = Sha256::digest(format!("{subject} {issued} {:?}", ca.owner));
    sign(
        ca,
        TbsCertificate {
            // Four bytes, positive.
            serial_number: SerialNumber::new(&[hash[0] & 0x3f | 0x40, hash[1], hash[2], hash[3]])?,
            validity: validity(issued, (1, 23, 45), holder.certificate_expiry)?,
            ..blank(ca, key, subject, extensions)?
        },
    )
}

/// A self-signed root of ten years, the same bytes for every card made in one year.
fn root(ca: Authority, today: Date) -> der::Result<Vec<u8>> {
    let first = Date::new(today.year() - ca.age, 1, 2).unwrap_or(today);
    let extensions = vec![
        extension(
            oid::ID_CE_KEY_USAGE,
            true,
            &usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
        )?,
        extension(
            oid::ID_CE_BASIC_CONSTRAINTS,
            true,
            &BasicConstraints {
                ca: true,
                path_len_constraint: None,
            },
        )?,
        subject_key_id(ca.key())?,
        // Says which end certificates it vouches for: never those of a real card.
        policies(if ca.owner == SIGN.owner {
            SIGN_POLICY
        } else {
            POLICY
        })?,
    ];
    sign(
        ca,
        TbsCertificate {
            validity: validity(first, (0, 0, 0), first.saturating_add(10.years()))?,
            ..blank(ca, ca.key(), ca.name, extensions)?
        },
    )
}

fn blank(
    ca: Authority,
    key: Key,
    subject: &str,
    extensions: Vec<Extension>,
) -> der::Result<TbsCertificate> {
    Ok(TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(ca.serial)?,
        signature: algorithm(ca.key_type),
        issuer: Name::from_str(ca.name)?,
        validity: validity(Date::ZERO, (0, 0, 0), Date::ZERO)?,
        subject: Name::from_str(subject)?,
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(&key.spki())?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    })
}

fn sign(ca: Authority, tbs: TbsCertificate) -> der::Result<Vec<u8>> {
    let signature = ca.key().issue_certificate(&tbs.to_der()?);
    x509_cert::Certificate {
        tbs_certificate: tbs,
        signature_algorithm: algorithm(ca.key_type),
        signature: BitString::from_bytes(&signature)?,
    }
    .to_der()
}

fn algorithm(key_type: KeyType) -> AlgorithmIdentifierOwned {
    let (oid, parameters) = match key_type {
        KeyType::Rsa2048 => (SHA_256_WITH_RSA_ENCRYPTION, Some(Null.into())),
        KeyType::P384 => (ECDSA_WITH_SHA_384, None),
    };
    AlgorithmIdentifierOwned { oid, parameters }
}

fn extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &impl der::Encode,
) -> der::Result<Extension> {
    Ok(Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

fn usage(usages: der::flagset::FlagSet<KeyUsages>) -> KeyUsage {
    KeyUsage(usages)
}

fn policies(policy: &str) -> der::Result<Extension> {
    extension(
        oid::ID_CE_CERTIFICATE_POLICIES,
        true,
        &vec![PolicyInformation {
            policy_identifier: ObjectIdentifier::new(policy)?,
            policy_qualifiers: Some(vec![PolicyQualifierInfo {
                policy_qualifier_id: oid::ID_QT_CPS,
                qualifier: Some(Any::new(Tag::Ia5String, CPS.as_bytes())?),
            }]),
        }],
    )
}

fn authority_key_id(ca: Authority) -> der::Result<Extension> {
    extension(
        oid::ID_CE_AUTHORITY_KEY_IDENTIFIER,
        false,
        &AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(key_id(ca.key())?)?),
            authority_cert_issuer: Some(vec![GeneralName::DirectoryName(Name::from_str(ca.name)?)]),
            authority_cert_serial_number: Some(SerialNumber::new(ca.serial)?),
        },
    )
}

fn subject_key_id(key: Key) -> der::Result<Extension> {
    extension(
        oid::ID_CE_SUBJECT_KEY_IDENTIFIER,
        false,
        &OctetString::new(key_id(key)?)?,
    )
}

/// Leftmost 160 bits of the SHA-256 of the public key (RFC 7093 §2, method 1).
fn key_id(key: Key) -> der::Result<Vec<u8>> {
    let spki = SubjectPublicKeyInfoOwned::from_der(&key.spki())?;
    Ok(Sha256::digest(spki.subject_public_key.raw_bytes())[..20].to_vec())
}

/// From `time` UTC on `from` to 14:59:59 UTC on `to`, which is the day's end in Japan.
fn validity(from: Date, (hour, minute, second): (i8, i8, i8), to: Date) -> der::Result<Validity> {
    Ok(Validity {
        not_before: time(from, (hour, minute, second))?,
        not_after: time(to, (14, 59, 59))?,
    })
}

fn time(date: Date, (hour, minute, second): (i8, i8, i8)) -> der::Result<Time> {
    let seconds = jiff::tz::Offset::UTC
        .to_timestamp(date.at(hour, minute, second, 0))
        .map_or(0, jiff::Timestamp::as_second);
    // Certificates know no time before 1970 that matters here.
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let instant = DateTime::from_unix_duration(Duration::from_secs(seconds))?;
    // RFC 5280 §4.1.2.5: two-digit years through 2049.
    Ok(if instant.year() < 2050 {
        Time::UtcTime(UtcTime::from_date_time(instant)?)
    } else {
        Time::GeneralTime(GeneralizedTime::from_date_time(instant))
    })
}
