//! Trust anchors: whose word is believed.
//!
//! A trust file is PEM with two kinds of blocks:
//!
//! - `CERTIFICATE`: a self-signed CA certificate for user-authentication certificates. If it
//!   states certificate policies, end certificates must carry one of them; if not, the
//!   production policy `1.2.392.200149.8.5.1.3.30`.
//! - `MYNA CV KEY`: a key for card-verifiable certificates of the face record: 16 bytes of key
//!   identifier, then a DER SubjectPublicKeyInfo (RSA).
//!
//! Nothing is trusted that the program did not name.

use der::oid::ObjectIdentifier;
use rsa::RsaPublicKey;
use x509_cert::ext::pkix::{BasicConstraints, CertificatePolicies, KeyUsage, SubjectKeyIdentifier};
use x509_cert::name::Name;

use super::certificate::{PRODUCTION_POLICY, extension, parse, signed_by};
use super::cv_certificate::KeyId;
use super::signature;

/// Why a trust file is refused. One bad block refuses the whole file: a half-read list of
/// anchors is worse than none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A block is not PEM.
    #[error("block {0} is not PEM")]
    Pem(usize),
    /// A block has a label that is not known.
    #[error("block {0} is labelled {1:?}; known are CERTIFICATE and MYNA CV KEY")]
    Label(usize, String),
    /// A certificate cannot be an anchor.
    #[error("block {0} is not a CA certificate that can be an anchor: {1}")]
    Certificate(usize, &'static str),
    /// A key cannot be read.
    #[error("block {0} is not a key id of 16 bytes followed by an RSA public key")]
    Key(usize),
    /// There is no block at all.
    #[error("there is no PEM block in the trust file")]
    Empty,
}

pub(super) struct Anchor {
    pub(super) key_id: Vec<u8>,
    pub(super) subject: Name,
    pub(super) key: RsaPublicKey,
    pub(super) policies: Vec<ObjectIdentifier>,
}

/// The anchors that a deployment trusts.
#[derive(Default)]
pub struct TrustStore {
    anchors: Vec<Anchor>,
    keys: Vec<(KeyId, RsaPublicKey)>,
}

impl TrustStore {
    /// Trusts nothing: every chain fails.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads a trust file.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn from_pem(pem: &str) -> Result<Self, TrustError> {
        let mut store = Self::default();
        let mut rest = pem;
        let mut number = 0;
        while let Some(start) = rest.find("-----BEGIN ") {
            number += 1;
            let block = &rest[start..];
            let end = block
                .find("-----END ")
                .and_then(|end| {
                    block[end + 9..]
                        .find("-----")
                        .map(|tail| end + 9 + tail + 5)
                })
                .ok_or(TrustError::Pem(number))?;
            let (block, tail) = block.split_at(end);
            let (label, der) =
                der::pem::decode_vec(block.as_bytes()).map_err(|_| TrustError::Pem(number))?;
            match label {
                "CERTIFICATE" => store.add_certificate(number, &der)?,
                "MYNA CV KEY" => store.add_key(number, &der)?,
                label => return Err(TrustError::Label(number, label.to_owned())),
            }
            rest = tail;
        }
        if number == 0 {
            return Err(TrustError::Empty);
        }
        Ok(store)
    }

    fn add_certificate(&mut self, number: usize, der: &[u8]) -> Result<(), TrustError> {
        let refuse = |why| TrustError::Certificate(number, why);
        let certificate = parse(der).map_err(|_| refuse("it cannot be read"))?;
        let unreadable = |_| refuse("an extension cannot be read");
        if !extension::<BasicConstraints>(&certificate)
            .map_err(unreadable)?
            .is_some_and(|(_, basic)| basic.ca)
        {
            return Err(refuse("it is not marked as a CA"));
        }
        if !extension::<KeyUsage>(&certificate)
            .map_err(unreadable)?
            .is_some_and(|(_, usage)| usage.key_cert_sign())
        {
            return Err(refuse("its key may not sign certificates"));
        }
        let (_, key_id) = extension::<SubjectKeyIdentifier>(&certificate)
            .map_err(unreadable)?
            .ok_or_else(|| refuse("it has no subject key identifier"))?;
        let key = signature::spki_key(&certificate.tbs_certificate.subject_public_key_info)
            .map_err(|_| refuse("its key is not RSA of 2048 to 4096 bits"))?;
        if certificate.tbs_certificate.subject != certificate.tbs_certificate.issuer
            || !signed_by(&certificate, der, &key).unwrap_or(false)
        {
            return Err(refuse("it is not self-signed"));
        }
        let policies = extension::<CertificatePolicies>(&certificate)
            .map_err(unreadable)?
            .map_or_else(
                || vec![PRODUCTION_POLICY],
                |(_, policies)| policies.0.iter().map(|p| p.policy_identifier).collect(),
            );
        self.anchors.push(Anchor {
            key_id: key_id.0.into_bytes(),
            subject: certificate.tbs_certificate.subject,
            key,
            policies,
        });
        Ok(())
    }

    fn add_key(&mut self, number: usize, bytes: &[u8]) -> Result<(), TrustError> {
        let (id, spki) = bytes
            .split_first_chunk::<16>()
            .ok_or(TrustError::Key(number))?;
        let key = signature::spki_der_key(spki).map_err(|_| TrustError::Key(number))?;
        self.keys.push((KeyId(*id), key));
        Ok(())
    }

    /// Whether any certificate anchor is trusted.
    #[must_use]
    pub fn has_certificate_anchors(&self) -> bool {
        !self.anchors.is_empty()
    }

    /// Whether any key for face records is trusted.
    #[must_use]
    pub fn has_face_record_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    pub(super) fn anchor(&self, key_id: &[u8]) -> Option<&Anchor> {
        self.anchors.iter().find(|anchor| anchor.key_id == key_id)
    }

    pub(super) fn card_verifiable_key(&self, id: KeyId) -> Option<&RsaPublicKey> {
        self.keys
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, key)| key)
    }
}

impl std::fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustStore")
            .field("certificate_anchors", &self.anchors.len())
            .field("face_record_keys", &self.keys.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_whole_is_refused() {
        for (pem, error) in [
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
        ] {
            assert_eq!(TrustStore::from_pem(pem).expect_err(pem), error);
        }
    }
}
