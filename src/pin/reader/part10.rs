//! What a reader says about its PIN pad (PC/SC part 10), read totally: whatever it sends, there
//! is an answer.

use crate::apdu::StatusWord;
use crate::card::{ControlCode, ReaderCapabilities};

/// `SCARD_CTL_CODE(3400)`, as WinSCard numbers it.
#[cfg(windows)]
const FEATURE_REQUEST: u32 = 0x0031_0000 | 3400 << 2;
/// `SCARD_CTL_CODE(3400)`, as pcsc-lite and macOS number it.
#[cfg(not(windows))]
const FEATURE_REQUEST: u32 = 0x4200_0000 + 3400;

/// `CM_IOCTL_GET_FEATURE_REQUEST`: asks a reader for its [`Features`].
pub const GET_FEATURE_REQUEST: ControlCode = ControlCode(FEATURE_REQUEST);

/// Tags of the feature list (PC/SC part 10 §2.3).
mod tag {
    pub(super) const VERIFY_PIN_DIRECT: u8 = 0x06;
    pub(super) const MODIFY_PIN_DIRECT: u8 = 0x07;
    pub(super) const IFD_PIN_PROPERTIES: u8 = 0x0A;
    pub(super) const GET_TLV_PROPERTIES: u8 = 0x12;
}

/// Tags of the TLV properties (PC/SC part 10 §2.6.14).
mod property {
    pub(super) const LCD_LAYOUT: u8 = 1;
    pub(super) const ENTRY_VALIDATION: u8 = 2;
    pub(super) const MIN_PIN_SIZE: u8 = 6;
    pub(super) const MAX_PIN_SIZE: u8 = 7;
    pub(super) const MAX_APDU_DATA: u8 = 10;
    pub(super) const ID_VENDOR: u8 = 11;
    pub(super) const ID_PRODUCT: u8 = 12;
}

/// The control codes behind which a reader offers its features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// FEATURE_VERIFY_PIN_DIRECT.
    pub verify_pin_direct: Option<ControlCode>,
    /// FEATURE_MODIFY_PIN_DIRECT.
    pub modify_pin_direct: Option<ControlCode>,
    /// FEATURE_IFD_PIN_PROPERTIES.
    pub ifd_pin_properties: Option<ControlCode>,
    /// FEATURE_GET_TLV_PROPERTIES.
    pub get_tlv_properties: Option<ControlCode>,
}

impl Features {
    /// Reads a feature list: tag, a length of 4, the control code in big-endian order. A list
    /// ends where it stops making sense; of a tag that is there twice the first counts.
    #[must_use]
    pub fn parse(list: &[u8]) -> Self {
        let mut features = Self::default();
        let mut rest = list;
        while let [tag, 4, a, b, c, d, tail @ ..] = rest {
            let code = ControlCode(u32::from_be_bytes([*a, *b, *c, *d]));
            let feature = match *tag {
                tag::VERIFY_PIN_DIRECT => &mut features.verify_pin_direct,
                tag::MODIFY_PIN_DIRECT => &mut features.modify_pin_direct,
                tag::IFD_PIN_PROPERTIES => &mut features.ifd_pin_properties,
                tag::GET_TLV_PROPERTIES => &mut features.get_tlv_properties,
                _ => &mut None,
            };
            feature.get_or_insert(code);
            rest = tail;
        }
        features
    }

    /// What they mean for a caller who only wants to know what the reader can do.
    #[must_use]
    pub fn capabilities(&self) -> ReaderCapabilities {
        let mut capabilities = ReaderCapabilities::empty();
        capabilities.set(
            ReaderCapabilities::SECURE_PIN_VERIFY,
            self.verify_pin_direct.is_some(),
        );
        capabilities.set(
            ReaderCapabilities::SECURE_PIN_MODIFY,
            self.modify_pin_direct.is_some(),
        );
        capabilities
    }
}

