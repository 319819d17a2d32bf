//! Writes the card's TLV objects.

/// How a length is written. The card's own records use a two-byte form even where one byte
/// would do (`82 00 80`, observed), which is BER but not DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// One byte, for values under 128 bytes.
    Short,
    /// `82` and two bytes.
    Long,
}

/// `tag ‖ length ‖ value`.
pub(super) fn tlv(tag: &[u8], length: Length, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(tag.len() + 3 + value.len());
    out.extend_from_slice(tag);
    let size = u16::try_from(value.len()).unwrap_or(u16::MAX);
    match (length, u8::try_from(size)) {
        (Length::Short, Ok(small)) if small < 0x80 => out.push(small),
        _ => {
            out.push(0x82);
            out.extend_from_slice(&size.to_be_bytes());
        }
    }
    out.extend_from_slice(value);
    out
}

/// An object with the tag `DF xx`, the shape of every field in the card's records.
pub(super) fn df(number: u8, length: Length, value: &[u8]) -> Vec<u8> {
    tlv(&[0xdf, number], length, value)
}
