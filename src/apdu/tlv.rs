//! BER-TLV (ISO/IEC 7816-4 §5.2.2), read without trust.
//!
//! Lengths need not be minimal: this card writes `82 0080` where `81 80` would do (observed),
//! which a strict DER parser refuses. The reader never recurses and never allocates.

use std::fmt;

/// A tag with its bytes as a number: `5F4E` is `0x5F4E`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u32);

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

/// One data object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Its value field.
    pub value: &'a [u8],
    /// The whole object: tag, length and value, as signatures cover it.
    pub object: &'a [u8],
}

/// Why bytes are not a data object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlvError {
    /// The bytes end inside the tag or the length.
    #[error("the data object ends inside its tag or length")]
    TruncatedHeader,
    /// The bytes end inside the value.
    #[error("the data object says {length} bytes, {left} are left")]
    TruncatedValue {
        /// What the length field says.
        length: usize,
        /// What is there.
        left: usize,
    },
    /// A tag of more than three bytes; no standard uses one.
    #[error("the tag has more than three bytes")]
    LongTag,
    /// Indefinite length or more than three length bytes: nothing on a card is that long.
    #[error("the length is indefinite or has more than three bytes")]
    UnsupportedLength,
    /// A data object that must be there is not.
    #[error("data object {0} is missing")]
    Missing(Tag),
}

/// Tag and length of the object at the start of `bytes`: `(tag, header bytes, value bytes)`.
/// The value need not be there yet, so this tells how much of a file is still to be read.
///
/// # Errors
/// [`TlvError`] when the header is not there or not understood.
pub fn header(bytes: &[u8]) -> Result<(Tag, usize, usize), TlvError> {
    let mut rest = bytes.iter().copied();
    let mut next = || rest.next().ok_or(TlvError::TruncatedHeader);
    let first = next()?;
    let mut tag = u32::from(first);
    let mut used = 1;
    if first & 0x1F == 0x1F {
        loop {
            if used == 3 {
                return Err(TlvError::LongTag);
            }
            let byte = next()?;
            tag = tag << 8 | u32::from(byte);
            used += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    let first = next()?;
    used += 1;
    let length = match first {
        0x00..=0x7F => usize::from(first),
        0x81..=0x83 => {
            let mut length = 0;
            for _ in 0..first & 0x7F {
                length = length << 8 | usize::from(next()?);
                used += 1;
            }
            length
        }
        _ => return Err(TlvError::UnsupportedLength),
    };
    Ok((Tag(tag), used, length))
}

/// Splits the first object off `bytes`.
///
/// # Errors
/// [`TlvError`] when it is not all there.
pub fn first(bytes: &[u8]) -> Result<(Tlv<'_>, &[u8]), TlvError> {
    let (tag, used, length) = header(bytes)?;
    let value = bytes[used..]
        .get(..length)
        .ok_or(TlvError::TruncatedValue {
            length,
            left: bytes.len() - used,
        })?;
    let (object, rest) = bytes.split_at(used + length);
    Ok((Tlv { tag, value, object }, rest))
}

/// The value of the object at the start of `bytes`, which must have `tag`. What follows it
/// (padding) is ignored.
///
/// # Errors
/// [`TlvError::Missing`] for another tag, else as [`first`].
pub fn expect(bytes: &[u8], tag: Tag) -> Result<Tlv<'_>, TlvError> {
    match first(bytes) {
        Ok((tlv, _)) if tlv.tag == tag => Ok(tlv),
        Ok(_) => Err(TlvError::Missing(tag)),
        Err(error) => Err(error),
    }
}

/// The objects of `bytes`, one after another; ends after the first error.
pub fn iter(bytes: &[u8]) -> impl Iterator<Item = Result<Tlv<'_>, TlvError>> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest.take().filter(|bytes| !bytes.is_empty())?;
        Some(first(bytes).map(|(tlv, tail)| {
            rest = Some(tail);
            tlv
        }))
    })
}

/// The first object with `tag` among the objects of `bytes`.
///
/// # Errors
/// [`TlvError::Missing`], or the error before it was found.
pub fn find(bytes: &[u8], tag: Tag) -> Result<Tlv<'_>, TlvError> {
    for tlv in iter(bytes) {
        let tlv = tlv?;
        if tlv.tag == tag {
            return Ok(tlv);
        }
    }
    Err(TlvError::Missing(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_long_tags_and_non_minimal_lengths() {
        let bytes = [
            0xFF, 0x20, 0x82, 0x00, 0x05, 0xDF, 0x21, 0x81, 0x01, 0xAA, 0xFF, 0xFF,
        ];
        let outer = expect(&bytes, Tag(0xFF20)).expect("well formed");
        assert_eq!(outer.object.len(), 10);
        let inner = find(outer.value, Tag(0xDF21)).expect("there");
        assert_eq!(inner.value, [0xAA]);
        assert_eq!(
            find(outer.value, Tag(0xDF22)),
            Err(TlvError::Missing(Tag(0xDF22)))
        );
    }

    #[test]
    fn header_tells_the_length_before_the_value_is_there() {
        assert_eq!(header(&[0x30, 0x82, 0x06, 0x32]), Ok((Tag(0x30), 4, 0x632)));
    }

    #[test]
    fn truncation_and_nonsense_are_errors() {
        assert_eq!(header(&[]), Err(TlvError::TruncatedHeader));
        assert_eq!(header(&[0x5F]), Err(TlvError::TruncatedHeader));
        assert_eq!(header(&[0x30, 0x82, 1]), Err(TlvError::TruncatedHeader));
        assert_eq!(header(&[0x30, 0x80]), Err(TlvError::UnsupportedLength));
        assert_eq!(
            header(&[0x30, 0x84, 0, 0, 0, 1]),
            Err(TlvError::UnsupportedLength)
        );
        assert_eq!(header(&[0x1F, 0x81, 0x82, 0x83]), Err(TlvError::LongTag));
        assert_eq!(
            first(&[0x04, 3, 1, 2]),
            Err(TlvError::TruncatedValue { length: 3, left: 2 })
        );
        assert_eq!(
            iter(&[0x04, 3, 1, 2]).count(),
            1,
            "an iterator ends after an error"
        );
    }
}