/// What a reader says about its keys and display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PadProperties {
    /// Lines and characters of the display; zeros without one.
    pub lcd_layout: Option<(u8, u8)>,
    /// What may end an entry, as bits: 1 the last possible digit, 2 the OK key, 4 time.
    pub entry_validation: Option<u8>,
    /// Fewest digits that the keys take.
    pub min_digits: Option<u8>,
    /// Most digits that the keys take.
    pub max_digits: Option<u8>,
    /// Most bytes of data of a command or an answer that the reader carries; 0 and up to 256: short
    /// length fields alone.
    pub max_apdu_data: Option<u32>,
    /// USB vendor identifier.
    pub vendor: Option<u16>,
    /// USB product identifier.
    pub product: Option<u16>,
}

impl PadProperties {
    /// Reads the answer to FEATURE_GET_TLV_PROPERTIES: tag, length, value, numbers in
    /// little-endian order. Unknown tags and values of unexpected length are passed over; what
    /// is cut off ends the list.
    #[must_use]
    pub fn parse_tlv(answer: &[u8]) -> Self {
        let mut properties = Self::default();
        let mut rest = answer;
        while let [tag, length, tail @ ..] = rest {
            let Some((value, tail)) = tail.split_at_checked(usize::from(*length)) else {
                break;
            };
            match (*tag, value) {
                (property::LCD_LAYOUT, &[characters, lines]) => {
                    properties.lcd_layout = Some((lines, characters));
                }
                (property::ENTRY_VALIDATION, &[bits]) => properties.entry_validation = Some(bits),
                (property::MIN_PIN_SIZE, &[digits]) => properties.min_digits = Some(digits),
                (property::MAX_PIN_SIZE, &[digits]) => properties.max_digits = Some(digits),
                (property::MAX_APDU_DATA, &[a, b, c, d]) => {
                    properties.max_apdu_data = Some(u32::from_le_bytes([a, b, c, d]));
                }
                (property::ID_VENDOR, &[low, high]) => {
                    properties.vendor = Some(u16::from_le_bytes([low, high]));
                }
                (property::ID_PRODUCT, &[low, high]) => {
                    properties.product = Some(u16::from_le_bytes([low, high]));
                }
                _ => {}
            }
            rest = tail;
        }
        properties
    }

    /// Reads the answer to FEATURE_IFD_PIN_PROPERTIES, a `PIN_PROPERTIES_STRUCTURE`:
    /// `wLcdLayout` in the host's byte order, `bEntryValidationCondition`, `bTimeOut2`.
    #[must_use]
    pub fn parse_structure(answer: &[u8]) -> Self {
        let &[first, second, entry_validation, _, ..] = answer else {
            return Self::default();
        };
        let [lines, characters] = u16::from_ne_bytes([first, second]).to_be_bytes();
        Self {
            lcd_layout: Some((lines, characters)),
            entry_validation: Some(entry_validation),
            ..Self::default()
        }
    }

    /// These, and where they are silent the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            lcd_layout: self.lcd_layout.or(other.lcd_layout),
            entry_validation: self.entry_validation.or(other.entry_validation),
            min_digits: self.min_digits.or(other.min_digits),
            max_digits: self.max_digits.or(other.max_digits),
            max_apdu_data: self.max_apdu_data.or(other.max_apdu_data),
            vendor: self.vendor.or(other.vendor),
            product: self.product.or(other.product),
        }
    }
}

/// What came of VERIFY or MODIFY PIN DIRECT (PC/SC part 10 §2.5.2, table of return codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PadAnswer {
    /// `6400`: nobody finished the entry. Nothing was sent to the card.
    TimedOut,
    /// `6401`: the cancel key. Nothing was sent.
    Cancelled,
    /// `6402`: the two entries of a new PIN differ. Nothing was sent.
    EntriesDiffer,
    /// `6403`: too few or too many digits. Nothing was sent.
    WrongNumberOfDigits,
    /// Any other status word: the card's, or the reader's refusal of the structure (`6B80`).
    Status(StatusWord),
    /// No status word: whether the card was asked cannot be told.
    Nothing,
}

