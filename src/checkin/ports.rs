//! Calls out of the session: the government side, the staff and the card-face scanner.
//!
//! *For driver authors*: every trait is flat and dyn-compatible, takes `&mut self`, and every
//! call that can block takes a [`Wait`] and blocks through it. A refusal is an answer; an
//! [`Error`](crate::Error) says that no answer came. Pin-less authentication is reserved by law
//! (Act on Public Personal Authentication, art. 38-2): this crate calls out for it and never does
//! it itself.

use std::fmt;

use jiff::civil::Date;
use zeroize::Zeroize;

use super::card_face::CardFaceReading;
use super::consent::ConsentRecord;
use super::identity::{Authenticated, Identified, Method, ProvenSet};
use crate::error::Result;
use crate::wait::Wait;

/// The government system's handle for a patient in one session. Opaque; shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientRef(String);

impl PatientRef {
    /// A handle as the system gave it.
    pub fn new(handle: impl Into<String>) -> Self {
        Self(handle.into())
    }

    /// The handle, for the next call to the same system.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PatientRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientRef")
    }
}

impl Drop for PatientRef {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The caller's own handle for a patient, for example the number of a reception list's entry or a
/// UUID. A number, so that no name can get into it; it goes into the report and decides nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceptionRef(u128);

impl ReceptionRef {
    /// This handle.
    #[must_use]
    pub fn new(handle: u128) -> Self {
        Self(handle)
    }

    /// The handle.
    #[must_use]
    pub fn number(self) -> u128 {
        self.0
    }
}

/// It names a patient to whoever has the list: it is in no log.
impl fmt::Debug for ReceptionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceptionRef")
    }
}

/// A birth date. It decides what is asked and appears in no log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(Date);

impl BirthDate {
    /// This day.
    #[must_use]
    pub fn new(date: Date) -> Self {
        Self(date)
    }

    /// The day.
    #[must_use]
    pub fn date(self) -> Date {
        self.0
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate")
    }
}

/// Which part of the government side is out, because the effects differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpstreamOutage {
    /// The certificate authority: registered patients still pass, first registration and the
    /// first visit after a renewal fail.
    CertificateAuthority,
    /// The eligibility system.
    EligibilitySystem,
    /// The way there.
    Network,
}

/// Whether the card is registered for health insurance. The server knows, the chip does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegistrationState {
    /// It is.
    Registered,
    /// It never was.
    NotRegistered,
    /// It was, and was released on request.
    Released,
    /// The system did not say.
    #[default]
    Unknown,
}

/// What the government system says about the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateStanding {
    /// Valid.
    Valid,
    /// Expired, in its grace period.
    InGrace,
    /// It did not say: the dates of the chip decide.
    #[default]
    NotStated,
}

/// The answer to an authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthAnswer {
    /// Accepted.
    Accepted {
        /// Who it is, for the system.
        patient: PatientRef,
        /// Whether the card is registered.
        registration: RegistrationState,
        /// How the certificate stands. Wins over dates.
        certificate: CertificateStanding,
    },
    /// The certificate is revoked. No grace.
    Revoked,
    /// The certificate is suspended, because somebody reported the card lost. No grace.
    Suspended,
    /// The certificate has expired, and the system stops at that.
    Expired,
    /// Refused.
    Refused,
    /// No authentication is possible now.
    Outage(UpstreamOutage),
}

/// The answer to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegistrationAnswer {
    /// Registered.
    Registered,
    /// Too few days are left on the certificate.
    CertificateTooCloseToExpiry,
    /// Refused for another reason.
    Refused,
    /// Not possible now.
    Outage(UpstreamOutage),
}

/// What the eligibility query says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EligibilityOutcome {
    /// Valid.
    Valid,
    /// Known, not valid now.
    Invalid,
    /// Not known.
    NotFound,
    /// The card is not registered.
    NotRegistered,
    /// Not possible now.
    Unavailable(UpstreamOutage),
}

/// The answer to an eligibility query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EligibilityAnswer {
    /// What it says.
    pub outcome: EligibilityOutcome,
    /// The patient's birth date, if the system gives it.
    pub birth: Option<BirthDate>,
    /// Whether the patient is to be asked about the health check-up, if the system says so.
    pub health_checkup: Option<bool>,
    /// Who this is on the caller's own list: the report brings it back.
    pub reception: Option<ReceptionRef>,
}

impl EligibilityAnswer {
    /// An answer that says nothing more.
    #[must_use]
    pub fn new(outcome: EligibilityOutcome) -> Self {
        Self {
            outcome,
            birth: None,
            health_checkup: None,
            reception: None,
        }
    }
}

/// The answer of a staff authoriser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StaffCodeAnswer {
    /// Accepted, for a person of this role. Good for one session.
    Accepted {
        /// The role, for the audit record: a word like `reception`, never a name.
        role: &'static str,
    },
    /// Wrong.
    Wrong,
    /// Staff went away without an answer.
    Cancelled,
}

