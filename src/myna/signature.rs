//! How keys of each type sign: one row of data for each, and nowhere else.

use const_oid::db::rfc5912::{ECDSA_WITH_SHA_384, SHA_256_WITH_RSA_ENCRYPTION};
use der::oid::ObjectIdentifier;
use sha2::{Digest, Sha256, Sha384};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Type of a key pair, of a card or of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// RSA of 2048 to 4096 bits, PKCS #1 v1.5 with SHA-256: every card so far.
    Rsa,
    /// ECDSA on P-384 with SHA-384, announced for the next generation of the card.
    ///
    /// Its certificates follow the standards. What the card itself expects and answers is not
    /// public: this library's idea of it is a **guess**, met by a virtual card alone
    /// (`sim::card::Profile::next_generation_guess`).
    EcdsaP384,
}

impl KeyType {
    pub(super) fn scheme(self) -> &'static SignatureScheme {
        match self {
            Self::Rsa => &RSA,
            Self::EcdsaP384 => &P384_GUESS,
        }
    }
}

/// How keys of one type sign.
pub(super) struct SignatureScheme {
    /// Signature algorithm of X.509 certificates.
    certificate: ObjectIdentifier,
    /// Whether that algorithm is written with NULL parameters.
    null_parameters: bool,
    hash: fn(&[u8]) -> Vec<u8>,
    /// What stands before the hash where a card or a card-verifiable key signs.
    pub(super) prefix: &'static [u8],
    /// How the three groups of the face record are signed.
    pub(super) groups: Groups,
}

/// How one signature covers three groups.
pub(super) enum Groups {
    /// The three hashes side by side in one digest field, behind these bytes.
    SideBySide(&'static [u8]),
    /// The three hashes side by side, hashed as one message.
    HashedAgain,
}

/// DigestInfo of SHA-256 up to the hash (RFC 8017 §9.2 note 1).
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// The same with a digest field of 96 bytes, as the face record is signed: three SHA-256 hashes
/// side by side (observed). Ordinary verifiers refuse it.
const TRIPLE_SHA256_PREFIX: [u8; 19] = [
    0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x60,
];

/// Cards of today (observed); in certificates RFC 4055 §5.
const RSA: SignatureScheme = SignatureScheme {
    certificate: SHA_256_WITH_RSA_ENCRYPTION,
    null_parameters: true,
    hash: |message| Sha256::digest(message).to_vec(),
    prefix: &SHA256_PREFIX,
    groups: Groups::SideBySide(&TRIPLE_SHA256_PREFIX),
};

/// **A guess** but for the certificates' algorithm (RFC 5758 §3.2): COMPUTE DIGITAL SIGNATURE
/// takes the bare SHA-384 hash where it takes a DigestInfo today, and answers `r ‖ s`, 96 bytes
/// (the plain format of BSI TR-03111 §5.2.1). Card-verifiable certificates and records are signed
/// in the same format. If the real card differs, this row, [`P384_POINT`] and
/// `PublicKey::verify` are what changes.
const P384_GUESS: SignatureScheme = SignatureScheme {
    certificate: ECDSA_WITH_SHA_384,
    null_parameters: false,
    hash: |message| Sha384::digest(message).to_vec(),
    prefix: &[],
    groups: Groups::HashedAgain,
};

/// **A guess**: data object of a P-384 key in card-verifiable certificates and records, an
/// uncompressed point of 97 bytes (the public point of ISO/IEC 7816-8 table 3).
pub(super) const P384_POINT: crate::apdu::tlv::Tag = crate::apdu::tlv::Tag(0x86);

impl SignatureScheme {
    /// What COMPUTE DIGITAL SIGNATURE gets so that the card signs `message`.
    pub(super) fn input(&self, message: &[u8]) -> Vec<u8> {
        [self.prefix, &(self.hash)(message)].concat()
    }

    pub(super) fn hash(&self, message: &[u8]) -> Vec<u8> {
        (self.hash)(message)
    }

    /// Whether a certificate that says `algorithm` can be signed so. RFC 4055 §5 wants absent
    /// parameters accepted for RSA; RFC 5758 §3.2 allows none for ECDSA.
    pub(super) fn is_certificate_algorithm(&self, algorithm: &AlgorithmIdentifierOwned) -> bool {
        let parameters_fit = match &algorithm.parameters {
            None => true,
            Some(parameters) => self.null_parameters && parameters.is_null(),
        };
        algorithm.oid == self.certificate && parameters_fit
    }
}
