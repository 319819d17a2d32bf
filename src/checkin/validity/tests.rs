use super::*;

fn d(text: &str) -> Date {
    text.parse().expect("a date literal")
}

fn on(day: &str) -> UtcTime {
    UtcTime {
        instant: format!("{day}T03:00:00Z").parse().expect("a literal"),
        trusted: true,
    }
}

/// Expiry, certificate end by month end, by expiry day, card end.
const GRACE: [[&str; 4]; 10] = [
    ["2025-01-15", "2025-04-30", "2025-04-15", "2025-03-31"],
    ["2025-01-31", "2025-04-30", "2025-04-30", "2025-03-31"],
    ["2025-02-28", "2025-05-31", "2025-05-31", "2025-04-30"],
    ["2024-02-29", "2024-05-31", "2024-05-31", "2024-04-30"],
    ["2025-06-30", "2025-09-30", "2025-09-30", "2025-08-31"],
    ["2025-08-31", "2025-11-30", "2025-11-30", "2025-10-31"],
    ["2025-11-10", "2026-02-28", "2026-02-10", "2026-01-31"],
    ["2027-11-20", "2028-02-29", "2028-02-20", "2028-01-31"],
    ["2025-12-31", "2026-03-31", "2026-03-31", "2026-02-28"],
    ["2026-04-30", "2026-07-31", "2026-07-31", "2026-06-30"],
];

#[test]
fn grace_ends() {
    for [expiry, month_end, expiry_day, card] in GRACE.map(|row| row.map(d)) {
        assert_eq!(
            certificate_grace_end(expiry, GraceStart::MonthEnd),
            month_end,
            "{expiry}"
        );
        assert_eq!(
            certificate_grace_end(expiry, GraceStart::ExpiryDay),
            expiry_day,
            "{expiry}"
        );
        assert_eq!(card_grace_end(expiry), card, "{expiry}");
    }
}

#[test]
fn a_period_ends_with_the_month_that_has_no_such_day() {
    // Starts on 30 November; there is no 30 February.
    assert_eq!(
        certificate_grace_end(d("2025-11-29"), GraceStart::ExpiryDay),
        d("2026-02-28")
    );
}

#[test]
fn notice_and_registration_days() {
    // Expiry, notice from (same day), (day after), five days left, first day under five.
    for row in [
        [
            "2026-05-31",
            "2026-02-28",
            "2026-03-01",
            "2026-05-26",
            "2026-05-27",
        ],
        [
            "2026-05-29",
            "2026-02-28",
            "2026-03-01",
            "2026-05-24",
            "2026-05-25",
        ],
        [
            "2026-02-28",
            "2025-11-28",
            "2025-11-29",
            "2026-02-23",
            "2026-02-24",
        ],
        [
            "2024-02-29",
            "2023-11-29",
            "2023-11-30",
            "2024-02-24",
            "2024-02-25",
        ],
        [
            "2026-03-31",
            "2025-12-31",
            "2026-01-01",
            "2026-03-26",
            "2026-03-27",
        ],
        [
            "2026-08-15",
            "2026-05-15",
            "2026-05-16",
            "2026-08-10",
            "2026-08-11",
        ],
    ] {
        let [expiry, same_day, day_after, five, four] = row.map(d);
        assert_eq!(
            notice_from(expiry, NoticeStart::SameDay),
            same_day,
            "{expiry}"
        );
        assert_eq!(
            notice_from(expiry, NoticeStart::DayAfter),
            day_after,
            "{expiry}"
        );
        assert_eq!(days_left(expiry, five), 5);
        assert_eq!(days_left(expiry, four), 4);
        let six = five.saturating_sub(1.day());
        let (at_most, below) = (RegistrationRule::AtMost(5), RegistrationRule::Below(5));
        assert_eq!(registration_warning(expiry, six, at_most), None);
        assert_eq!(registration_warning(expiry, five, at_most), Some(5));
        assert_eq!(registration_warning(expiry, five, below), None);
        assert_eq!(registration_warning(expiry, four, below), Some(4));
    }
}