/// Authenticates a patient whose face was matched or whom staff recognised, without a PIN.
pub trait PinlessAuthenticator: Send {
    /// Asks the government system to accept `identified`, holder of `certificate` (DER).
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`.
    fn authenticate(
        &mut self,
        identified: &Identified,
        certificate: &[u8],
        wait: &Wait,
    ) -> Result<AuthAnswer>;
}

/// What other software says after it took over the PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalPinAnswer {
    /// The PIN was right, and the government system answered.
    Authenticated(AuthAnswer),
    /// The PIN was not right, or none was entered.
    Pin(super::event::PinAnswer),
}

/// Other software that collects the PIN, presents it to the card and authenticates, all by
/// itself. This crate has released the card and never sees a digit.
pub trait PinAuthenticator: Send {
    /// Runs the whole dialogue once.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`. After an error nobody
    /// knows whether an attempt was used up.
    fn authenticate(&mut self, wait: &Wait) -> Result<ExternalPinAnswer>;
}

/// What came of a phone at its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PhoneAnswer {
    /// The phone was read, and it knows its owner or was told the code.
    Verified {
        /// Last valid day of the phone's certificate, in Japan. A phone has no grace.
        certificate_expiry: Option<Date>,
        /// What the dialogue proved.
        proven: ProvenSet,
    },
    /// The phone's code was wrong.
    PinWrong {
        /// Attempts left, as far as the phone tells.
        left: Option<u8>,
    },
    /// The phone's code is locked.
    PinBlocked,
    /// The phone could not be read, or holds no such certificate.
    Unreadable,
    /// Its owner broke it off.
    Cancelled,
}

/// A reader for phones that hold the card's certificate. Existing kiosks have it as a separate
/// device; what is said between phone and reader is the implementor's business.
pub trait PhoneReader: Send {
    /// Waits for one phone and has it verify its owner by `method`, once. A code that the owner
    /// types stays inside the implementor.
    ///
    /// # Errors
    /// `Unsupported` for a method that this reader does not know; `Unavailable`, `Disconnected`,
    /// `TimedOut`, `Cancelled`, `Protocol`.
    fn present(&mut self, method: Method, wait: &Wait) -> Result<PhoneAnswer>;

    /// Asks the government system to accept the phone that was presented last.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`.
    fn authenticate(&mut self, identified: &Identified, wait: &Wait) -> Result<AuthAnswer>;
}

/// Authenticates a patient whose card signs after this library verified the PIN.
pub trait SignatureAuthenticator: Send {
    /// What the card is to sign: fresh, and at least 16 bytes. Less is not signed.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`.
    fn challenge(&mut self, wait: &Wait) -> Result<Vec<u8>>;

    /// Checks the card's signature of the challenge under `certificate` (DER).
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`.
    fn authenticate(
        &mut self,
        identified: &Identified,
        certificate: &[u8],
        signature: &[u8],
        wait: &Wait,
    ) -> Result<AuthAnswer>;
}

/// Knows the eligibility of patients.
pub trait EligibilityService: Send {
    /// Looks up the patient of this session.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`.
    fn query(&mut self, patient: &Authenticated, wait: &Wait) -> Result<EligibilityAnswer>;

    /// Hands over what the patient consented to. Sending the same record twice is harmless.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`.
    fn submit(
        &mut self,
        patient: &Authenticated,
        consents: &ConsentRecord,
        wait: &Wait,
    ) -> Result<()>;
}

/// Registers cards for health insurance.
pub trait RegistrationService: Send {
    /// Registers the card of this session, at its holder's wish.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`, `Protocol`. Nothing is registered
    /// unless the answer says so.
    fn register(&mut self, patient: &Authenticated, wait: &Wait) -> Result<RegistrationAnswer>;
}

/// Decides whether a person is staff, by a pass code of the institution or otherwise.
pub trait StaffAuthoriser: Send {
    /// Asks once. The pass code stays inside the implementor.
    ///
    /// # Errors
    /// `Unavailable`, `Disconnected`, `TimedOut`, `Cancelled`.
    fn authorise(&mut self, wait: &Wait) -> Result<StaffCodeAnswer>;
}

/// Reads the printed data that open the portrait off the face of the card.
pub trait CardFaceScanner: Send {
    /// Images the card once and reads it. A field that cannot be read has confidence 0.
    ///
    /// # Errors
    /// `Disconnected`, `NoCard`, `TimedOut`, `Cancelled`, `Protocol`.
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_is_a_trait_object_that_can_move_to_another_thread() {
        fn is_send<T: Send + ?Sized>() {}
        is_send::<dyn PinlessAuthenticator>();
        is_send::<dyn PinAuthenticator>();
        is_send::<dyn PhoneReader>();
        is_send::<dyn SignatureAuthenticator>();
        is_send::<dyn EligibilityService>();
        is_send::<dyn RegistrationService>();
        is_send::<dyn StaffAuthoriser>();
        is_send::<dyn CardFaceScanner>();
    }

    #[test]
    fn nothing_about_the_patient_is_printed() {
        let birth = BirthDate::new(jiff::civil::date(1980, 2, 17));
        let reception = ReceptionRef::new(314_159);
        let printed = format!("{birth:?} {:?} {reception:?}", PatientRef::new("secret"));
        for told in ["1980", "secret", "314159"] {
            assert!(!printed.contains(told), "{printed}");
        }
    }
}
