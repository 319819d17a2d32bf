//! PKCS #1 v1.5 verification, the only RSA operation of the library: it holds no private key.

use rsa::pkcs1::der::{Decode, Encode};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest, Sha256};

use crate::apdu::tlv::{self, Tag, TlvError};

/// DigestInfo of SHA-256 up to the hash (RFC 8017 §9.2 note 1).
pub(super) const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// The same with a digest field of 96 bytes, as the face record is signed: three SHA-256 hashes
/// side by side (observed). Ordinary verifiers refuse it.
const TRIPLE_SHA256_PREFIX: [u8; 19] = [
    0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x60,
];

/// What the card signs: the DigestInfo of SHA-256 over `message`.
pub(super) fn digest_info(message: &[u8]) -> Vec<u8> {
    let mut input = SHA256_PREFIX.to_vec();
    input.extend_from_slice(&Sha256::digest(message));
    input
}

/// sha256WithRSAEncryption over `message`.
pub(super) fn verify(key: &RsaPublicKey, message: &[u8], signature: &[u8]) -> bool {
    let scheme = Pkcs1v15Sign {
        hash_len: Some(32),
        prefix: SHA256_PREFIX.into(),
    };
    key.verify(scheme, &Sha256::digest(message), signature)
        .is_ok()
}

/// The face record's signature over three groups, each hashed on its own.
pub(super) fn verify_triple(key: &RsaPublicKey, groups: [&[u8]; 3], signature: &[u8]) -> bool {
    let scheme = Pkcs1v15Sign {
        hash_len: Some(96),
        prefix: TRIPLE_SHA256_PREFIX.into(),
    };
    let digests: Vec<u8> = groups.into_iter().flat_map(Sha256::digest).collect();
    key.verify(scheme, &digests, signature).is_ok()
}

/// Why bytes are not a usable public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the data objects `90` (exponent) and `91` (modulus).
    #[error("the public key is malformed: {0}")]
    Tlv(#[from] TlvError),
    /// A key that the scheme does not use.
    #[error("the public key is not RSA of 2048 to 4096 bits with an odd exponent")]
    Unsupported,
}

/// The public key of a card-verifiable certificate: `90 03 010001 ‖ 91 820100 modulus`.
pub(super) fn card_verifiable_key(bytes: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let exponent = tlv::find(bytes, Tag(0x90))?.value;
    let modulus = tlv::find(bytes, Tag(0x91))?.value;
    public_key(modulus, exponent)
}

fn public_key(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, KeyError> {
    // A bound before any arithmetic: a hostile card sets these lengths.
    if modulus.len() > 513 || exponent.len() > 4 {
        return Err(KeyError::Unsupported);
    }
    let key = RsaPublicKey::new(
        BigUint::from_bytes_be(modulus),
        BigUint::from_bytes_be(exponent),
    )
    .map_err(|_| KeyError::Unsupported)?;
    checked(key)
}

/// A key from a SubjectPublicKeyInfo.
pub(super) fn spki_key(
    spki: &x509_cert::spki::SubjectPublicKeyInfoOwned,
) -> Result<RsaPublicKey, KeyError> {
    let key = spki
        .to_der()
        .ok()
        .and_then(|der| {
            use rsa::pkcs8::DecodePublicKey;
            RsaPublicKey::from_public_key_der(&der).ok()
        })
        .ok_or(KeyError::Unsupported)?;
    checked(key)
}

/// A key from the DER of a SubjectPublicKeyInfo.
pub(super) fn spki_der_key(der: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let spki = x509_cert::spki::SubjectPublicKeyInfoOwned::from_der(der)
        .map_err(|_| KeyError::Unsupported)?;
    spki_key(&spki)
}

fn checked(key: RsaPublicKey) -> Result<RsaPublicKey, KeyError> {
    if (2048..=4096).contains(&key.n().bits()) {
        Ok(key)
    } else {
        Err(KeyError::Unsupported)
    }
}
