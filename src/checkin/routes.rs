//! Ways to confirm eligibility without this machine, the days on which they hold, and what a
//! patient needs for each.
//!
//! *For application authors*: the list is data ([`Policy::routes`](super::Policy::routes)): its
//! order is the order at the counter, and its dates change with the years.

use jiff::civil::{Date, date};

use super::failure::FailureCode;
use super::policy::{Policy, SiteMode};

coded! {
    /// A way to confirm eligibility without this machine. Names hold the conditions: a notice
    /// alone is not valid, it needs the card.
    pub enum Fallback {
        /// The card and the phone's portal screen, or its downloaded document.
        PortalScreenWithCard = "portal-screen-with-card",
        /// The notice of eligibility data together with the card.
        EligibilityNoticeWithCard = "eligibility-notice-with-card",
        /// The eligibility certificate, which needs no card.
        EligibilityCertificate = "eligibility-certificate",
        /// An insurance card of the old kind.
        OldInsuranceCard = "old-insurance-card",
        /// An insurance card of the old kind past its last day, which is tolerated for a while.
        ExpiredInsuranceCard = "expired-insurance-card",
        /// A returning patient is asked whether anything changed.
        OralCheckOfReturningPatient = "oral-check-of-returning-patient",
        /// The self-declaration form together with the card.
        SelfDeclarationWithCard = "self-declaration-with-card",
        /// Staff note the data on the card's face and look them up when the system is back.
        NotesFromCard = "notes-from-card",
        /// In a disaster staff look the patient up by name, birth date and address.
        DisasterSearch = "disaster-search",
        /// Nothing can be shown: the patient pays in full and settles it with the insurer later.
        PayInFull = "pay-in-full",
    }
}

impl Fallback {
    /// Whether the patient has to show the card for it.
    #[must_use]
    pub fn needs_card(self) -> bool {
        matches!(
            self,
            Self::PortalScreenWithCard
                | Self::EligibilityNoticeWithCard
                | Self::OralCheckOfReturningPatient
                | Self::SelfDeclarationWithCard
                | Self::NotesFromCard
        )
    }
}

/// A way and the days on which it holds. Both ends are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The way.
    pub way: Fallback,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

impl Route {
    /// A way that holds on every day.
    #[must_use]
    pub const fn always(way: Fallback) -> Self {
        Self {
            way,
            from: None,
            until: None,
        }
    }

    /// The routes in the order in which a counter offers them. The portal is never the only one:
    /// some people cannot see their own data there, and nobody is to guess why.
    ///
    /// Its document can be downloaded since 6 February 2024; cards of the old kind ended on
    /// 1 December 2025 at the latest, and were tolerated until 31 March 2026.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        use Fallback::{
            EligibilityCertificate, EligibilityNoticeWithCard, ExpiredInsuranceCard,
            OldInsuranceCard, OralCheckOfReturningPatient, PortalScreenWithCard,
            SelfDeclarationWithCard,
        };
        vec![
            Self {
                from: Some(date(2024, 2, 6)),
                ..Self::always(PortalScreenWithCard)
            },
            Self::always(EligibilityNoticeWithCard),
            Self::always(EligibilityCertificate),
            Self {
                until: Some(date(2025, 12, 1)),
                ..Self::always(OldInsuranceCard)
            },
            Self {
                from: Some(date(2025, 12, 2)),
                until: Some(date(2026, 3, 31)),
                ..Self::always(ExpiredInsuranceCard)
            },
            Self::always(OralCheckOfReturningPatient),
            Self::always(SelfDeclarationWithCard),
        ]
    }

    /// Whether the way holds on `today`. Without a day to believe, a way that ends one day is not
    /// offered, and one that has begun at some time is.
    fn holds(self, today: Option<Date>) -> bool {
        match today {
            Some(today) => {
                self.from.is_none_or(|from| from <= today)
                    && self.until.is_none_or(|until| today <= until)
            }
            None => self.until.is_none(),
        }
    }
}

