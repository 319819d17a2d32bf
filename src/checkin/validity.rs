//! Civil-date arithmetic: how long a certificate and a card may be used, and how old a person is.
//!
//! All dates are civil dates in Japan. An expiry date is *inclusive*: it is the last valid day.
//! The clock that says what day it is may be wrong; [`assess`] then answers
//! [`Validity::Unknown`] instead of guessing.
//!
//! *Contract*: local arithmetic decides about notices, about consents that are not asked and
//! about work without a network. When the government system answers, its answer wins, and a local
//! date alone refuses a card only past **every** possible end of its grace period.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::time::UtcTime;

/// Where the grace period of an expired certificate starts. The notices of insurers and ministry
/// disagree; see [`certificate_grace_end`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraceStart {
    /// At the end of the month in which the certificate expired (the majority reading).
    #[default]
    MonthEnd,
    /// On the day after the certificate expired, counted as the Civil Code counts months.
    ExpiryDay,
}

/// On which day the expiry notice starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeStart {
    /// On the same day number three months before, clamped to the end of the month.
    #[default]
    SameDay,
    /// On the day after that, when renewal opens.
    DayAfter,
}

/// Whether the card's own expiry starts a clock beside the certificate's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardClock {
    /// Both clocks run: the earlier end is announced, between the two ends the government system
    /// is asked, and only past the later end the card is refused here.
    #[default]
    Both,
    /// Only the certificate's clock runs.
    CertificateOnly,
}

/// When registration is announced as likely to fail because the certificate ends soon
/// ("5日を切ると": under five days, or five and under).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationRule {
    /// Warn when at most this many days are left.
    AtMost(i64),
    /// Warn when fewer than this many days are left.
    Below(i64),
}

impl Default for RegistrationRule {
    fn default() -> Self {
        Self::AtMost(5)
    }
}

/// What a 29 February birthday is in a common year. Only for making test data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeapBirthday {
    /// 28 February (proposal of this crate).
    #[default]
    February28,
    /// 1 March.
    March1,
}

/// The choices that the published rules leave open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatePolicy {
    /// Start of the certificate's grace period.
    pub grace_start: GraceStart,
    /// Start of the expiry notice.
    pub notice_start: NoticeStart,
    /// Whether the card's expiry counts.
    pub card_clock: CardClock,
    /// When registration is announced as likely to fail.
    pub registration: RegistrationRule,
}

/// Last day of the month `months` after the month of `date`.
fn end_of_month_after(date: Date, months: i32) -> Date {
    date.first_of_month()
        .saturating_add(months.months())
        .last_of_month()
}

/// Last day of the grace period of a certificate whose last valid day is `expiry`.
///
/// With [`GraceStart::MonthEnd`] three whole calendar months follow the month of expiry: a period
/// that starts on the first of a month is counted in whole months (Civil Code art. 140, 143), so
/// 28 February gives 31 May and not 28 May.
#[must_use]
pub fn certificate_grace_end(expiry: Date, start: GraceStart) -> Date {
    match start {
        GraceStart::MonthEnd => end_of_month_after(expiry, 3),
        GraceStart::ExpiryDay => period_end(expiry, 3),
    }
}

/// Last day of the two months for which registration outlives an expired *card*.
#[must_use]
pub fn card_grace_end(expiry: Date) -> Date {
    end_of_month_after(expiry, 2)
}

/// Last day of a period of months that begins on the day after `day` (Civil Code art. 143: it
/// ends on the eve of the corresponding day, or with the month that has no such day).
fn period_end(day: Date, months: i32) -> Date {
    let first = day.saturating_add(1.day());
    let same_day = first.saturating_add(months.months());
    if same_day.day() == first.day() {
        same_day.saturating_sub(1.day())
    } else {
        same_day
    }
}

/// First day of the expiry notice: three months before the last valid day.
#[must_use]
pub fn notice_from(expiry: Date, start: NoticeStart) -> Date {
    let same_day = expiry.saturating_sub(3.months());
    match start {
        NoticeStart::SameDay => same_day,
        NoticeStart::DayAfter => same_day.saturating_add(1.day()),
    }
}

/// Days from `today` to the last valid day: 0 on that day, negative afterwards.
#[must_use]
pub fn days_left(expiry: Date, today: Date) -> i64 {
    expiry.duration_since(today).as_hours() / 24
}

/// The days left, if so few that registration may fail.
#[must_use]
pub fn registration_warning(expiry: Date, today: Date, rule: RegistrationRule) -> Option<i64> {
    let left = days_left(expiry, today);
    let warn = match rule {
        RegistrationRule::AtMost(days) => left <= days,
        RegistrationRule::Below(days) => left < days,
    };
    warn.then_some(left)
}

/// Age that a person has during `date`. Born on 29 February: a year older from 1 March of a
/// common year on, because the year is completed at the end of 28 February.
#[must_use]
pub fn age_at(birth: Date, date: Date) -> i16 {
    let years = date.year() - birth.year();
    if (date.month(), date.day()) < (birth.month(), birth.day()) {
        years - 1
    } else {
        years
    }
}

/// The day on which age `n` is *attained* in statutes that are phrased by the day: the eve of the
/// birthday (Act on Calculation of Ages; Civil Code art. 143).
#[must_use]
pub fn attains_on(birth: Date, n: i16) -> Date {
    let year = birth.year().saturating_add(n);
    Date::new(year, birth.month(), birth.day()).map_or_else(
        // No 29 February that year: the year of age ends with the month.
        |_| Date::new(year, 2, 28).unwrap_or(Date::MAX),
        |birthday| birthday.saturating_sub(1.day()),
    )
}

