//! The user-authentication certificate (RFC 5280), checked against pinned trust anchors.

use std::collections::BTreeSet;

use const_oid::AssociatedOid;
use const_oid::db::rfc5912::ID_KP_CLIENT_AUTH;
use der::Decode;
use der::oid::ObjectIdentifier;
use x509_cert::certificate::{Certificate, Version};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage,
    SubjectKeyIdentifier,
};

use super::public_key::PublicKey;
use super::signature::KeyType;
use super::trust::TrustStore;
use crate::apdu::tlv;
use crate::time::UtcTime;

/// Policy of production user-authentication certificates (seen in published samples).
pub(super) const PRODUCTION_POLICY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.3.30");

/// Policy of user-authentication certificates on J-LIS's test cards (observed).
pub(super) const TEST_POLICY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.0.30");

/// Why a certificate is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not a certificate, or one that is truncated.
    #[error("the certificate cannot be read")]
    Malformed,
    /// No pinned anchor has the key that the certificate names.
    #[error("the certificate was not issued under a trusted anchor")]
    UntrustedIssuer,
    /// The issuer's signature is wrong.
    #[error("the issuer's signature over the certificate is wrong")]
    Signature,
    /// Not a key or algorithm of the scheme.
    #[error("the certificate uses an algorithm that the scheme does not use")]
    Algorithm,
    /// Not meant for user authentication: key usage, extended key usage or basic constraints.
    #[error("the certificate is not meant for user authentication")]
    Usage,
    /// Issued under another policy: a test card at a production reader, or the wrong kind.
    #[error("the certificate was issued under another policy")]
    Policy,
    /// A critical extension that this library does not know.
    #[error("the certificate has an unknown critical extension")]
    CriticalExtension,
    /// Not valid yet.
    #[error("the certificate is not valid before {0}")]
    NotYetValid(jiff::Timestamp),
    /// Not valid any more.
    #[error("the certificate was valid until {0}")]
    Expired(jiff::Timestamp),
}

/// Where an instant lies relative to a certificate's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateValidity {
    /// Before `notBefore`.
    NotYetValid,
    /// Within.
    Valid,
    /// After `notAfter`. The health-insurance use has a grace period; see the `checkin` room.
    Expired,
}

/// A user-authentication certificate whose chain, usage and policy were checked.
///
/// Whether it is within its validity is a value, not a condition: an expired certificate still
/// serves the eligibility check during its grace.
pub struct UserCertificate {
    der: Vec<u8>,
    key: PublicKey,
    not_before: jiff::Timestamp,
    not_after: jiff::Timestamp,
    /// From when until when the certificate and its anchor are both valid.
    path: (jiff::Timestamp, jiff::Timestamp),
}

impl UserCertificate {
    /// Checks `der` against `trust`: issuer by key identifier and signature, key usage, extended
    /// key usage, policy, critical extensions.
    ///
    /// # Errors
    /// [`CertificateError`], never for validity.
    pub fn check(der: &[u8], trust: &TrustStore) -> Result<Self, CertificateError> {
        let certificate = parse(der)?;
        let tbs = &certificate.tbs_certificate;
        let anchor_key = extension::<AuthorityKeyIdentifier>(&certificate)?
            .and_then(|(_, identifier)| identifier.key_identifier)
            .ok_or(CertificateError::UntrustedIssuer)?;
        // Generations of the CA share one name: only the key identifier tells them apart.
        let anchor = trust
            .anchor(anchor_key.as_bytes(), &tbs.issuer)
            .ok_or(CertificateError::UntrustedIssuer)?;
        if !signed_by(&certificate, der, &anchor.key)? {
            return Err(CertificateError::Signature);
        }
        usage(&certificate)?;
        let (_, policies) =
            extension::<CertificatePolicies>(&certificate)?.ok_or(CertificateError::Policy)?;
        if !policies
            .0
            .iter()
            .any(|policy| anchor.policies.contains(&policy.policy_identifier))
        {
            return Err(CertificateError::Policy);
        }
        let (not_before, not_after) = validity(&certificate)?;
        Ok(Self {
            key: PublicKey::from_spki(&tbs.subject_public_key_info)
                .map_err(|_| CertificateError::Algorithm)?,
            not_before,
            not_after,
            path: (
                not_before.max(anchor.not_before),
                not_after.min(anchor.not_after),
            ),
            der: der.to_vec(),
        })
    }

    /// The certificate in DER. Its subject and serial number identify a person: do not log them.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// First instant of validity.
    #[must_use]
    pub fn not_before(&self) -> jiff::Timestamp {
        self.not_before
    }

    /// Last instant of validity: 23:59:59 in Japan on the last day.
    #[must_use]
    pub fn not_after(&self) -> jiff::Timestamp {
        self.not_after
    }

    /// Last valid day in Japan.
    #[must_use]
    pub fn last_day(&self) -> jiff::civil::Date {
        crate::time::japan_date(self.not_after)
    }

