//! The user-authentication certificate (RFC 5280), checked against pinned trust anchors.

use const_oid::AssociatedOid;
use const_oid::db::rfc5912::{ID_KP_CLIENT_AUTH, SHA_256_WITH_RSA_ENCRYPTION};
use der::Decode;
use der::oid::ObjectIdentifier;
use rsa::RsaPublicKey;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage,
    SubjectKeyIdentifier,
};

use super::signature;
use super::trust::TrustStore;
use crate::apdu::tlv;
use crate::time::UtcTime;

/// Policy of production user-authentication certificates (seen in published samples).
pub(super) const PRODUCTION_POLICY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.3.30");

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
    /// Not meant for user authentication: key usage, extended key usage or a CA flag.
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
    key: RsaPublicKey,
    not_before: jiff::Timestamp,
    not_after: jiff::Timestamp,
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
            .anchor(anchor_key.as_bytes())
            .filter(|anchor| anchor.subject == tbs.issuer)
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
        Ok(Self {
            key: signature::spki_key(&tbs.subject_public_key_info)
                .map_err(|_| CertificateError::Algorithm)?,
            not_before: instant(tbs.validity.not_before)?,
            not_after: instant(tbs.validity.not_after)?,
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

    /// Where `now` lies.
    #[must_use]
    pub fn validity(&self, now: UtcTime) -> CertificateValidity {
        if now.instant < self.not_before {
            CertificateValidity::NotYetValid
        } else if now.instant > self.not_after {
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
            CertificateValidity::NotYetValid => Err(CertificateError::NotYetValid(self.not_before)),
            CertificateValidity::Expired => Err(CertificateError::Expired(self.not_after)),
        }
    }

    /// Whether `signature` is the certificate's key's sha256WithRSAEncryption over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        signature::verify(&self.key, message, signature)
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

/// Parses a certificate that ends where its outer length says.
pub(super) fn parse(der: &[u8]) -> Result<Certificate, CertificateError> {
    Certificate::from_der(der).map_err(|_| CertificateError::Malformed)
}

/// One extension with its criticality; twice the same is malformed (RFC 5280 §4.2).
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
    key: &RsaPublicKey,
) -> Result<bool, CertificateError> {
    let outer = &certificate.signature_algorithm;
    if outer.oid != SHA_256_WITH_RSA_ENCRYPTION || *outer != certificate.tbs_certificate.signature {
        return Err(CertificateError::Algorithm);
    }
    let (sequence, _) = tlv::first(der).map_err(|_| CertificateError::Malformed)?;
    let (tbs, _) = tlv::first(sequence.value).map_err(|_| CertificateError::Malformed)?;
    let signature = certificate
        .signature
        .as_bytes()
        .ok_or(CertificateError::Malformed)?;
    Ok(signature::verify(key, tbs.object, signature))
}

fn usage(certificate: &Certificate) -> Result<(), CertificateError> {
    let (_, key_usage) = extension::<KeyUsage>(certificate)?.ok_or(CertificateError::Usage)?;
    if !key_usage.digital_signature() || key_usage.key_cert_sign() {
        return Err(CertificateError::Usage);
    }
    if let Some((_, extended)) = extension::<ExtendedKeyUsage>(certificate)?
        && !extended.0.contains(&ID_KP_CLIENT_AUTH)
    {
        return Err(CertificateError::Usage);
    }
    if extension::<BasicConstraints>(certificate)?.is_some_and(|(_, basic)| basic.ca) {
        return Err(CertificateError::Usage);
    }
    let understood = [
        KeyUsage::OID,
        ExtendedKeyUsage::OID,
        BasicConstraints::OID,
        CertificatePolicies::OID,
        AuthorityKeyIdentifier::OID,
        SubjectKeyIdentifier::OID,
    ];
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    for extension in extensions {
        if extension.critical && !understood.contains(&extension.extn_id) {
            return Err(CertificateError::CriticalExtension);
        }
    }
    Ok(())
}

fn instant(time: x509_cert::time::Time) -> Result<jiff::Timestamp, CertificateError> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .ok_or(CertificateError::Malformed)
}
