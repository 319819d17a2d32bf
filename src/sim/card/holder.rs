//! The person who does not exist.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::profile::{Certificate, Profile};

/// Name of the holder.
pub(super) const NAME: &str = "仮想　花子";
/// Address of the holder, in a prefecture that does not exist.
pub(super) const ADDRESS: &str = "仮想県架空市見本町１－２－３";
/// Female, as the card codes it.
pub(super) const SEX: &str = "2";
/// Twelve digits whose check digit is wrong (it would be 8): no person can have this number.
pub(super) const NUMBER: &str = "111111111111";
/// No municipality has this code.
pub(super) const MUNICIPALITY: &str = "99999";

/// What is printed on a virtual card, and what its holder knows by heart.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Date of birth.
    pub birth: Date,
    /// Sex as the card codes it: 1 male, 2 female, 9 other.
    pub sex: char,
    /// Last day on which the card is valid.
    pub expiry: Date,
    /// 照合番号B, 14 digits: birth date with the year of the Japanese era, year of expiry,
    /// security code.
    pub card_face_code: String,
    /// The four-digit PIN; `None` for a card without PINs.
    pub pin: Option<String>,
    /// Password of the signature key.
    pub sign_password: String,
    /// Day on which the user-authentication certificate was issued.
    pub certificate_issued: Date,
    /// Last day, in Japan, on which the user-authentication certificate is valid.
    pub certificate_expiry: Date,
}

impl Holder {
    /// `today` is the day in Japan.
    pub(super) fn new(profile: &Profile, today: Date) -> Self {
        let issued = match profile.certificate {
            Certificate::Expired => today.saturating_sub(6.years()),
            Certificate::NotYetValid => today.saturating_add(30.days()),
            _ => today.saturating_sub(100.days()),
        };
        let expiry = profile
            .expiry
            .unwrap_or_else(|| birthday_after(profile.birth, issued, 10));
        Self {
            name: NAME.to_owned(),
            address: ADDRESS.to_owned(),
            birth: profile.birth,
            sex: '2',
            expiry,
            card_face_code: profile.card_face_code.clone().unwrap_or_else(|| {
                format!(
                    "{}{:04}{}",
                    era_birth_date(profile.birth),
                    expiry.year(),
                    profile.security_code
                )
            }),
            pin: profile.pin.clone(),
            sign_password: profile.sign_password.clone(),
            certificate_issued: issued,
            certificate_expiry: birthday_after(profile.birth, issued, 5),
        }
    }
}

/// Shows what is no secret: a fictional person's PIN is shown as little as a real one's, so that
/// a search of everything that is printed needs no exception.
impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holder")
            .field("expiry", &self.expiry)
            .field("certificate_issued", &self.certificate_issued)
            .field("certificate_expiry", &self.certificate_expiry)
            .finish_non_exhaustive()
    }
}

/// The `nth` birthday after `day`. Who was born on 29 February has it on the 28th in other years.
fn birthday_after(birth: Date, day: Date, nth: i16) -> Date {
    let in_year = |year: i16| {
        Date::new(year, birth.month(), birth.day())
            .or_else(|_| Date::new(year, birth.month(), 28))
            .unwrap_or(Date::MAX)
    };
    let first = if in_year(day.year()) > day { 0 } else { 1 };
    in_year(day.year().saturating_add(first + nth - 1))
}

/// Number of the Japanese era, 1 (明治) to 5 (令和), and the Gregorian year before its first.
fn era(day: Date) -> (u8, i16) {
    let eras = [
        ((2019, 5, 1), (5, 2018)),
        ((1989, 1, 8), (4, 1988)),
        ((1926, 12, 25), (3, 1925)),
        ((1912, 7, 30), (2, 1911)),
    ];
    let ymd = (day.year(), day.month(), day.day());
    eras.iter()
        .find(|(first, _)| ymd >= *first)
        .map_or((1, 1867), |(_, era)| *era)
}

/// Digit of the era in which `birth` lies.
pub(super) fn era_digit(birth: Date) -> u8 {
    era(birth).0
}

/// `YYMMDD` with the year of the Japanese era, as printed on the card.
pub(super) fn era_birth_date(birth: Date) -> String {
    let year = birth.year() - era(birth).1;
    format!("{year:02}{:02}{:02}", birth.month(), birth.day())
}

/// `YYYYMMDD`.
pub(super) fn digits(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn certificates_end_on_the_fifth_birthday_after_issue() {
        // Dates of certificates seen in the field.
        for (issued, birth, end) in [
            (date(2025, 10, 27), date(1980, 2, 17), date(2030, 2, 17)),
            (date(2019, 7, 25), date(1970, 5, 2), date(2024, 5, 2)),
            (date(2023, 3, 1), date(2000, 2, 29), date(2028, 2, 29)),
            (date(2022, 3, 1), date(2000, 2, 29), date(2027, 2, 28)),
        ] {
            assert_eq!(birthday_after(birth, issued, 5), end);
        }
    }

    #[test]
    fn the_card_face_code_begins_with_the_year_of_the_era() {
        for (birth, code) in [
            (date(1980, 2, 17), "550217"),
            (date(1989, 1, 7), "640107"),
            (date(1989, 1, 8), "010108"),
            (date(2019, 4, 30), "310430"),
            (date(2019, 5, 1), "010501"),
            (date(1926, 12, 24), "151224"),
        ] {
            assert_eq!(era_birth_date(birth), code);
        }
        let holder = Holder::new(&Profile::default(), date(2026, 11, 22));
        assert_eq!(holder.card_face_code, "60051020362468");
    }
}
