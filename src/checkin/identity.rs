//! Who a session has proven the patient to be, and how.

use std::fmt;

use super::ports::PatientRef;
pub use crate::myna::{Proven, ProvenSet};

coded! {
    /// A way in which a patient proves identity.
    pub enum Method {
        /// The face is compared with the photo on the chip.
        Face = "face",
        /// The four-digit PIN of the user-authentication certificate.
        Pin = "pin",
        /// Staff compare the person with the printed photo.
        StaffVisual = "staff-visual",
        /// A phone that holds the card's certificate, and the four-digit code of that certificate.
        PhonePin = "phone-pin",
        /// A phone that holds the card's certificate and recognises its owner by itself.
        PhoneBiometric = "phone-biometric",
    }
}

/// A set of methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(u8);

impl MethodSet {
    /// No method.
    pub const EMPTY: Self = Self(0);

    /// Every method of this crate.
    #[must_use]
    pub fn all() -> Self {
        Method::ALL.iter().copied().collect()
    }

    /// The methods of a person who presents a card.
    #[must_use]
    pub fn of_card() -> Self {
        Self::EMPTY
            .with(Method::Face)
            .with(Method::Pin)
            .with(Method::StaffVisual)
    }

    /// The methods of a person who presents a phone.
    #[must_use]
    pub fn of_phone() -> Self {
        Self::EMPTY
            .with(Method::PhonePin)
            .with(Method::PhoneBiometric)
    }

    /// Whether `method` is in the set.
    #[must_use]
    pub fn contains(self, method: Method) -> bool {
        self.0 & (1 << method as u8) != 0
    }

    /// Whether no method is left.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set with `method`.
    #[must_use]
    pub fn with(self, method: Method) -> Self {
        Self(self.0 | (1 << method as u8))
    }

    /// The set without `method`.
    #[must_use]
    pub fn without(self, method: Method) -> Self {
        Self(self.0 & !(1 << method as u8))
    }

    /// The methods that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The methods of the set.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL
            .iter()
            .copied()
            .filter(move |method| self.contains(*method))
    }
}

impl FromIterator<Method> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        methods.into_iter().fold(Self::EMPTY, Self::with)
    }
}

coded! {
    /// What a patient presents.
    pub enum Credential {
        /// The card itself.
        Card = "card",
        /// A phone that holds the card's certificate.
        Phone = "phone",
        /// Papers, or nothing: the session only finds the way to the counter.
        Papers = "papers",
    }
}

/// Names one session of one machine. Carries no meaning beyond being different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(super) u64);

impl SessionId {
    /// The number to write into logs.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Proof that a method succeeded for the card of *this* session. Only the session machine makes
/// one: no program can claim it.
///
/// ```compile_fail
/// let forged = myna_hal::checkin::Identified {
///     session: panic!(), method: panic!(), proven: panic!(),
/// };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    session: SessionId,
    method: Method,
    proven: ProvenSet,
}

impl Identified {
    /// `None` unless `proven` holds what `method` needs: a face that matches an unsigned portrait
    /// proves nothing, because a forged chip brings its own photo.
    pub(super) fn new(session: SessionId, method: Method, proven: ProvenSet) -> Option<Self> {
        let enough = match method {
            Method::Face => {
                proven.contains(Proven::PortraitSigned) && proven.contains(Proven::FaceMatch)
            }
            Method::Pin => proven.contains(Proven::PinVerified),
            Method::StaffVisual => proven.contains(Proven::StaffVisual),
            Method::PhonePin => {
                proven.contains(Proven::CertificatePossession)
                    && proven.contains(Proven::PinVerified)
            }
            // The phone lets its key be used only after it recognised its owner.
            Method::PhoneBiometric => proven.contains(Proven::CertificatePossession),
        };
        enough.then_some(Self {
            session,
            method,
            proven,
        })
    }

    /// The session whose card this is about.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// How the patient was identified.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// What was proven on the way.
    #[must_use]
    pub fn proven(&self) -> ProvenSet {
        self.proven
    }
}

/// Proof that the government system accepted an [`Identified`] patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    identified: Identified,
    patient: PatientRef,
}

impl Authenticated {
    pub(super) fn new(identified: Identified, patient: PatientRef) -> Self {
        Self {
            identified,
            patient,
        }
    }

    /// How the patient was identified.
    #[must_use]
    pub fn identified(&self) -> &Identified {
        &self.identified
    }

    /// The government system's handle for the patient in this session.
    #[must_use]
    pub fn patient(&self) -> &PatientRef {
        &self.patient
    }
}
