//! What patients ask, and whom they can call: ids, with their texts in the catalogues.
//!
//! *For application authors*: show [`Phase::explanations`] behind a button of the screen they
//! belong to. Numbers and hours of the lines are data of a catalogue too: they change, and they
//! differ by language.

use super::state::Phase;

coded! {
    /// Something that a patient may want to know.
    pub enum Explanation {
        /// Who sees what after a yes.
        WhatConsentDoes = "what-consent-does",
        /// A no changes nothing about the visit.
        WhatRefusalMeans = "what-refusal-means",
        /// It is asked every time, and holds for a day.
        ConsentEveryVisit = "consent-every-visit",
        /// How far back the medicines go.
        MedicineHistory = "medicine-history",
        /// What the chip holds.
        OnTheChip = "on-the-chip",
        /// What it does not hold.
        NotOnTheChip = "not-on-the-chip",
        /// A chip that is forced open destroys itself.
        SafeToCarry = "safe-to-carry",
        /// Why the card is shown at every visit.
        WhyEveryVisit = "why-every-visit",
        /// What the limit covers.
        LimitCovers = "limit-covers",
        /// What it does not cover.
        LimitDoesNotCover = "limit-does-not-cover",
        /// Who still has to apply for it.
        LimitStillApply = "limit-still-apply",
        /// Nothing medical is shared with an eligibility certificate.
        CertificateSharesNothing = "certificate-shares-nothing",
        /// Who can apply for an eligibility certificate.
        CertificateOnApplication = "certificate-on-application",
        /// What to do about a lost card.
        LostCard = "lost-card",
        /// Calling without hearing or speaking.
        TelephoneRelay = "telephone-relay",
        /// What registration is.
        Registration = "registration",
    }
}

coded! {
    /// A line that a patient can call.
    pub enum Contact {
        /// To have a lost card suspended.
        LostCard = "lost-card",
        /// Questions about card and certificates.
        CardQuestions = "card-questions",
        /// The same lines, charged, for telephones that cannot call them otherwise.
        CardLineCharged = "card-line-charged",
    }
}

impl Phase {
    /// What people ask on this screen.
    #[must_use]
    pub fn explanations(self) -> &'static [Explanation] {
        use Explanation::{
            CertificateOnApplication, CertificateSharesNothing, ConsentEveryVisit, LimitCovers,
            LimitDoesNotCover, LimitStillApply, LostCard, MedicineHistory, NotOnTheChip, OnTheChip,
            Registration, SafeToCarry, TelephoneRelay, WhatConsentDoes, WhatRefusalMeans,
            WhyEveryVisit,
        };
        match self {
            Self::Idle => &[WhyEveryVisit, LostCard, TelephoneRelay],
            Self::WithoutCard => &[
                CertificateSharesNothing,
                CertificateOnApplication,
                LostCard,
                TelephoneRelay,
            ],
            Self::ChooseMethod | Self::UnlockingPortrait | Self::FaceCapture | Self::PinEntry => {
                &[WhyEveryVisit, OnTheChip, NotOnTheChip, SafeToCarry]
            }
            Self::OfferingRegistration | Self::Registering => &[Registration],
            Self::Consenting(_) => &[
                WhatConsentDoes,
                WhatRefusalMeans,
                ConsentEveryVisit,
                MedicineHistory,
                LimitCovers,
                LimitDoesNotCover,
                LimitStillApply,
            ],
            Self::Showing => &[LimitCovers, LimitDoesNotCover, LimitStillApply],
            _ => &[],
        }
    }
}
