//! Dates of birth as a card prints them.
//!
//! Citizens' cards print the Japanese era year (1980 is 昭和55), cards of foreign residents a
//! Gregorian one, and 照合番号B is made of what is printed. The two notations are never
//! converted into each other.

use std::fmt;

use jiff::civil::{Date, date};

/// A Japanese era, as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Era {
    /// 明治.
    Meiji,
    /// 大正.
    Taisho,
    /// 昭和.
    Showa,
    /// 平成.
    Heisei,
    /// 令和.
    Reiwa,
}

impl Era {
    const ALL: [Self; 5] = [
        Self::Meiji,
        Self::Taisho,
        Self::Showa,
        Self::Heisei,
        Self::Reiwa,
    ];

    /// The era's first day. (Meiji: civil dates are Gregorian from 1873 on; nobody alive is older.)
    #[must_use]
    pub fn first_day(self) -> Date {
        match self {
            Self::Meiji => date(1868, 10, 23),
            Self::Taisho => date(1912, 7, 30),
            Self::Showa => date(1926, 12, 25),
            Self::Heisei => date(1989, 1, 8),
            Self::Reiwa => date(2019, 5, 1),
        }
    }

    /// The era of `day` and its year in it, 1 for the first (元年).
    #[must_use]
    pub fn of(day: Date) -> Option<(Self, u8)> {
        let era = Self::ALL
            .into_iter()
            .rev()
            .find(|era| era.first_day() <= day)?;
        let year = u8::try_from(day.year() - era.first_day().year() + 1).ok()?;
        Some((era, year))
    }
}

/// A birth date as printed. Never converted from one notation to the other: the code of a
/// foreign resident's card is printed and computed in the Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrintedBirth {
    /// With an era; 元年 is year 1.
    Era {
        /// The era.
        era: Era,
        /// The year in it.
        year: u8,
        /// The month.
        month: i8,
        /// The day.
        day: i8,
    },
    /// In the Gregorian calendar.
    Gregorian {
        /// The year.
        year: i16,
        /// The month.
        month: i8,
        /// The day.
        day: i8,
    },
}

impl PrintedBirth {
    /// The notation of cards of Japanese nationals.
    #[must_use]
    pub fn in_era(birth: Date) -> Option<Self> {
        let (era, year) = Era::of(birth)?;
        Some(Self::Era {
            era,
            year,
            month: birth.month(),
            day: birth.day(),
        })
    }

    /// The date, if there is such a date in that era.
    #[must_use]
    pub fn date(self) -> Option<Date> {
        match self {
            Self::Era {
                era,
                year,
                month,
                day,
            } => {
                let first = era.first_day().year();
                let date = Date::new(first + i16::from(year) - 1, month, day).ok()?;
                (Era::of(date) == Some((era, year))).then_some(date)
            }
            Self::Gregorian { year, month, day } => Date::new(year, month, day).ok(),
        }
    }

    /// The first six digits of the card-face code: year of the printed notation, month, day.
    #[must_use]
    pub fn six_digits(self) -> [u8; 6] {
        let (year, month, day) = match self {
            Self::Era {
                year, month, day, ..
            } => (i16::from(year), month, day),
            Self::Gregorian { year, month, day } => (year, month, day),
        };
        let two = |n: i16| {
            let n = n.rem_euclid(100);
            [
                b'0'.wrapping_add((n / 10) as u8),
                b'0'.wrapping_add((n % 10) as u8),
            ]
        };
        let [[a, b], [c, d], [e, f]] = [two(year), two(i16::from(month)), two(i16::from(day))];
        [a, b, c, d, e, f]
    }
}

impl fmt::Debug for PrintedBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrintedBirth(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_of_eras() {
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
            let printed = PrintedBirth::in_era(birth).expect("an era");
            assert_eq!(printed.six_digits(), digits.as_bytes(), "{birth}");
            assert_eq!(printed.date(), Some(birth));
        }
        let gregorian = PrintedBirth::Gregorian {
            year: 1980,
            month: 2,
            day: 17,
        };
        assert_eq!(&gregorian.six_digits(), b"800217");
    }

    #[test]
    fn a_date_outside_its_era_is_no_date() {
        let after = PrintedBirth::Era {
            era: Era::Showa,
            year: 64,
            month: 1,
            day: 8,
        };
        assert_eq!(after.date(), None);
        let none = PrintedBirth::Era {
            era: Era::Heisei,
            year: 2,
            month: 2,
            day: 29,
        };
        assert_eq!(none.date(), None);
    }
}