impl PadAnswer {
    /// Reads an answer; of a longer one the last two bytes count.
    #[must_use]
    pub fn parse(answer: &[u8]) -> Self {
        match answer.last_chunk::<2>() {
            Some([0x64, 0x00]) => Self::TimedOut,
            Some([0x64, 0x01]) => Self::Cancelled,
            Some([0x64, 0x02]) => Self::EntriesDiffer,
            Some([0x64, 0x03]) => Self::WrongNumberOfDigits,
            Some(&[sw1, sw2]) => Self::Status(StatusWord::from_bytes(sw1, sw2)),
            None => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn reads_the_list_of_a_pin_pad() {
        let list = [
            0x06, 4, 0x42, 0x33, 0, 6, 0x0A, 4, 0x42, 0x33, 0, 0x0A, 0x12, 4, 0x42, 0x33, 0, 0x12,
        ];
        let features = Features::parse(&list);
        assert_eq!(features.verify_pin_direct, Some(ControlCode(0x4233_0006)));
        assert_eq!(features.get_tlv_properties, Some(ControlCode(0x4233_0012)));
        assert_eq!(
            features.capabilities(),
            ReaderCapabilities::SECURE_PIN_VERIFY
        );
        assert_eq!(Features::parse(&[]), Features::default());
        assert_eq!(Features::parse(&list[..5]), Features::default(), "cut off");
        assert_eq!(Features::parse(&[6, 200, 1]), Features::default());
        let twice = [0x06, 4, 0, 0, 0, 1, 0x06, 4, 0, 0, 0, 2];
        assert_eq!(
            Features::parse(&twice).verify_pin_direct,
            Some(ControlCode(1))
        );
    }

    #[test]
    fn reads_properties_in_both_forms() {
        let tlv = [
            1, 2, 16, 2, 0x77, 1, 9, 6, 1, 4, 7, 1, 8, 11, 2, 0xE6, 0x08, 12, 2, 0x78, 0x34, 2, 1,
            2,
        ];
        let properties = PadProperties::parse_tlv(&tlv);
        assert_eq!(properties.lcd_layout, Some((2, 16)));
        assert_eq!(
            (properties.min_digits, properties.max_digits),
            (Some(4), Some(8))
        );
        assert_eq!(
            (properties.vendor, properties.product),
            (Some(0x08E6), Some(0x3478))
        );
        assert_eq!(properties.entry_validation, Some(2));
        assert_eq!(
            PadProperties::parse_tlv(&tlv[..tlv.len() - 1]).entry_validation,
            None
        );
        assert_eq!(
            PadProperties::parse_tlv(&[6, 0, 7, 2, 1, 2]).max_digits,
            None
        );

        let layout = 0x0210_u16.to_ne_bytes();
        let structure = PadProperties::parse_structure(&[layout[0], layout[1], 7, 0]);
        assert_eq!(structure.lcd_layout, Some((2, 16)));
        assert_eq!(structure.or(properties).entry_validation, Some(7));
        assert_eq!(structure.or(properties).min_digits, Some(4));
        assert_eq!(
            PadProperties::parse_structure(&[1, 2, 3]),
            PadProperties::default()
        );
    }

    #[test]
    fn every_answer_has_a_meaning() {
        for (answer, meaning) in [
            (&[0x64, 0x00][..], PadAnswer::TimedOut),
            (&[0x64, 0x01], PadAnswer::Cancelled),
            (&[0x64, 0x02], PadAnswer::EntriesDiffer),
            (&[0x64, 0x03], PadAnswer::WrongNumberOfDigits),
            (&[0x90, 0x00], PadAnswer::Status(StatusWord::OK)),
            (
                &[1, 2, 3, 0x63, 0xC1],
                PadAnswer::Status(StatusWord::new(0x63C1)),
            ),
            (&[0x90], PadAnswer::Nothing),
            (&[], PadAnswer::Nothing),
        ] {
            assert_eq!(PadAnswer::parse(answer), meaning, "{answer:02X?}");
        }
    }

    #[test]
    fn no_bytes_bring_a_parser_down() {
        let mut random = Random(10);
        for _ in 0..20_000 {
            let length = random.below(40);
            // Tags and lengths are small numbers, so most bytes are.
            let bytes: Vec<u8> = (0..length).map(|_| (random.next() % 20) as u8).collect();
            let _ = Features::parse(&bytes);
            let _ = PadProperties::parse_tlv(&bytes).or(PadProperties::parse_structure(&bytes));
            let _ = PadAnswer::parse(&bytes);
        }
    }
}
