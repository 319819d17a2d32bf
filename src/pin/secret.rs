//! A PIN or code in memory: wiped on drop, never shown, never cloned.

use std::fmt;

use zeroize::Zeroizing;

use super::PinFormat;

/// Digits on their way to the card.
pub struct Pin(Zeroizing<Vec<u8>>);

/// Why digits are not sent to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PinFormatError {
    /// A character that is not a digit.
    #[error("only digits are allowed")]
    NotADigit,
    /// Too few or too many digits.
    #[error("the number of digits is wrong")]
    WrongLength,
}

impl Pin {
    /// Takes digits, ASCII or full-width (an input method may leave `１２３４`).
    ///
    /// # Errors
    /// [`PinFormatError`]; the card would count a malformed value as a wrong one.
    pub fn new(digits: &str, format: PinFormat) -> Result<Self, PinFormatError> {
        // Room for everything at once: a vector that grows leaves unwiped copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len()));
        for digit in digits.chars() {
            bytes.push(match digit {
                '0'..='9' => digit as u8,
                '０'..='９' => b'0' + (digit as u32 - '０' as u32) as u8,
                _ => return Err(PinFormatError::NotADigit),
            });
        }
        if !format.allows(bytes.len()) {
            return Err(PinFormatError::WrongLength);
        }
        Ok(Self(bytes))
    }

    /// Whether this has the digits that `format` wants. A source may have been asked for another.
    pub(super) fn fits(&self, format: PinFormat) -> bool {
        format.allows(self.0.len())
    }

    /// Whether two entries are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The bytes for the command data field.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_digits_of_both_widths_and_nothing_else() {
        let four = PinFormat::exactly(4);
        let pin = Pin::new("１2３4", four).expect("digits");
        assert_eq!(pin.as_bytes(), b"1234");
        assert_eq!(format!("{pin:?}"), "Pin(redacted)");
        for (digits, error) in [
            ("123", PinFormatError::WrongLength),
            ("12345", PinFormatError::WrongLength),
            ("12a4", PinFormatError::NotADigit),
            ("", PinFormatError::WrongLength),
            ("一二三四", PinFormatError::NotADigit),
        ] {
            assert_eq!(Pin::new(digits, four).expect_err(digits), error);
        }
    }
}
