//! What an attacker can make: certificates and records of one's own, signed with whatever key.
//! The virtual authority's private keys are public, so the forger has even those.

use der::asn1::{BitString, OctetString};
use der::{Decode as _, Encode as _};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::ext::Extension;

use crate::apdu::tlv::{self, Tag};

macro_rules! key {
    ($name:literal) => {
        $crate::myna::tests::forge::private_key(include_bytes!(concat!(
            "../../sim/card/keys/",
            $name,
            ".pk8"
        )))
    };
}
pub(super) use key;

pub(super) fn private_key(pkcs8: &[u8]) -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_der(pkcs8).expect("committed with the source")
}

/// DigestInfo of SHA-256 before the hash.
pub(super) const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// PKCS #1 v1.5 over `bytes` as they are.
pub(super) fn sign_bare(key: &RsaPrivateKey, bytes: &[u8]) -> Vec<u8> {
    let signature = key.sign(Pkcs1v15Sign::new_unprefixed(), bytes);
    signature.expect("fits the block")
}

/// sha256WithRSAEncryption over `message`.
pub(super) fn sign(key: &RsaPrivateKey, message: &[u8]) -> Vec<u8> {
    sign_bare(key, &[&SHA256_INFO[..], &Sha256::digest(message)].concat())
}

/// `genuine` with its body changed, signed again by `key`.
pub(super) fn reissue(
    genuine: &[u8],
    key: &RsaPrivateKey,
    change: impl FnOnce(&mut Certificate),
) -> Vec<u8> {
    let mut certificate = Certificate::from_der(genuine).expect("a certificate");
    change(&mut certificate);
    let body = certificate.tbs_certificate.to_der().expect("encodes");
    certificate.signature = BitString::from_bytes(&sign(key, &body)).expect("short");
    certificate.to_der().expect("encodes")
}

/// `genuine` with something changed outside of what is signed.
pub(super) fn alter(genuine: &[u8], change: impl FnOnce(&mut Certificate)) -> Vec<u8> {
    let mut certificate = Certificate::from_der(genuine).expect("a certificate");
    change(&mut certificate);
    certificate.to_der().expect("encodes")
}

/// The extension with this object identifier.
pub(super) fn extension<'c>(certificate: &'c mut Certificate, oid: &str) -> &'c mut Extension {
    let extensions = certificate.tbs_certificate.extensions.as_mut();
    let mut extensions = extensions.expect("some").iter_mut();
    let found = extensions.find(|one| one.extn_id.to_string() == oid);
    found.expect("there is one")
}

/// Takes the extension away.
pub(super) fn without(certificate: &mut Certificate, oid: &str) {
    let extensions = certificate.tbs_certificate.extensions.as_mut();
    extensions
        .expect("some")
        .retain(|one| one.extn_id.to_string() != oid);
}

/// Adds an extension.
pub(super) fn add(certificate: &mut Certificate, oid: &str, critical: bool, value: &[u8]) {
    let extensions = certificate.tbs_certificate.extensions.as_mut();
    extensions.expect("some").push(Extension {
        extn_id: oid.parse().expect("an object identifier"),
        critical,
        extn_value: OctetString::new(value).expect("short"),
    });
}

/// A data object with a length of three bytes, which the card writes where fewer would do.
pub(super) fn object(tag: Tag, value: &[u8]) -> Vec<u8> {
    let tag = tag.0.to_be_bytes();
    let tag = &tag[tag.iter().position(|byte| *byte != 0).expect("a tag")..];
    let length = u16::try_from(value.len()).expect("short").to_be_bytes();
    [tag, &[0x82], &length, value].concat()
}

/// The objects in a file's outer object, to be changed and put together again.
pub(super) struct Objects {
    outer: Tag,
    pub(super) parts: Vec<(Tag, Vec<u8>)>,
}

impl Objects {
    /// Takes `file` apart. Each part keeps the bytes that it had.
    pub(super) fn of(file: &[u8]) -> Self {
        let (outer, _) = tlv::first(file).expect("one object");
        let parts = tlv::iter(outer.value)
            .map(|part| part.map(|part| (part.tag, part.object.to_vec())))
            .collect::<Result<_, _>>()
            .expect("objects");
        Self {
            outer: outer.tag,
            parts,
        }
    }

    /// The whole object with this tag.
    pub(super) fn get(&self, tag: u32) -> &[u8] {
        let found = self.parts.iter().find(|(known, _)| known.0 == tag);
        &found.expect("there is one").1
    }

    /// The value of the object with this tag.
    pub(super) fn value(&self, tag: u32) -> &[u8] {
        tlv::first(self.get(tag)).expect("an object").0.value
    }

    /// The same with another value under `tag`.
    pub(super) fn with(mut self, tag: u32, value: &[u8]) -> Self {
        for (known, bytes) in &mut self.parts {
            if known.0 == tag {
                *bytes = object(*known, value);
            }
        }
        self
    }

    pub(super) fn file(&self) -> Vec<u8> {
        let parts: Vec<u8> = self.parts.iter().flat_map(|part| part.1.clone()).collect();
        object(self.outer, &parts)
    }
}
