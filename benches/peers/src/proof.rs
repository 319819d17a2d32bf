//! The checks that a verifier makes, for libraries that bring none of their own.

use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey;
use rsa::pkcs8::der::pem;
use rsa::sha2::{Digest, Sha256};
use rsa::signature::Verifier;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, SubjectKeyIdentifier};

use crate::Failure;

/// What every client has the card sign.
pub(crate) const CHALLENGE: &[u8] = b"a challenge for several implementations";

/// The challenge's DigestInfo for SHA-256 (RFC 8017 §9.2): what the card pads and signs.
pub(crate) fn digest_info() -> Vec<u8> {
    const SHA256: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    [&SHA256[..], &Sha256::digest(CHALLENGE)].concat()
}

/// A CA that is trusted.
pub(crate) struct Root {
    pub(crate) der: Vec<u8>,
    key_id: Vec<u8>,
}

/// The `CERTIFICATE` blocks of a trust file.
pub(crate) fn roots(trust: &str) -> Result<Vec<Root>, Failure> {
    blocks(trust, "CERTIFICATE")?
        .into_iter()
        .map(|der| {
            let certificate = Certificate::from_der(&der)?;
            let (_, key_id) = certificate
                .tbs_certificate
                .get::<SubjectKeyIdentifier>()?
                .ok_or("a root without key identifier")?;
            let key_id = key_id.0.into_bytes();
            Ok(Root { der, key_id })
        })
        .collect()
}

/// What the PEM blocks with one label hold.
pub(crate) fn blocks(trust: &str, label: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    trust
        .split(&begin)
        .skip(1)
        .map(|block| {
            let body = block.split(&end).next().unwrap_or_default();
            let (_, der) = pem::decode_vec(format!("{begin}{body}{end}\n").as_bytes())
                .map_err(|error| error.to_string())?;
            Ok(der)
        })
        .collect()
}

/// The root whose key the certificate names as its issuer's: generations share one name.
pub(crate) fn issuer<'r>(certificate: &[u8], roots: &'r [Root]) -> Result<&'r Root, Failure> {
    let certificate = Certificate::from_der(certificate)?;
    let (_, authority) = certificate
        .tbs_certificate
        .get::<AuthorityKeyIdentifier>()?
        .ok_or("the certificate names no issuer's key")?;
    let key_id = authority.key_identifier.map(|id| id.into_bytes());
    roots
        .iter()
        .find(|root| Some(&root.key_id) == key_id.as_ref())
        .ok_or_else(|| "the issuer is not trusted".into())
}

/// Whether the certificate is signed by the root.
pub(crate) fn check_chain(certificate: &[u8], root: &Root) -> Result<(), Failure> {
    let certificate = Certificate::from_der(certificate)?;
    let signature = certificate.signature.raw_bytes();
    let message = certificate.tbs_certificate.to_der()?;
    verify(&root.der, &message, signature)
}

/// Whether `signature` over `message` is by the key in `certificate`.
pub(crate) fn verify(certificate: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Failure> {
    let certificate = Certificate::from_der(certificate)?;
    let key = certificate
        .tbs_certificate
        .subject_public_key_info
        .to_der()?;
    let key = VerifyingKey::<Sha256>::new(rsa::RsaPublicKey::from_public_key_der(&key)?);
    key.verify(message, &Signature::try_from(signature)?)?;
    Ok(())
}
