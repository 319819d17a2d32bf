//! `PIN_VERIFY_STRUCTURE` and `PIN_MODIFY_STRUCTURE` (PC/SC part 10 §2.5.2 and §2.5.3).
//!
//! They hold no digits. Fields of two and four bytes are in the host's byte order.

use super::profile::PadProfile;
use crate::apdu::Header;
use crate::pin::PinFormat;

/// `bmFormatString`: system units are bytes, the block begins with the data field, the PIN is
/// left-justified in ASCII.
const ASCII_AT_START: u8 = 0x82;
/// `bmPINBlockString`: as long as the PIN is, and no length field in the data. A template that is
/// a header alone has the reader write Lc (CCID 1.1 §6.1.11; seen to work with four products'
/// descriptors behind libccid).
const UNPADDED: u8 = 0x00;
/// `bmPINLengthFormat`: no length field.
const NO_LENGTH_FIELD: u8 = 0x00;
/// `bEntryValidationCondition`: the OK key, which every pad takes.
const BY_OK_KEY: u8 = 0x02;
/// `bConfirmPIN`: the new PIN is entered twice. The present one is not asked for here: it was
/// verified before.
const NEW_TWICE: u8 = 0x01;
/// `bMsgIndex` (CCID 1.1 §6.1.11): asks for a PIN, for a new one, for the new one again.
const MESSAGE_PIN: u8 = 0;
const MESSAGE_NEW: u8 = 1;
const MESSAGE_AGAIN: u8 = 2;

/// What is common to both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Seconds; 0 is the reader's own patience.
    pub(super) seconds: u8,
    pub(super) format: PinFormat,
    /// The command, without its body.
    pub(super) header: Header,
    pub(super) profile: PadProfile,
    /// Whether there is a display for messages.
    pub(super) display: bool,
}

impl Entry {
    pub(super) fn verify(&self) -> Vec<u8> {
        let messages = self.profile.verify_messages.unwrap_or(self.display.into());
        let mut bytes = self.begin();
        bytes.extend(self.digits());
        bytes.extend([BY_OK_KEY, messages]);
        bytes.extend(self.profile.language.to_ne_bytes());
        bytes.push(MESSAGE_PIN);
        self.finish(bytes)
    }

    pub(super) fn modify(&self) -> Vec<u8> {
        let messages = if self.display { 2 } else { 0 };
        let mut bytes = self.begin();
        // Where the present PIN would stand, and where the new one does.
        bytes.extend([0, 0]);
        bytes.extend(self.digits());
        bytes.extend([NEW_TWICE, BY_OK_KEY, messages]);
        bytes.extend(self.profile.language.to_ne_bytes());
        bytes.extend([MESSAGE_NEW, MESSAGE_AGAIN, MESSAGE_AGAIN]);
        self.finish(bytes)
    }

    /// `bTimerOut` to `bmPINLengthFormat`. The time after the first key is left to the reader.
    fn begin(&self) -> Vec<u8> {
        vec![self.seconds, 0, ASCII_AT_START, UNPADDED, NO_LENGTH_FIELD]
    }

    /// `wPINMaxExtraDigit`: the fewest digits in the high byte, the most in the low one.
    fn digits(&self) -> [u8; 2] {
        u16::from_be_bytes([self.format.min, self.format.max]).to_ne_bytes()
    }

    /// `bTeoPrologue` (the driver fills it in), `ulDataLength`, `abData`.
    fn finish(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let template = self.header.to_bytes();
        bytes.extend([0; 3]);
        bytes.extend((template.len() as u32).to_ne_bytes());
        bytes.extend(template);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_bytes_of_both() {
        let entry = Entry {
            seconds: 30,
            format: PinFormat::exactly(4),
            header: Header::new(0x00, 0x20, 0x00, 0x98),
            profile: PadProfile::ANY,
            display: true,
        };
        assert_eq!(
            entry.verify(),
            [
                30, 0, 0x82, 0, 0, 4, 4, 2, 1, 0x11, 0x04, 0, 0, 0, 0, 4, 0, 0, 0, 0x00, 0x20,
                0x00, 0x98
            ]
        );
        let change = Entry {
            header: Header::new(0x00, 0x24, 0x01, 0x80),
            format: PinFormat { min: 4, max: 8 },
            display: false,
            ..entry
        };
        assert_eq!(
            change.modify(),
            [
                30, 0, 0x82, 0, 0, 0, 0, 8, 4, 1, 2, 0, 0x11, 0x04, 1, 2, 2, 0, 0, 0, 4, 0, 0, 0,
                0x00, 0x24, 0x01, 0x80
            ]
        );
    }
}