    /// Type of the certified key.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.key.key_type()
    }

    /// Where `now` lies. A certificate is valid no longer than the anchor that issued it.
    #[must_use]
    pub fn validity(&self, now: UtcTime) -> CertificateValidity {
        let (from, until) = self.path;
        if now.instant < from {
            CertificateValidity::NotYetValid
        } else if now.instant > until {
            CertificateValidity::Expired
        } else {
            CertificateValidity::Valid
        }
    }

    /// Refuses a certificate that is not within its validity.
    ///
    /// # Errors
    /// [`CertificateError::NotYetValid`], [`CertificateError::Expired`].
    pub fn require_valid(&self, now: UtcTime) -> Result<(), CertificateError> {
        match self.validity(now) {
            CertificateValidity::Valid => Ok(()),
            CertificateValidity::NotYetValid => Err(CertificateError::NotYetValid(self.path.0)),
            CertificateValidity::Expired => Err(CertificateError::Expired(self.path.1)),
        }
    }

    /// Whether `signature` is the certificate's key's over `message`, as a card signs: with
    /// [`KeyType::Rsa`] sha256WithRSAEncryption.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verifies(message, signature)
    }
}

impl std::fmt::Debug for UserCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserCertificate")
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Parses a certificate of version 3 that ends where its outer length says. An extension that is
/// there twice makes it malformed, known or not (RFC 5280 §4.2).
pub(super) fn parse(der: &[u8]) -> Result<Certificate, CertificateError> {
    let certificate = Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
    let tbs = &certificate.tbs_certificate;
    let mut seen = BTreeSet::new();
    let mut extensions = tbs.extensions.iter().flatten();
    if tbs.version != Version::V3 || !extensions.all(|one| seen.insert(one.extn_id)) {
        return Err(CertificateError::Malformed);
    }
    Ok(certificate)
}

/// One extension with its criticality.
pub(super) fn extension<'a, T: Decode<'a> + AssociatedOid>(
    certificate: &'a Certificate,
) -> Result<Option<(bool, T)>, CertificateError> {
    certificate
        .tbs_certificate
        .get::<T>()
        .map_err(|_| CertificateError::Malformed)
}

/// Checks the signature over the bytes as they came: re-encoding could hide a difference.
pub(super) fn signed_by(
    certificate: &Certificate,
    der: &[u8],
    key: &PublicKey,
) -> Result<bool, CertificateError> {
    let outer = &certificate.signature_algorithm;
    // RFC 5280 §4.1.1.2: the algorithm is stated twice, and only the inner one is signed.
    if *outer != certificate.tbs_certificate.signature
        || !key.scheme().is_certificate_algorithm(outer)
    {
        return Err(CertificateError::Algorithm);
    }
    let (sequence, _) = tlv::first(der).map_err(|_| CertificateError::Malformed)?;
    let (tbs, _) = tlv::first(sequence.value).map_err(|_| CertificateError::Malformed)?;
    let signature = certificate
        .signature
        .as_bytes()
        .ok_or(CertificateError::Malformed)?;
    Ok(key.verifies_certificate(tbs.object, signature))
}

fn usage(certificate: &Certificate) -> Result<(), CertificateError> {
    let (_, key_usage) = extension::<KeyUsage>(certificate)?.ok_or(CertificateError::Usage)?;
    // A signature certificate has non-repudiation besides: it signs documents, and its PIN is
    // another one.
    if !key_usage.digital_signature() || key_usage.non_repudiation() || key_usage.key_cert_sign() {
        return Err(CertificateError::Usage);
    }
    if let Some((_, extended)) = extension::<ExtendedKeyUsage>(certificate)?
        && !extended.0.contains(&ID_KP_CLIENT_AUTH)
    {
        return Err(CertificateError::Usage);
    }
    // RFC 5280 §4.2.1.9: only a CA has a path length.
    if extension::<BasicConstraints>(certificate)?
        .is_some_and(|(_, basic)| basic.ca || basic.path_len_constraint.is_some())
    {
        return Err(CertificateError::Usage);
    }
    if has_unknown_critical(certificate) {
        return Err(CertificateError::CriticalExtension);
    }
    Ok(())
}

/// Whether there is a critical extension that nothing here looks at.
pub(super) fn has_unknown_critical(certificate: &Certificate) -> bool {
    let understood = [
        KeyUsage::OID,
        ExtendedKeyUsage::OID,
        BasicConstraints::OID,
        CertificatePolicies::OID,
        AuthorityKeyIdentifier::OID,
        SubjectKeyIdentifier::OID,
    ];
    let mut extensions = certificate.tbs_certificate.extensions.iter().flatten();
    extensions.any(|one| one.critical && !understood.contains(&one.extn_id))
}

/// First and last instant of validity.
pub(super) fn validity(
    certificate: &Certificate,
) -> Result<(jiff::Timestamp, jiff::Timestamp), CertificateError> {
    let validity = certificate.tbs_certificate.validity;
    Ok((instant(validity.not_before)?, instant(validity.not_after)?))
}

fn instant(time: x509_cert::time::Time) -> Result<jiff::Timestamp, CertificateError> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .ok_or(CertificateError::Malformed)
}
