//! The P-384 keys of the guessed next generation. As fictional as the RSA keys: each private key
//! is the hash of its owner's name, so that there is no file to mistake for a secret.

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, SECP_384_R_1};
use der::Encode as _;
use der::asn1::{Any, BitString};
use p384::ecdsa::signature::hazmat::PrehashSigner as _;
use p384::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha384};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::keyring::Owner;

/// Bytes of a signature `r ‖ s`.
pub(super) const SIGNATURE: usize = 96;

/// Bytes of a SHA-384 hash.
const HASH: usize = 48;

fn key(owner: Owner) -> SigningKey {
    let scalar = Sha384::digest(format!("myna-hal virtual card, P-384 key of {owner:?}"));
    SigningKey::from_bytes(&scalar).expect("the hash is a scalar for every owner there is")
}

fn point(owner: Owner) -> Vec<u8> {
    let point = key(owner).verifying_key().to_encoded_point(false);
    point.as_bytes().to_vec()
}

/// DER of the SubjectPublicKeyInfo (RFC 5480 §2).
pub(super) fn spki(owner: Owner) -> Vec<u8> {
    let encode = || {
        SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid: ID_EC_PUBLIC_KEY,
                parameters: Some(Any::encode_from(&SECP_384_R_1)?),
            },
            subject_public_key: BitString::from_bytes(&point(owner))?,
        }
        .to_der()
    };
    encode().expect("a point and two constants encode")
}

/// The public key in records: one data object with an uncompressed point. A guess.
pub(super) fn card_public_key(owner: Owner) -> Vec<u8> {
    [&[0x86, 0x61], &point(owner)[..]].concat()
}

/// `r ‖ s` over a hash as it is; `None` for anything that is not as long as one.
pub(super) fn sign_hash(owner: Owner, hash: &[u8]) -> Option<Vec<u8>> {
    let signature: Signature = match hash.len() {
        HASH => key(owner).sign_prehash(hash).ok()?,
        _ => return None,
    };
    Some(signature.to_vec())
}

/// ECDSA with SHA-384 over `message`, in DER as certificates have it.
pub(super) fn sign_der(owner: Owner, message: &[u8]) -> Vec<u8> {
    let signature: Result<Signature, _> = key(owner).sign_prehash(&Sha384::digest(message));
    signature.map_or_else(
        |_| Vec::new(),
        |signature| signature.to_der().as_bytes().to_vec(),
    )
}
