//! Judging what was read off the face of a card before any of it is presented to the chip.
//!
//! Ten wrong card-face codes lock the portrait until a municipality unlocks it, so a reading
//! counts only if it is plausible, confident and was made twice alike. The codes themselves stay
//! with the runner: [`ReadingLog`] gives each distinct one a number, and the machine knows only
//! the numbers.

use std::fmt;

use jiff::civil::Date;
use zeroize::Zeroize;

use super::event::{CardFaceAnswer, ValueId};
use crate::myna::{CardFaceCode, CardFaceCodeError};
pub use crate::myna::{Era, PrintedBirth};

/// One reading of a card's face. Wiped on drop; prints nothing.
pub struct CardFaceReading {
    birth: PrintedBirth,
    expiry_year: i16,
    security_code: [u8; 4],
    confidence: [f32; 3],
}

impl CardFaceReading {
    /// What was read, with the confidence (0 to 1) of birth date, expiry year and security code.
    #[must_use]
    pub fn new(
        birth: PrintedBirth,
        expiry_year: i16,
        security_code: [u8; 4],
        confidence: [f32; 3],
    ) -> Self {
        Self {
            birth,
            expiry_year,
            security_code,
            confidence,
        }
    }

    /// What a person typed off the card: 14 digits. The notation of the birth date cannot be told
    /// from them; any in which it is a date will do, since the code is the same.
    ///
    /// # Errors
    /// [`CardFaceCodeError`]: the digits cannot be a card-face code.
    pub fn typed(digits: &str) -> Result<Self, CardFaceCodeError> {
        CardFaceCode::parse(digits)?;
        let mut numbers = [0i16; 14];
        for (number, digit) in numbers.iter_mut().zip(digits.trim().chars()) {
            let digit = digit.to_digit(10).or_else(|| full_width(digit));
            *number = digit.ok_or(CardFaceCodeError::Length)? as i16;
        }
        let join = |range: std::ops::Range<usize>| {
            numbers[range].iter().fold(0, |sum, digit| sum * 10 + digit)
        };
        let (year, month, day) = (join(0..2), join(2..4) as i8, join(4..6) as i8);
        let eras = [Era::Showa, Era::Heisei, Era::Reiwa, Era::Taisho, Era::Meiji];
        let in_eras = eras.into_iter().map(|era| PrintedBirth::Era {
            era,
            year: year as u8,
            month,
            day,
        });
        let gregorian = [1900, 2000].map(|century| PrintedBirth::Gregorian {
            year: century + year,
            month,
            day,
        });
        let birth = in_eras
            .chain(gregorian)
            .find(|birth| birth.date().is_some())
            .ok_or(CardFaceCodeError::Birth)?;
        let code = std::array::from_fn(|i| b'0' + numbers[10 + i] as u8);
        Ok(Self::new(birth, join(6..10), code, [1.0; 3]))
    }

    /// The 14 digits (birth date, expiry year, security code), for the type of the card room that
    /// holds such a code.
    #[must_use]
    pub fn digits(&self) -> zeroize::Zeroizing<[u8; 14]> {
        let mut digits = zeroize::Zeroizing::new([b'0'; 14]);
        let mut year = self.expiry_year.unsigned_abs();
        digits[..6].copy_from_slice(&self.birth.six_digits());
        for digit in digits[6..10].iter_mut().rev() {
            *digit = b'0' + (year % 10) as u8;
            year /= 10;
        }
        digits[10..].copy_from_slice(&self.security_code);
        digits
    }

    fn verdict(&self, today: Option<Date>, floor: f32) -> Verdict {
        // Not "below the floor": a confidence that is not a number is no confidence.
        if !self
            .confidence
            .iter()
            .all(|confidence| *confidence >= floor)
        {
            return Verdict::Unreadable;
        }
        let Some(birth) = self.birth.date() else {
            return Verdict::Implausible;
        };
        // Without a clock to believe, only what needs none is checked.
        let in_time = today.is_none_or(|today| {
            birth <= today && (today.year() - 1..=today.year() + 11).contains(&self.expiry_year)
        });
        let digits = self.security_code.iter().all(u8::is_ascii_digit);
        if in_time && digits && (1000..=9999).contains(&self.expiry_year) {
            Verdict::Plausible
        } else {
            Verdict::Implausible
        }
    }
}

impl Drop for CardFaceReading {
    fn drop(&mut self) {
        self.birth = PrintedBirth::Gregorian {
            year: 0,
            month: 0,
            day: 0,
        };
        self.expiry_year.zeroize();
        self.security_code.zeroize();
    }
}

impl fmt::Debug for CardFaceReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardFaceReading")
            .field("confidence", &self.confidence)
            .finish()
    }
}

/// `１` and its like, which an input method may leave.
fn full_width(digit: char) -> Option<u32> {
    ('０'..='９')
        .contains(&digit)
        .then(|| digit as u32 - '０' as u32)
}

