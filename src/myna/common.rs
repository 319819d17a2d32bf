//! The common application (共通カードAP): until when the card is valid.

use super::face_record::date;
use super::failure::Failure;
use super::jpki::absent_application;
use crate::card::CardConnection;
use crate::exchange::{Aid, Dialogue, ShortFileId};
use crate::wait::Wait;
use zeroize::Zeroizing;

/// DF name of the application.
const APPLICATION: Aid = Aid(&[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00]);
const CARD_DATA: ShortFileId = ShortFileId::new(0x01);

/// What record 1 says: 15 digits of serial number and 5 of municipality, which are not kept,
/// and 8 of expiry. Not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CardData {
    /// Last valid day of the card, if the record holds a date.
    pub expiry: Option<jiff::civil::Date>,
}

impl CardData {
    /// Simple-TLV (ISO/IEC 7816-4 §5.2.1): `01 1C` and 28 digits.
    pub(super) fn parse(record: &[u8]) -> Option<Self> {
        match record {
            [0x01, 0x1C, digits @ ..] => digits.get(20..28).map(|digits| Self {
                expiry: date(digits),
            }),
            _ => None,
        }
    }
}

/// Reads the card data; needs no PIN.
pub(super) fn read<C: CardConnection>(
    dialogue: &mut Dialogue<C>,
    wait: &Wait,
) -> Result<CardData, Failure> {
    dialogue
        .select_application(APPLICATION, wait)
        .map_err(absent_application)?;
    let record = Zeroizing::new(dialogue.read_record(CARD_DATA, 1, wait)?);
    CardData::parse(&record).ok_or(Failure::FileMalformed {
        file: "the card data",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expiry_is_kept() {
        let record = [&[0x01, 0x1C][..], b"0000000000000009999920350217"].concat();
        let data = CardData::parse(&record).expect("a record");
        assert_eq!(data.expiry, Some(jiff::civil::date(2035, 2, 17)));
        for end in 0..record.len() {
            assert_eq!(CardData::parse(&record[..end]), None);
        }
    }
}
