//! The card-verifiable certificate of the key that signed the face record.

use std::fmt;

use super::face_record::FaceRecordError;
use super::public_key::PublicKey;
use super::trust::TrustStore;
use crate::apdu::tlv::{self, Tag};

/// Identifier of a card-verifiable key: 7 digits, `08 05`, 3 digits, 4 bytes (observed).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// The issuer's key, certified by a pinned key.
#[derive(Debug)]
pub struct CvCertificate {
    pub(super) key: PublicKey,
    /// Who certified the key.
    pub issuer: KeyId,
    /// The certified key.
    pub subject: KeyId,
}

impl CvCertificate {
    /// Checks `7F21 { 5F4E body, 5F37 signature }` against the pinned keys. The body is issuer
    /// key id, subject key id, public key; the signature is over the *value* of
    /// `5F4E`: sha256WithRSAEncryption (observed), or ECDSA with a P-384 key (a guess).
    ///
    /// # Errors
    /// [`FaceRecordError`].
    pub fn check(bytes: &[u8], trust: &TrustStore) -> Result<Self, FaceRecordError> {
        let outer = tlv::expect(bytes, Tag(0x7F21))?;
        let body = tlv::find(outer.value, Tag(0x5F4E))?.value;
        let signature = tlv::find(outer.value, Tag(0x5F37))?.value;
        let (issuer, rest) = split_key_id(body)?;
        let (subject, public_key) = split_key_id(rest)?;
        let anchor = trust
            .card_verifiable_key(issuer)
            .ok_or(FaceRecordError::UntrustedIssuer(issuer))?;
        if !anchor.verifies(body, signature) {
            return Err(FaceRecordError::IssuerSignature);
        }
        Ok(Self {
            key: PublicKey::from_data_objects(public_key)?,
            issuer,
            subject,
        })
    }
}

fn split_key_id(bytes: &[u8]) -> Result<(KeyId, &[u8]), FaceRecordError> {
    bytes
        .split_first_chunk::<16>()
        .map(|(id, rest)| (KeyId(*id), rest))
        .ok_or(FaceRecordError::Tlv(tlv::TlvError::TruncatedHeader))
}
