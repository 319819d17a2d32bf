//! Public keys of either type behind one enum, and what they verify.

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, SECP_384_R_1};
use der::{Decode, Encode};
use p384::ecdsa::VerifyingKey;
use p384::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::signature::{Groups, KeyType, P384_POINT, SignatureScheme};
use crate::apdu::tlv::{self, Tag, TlvError};

/// Why bytes are not a usable public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the data objects of a public key.
    #[error("the public key is malformed: {0}")]
    Tlv(#[from] TlvError),
    /// A key that the scheme does not use.
    #[error(
        "the public key is neither RSA of 2048 to 4096 bits with an exponent of at least 65537 \
         nor a point of P-384"
    )]
    Unsupported,
}

/// A public key that passed the checks of its type.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(RsaPublicKey),
    P384(VerifyingKey),
}

/// The type alone: a holder's key identifies a person.
impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.key_type().fmt(f)
    }
}

impl PublicKey {
    /// A key from the DER of a SubjectPublicKeyInfo.
    pub(super) fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let spki = SubjectPublicKeyInfoOwned::from_der(der).map_err(|_| KeyError::Unsupported)?;
        Self::from_spki(&spki)
    }

    /// A key from a SubjectPublicKeyInfo (RFC 3279 §2.3.1, RFC 5480 §2).
    pub(super) fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, KeyError> {
        if spki.algorithm.oid != ID_EC_PUBLIC_KEY {
            let der = spki.to_der().map_err(|_| KeyError::Unsupported)?;
            let key = RsaPublicKey::from_public_key_der(&der).map_err(|_| KeyError::Unsupported)?;
            return Self::rsa(key);
        }
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|parameters| parameters.decode_as().ok());
        if curve != Some(SECP_384_R_1) {
            return Err(KeyError::Unsupported);
        }
        let point = spki.subject_public_key.as_bytes();
        Self::p384(point.ok_or(KeyError::Unsupported)?)
    }

    /// A key in a card-verifiable certificate or record: `90 03 010001 ‖ 91 820100 modulus`, or
    /// one [point](P384_POINT).
    pub(super) fn from_data_objects(bytes: &[u8]) -> Result<Self, KeyError> {
        if let Ok(point) = tlv::find(bytes, P384_POINT) {
            return Self::p384(point.value);
        }
        let exponent = tlv::find(bytes, Tag(0x90))?.value;
        let modulus = tlv::find(bytes, Tag(0x91))?.value;
        // A bound before any arithmetic: a hostile card sets these lengths.
        if modulus.len() > 513 || exponent.len() > 4 {
            return Err(KeyError::Unsupported);
        }
        let number = BigUint::from_bytes_be;
        let key = RsaPublicKey::new(number(modulus), number(exponent));
        Self::rsa(key.map_err(|_| KeyError::Unsupported)?)
    }

    /// FIPS 186-5 §5.1: at least 2048 bits, and an exponent above 2^16. The crate checked that
    /// modulus and exponent are odd.
    fn rsa(key: RsaPublicKey) -> Result<Self, KeyError> {
        let sizes = (2048..=4096).contains(&key.n().bits());
        if sizes && *key.e() >= BigUint::from(65_537_u32) {
            Ok(Self::Rsa(key))
        } else {
            Err(KeyError::Unsupported)
        }
    }

    /// An uncompressed point on the curve, not the one at infinity.
    fn p384(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 97 {
            return Err(KeyError::Unsupported);
        }
        VerifyingKey::from_sec1_bytes(point)
            .map(Self::P384)
            .map_err(|_| KeyError::Unsupported)
    }

    pub(super) fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa(_) => KeyType::Rsa,
            Self::P384(_) => KeyType::EcdsaP384,
        }
    }

    pub(super) fn scheme(&self) -> &'static SignatureScheme {
        self.key_type().scheme()
    }

    /// Whether `signature` is the key's over the body of an X.509 certificate. Unlike a card,
    /// X.509 writes ECDSA as DER (RFC 3279 §2.2.3).
    pub(super) fn verifies_certificate(&self, body: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(_) => self.verifies(body, signature),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify_prehash(&self.scheme().hash(body), &signature))
                .is_ok(),
        }
    }

    /// Whether `signature` is the key's over `message`, as cards and card-verifiable keys sign.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let scheme = self.scheme();
        self.verify(scheme.prefix, &scheme.hash(message), signature)
    }

    /// Whether `signature` is the key's over the three groups of the face record, each hashed on
    /// its own.
    pub(super) fn verifies_groups(&self, groups: [&[u8]; 3], signature: &[u8]) -> bool {
        let scheme = self.scheme();
        let hashes: Vec<u8> = groups
            .into_iter()
            .flat_map(|group| scheme.hash(group))
            .collect();
        match scheme.groups {
            Groups::SideBySide(prefix) => self.verify(prefix, &hashes, signature),
            Groups::HashedAgain => self.verifies(&hashes, signature),
        }
    }

    /// Compares the whole padded block: what RSA signed is `prefix ‖ digest` and not a byte more.
    fn verify(&self, prefix: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => {
                let scheme = Pkcs1v15Sign {
                    hash_len: Some(digest.len()),
                    prefix: prefix.into(),
                };
                key.verify(scheme, digest, signature).is_ok()
            }
            Self::P384(key) => p384::ecdsa::Signature::from_slice(signature)
                .and_then(|signature| key.verify_prehash(digest, &signature))
                .is_ok(),
        }
    }
}