#[test]
fn nth_birthdays() {
    for (birth, issued, n, leap, expected) in [
        (
            "1990-10-10",
            "2020-05-15",
            10,
            LeapBirthday::February28,
            "2029-10-10",
        ),
        (
            "1980-02-17",
            "2025-03-01",
            10,
            LeapBirthday::February28,
            "2035-02-17",
        ),
        (
            "1980-02-17",
            "2025-02-16",
            10,
            LeapBirthday::February28,
            "2034-02-17",
        ),
        (
            "1980-02-17",
            "2025-02-17",
            10,
            LeapBirthday::February28,
            "2035-02-17",
        ),
        (
            "1980-02-17",
            "2025-03-01",
            5,
            LeapBirthday::February28,
            "2030-02-17",
        ),
        // Renewed before expiry: the same life is called "the sixth birthday".
        (
            "1980-02-17",
            "2024-12-01",
            6,
            LeapBirthday::February28,
            "2030-02-17",
        ),
        (
            "2000-02-29",
            "2021-06-01",
            5,
            LeapBirthday::February28,
            "2026-02-28",
        ),
        (
            "2000-02-29",
            "2021-06-01",
            5,
            LeapBirthday::March1,
            "2026-03-01",
        ),
        (
            "2000-02-29",
            "2023-06-01",
            5,
            LeapBirthday::February28,
            "2028-02-29",
        ),
    ] {
        let got = nth_birthday_after(d(birth), d(issued), n, leap);
        assert_eq!(got, d(expected), "{birth} {issued} {n}");
    }
}

#[test]
fn ages() {
    for (birth, eve, day, age, attained) in [
        ("1985-06-01", "2025-05-31", "2025-06-01", 40, "2025-05-31"),
        ("1986-03-01", "2026-02-28", "2026-03-01", 40, "2026-02-28"),
        ("1986-03-01", "2028-02-29", "2028-03-01", 42, "2028-02-29"),
        ("1984-02-29", "2024-02-28", "2024-02-29", 40, "2024-02-28"),
        ("2060-02-29", "2100-02-28", "2100-03-01", 40, "2100-02-28"),
        ("1952-02-29", "2027-02-28", "2027-03-01", 75, "2027-02-28"),
        ("1986-01-01", "2025-12-31", "2026-01-01", 40, "2025-12-31"),
    ] {
        assert_eq!(age_at(d(birth), d(eve)), age - 1, "{birth} on {eve}");
        assert_eq!(age_at(d(birth), d(day)), age, "{birth} on {day}");
        assert_eq!(attains_on(d(birth), age), d(attained), "{birth}");
    }
}

#[test]
fn the_days_around_a_certificate_expiry() {
    let policy = DatePolicy::default();
    let expiry = Some(d("2025-02-28"));
    for (day, expected) in [
        ("2024-11-27", Validity::Valid),
        (
            "2024-11-28",
            Validity::ExpiresSoon {
                not_after: d("2025-02-28"),
                days_left: 92,
            },
        ),
        (
            "2025-02-28",
            Validity::ExpiresSoon {
                not_after: d("2025-02-28"),
                days_left: 0,
            },
        ),
        (
            "2025-03-01",
            Validity::Grace {
                until: d("2025-05-31"),
            },
        ),
        (
            "2025-05-29",
            Validity::Grace {
                until: d("2025-05-31"),
            },
        ),
        (
            "2025-05-31",
            Validity::Grace {
                until: d("2025-05-31"),
            },
        ),
        (
            "2025-06-01",
            Validity::Lapsed {
                last_day: d("2025-05-31"),
            },
        ),
    ] {
        assert_eq!(assess(expiry, None, on(day), &policy), expected, "{day}");
        // A card that lives for years yet changes nothing.
        assert_eq!(
            assess(expiry, Some(d("2030-02-28")), on(day), &policy),
            expected,
            "{day}"
        );
    }
}

