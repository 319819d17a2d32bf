//! The face record of the card-surface application: birth date, sex, portrait, the card's key,
//! and the issuer's signature over them.

use std::fmt;

use zeroize::Zeroizing;

use super::cv_certificate::{CvCertificate, KeyId};
use super::public_key::{KeyError, PublicKey};
use super::signature::KeyType;
use crate::apdu::tlv::{self, Tag, TlvError};
use crate::imaging::{
    DecodedPortrait, Image, ImageError, Leniency, decode_jpeg2000, decode_portrait,
};

/// Why a face record is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaceRecordError {
    /// A data object is missing or truncated.
    #[error("the face record is malformed: {0}")]
    Tlv(#[from] TlvError),
    /// No pinned key has the identifier that the issuer's certificate names.
    #[error("the issuer's key was not certified by a trusted key ({0:?})")]
    UntrustedIssuer(KeyId),
    /// The signature over the issuer's certificate is wrong.
    #[error("the signature over the issuer's certificate is wrong")]
    IssuerSignature,
    /// The signature over the record is wrong: portrait or data were changed.
    #[error("the issuer's signature over the face record is wrong")]
    RecordSignature,
    /// A public key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

const RECORD: Tag = Tag(0xFF20);
const BIRTH: Tag = Tag(0xDF22);
const SEX: Tag = Tag(0xDF23);
const CARD_KEY: Tag = Tag(0xDF24);
const NAME_IMAGE: Tag = Tag(0xDF25);
const ADDRESS_IMAGE: Tag = Tag(0xDF26);
const PORTRAIT: Tag = Tag(0xDF27);
const SIGNATURE: Tag = Tag(0xDF28);
const EXPIRY: Tag = Tag(0xDF29);

/// A face record as read. Nothing in it can be used before [`UnverifiedFaceRecord::verify`]: a
/// forged chip carries any portrait.
pub struct UnverifiedFaceRecord(Zeroizing<Vec<u8>>);

impl UnverifiedFaceRecord {
    /// Takes the bytes of the file.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Type of the chip's key as the record states it, if it does. It decides in which form the
    /// chip is asked to sign, while the record is being checked, and nothing else.
    pub(super) fn stated_key_type(&self) -> Option<KeyType> {
        let record = tlv::expect(&self.0, RECORD).ok()?.value;
        let key = tlv::find(record, CARD_KEY).ok()?.value;
        let key = PublicKey::from_data_objects(key).ok()?;
        Some(key.key_type())
    }

    /// Checks the issuer's signature: a DigestInfo with three SHA-256 hashes side by side, over
    /// birth ‖ sex ‖ key, over the name and address pictures, and over the portrait, each as
    /// whole data objects (observed). Expiry and security code are not covered.
    ///
    /// # Errors
    /// [`FaceRecordError`].
    pub fn verify(self, issuer: &CvCertificate) -> Result<VerifiedFaceRecord, FaceRecordError> {
        let record = tlv::expect(&self.0, RECORD)?.value;
        // By tag, never by the offset table: it is not signed.
        let object = |tag| tlv::find(record, tag);
        let identity: Zeroizing<Vec<u8>> = Zeroizing::new(
            [object(BIRTH)?, object(SEX)?, object(CARD_KEY)?]
                .map(|tlv| tlv.object)
                .concat(),
        );
        let pictures: Zeroizing<Vec<u8>> = Zeroizing::new(
            [object(NAME_IMAGE)?, object(ADDRESS_IMAGE)?]
                .map(|tlv| tlv.object)
                .concat(),
        );
        let portrait = object(PORTRAIT)?;
        let signature = object(SIGNATURE)?.value;
        let groups = [&identity[..], &pictures[..], portrait.object];
        if !issuer.key.verifies_groups(groups, signature) {
            return Err(FaceRecordError::RecordSignature);
        }
        Ok(VerifiedFaceRecord {
            birth: date(object(BIRTH)?.value),
            stated_expiry: object(EXPIRY).ok().and_then(|tlv| date(tlv.value)),
            card_key: PublicKey::from_data_objects(object(CARD_KEY)?.value)?,
            portrait: VerifiedPortrait(Zeroizing::new(portrait.value.to_vec())),
        })
    }
}

impl fmt::Debug for UnverifiedFaceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnverifiedFaceRecord({} bytes redacted)", self.0.len())
    }
}

/// `YYYYMMDD` in ASCII. A date that does not exist is no date.
pub(super) fn date(bytes: &[u8]) -> Option<jiff::civil::Date> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = text[..4].parse().ok()?;
    let month = text[4..6].parse().ok()?;
    let day = text[6..].parse().ok()?;
    jiff::civil::Date::new(year, month, day).ok()
}

/// A face record whose signature was verified.
pub struct VerifiedFaceRecord {
    birth: Option<jiff::civil::Date>,
    stated_expiry: Option<jiff::civil::Date>,
    pub(super) card_key: PublicKey,
    portrait: VerifiedPortrait,
}

impl VerifiedFaceRecord {
    /// Date of birth, signed. `None` for a date that does not exist in the calendar (parts that
    /// are unknown are written as zeros).
    #[must_use]
    pub fn birth(&self) -> Option<jiff::civil::Date> {
        self.birth
    }

    /// Last day of the card as the record states it. **Not covered by the signature**: for
    /// notices only.
    #[must_use]
    pub fn stated_expiry(&self) -> Option<jiff::civil::Date> {
        self.stated_expiry
    }

    /// The portrait.
    #[must_use]
    pub fn portrait(&self) -> &VerifiedPortrait {
        &self.portrait
    }

    /// Takes the portrait out.
    #[must_use]
    pub fn into_portrait(self) -> VerifiedPortrait {
        self.portrait
    }

    /// Type of the chip's own key.
    #[must_use]
    pub fn chip_key_type(&self) -> KeyType {
        self.card_key.key_type()
    }

    /// Whether the chip's own key signed `message`: the chip is present.
    #[must_use]
    pub fn chip_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.card_key.verifies(message, signature)
    }
}

impl fmt::Debug for VerifiedFaceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedFaceRecord(redacted)")
    }
}

/// A portrait that an issuer signed: JPEG 2000, grey. Wiped on drop.
pub struct VerifiedPortrait(Zeroizing<Vec<u8>>);

impl VerifiedPortrait {
    /// The JPEG 2000 file. Decode it with the `imaging` room, which checks its size first: the
    /// signature says who wrote it, not that it is harmless.
    #[must_use]
    pub fn jpeg2000(&self) -> &[u8] {
        &self.0
    }

    /// The picture. Its size is checked before anything is decoded, and a damaged file is
    /// refused rather than repaired: this is an identity document.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn decode(&self) -> Result<Image, ImageError> {
        decode_jpeg2000(&self.0)
    }

    /// The picture, also of a damaged file if `leniency` allows it; the result says which it was.
    /// The signature covers the file, so that what is missing was missing when it was signed.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn decode_with(&self, leniency: Leniency) -> Result<DecodedPortrait, ImageError> {
        decode_portrait(&self.0, leniency)
    }
}

impl fmt::Debug for VerifiedPortrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedPortrait({} bytes redacted)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_do_not_exist_are_none() {
        assert_eq!(date(b"19800217"), Some(jiff::civil::date(1980, 2, 17)));
        for bytes in [
            &b"19800230"[..],
            b"1980021",
            b"1980021x",
            b"00000000",
            b"+1980217",
            &[0xFF; 8],
        ] {
            assert_eq!(date(bytes), None, "{bytes:?}");
        }
    }
}
