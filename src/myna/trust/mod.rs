//! Trust anchors: whose word is believed.
//!
//! Built in ([`jlis`]) or named by a file; see [`TrustStore`].

pub mod jlis;

#[cfg(test)]
mod tests;

use der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, CertificatePolicies, KeyUsage, SubjectKeyIdentifier};
use x509_cert::name::Name;

use super::certificate::{
    PRODUCTION_POLICY, TEST_POLICY, extension, has_unknown_critical, parse, signed_by, validity,
};
use super::cv_certificate::KeyId;
use super::public_key::PublicKey;

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
    #[error("block {0} is not a key id of 16 bytes followed by an RSA or P-384 public key")]
    Key(usize),
    /// A block has the key identifier of an earlier one, but says something else.
    #[error("block {0} contradicts an earlier one with the same key identifier")]
    Contradiction(usize),
    /// A block belongs to another hierarchy than the earlier ones.
    #[error(
        "block {0} is of the {1} hierarchy and the blocks before it of the {2} one; use a file \
         for each"
    )]
    Mixed(usize, Hierarchy, Hierarchy),
    /// There is no block at all.
    #[error("there is no PEM block in the trust file")]
    Empty,
}

/// Whose cards a store believes, told by the names of its anchors: `O=JPKI` and `O=JPKI-TEST` in
/// certificates, and the first digit, 5 or 6, of card-verifiable key identifiers (observed).
///
/// This guards against mistakes, not against whoever writes the trust file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hierarchy {
    /// J-LIS's authorities for people's cards.
    Production,
    /// J-LIS's authorities for test cards.
    Test,
    /// Somebody else's: a virtual card's, or a laboratory's.
    Other,
}

impl Hierarchy {
    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Test => "test",
            Self::Other => "other",
        }
    }

    fn of_name(name: &Name) -> Self {
        let mut attributes = name.0.iter().flat_map(|part| part.0.iter());
        let organization = attributes.find(|one| one.oid == const_oid::db::rfc4519::O);
        match organization.map(|one| one.value.value()) {
            Some(b"JPKI") => Self::Production,
            Some(b"JPKI-TEST") => Self::Test,
            _ => Self::Other,
        }
    }

    fn of_key(id: KeyId) -> Self {
        match id.0[0] {
            b'5' => Self::Production,
            b'6' => Self::Test,
            _ => Self::Other,
        }
    }
}

#[derive(PartialEq)]
pub(super) struct Anchor {
    key_id: Vec<u8>,
    subject: Name,
    pub(super) key: PublicKey,
    pub(super) policies: Vec<ObjectIdentifier>,
    pub(super) not_before: jiff::Timestamp,
    pub(super) not_after: jiff::Timestamp,
}

impl std::fmt::Display for Hierarchy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// The anchors that a deployment trusts: those of people's cards as this crate was built with
/// them ([`TrustStore::jlis`]), or those that a file names instead ([`TrustStore::from_pem`]). One
/// store holds anchors of one [`Hierarchy`]: a test or virtual card is refused at a production
/// reader, and a file that names both is refused whole.
///
/// Generations of an authority share one name; the key identifier tells them apart. An anchor
/// whose time is over stays in the store, because what it issued must still be readable during
/// its grace: a certificate is [valid](super::UserCertificate::validity) only while its anchor
/// is, too.
#[derive(Default)]
pub struct TrustStore {
    hierarchy: Option<Hierarchy>,
    anchors: Vec<Anchor>,
    keys: Vec<(KeyId, PublicKey)>,
}

impl TrustStore {
    /// Trusts nothing: every chain fails.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Trusts people's cards: the built-in authorities for user authentication, three generations
    /// under one name, and the built-in key for the face record. Read in [`jlis`] where they come
    /// from and decide whether that is enough for the deployment.
    ///
    /// # Errors
    /// [`TrustError`] if the built-in data cannot be read; a test keeps that from happening.
    pub fn jlis() -> Result<Self, TrustError> {
        Self::from_pem(&jlis::trusted_pem())
    }

