//! The fictional private keys, parsed once per process, and signatures made once per process.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use rsa::pkcs8::DecodePrivateKey as _;
use rsa::pkcs8::EncodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256, Sha384};

use super::p384_key;
use super::profile::KeyType;

/// DER of `DigestInfo { SHA-256, OCTET STRING of 32 }` before the hash (RFC 8017 §9.2).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Whose key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub(super) enum Owner {
    /// Two generations of one authority, under one name.
    AuthCa1,
    AuthCa2,
    OtherCa,
    SignCa,
    HolderAuth,
    HolderSign,
    CardSurface,
    CardText,
    CardCommon,
    CvCa,
    CvIssuer,
}

const COUNT: usize = Owner::CvIssuer as usize + 1;

const FILES: [&[u8]; COUNT] = [
    include_bytes!("keys/auth_ca_1.pk8"),
    include_bytes!("keys/auth_ca_2.pk8"),
    include_bytes!("keys/other_ca.pk8"),
    include_bytes!("keys/sign_ca.pk8"),
    include_bytes!("keys/holder_auth.pk8"),
    include_bytes!("keys/holder_sign.pk8"),
    include_bytes!("keys/card_surface.pk8"),
    include_bytes!("keys/card_text.pk8"),
    include_bytes!("keys/card_common.pk8"),
    include_bytes!("keys/cv_ca.pk8"),
    include_bytes!("keys/cv_issuer.pk8"),
];

impl Owner {
    pub(super) fn key(self) -> &'static RsaPrivateKey {
        static KEYS: [OnceLock<RsaPrivateKey>; COUNT] = [const { OnceLock::new() }; COUNT];
        let index = self as usize;
        KEYS[index].get_or_init(|| {
            RsaPrivateKey::from_pkcs8_der(FILES[index]).expect("committed with the source")
        })
    }

    /// The owner's key of this type.
    pub(super) fn of(self, key_type: KeyType) -> Key {
        Key {
            owner: self,
            key_type,
        }
    }

    /// PKCS#1 v1.5 type-1 padding of `bytes` as they are, and the private operation. Not
    /// blinded: these keys are public. `None` when `bytes` do not fit (245 at most).
    pub(super) fn sign_bare(self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.key().sign(Pkcs1v15Sign::new_unprefixed(), bytes).ok()
    }

    /// sha256WithRSAEncryption over `message`.
    pub(super) fn sign(self, message: &[u8]) -> Vec<u8> {
        self.sign_bare(&digest_info(&Sha256::digest(message)))
            .unwrap_or_default()
    }

    /// As [`Owner::sign_bare`], but remembered: issuing the same document twice is free, so
    /// that tests can afford hundreds of cards.
    pub(super) fn issue_bare(self, bytes: &[u8]) -> Vec<u8> {
        type Memo = HashMap<(Owner, Vec<u8>), Vec<u8>>;
        static MEMO: Mutex<Option<Memo>> = Mutex::new(None);
        /// More than a test run issues; a long simulation starts over.
        const MOST: usize = 4_096;

        let question = (self, bytes.to_vec());
        let known = |memo: &Option<Memo>| memo.as_ref()?.get(&question).cloned();
        if let Some(signature) = known(&MEMO.lock().unwrap_or_else(PoisonError::into_inner)) {
            return signature;
        }
        // Outside the lock: a signature takes milliseconds, and tests run side by side.
        let signature = self.sign_bare(bytes).unwrap_or_default();
        let mut memo = MEMO.lock().unwrap_or_else(PoisonError::into_inner);
        let memo = memo.get_or_insert_default();
        if memo.len() >= MOST {
            memo.clear();
        }
        memo.insert(question, signature.clone());
        signature
    }

    /// sha256WithRSAEncryption over `message`, remembered.
    pub(super) fn issue(self, message: &[u8]) -> Vec<u8> {
        self.issue_bare(&digest_info(&Sha256::digest(message)))
    }
}

/// A key of one owner, of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) owner: Owner,
    pub(super) key_type: KeyType,
}

impl Key {
    /// DER of the SubjectPublicKeyInfo.
    pub(super) fn spki(self) -> Vec<u8> {
        match self.key_type {
            KeyType::Rsa2048 => {
                let document = self.owner.key().to_public_key().to_public_key_der();
                document.expect("an RSA key encodes").into_vec()
            }
            KeyType::P384 => p384_key::spki(self.owner),
        }
    }

    /// The public key as the card's records hold it: `90 03 exponent ‖ 91 82 01 00 modulus`, or
    /// a point.
    pub(super) fn card_public_key(self) -> Vec<u8> {
        match self.key_type {
            KeyType::Rsa2048 => {
                let mut out = vec![0x90, 0x03, 0x01, 0x00, 0x01, 0x91, 0x82, 0x01, 0x00];
                out.extend_from_slice(&self.owner.key().n().to_bytes_be());
                out
            }
            KeyType::P384 => p384_key::card_public_key(self.owner),
        }
    }

    /// Bytes of a signature that the card gives.
    pub(super) fn signature_size(self) -> usize {
        match self.key_type {
            KeyType::Rsa2048 => 256,
            KeyType::P384 => p384_key::SIGNATURE,
        }
    }

    /// The private operation over `bytes` as the card gets them: padded for RSA, a hash for
    /// P-384. `None` when they do not fit.
    pub(super) fn sign_bare(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self.key_type {
            KeyType::Rsa2048 => self.owner.sign_bare(bytes),
            KeyType::P384 => p384_key::sign_hash(self.owner, bytes),
        }
    }

    /// A signature over `message`, with the hash that goes with the key.
    pub(super) fn sign(self, message: &[u8]) -> Vec<u8> {
        match self.key_type {
            KeyType::Rsa2048 => self.owner.sign(message),
            KeyType::P384 => self.sign_bare(&Sha384::digest(message)).unwrap_or_default(),
        }
    }

    /// As [`Key::sign`], but remembered where that takes long.
    pub(super) fn issue(self, message: &[u8]) -> Vec<u8> {
        match self.key_type {
            KeyType::Rsa2048 => self.owner.issue(message),
            KeyType::P384 => self.sign(message),
        }
    }

    /// As [`Key::issue`], in the form that X.509 certificates have.
    pub(super) fn issue_certificate(self, message: &[u8]) -> Vec<u8> {
        match self.key_type {
            KeyType::Rsa2048 => self.owner.issue(message),
            KeyType::P384 => p384_key::sign_der(self.owner, message),
        }
    }
}

/// DigestInfo of a SHA-256 hash.
pub(super) fn digest_info(hash: &[u8]) -> Vec<u8> {
    [&SHA256_DIGEST_INFO, hash].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsa::Pkcs1v15Sign;

    #[test]
    fn every_key_parses_and_signs_the_standard_way() {
        for owner in [
            Owner::AuthCa1,
            Owner::AuthCa2,
            Owner::OtherCa,
            Owner::SignCa,
            Owner::HolderAuth,
            Owner::HolderSign,
            Owner::CardSurface,
            Owner::CardText,
            Owner::CardCommon,
            Owner::CvCa,
            Owner::CvIssuer,
        ] {
            let signature = owner.issue(b"message");
            assert_eq!(signature, owner.sign(b"message"));
            let public = owner.key().to_public_key();
            let verified = public.verify(
                Pkcs1v15Sign::new::<Sha256>(),
                &Sha256::digest(b"message"),
                &signature,
            );
            assert!(verified.is_ok(), "{owner:?}");
            let key = owner.of(KeyType::Rsa2048);
            assert_eq!(key.card_public_key().len(), 265);
        }
    }
}
