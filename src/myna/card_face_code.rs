//! 照合番号B, the 14 digits printed on the card's face that open the portrait.
//!
//! `YYMMDD` of birth, `YYYY` of expiry, four digits of security code. The year of birth is
//! written as it is printed: in the Japanese era for citizens (1980 is 昭和55, so `55`), and
//! presumably in the last two Gregorian digits for residents whose card prints a Gregorian date.
//! The two are never converted into each other here. Ten wrong tries lock the code, and only a
//! municipality unlocks it: check everything that can be checked before the card is asked.

use std::fmt;

use crate::pin::{Pin, PinFormat};

/// How the card prints the date of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BirthNotation {
    /// Japanese era year, 元年 is 1.
    Era,
    /// Gregorian year.
    Gregorian,
}

/// A date of birth as printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PrintedBirth {
    year: u8,
    month: u8,
    day: u8,
}

impl PrintedBirth {
    /// A date in the Japanese era: `year` as printed, 1 for 元年, at most 64 (昭和64).
    ///
    /// # Errors
    /// [`CardFaceCodeError::Birth`].
    pub fn era(year: u8, month: u8, day: u8) -> Result<Self, CardFaceCodeError> {
        Self::checked(year, (1..=64).contains(&year), month, day)
    }

    /// A Gregorian date: four digits of `year`.
    ///
    /// # Errors
    /// [`CardFaceCodeError::Birth`].
    pub fn gregorian(year: u16, month: u8, day: u8) -> Result<Self, CardFaceCodeError> {
        let plausible = (1868..=2999).contains(&year);
        Self::checked((year % 100) as u8, plausible, month, day)
    }

    /// The era date that belongs to a Gregorian date of birth, for programs that know the date
    /// and not the print: 1912-07-30 is 大正1, 1926-12-25 昭和1, 1989-01-08 平成1,
    /// 2019-05-01 令和1, each era beginning on that day.
    ///
    /// # Errors
    /// [`CardFaceCodeError::Birth`] before 1868-10-23 (明治).
    pub fn era_of(date: jiff::civil::Date) -> Result<Self, CardFaceCodeError> {
        let eras = [
            (jiff::civil::date(2019, 5, 1), 2018),
            (jiff::civil::date(1989, 1, 8), 1988),
            (jiff::civil::date(1926, 12, 25), 1925),
            (jiff::civil::date(1912, 7, 30), 1911),
            (jiff::civil::date(1868, 10, 23), 1867),
        ];
        let (_, before) = eras
            .into_iter()
            .find(|(first, _)| date >= *first)
            .ok_or(CardFaceCodeError::Birth)?;
        let year = u8::try_from(date.year() - before).map_err(|_| CardFaceCodeError::Birth)?;
        Self::era(year, date.month().unsigned_abs(), date.day().unsigned_abs())
    }

    fn checked(year: u8, plausible: bool, month: u8, day: u8) -> Result<Self, CardFaceCodeError> {
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            // Whether the year is a leap year depends on the era, which is not printed here.
            2 => 29,
            _ => 0,
        };
        if plausible && (1..=days).contains(&day) {
            Ok(Self { year, month, day })
        } else {
            Err(CardFaceCodeError::Birth)
        }
    }
}

impl fmt::Debug for PrintedBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrintedBirth(redacted)")
    }
}

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
        expiry_year: u16,
        security_code: &str,
    ) -> Result<Self, CardFaceCodeError> {
        if security_code.len() != 4 || !security_code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CardFaceCodeError::SecurityCode);
        }
        if !(2016..=2999).contains(&expiry_year) {
            return Err(CardFaceCodeError::Expiry);
        }
        let digits = zeroize::Zeroizing::new(format!(
            "{:02}{:02}{:02}{expiry_year:04}{security_code}",
            birth.year, birth.month, birth.day
        ));
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
        // Either notation: Gregorian ones allow every two-digit year.
        PrintedBirth::checked(
            number(0..2) as u8,
            true,
            number(2..4) as u8,
            number(4..6) as u8,
        )?;
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
    fn the_era_begins_on_its_day() {
        for (birth, digits) in [
            (date(1980, 2, 17), "550217"),
            (date(1989, 1, 7), "640107"),
            (date(1989, 1, 8), "010108"),
            (date(2019, 4, 30), "310430"),
            (date(2019, 5, 1), "010501"),
            (date(1926, 12, 24), "151224"),
            (date(1926, 12, 25), "011225"),
            (date(1912, 7, 30), "010730"),
        ] {
            let printed = PrintedBirth::era_of(birth).expect("in an era");
            let code = CardFaceCode::new(printed, 2035, "2285").expect("plausible");
            assert_eq!(
                code.secret().as_bytes(),
                format!("{digits}20352285").as_bytes()
            );
        }
    }

    #[test]
    fn gregorian_print_is_taken_as_printed() {
        let printed = PrintedBirth::gregorian(1980, 2, 17).expect("a date");
        let code = CardFaceCode::new(printed, 2035, "0001").expect("plausible");
        assert_eq!(code.secret().as_bytes(), b"80021720350001");
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