/// The `n`th birthday strictly after `issued`, which is the last valid day of a document that
/// lives "until the nth birthday". **For making test data only**: real expiry dates are read from
/// the chip, because early renewal and limited stay change them.
#[must_use]
pub fn nth_birthday_after(birth: Date, issued: Date, n: i16, leap: LeapBirthday) -> Date {
    let birthday = |year: i16| {
        Date::new(year, birth.month(), birth.day()).unwrap_or_else(|_| {
            let (month, day) = match leap {
                LeapBirthday::February28 => (2, 28),
                LeapBirthday::March1 => (3, 1),
            };
            Date::new(year, month, day).unwrap_or(Date::MAX)
        })
    };
    let first = if birthday(issued.year()) > issued {
        issued.year()
    } else {
        issued.year() + 1
    };
    birthday(first.saturating_add(n - 1))
}

/// Why nothing is known about validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unknown {
    /// The clock is not believed.
    ClockUntrusted,
    /// The certificate's expiry date was not read.
    NotRead,
    /// The announced end has passed, another possible end has not: only the government system can
    /// say.
    BetweenEnds {
        /// The end that people were told.
        announced: Date,
        /// The latest possible end.
        latest: Date,
    },
}

/// What the dates say about a card today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Validity {
    /// Usable for everything.
    Valid,
    /// Usable for everything, and the holder should renew.
    ExpiresSoon {
        /// Last valid day, of the certificate or of the card, whichever is earlier.
        not_after: Date,
        /// Days left, 0 on the last day.
        days_left: i64,
    },
    /// Expired, still usable to show eligibility.
    Grace {
        /// Last usable day.
        until: Date,
    },
    /// Past every possible end.
    Lapsed {
        /// The day that was the last usable one.
        last_day: Date,
    },
    /// Revoked or suspended. Only the government system can say so; there is no grace.
    Revoked,
    /// Not decidable here: ask the government system.
    Unknown(Unknown),
}

/// What the card is presented for. Only health insurance knows a grace period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardUse {
    /// As a health-insurance card.
    #[default]
    HealthInsurance,
    /// As a health-insurance card on a phone, which is dead at once on expiry.
    HealthInsuranceOnPhone,
    /// For anything else.
    Other,
}

/// What a card may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Eligibility and, with consent, medical information.
    Full,
    /// Eligibility only: no medical information, so no consent is asked.
    EligibilityOnly,
    /// Nothing.
    None,
}

impl Capability {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::EligibilityOnly => "eligibility-only",
            Self::None => "none",
        }
    }
}

impl Validity {
    /// What the card may be used for; `None` means: ask the government system.
    #[must_use]
    pub fn capability(self, purpose: CardUse) -> Option<Capability> {
        match self {
            Self::Valid | Self::ExpiresSoon { .. } => Some(Capability::Full),
            Self::Grace { .. } if purpose == CardUse::HealthInsurance => {
                Some(Capability::EligibilityOnly)
            }
            Self::Grace { .. } | Self::Lapsed { .. } | Self::Revoked => Some(Capability::None),
            // Past its last day, whichever end of the grace holds: only a card has one.
            Self::Unknown(Unknown::BetweenEnds { .. }) if purpose != CardUse::HealthInsurance => {
                Some(Capability::None)
            }
            Self::Unknown(_) => None,
        }
    }
}

/// Combines the certificate's clock and the card's clock.
///
/// The card's date stands outside the signature of the chip, so it can announce an end and turn
/// validity into a question, but it never refuses a card earlier than the certificate does.
#[must_use]
pub fn assess(
    certificate: Option<Date>,
    card: Option<Date>,
    calendar: UtcTime,
    policy: &DatePolicy,
) -> Validity {
    if !calendar.trusted {
        return Validity::Unknown(Unknown::ClockUntrusted);
    }
    let today = calendar.japan_date();
    let card = card.filter(|_| policy.card_clock == CardClock::Both);
    let Some(certificate) = certificate else {
        return Validity::Unknown(Unknown::NotRead);
    };
    let first_expiry = card.map_or(certificate, |card| card.min(certificate));
    if today <= first_expiry {
        return if today >= notice_from(first_expiry, policy.notice_start) {
            Validity::ExpiresSoon {
                not_after: first_expiry,
                days_left: days_left(first_expiry, today),
            }
        } else {
            Validity::Valid
        };
    }
    let mut announced = certificate_grace_end(certificate, policy.grace_start);
    // The other reading of the same rule may end later: it is a possible end too.
    let mut latest = announced.max(certificate_grace_end(certificate, GraceStart::MonthEnd));
    // A card that outlives the certificate's grace cannot bring it back.
    if let Some(card) = card.filter(|card| *card <= latest) {
        announced = announced.min(card_grace_end(card));
        latest = latest.max(card_grace_end(card));
    }
    if today <= announced {
        Validity::Grace { until: announced }
    } else if today <= latest {
        Validity::Unknown(Unknown::BetweenEnds { announced, latest })
    } else {
        Validity::Lapsed { last_day: latest }
    }
}

#[cfg(test)]
mod tests;