impl Policy {
    /// The ways to confirm eligibility at the counter that are left for `reason`, in order; never
    /// empty. A kiosk that is out of service can show them too.
    ///
    /// `today` is `None` where the clock is not believed.
    #[must_use]
    pub fn ways(&self, reason: FailureCode, mode: SiteMode, today: Option<Date>) -> Vec<Fallback> {
        let first = match mode {
            SiteMode::Disaster { .. } => Some(Fallback::DisasterSearch),
            SiteMode::SystemFailure => Some(Fallback::NotesFromCard),
            _ => None,
        };
        let held = self.routes.iter().filter(|route| route.holds(today));
        let mut ways: Vec<_> = first
            .into_iter()
            .chain(held.map(|route| route.way))
            .collect();
        ways.retain(|way| match reason {
            // Whoever found a lost card must not use it at the counter either.
            FailureCode::Suspended => !way.needs_card(),
            // The system just said that something changed; a patient who says the opposite is no
            // proof.
            FailureCode::EligibilityInvalid => *way != Fallback::OralCheckOfReturningPatient,
            _ => true,
        });
        if ways.is_empty() {
            ways.push(Fallback::PayInFull);
        }
        ways
    }
}

/// What a patient without a usable card has at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Papers {
    /// The card, although it cannot be used here.
    pub card: bool,
    /// The eligibility certificate.
    pub certificate: bool,
    /// The notice of eligibility data.
    pub notice: bool,
    /// A phone that shows the portal, or its document.
    pub portal_screen: bool,
    /// An insurance card of the old kind.
    pub old_card: bool,
}

impl Papers {
    /// Whether these are enough for `way`.
    #[must_use]
    pub fn open(self, way: Fallback) -> bool {
        match way {
            Fallback::PortalScreenWithCard => self.card && self.portal_screen,
            Fallback::EligibilityNoticeWithCard => self.card && self.notice,
            Fallback::EligibilityCertificate => self.certificate,
            Fallback::OldInsuranceCard | Fallback::ExpiredInsuranceCard => self.old_card,
            Fallback::OralCheckOfReturningPatient
            | Fallback::SelfDeclarationWithCard
            | Fallback::NotesFromCard => self.card,
            Fallback::DisasterSearch | Fallback::PayInFull => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: Option<Date>) -> Vec<Fallback> {
        let reason = FailureCode::EligibilityNotFound;
        Policy::default().ways(reason, SiteMode::Normal, day)
    }

    #[test]
    fn cards_of_the_old_kind_end_and_are_tolerated_for_a_while() {
        use Fallback::{ExpiredInsuranceCard, OldInsuranceCard};
        for (day, old, expired) in [
            (date(2025, 12, 1), true, false),
            (date(2025, 12, 2), false, true),
            (date(2026, 3, 31), false, true),
            (date(2026, 4, 1), false, false),
        ] {
            let ways = on(Some(day));
            assert_eq!(ways.contains(&OldInsuranceCard), old, "{day}");
            assert_eq!(ways.contains(&ExpiredInsuranceCard), expired, "{day}");
        }
        let unknown = on(None);
        assert!(!unknown.contains(&OldInsuranceCard) && !unknown.contains(&ExpiredInsuranceCard));
        assert!(unknown.contains(&Fallback::PortalScreenWithCard));
    }

    #[test]
    fn the_portal_is_never_the_only_route() {
        for day in [date(2023, 1, 1), date(2025, 1, 1), date(2030, 1, 1)] {
            let other = |way: &Fallback| *way != Fallback::PortalScreenWithCard;
            assert!(on(Some(day)).iter().any(other), "{day}");
        }
    }

    #[test]
    fn a_suspended_card_is_no_paper_either() {
        let mut policy = Policy::default();
        let today = Some(date(2026, 11, 22));
        let left = policy.ways(FailureCode::Suspended, SiteMode::SystemFailure, today);
        assert_eq!(left, [Fallback::EligibilityCertificate]);
        policy.routes.clear();
        let nothing = policy.ways(FailureCode::Suspended, SiteMode::Normal, None);
        assert_eq!(nothing, [Fallback::PayInFull]);
    }

    #[test]
    fn a_notice_needs_the_card() {
        let notice = Papers {
            notice: true,
            ..Papers::default()
        };
        let opened = |papers: Papers| -> Vec<_> {
            let usual = Fallback::ALL.iter().copied();
            let way = usual.filter(|way| papers.open(*way));
            way.filter(|way| way.needs_card()).collect()
        };
        assert!(opened(notice).is_empty());
        let both = Papers {
            card: true,
            ..notice
        };
        assert!(opened(both).contains(&Fallback::EligibilityNoticeWithCard));
    }
}
