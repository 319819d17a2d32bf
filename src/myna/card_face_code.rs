//! 照合番号B, the 14 digits printed on the card's face that open the portrait.
//!
//! `YYMMDD` of birth, `YYYY` of expiry, four digits of security code. The year of birth is
//! written as it is printed: in the Japanese era for citizens (1980 is 昭和55, so `55`), and
//! presumably in the last two Gregorian digits for residents whose card prints a Gregorian date.
//! The two are never converted into each other here. Ten wrong tries lock the code, and only a
//! municipality unlocks it: check everything that can be checked before the card is asked.

use std::fmt::{self, Write as _};

use zeroize::Zeroizing;

use super::printed_birth::PrintedBirth;
use crate::pin::{Pin, PinFormat};

/// Why digits cannot be the card-face code of a card in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardFaceCodeError {
    /// Not 14 digits.
    #[error("the card-face code has 14 digits")]
    Length,
    /// The date of birth does not exist.
    #[error("the first six digits are not a date of birth")]
    Birth,
    /// The year of expiry is impossible.
    #[error("digits seven to ten are not a year of expiry")]
    Expiry,
    /// The security code is not four digits.
    #[error("the security code has four digits")]
    SecurityCode,
}

/// 照合番号B. Wiped on drop, never shown.
pub struct CardFaceCode(Pin);

impl CardFaceCode {
    /// Digits of the code.
    pub const DIGITS: u8 = 14;

    /// From the parts printed on the card.
    ///
    /// # Errors
    /// [`CardFaceCodeError`].
    pub fn new(
        birth: PrintedBirth,
        expiry_year: i16,
        security_code: [u8; 4],
    ) -> Result<Self, CardFaceCodeError> {
        birth.date().ok_or(CardFaceCodeError::Birth)?;
        if !security_code.iter().all(u8::is_ascii_digit) {
            return Err(CardFaceCodeError::SecurityCode);
        }
        let mut digits = Zeroizing::new(String::with_capacity(usize::from(Self::DIGITS)));
        digits.extend(birth.six_digits().map(char::from));
        // Four digits, or `parse` refuses the length.
        let _ = write!(digits, "{expiry_year:04}");
        digits.extend(security_code.map(char::from));
        Self::parse(&digits)
    }

    /// From 14 digits, ASCII or full-width, checked for plausibility: a month, a day, a year of
    /// expiry from 2016 on (when the first cards were issued).
    ///
    /// # Errors
    /// [`CardFaceCodeError`].
    pub fn parse(digits: &str) -> Result<Self, CardFaceCodeError> {
        let pin = Pin::new(digits.trim(), PinFormat::exactly(Self::DIGITS))
            .map_err(|_| CardFaceCodeError::Length)?;
        let number = |range: std::ops::Range<usize>| {
            pin.as_bytes()[range]
                .iter()
                .fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'))
        };
        // Which notation it is cannot be told from two digits of a year, so neither can leap years.
        let days = match number(2..4) {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 29,
            _ => 0,
        };
        if !(1..=days).contains(&number(4..6)) {
            return Err(CardFaceCodeError::Birth);
        }
        if number(6..10) < 2016 {
            return Err(CardFaceCodeError::Expiry);
        }
        Ok(Self(pin))
    }

    pub(super) fn secret(&self) -> &Pin {
        &self.0
    }
}

impl fmt::Debug for CardFaceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardFaceCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn composed_of_what_is_printed() {
        for (birth, digits) in [
            (
                PrintedBirth::in_era(date(1980, 2, 17)).expect("an era"),
                "550217",
            ),
            (
                PrintedBirth::Gregorian {
                    year: 1980,
                    month: 2,
                    day: 17,
                },
                "800217",
            ),
        ] {
            let code = CardFaceCode::new(birth, 2035, *b"2285").expect("plausible");
            let expected = format!("{digits}20352285");
            assert_eq!(code.secret().as_bytes(), expected.as_bytes());
        }
        let never = PrintedBirth::Gregorian {
            year: 1981,
            month: 2,
            day: 29,
        };
        let refused =
            |birth, year, code| CardFaceCode::new(birth, year, code).expect_err("refused");
        assert_eq!(refused(never, 2035, *b"2285"), CardFaceCodeError::Birth);
        let birth = PrintedBirth::in_era(date(1980, 2, 17)).expect("an era");
        assert_eq!(refused(birth, 12035, *b"2285"), CardFaceCodeError::Length);
        assert_eq!(
            refused(birth, 2035, *b"22x5"),
            CardFaceCodeError::SecurityCode
        );
    }

    #[test]
    fn what_a_card_cannot_print_never_reaches_it() {
        for (digits, error) in [
            ("5502172035228", CardFaceCodeError::Length),
            ("550217203522855", CardFaceCodeError::Length),
            ("5502172035228x", CardFaceCodeError::Length),
            ("55131720352285", CardFaceCodeError::Birth),
            ("55023020352285", CardFaceCodeError::Birth),
            ("55021720152285", CardFaceCodeError::Expiry),
        ] {
            assert_eq!(CardFaceCode::parse(digits).expect_err(digits), error);
        }
        let code = CardFaceCode::parse("５５021720352285").expect("full-width digits");
        assert_eq!(format!("{code:?}"), "CardFaceCode(redacted)");
    }
}