enum Verdict {
    Plausible,
    Unreadable,
    Implausible,
}

/// The confidence that each field needs (proposal of this crate).
pub const DEFAULT_CONFIDENCE: f32 = 0.9;

/// The readings of one session. Keep one per session and drop it with the session.
#[derive(Default)]
pub struct ReadingLog {
    seen: Vec<zeroize::Zeroizing<[u8; 14]>>,
    last: Option<usize>,
}

impl ReadingLog {
    /// No readings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges one reading. `None`: plausible, but seen for the first time in a row; scan once
    /// more before answering.
    pub fn judge(
        &mut self,
        reading: &CardFaceReading,
        today: Option<Date>,
        confidence: f32,
    ) -> Option<CardFaceAnswer> {
        match reading.verdict(today, confidence) {
            Verdict::Unreadable => {
                self.last = None;
                return Some(CardFaceAnswer::Unreadable);
            }
            Verdict::Implausible => {
                self.last = None;
                return Some(CardFaceAnswer::Implausible);
            }
            Verdict::Plausible => {}
        }
        let digits = reading.digits();
        let index = self
            .seen
            .iter()
            .position(|seen| *seen == digits)
            .unwrap_or_else(|| {
                self.seen.push(digits);
                self.seen.len() - 1
            });
        let twice = self.last.replace(index) == Some(index);
        let id = u8::try_from(index).ok()?;
        twice.then_some(CardFaceAnswer::Accepted(ValueId(id)))
    }

    /// The code behind `value`, for the one call that presents it.
    #[must_use]
    pub fn code(&self, value: ValueId) -> Option<CardFaceCode> {
        let digits = std::str::from_utf8(self.digits(value)?).ok()?;
        CardFaceCode::parse(digits).ok()
    }

    fn digits(&self, value: ValueId) -> Option<&[u8; 14]> {
        self.seen.get(usize::from(value.0)).map(|digits| &**digits)
    }
}

impl fmt::Debug for ReadingLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadingLog")
            .field("distinct", &self.seen.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn reading(code: &[u8; 4], confidence: f32) -> CardFaceReading {
        let birth = PrintedBirth::in_era(date(1980, 2, 17)).expect("an era");
        CardFaceReading::new(birth, 2030, *code, [0.99, confidence, 0.99])
    }

    #[test]
    fn only_two_readings_alike_are_accepted() {
        let mut log = ReadingLog::new();
        let today = Some(date(2026, 11, 22));
        let mut judge = |code| log.judge(&reading(code, 0.95), today, DEFAULT_CONFIDENCE);
        assert_eq!(judge(b"1234"), None);
        assert_eq!(judge(b"1284"), None);
        assert_eq!(judge(b"1284"), Some(CardFaceAnswer::Accepted(ValueId(1))));
        assert_eq!(judge(b"1234"), None);
        assert_eq!(judge(b"1234"), Some(CardFaceAnswer::Accepted(ValueId(0))));
        assert_eq!(log.digits(ValueId(0)), Some(b"55021720301234"));
    }

    #[test]
    fn weak_or_impossible_readings_are_rejected() {
        let mut log = ReadingLog::new();
        let today = Some(date(2026, 11, 22));
        let unreadable = Some(CardFaceAnswer::Unreadable);
        assert_eq!(log.judge(&reading(b"1234", 0.5), today, 0.9), unreadable);
        assert_eq!(
            log.judge(&reading(b"1234", f32::NAN), today, 0.9),
            unreadable
        );
        let implausible = Some(CardFaceAnswer::Implausible);
        assert_eq!(log.judge(&reading(b"12a4", 0.95), today, 0.9), implausible);
        for (today, fits) in [
            (date(2018, 12, 31), false),
            (date(2019, 1, 1), true),
            (date(2031, 12, 31), true),
            (date(2032, 1, 1), false),
        ] {
            let verdict = ReadingLog::new().judge(&reading(b"1234", 0.95), Some(today), 0.9);
            assert_eq!(verdict.is_none(), fits, "{today}");
        }
    }

    #[test]
    fn typed_digits_come_back_as_they_were() {
        for digits in [
            "55021720352285",
            "80021720352285",
            "01050120351234",
            "00010120350000",
        ] {
            let reading = CardFaceReading::typed(digits).expect("plausible");
            assert_eq!(&reading.digits()[..], digits.as_bytes());
        }
        let wide = CardFaceReading::typed("５５021720352285").expect("plausible");
        assert_eq!(&wide.digits()[..], b"55021720352285");
        assert!(CardFaceReading::typed("55133120352285").is_err());
        assert!(CardFaceReading::typed("5502172035228").is_err());
    }

    #[test]
    fn nothing_of_the_code_is_printed() {
        let reading = reading(b"1234", 0.95);
        assert!(!format!("{reading:?}").contains("1234"));
    }
}