    /// Reads a trust file, PEM with two kinds of blocks:
    ///
    /// - `CERTIFICATE`: a self-signed CA certificate for user-authentication certificates. If it
    ///   states certificate policies, end certificates must carry one of them; if not, that of
    ///   its hierarchy, `1.2.392.200149.8.5.1.0.30` for J-LIS's test cards and else the
    ///   production policy `1.2.392.200149.8.5.1.3.30`.
    /// - `MYNA CV KEY`: a key for card-verifiable certificates of the face record: 16 bytes of
    ///   key identifier, then a DER SubjectPublicKeyInfo (RSA or P-384).
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
        let anchor = read_anchor(der).map_err(|why| TrustError::Certificate(number, why))?;
        self.belong(number, Hierarchy::of_name(&anchor.subject))?;
        match self.anchor(&anchor.key_id, &anchor.subject) {
            Some(known) if *known != anchor => Err(TrustError::Contradiction(number)),
            Some(_) => Ok(()),
            None => {
                self.anchors.push(anchor);
                Ok(())
            }
        }
    }

    fn add_key(&mut self, number: usize, bytes: &[u8]) -> Result<(), TrustError> {
        let (id, spki) = bytes
            .split_first_chunk::<16>()
            .ok_or(TrustError::Key(number))?;
        let id = KeyId(*id);
        let key = PublicKey::from_spki_der(spki).map_err(|_| TrustError::Key(number))?;
        self.belong(number, Hierarchy::of_key(id))?;
        match self.card_verifiable_key(id) {
            Some(known) if *known != key => Err(TrustError::Contradiction(number)),
            Some(_) => Ok(()),
            None => {
                self.keys.push((id, key));
                Ok(())
            }
        }
    }

    fn belong(&mut self, number: usize, hierarchy: Hierarchy) -> Result<(), TrustError> {
        match self.hierarchy {
            Some(known) if known != hierarchy => Err(TrustError::Mixed(number, hierarchy, known)),
            _ => {
                self.hierarchy = Some(hierarchy);
                Ok(())
            }
        }
    }

    /// Whose cards are believed; `None` when nobody's are.
    #[must_use]
    pub fn hierarchy(&self) -> Option<Hierarchy> {
        self.hierarchy
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

    pub(super) fn anchor(&self, key_id: &[u8], subject: &Name) -> Option<&Anchor> {
        self.anchors
            .iter()
            .find(|anchor| anchor.key_id == key_id && anchor.subject == *subject)
    }

    pub(super) fn card_verifiable_key(&self, id: KeyId) -> Option<&PublicKey> {
        self.keys
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, key)| key)
    }
}

/// Checks what makes a certificate an anchor, or says what is wrong with it.
fn read_anchor(der: &[u8]) -> Result<Anchor, &'static str> {
    let certificate = parse(der).map_err(|_| "it cannot be read")?;
    let unreadable = |_| "an extension cannot be read";
    if !extension::<BasicConstraints>(&certificate)
        .map_err(unreadable)?
        .is_some_and(|(_, basic)| basic.ca)
    {
        return Err("it is not marked as a CA");
    }
    if !extension::<KeyUsage>(&certificate)
        .map_err(unreadable)?
        .is_some_and(|(_, usage)| usage.key_cert_sign())
    {
        return Err("its key may not sign certificates");
    }
    if has_unknown_critical(&certificate) {
        return Err("it has an unknown critical extension");
    }
    let (_, key_id) = extension::<SubjectKeyIdentifier>(&certificate)
        .map_err(unreadable)?
        .ok_or("it has no subject key identifier")?;
    let key = PublicKey::from_spki(&certificate.tbs_certificate.subject_public_key_info)
        .map_err(|_| "its key is neither RSA of 2048 to 4096 bits nor P-384")?;
    if certificate.tbs_certificate.subject != certificate.tbs_certificate.issuer
        || !signed_by(&certificate, der, &key).unwrap_or(false)
    {
        return Err("it is not self-signed");
    }
    let (not_before, not_after) = validity(&certificate).map_err(|_| "its dates cannot be read")?;
    let subject = certificate.tbs_certificate.subject.clone();
    let policies = extension::<CertificatePolicies>(&certificate)
        .map_err(unreadable)?
        .map_or_else(
            || {
                vec![match Hierarchy::of_name(&subject) {
                    Hierarchy::Test => TEST_POLICY,
                    Hierarchy::Production | Hierarchy::Other => PRODUCTION_POLICY,
                }]
            },
            |(_, policies)| policies.0.iter().map(|p| p.policy_identifier).collect(),
        );
    Ok(Anchor {
        key_id: key_id.0.into_bytes(),
        subject,
        key,
        policies,
        not_before,
        not_after,
    })
}

impl std::fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustStore")
            .field("hierarchy", &self.hierarchy)
            .field("certificate_anchors", &self.anchors.len())
            .field("face_record_keys", &self.keys.len())
            .finish()
    }
}