#[test]
fn both_clocks_announce_the_earlier_end_and_refuse_past_the_later() {
    let policy = DatePolicy::default();
    let end = d("2025-06-30");
    let assess_on = |day| assess(Some(end), Some(end), on(day), &policy);
    assert_eq!(
        assess_on("2025-08-31"),
        Validity::Grace {
            until: d("2025-08-31")
        }
    );
    let between = Validity::Unknown(Unknown::BetweenEnds {
        announced: d("2025-08-31"),
        latest: d("2025-09-30"),
    });
    assert_eq!(assess_on("2025-09-01"), between);
    assert_eq!(assess_on("2025-09-30"), between);
    assert_eq!(
        assess_on("2025-10-01"),
        Validity::Lapsed {
            last_day: d("2025-09-30")
        }
    );

    let alone = DatePolicy {
        card_clock: CardClock::CertificateOnly,
        ..policy
    };
    assert_eq!(
        assess(Some(end), Some(end), on("2025-09-30"), &alone),
        Validity::Grace {
            until: d("2025-09-30")
        }
    );
}

#[test]
fn the_other_reading_of_the_grace_start_asks_before_it_refuses() {
    let policy = DatePolicy {
        grace_start: GraceStart::ExpiryDay,
        ..DatePolicy::default()
    };
    let assess_on = |day| assess(Some(d("2025-01-15")), None, on(day), &policy);
    assert_eq!(
        assess_on("2025-04-15"),
        Validity::Grace {
            until: d("2025-04-15")
        }
    );
    assert_eq!(
        assess_on("2025-04-16").capability(CardUse::HealthInsurance),
        None
    );
    assert_eq!(
        assess_on("2025-05-01"),
        Validity::Lapsed {
            last_day: d("2025-04-30")
        }
    );
}

/// Whatever the two dates are, a card never becomes more usable as days go by.
#[test]
fn validity_only_declines() {
    let rank = |validity| match validity {
        Validity::Valid => 0,
        Validity::ExpiresSoon { .. } => 1,
        Validity::Grace { .. } => 2,
        Validity::Unknown(_) => 3,
        _ => 4,
    };
    let start = d("2025-01-01");
    for policy in [
        DatePolicy::default(),
        DatePolicy {
            grace_start: GraceStart::ExpiryDay,
            ..DatePolicy::default()
        },
    ] {
        for certificate in (0..300).step_by(23) {
            for card in (0..500).step_by(17) {
                let certificate = start.saturating_add(certificate.days());
                let card = start.saturating_add(card.days());
                let mut last = 0;
                for day in (0..800).step_by(5) {
                    let today = start.saturating_add(day.days()).to_string();
                    let now = rank(assess(Some(certificate), Some(card), on(&today), &policy));
                    assert!(now >= last, "{certificate} {card} {today}");
                    last = now;
                }
            }
        }
    }
}

#[test]
fn an_untrusted_clock_decides_nothing() {
    let calendar = UtcTime {
        trusted: false,
        ..on("1999-01-01")
    };
    let validity = assess(
        Some(d("2025-01-15")),
        None,
        calendar,
        &DatePolicy::default(),
    );
    assert_eq!(validity, Validity::Unknown(Unknown::ClockUntrusted));
    assert_eq!(validity.capability(CardUse::HealthInsurance), None);
}

#[test]
fn the_day_is_the_day_in_japan() {
    let instant = "2025-02-28T15:00:00Z".parse().expect("a literal");
    let midnight = UtcTime {
        instant,
        trusted: true,
    };
    let validity = assess(
        Some(d("2025-02-28")),
        None,
        midnight,
        &DatePolicy::default(),
    );
    assert_eq!(
        validity,
        Validity::Grace {
            until: d("2025-05-31")
        }
    );
}

#[test]
fn only_the_card_as_a_health_insurance_card_has_a_grace() {
    let grace = Validity::Grace {
        until: d("2025-05-31"),
    };
    assert_eq!(
        grace.capability(CardUse::HealthInsurance),
        Some(Capability::EligibilityOnly)
    );
    assert_eq!(
        grace.capability(CardUse::HealthInsuranceOnPhone),
        Some(Capability::None)
    );
    assert_eq!(grace.capability(CardUse::Other), Some(Capability::None));
    assert_eq!(
        Validity::Revoked.capability(CardUse::HealthInsurance),
        Some(Capability::None)
    );
}
