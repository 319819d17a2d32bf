//! The government side, the staff and the card-face scanner, as they behave on good and bad days.
//!
//! Every answer takes virtual time through the caller's [`Wait`]; the same seed gives the same
//! delays. Scripted answers come first, in order, then the usual one.

mod phone;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::checkin::card_face::{CardFaceReading, PrintedBirth};
use crate::checkin::consent::ConsentRecord;
use crate::checkin::ports::{
    AuthAnswer, CardFaceScanner, CertificateStanding, EligibilityAnswer, EligibilityOutcome,
    EligibilityService, ExternalPinAnswer, PatientRef, PinAuthenticator, PinlessAuthenticator,
    RegistrationAnswer, RegistrationService, RegistrationState, SignatureAuthenticator,
    StaffAuthoriser, StaffCodeAnswer, UpstreamOutage,
};
use crate::checkin::{Authenticated, Identified, PinAnswer};
use crate::error::{ErrorKind, Result};
use crate::wait::Wait;

pub use self::phone::Phone;

/// How a service behaves for one call, or from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// Answers after three to seven seconds, as the real system usually does.
    #[default]
    Usual,
    /// Answers after this time.
    After(Duration),
    /// Never answers: the call ends with its wait.
    Never,
    /// Fails at once with this kind of error.
    Fails(ErrorKind),
    /// Answers that a part of the government side is out.
    Outage(UpstreamOutage),
}

/// The government system: authentication, registration and eligibility of one fictional patient.
/// Clones are the same system, so that every port of a session, and the test, can hold one.
#[derive(Clone, Debug)]
pub struct Government(Arc<Mutex<Office>>);

#[derive(Debug)]
struct Office {
    registration: RegistrationState,
    certificate: CertificateStanding,
    eligibility: EligibilityAnswer,
    behaviour: Behaviour,
    challenges: Behaviour,
    next: VecDeque<Behaviour>,
    auth: VecDeque<AuthAnswer>,
    seed: u64,
    submitted: Vec<ConsentRecord>,
    calls: u32,
}

impl Government {
    /// A system that knows a registered patient whose eligibility is valid.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Office {
            registration: RegistrationState::Registered,
            certificate: CertificateStanding::NotStated,
            eligibility: EligibilityAnswer::new(EligibilityOutcome::Valid),
            behaviour: Behaviour::Usual,
            challenges: Behaviour::Usual,
            next: VecDeque::new(),
            auth: VecDeque::new(),
            seed,
            submitted: Vec::new(),
            calls: 0,
        })))
    }

    fn office(&self) -> MutexGuard<'_, Office> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the patient's card is registered.
    #[must_use]
    pub fn with_registration(self, registration: RegistrationState) -> Self {
        self.office().registration = registration;
        self
    }

    /// What it says about the certificate.
    #[must_use]
    pub fn with_certificate(self, certificate: CertificateStanding) -> Self {
        self.office().certificate = certificate;
        self
    }

    /// What it says about eligibility.
    #[must_use]
    pub fn with_eligibility(self, eligibility: EligibilityAnswer) -> Self {
        self.office().eligibility = eligibility;
        self
    }

    /// How it hands out challenges from now on; everything else stays as it is.
    pub fn behave_for_challenges(&self, behaviour: Behaviour) {
        self.office().challenges = behaviour;
    }

    /// How it behaves from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.office().behaviour = behaviour;
    }

    /// How it behaves for the next call that is not scripted yet.
    pub fn behave_once(&self, behaviour: Behaviour) {
        self.office().next.push_back(behaviour);
    }

    /// What the next authentication answers.
    pub fn answer_authentication(&self, answer: AuthAnswer) {
        self.office().auth.push_back(answer);
    }

    /// Whether the patient's card is registered now.
    #[must_use]
    pub fn registration(&self) -> RegistrationState {
        self.office().registration
    }

    /// The consents that arrived.
    #[must_use]
    pub fn submitted(&self) -> Vec<ConsentRecord> {
        self.office().submitted.clone()
    }

    /// How many calls were made.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.office().calls
    }

    /// Lets the call's time pass; an outage is an answer like any other.
    fn attend(&self, wait: &Wait) -> Result<Option<UpstreamOutage>> {
        wait.check()?;
        // Decided under the lock, waited for without it: other ports of the system go on.
        let (behaviour, usual) = {
            let mut office = self.office();
            office.calls += 1;
            let behaviour = office.next.pop_front().unwrap_or(office.behaviour);
            (behaviour, office.delay())
        };
        match behaviour {
            Behaviour::Usual => wait.sleep(usual)?,
            Behaviour::After(delay) => wait.sleep(delay)?,
            Behaviour::Never => never(wait)?,
            Behaviour::Fails(kind) => return Err(kind.into()),
            Behaviour::Outage(outage) => {
                wait.sleep(usual)?;
                return Ok(Some(outage));
            }
        }
        Ok(None)
    }

    fn authentication(&self, wait: &Wait) -> Result<AuthAnswer> {
        let outage = self.attend(wait)?;
        let mut office = self.office();
        if let Some(answer) = office.auth.pop_front() {
            return Ok(answer);
        }
        Ok(match outage {
            // Registered patients pass while the certificate authority is out.
            Some(UpstreamOutage::CertificateAuthority)
                if office.registration == RegistrationState::Registered =>
            {
                office.accepted()
            }
            Some(outage) => AuthAnswer::Outage(outage),
            None => office.accepted(),
        })
    }
}

impl Office {
    /// Three to seven seconds.
    fn delay(&mut self) -> Duration {
        // A linear congruential step (Knuth's MMIX): only spread is wanted, not secrecy.
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(3000 + (self.seed >> 33) % 4001)
    }

    fn accepted(&self) -> AuthAnswer {
        AuthAnswer::Accepted {
            patient: PatientRef::new("sim-patient"),
            registration: self.registration,
            certificate: self.certificate,
        }
    }
}

/// Sleeps for as long as the caller waits.
fn never(wait: &Wait) -> Result<()> {
    loop {
        wait.sleep(Duration::from_secs(3600))?;
    }
}

impl PinlessAuthenticator for Government {
    fn authenticate(
        &mut self,
        _identified: &Identified,
        _certificate: &[u8],
        wait: &Wait,
    ) -> Result<AuthAnswer> {
        self.authentication(wait)
    }
}

impl SignatureAuthenticator for Government {
    fn challenge(&mut self, wait: &Wait) -> Result<Vec<u8>> {
        wait.check()?;
        let behaviour = self.office().challenges;
        match behaviour {
            // A nonce needs no look-up; it comes at once unless the service is in trouble.
            Behaviour::Usual => {}
            Behaviour::After(delay) => wait.sleep(delay)?,
            Behaviour::Never => never(wait)?,
            Behaviour::Fails(kind) => return Err(kind.into()),
            Behaviour::Outage(_) => return Err(ErrorKind::Unavailable.into()),
        }
        let mut office = self.office();
        office.delay();
        Ok(office.seed.to_be_bytes().repeat(4))
    }

    /// Accepts any signature that is not empty: whether it verifies is the card room's test.
    fn authenticate(
        &mut self,
        _identified: &Identified,
        _certificate: &[u8],
        signature: &[u8],
        wait: &Wait,
    ) -> Result<AuthAnswer> {
        let answer = self.authentication(wait)?;
        Ok(if signature.is_empty() {
            AuthAnswer::Refused
        } else {
            answer
        })
    }
}

impl EligibilityService for Government {
    fn query(&mut self, _patient: &Authenticated, wait: &Wait) -> Result<EligibilityAnswer> {
        Ok(match self.attend(wait)? {
            // The link from card to eligibility is kept without the certificate authority.
            None | Some(UpstreamOutage::CertificateAuthority) => self.office().eligibility,
            Some(outage) => EligibilityAnswer::new(EligibilityOutcome::Unavailable(outage)),
        })
    }

    fn submit(
        &mut self,
        _patient: &Authenticated,
        consents: &ConsentRecord,
        wait: &Wait,
    ) -> Result<()> {
        if self.attend(wait)?.is_some() {
            return Err(ErrorKind::Unavailable.into());
        }
        // Sent twice after a lost answer, it is still one record.
        let mut office = self.office();
        if office.submitted.last() != Some(consents) {
            office.submitted.push(consents.clone());
        }
        Ok(())
    }
}

impl RegistrationService for Government {
    fn register(&mut self, _patient: &Authenticated, wait: &Wait) -> Result<RegistrationAnswer> {
        Ok(match self.attend(wait)? {
            Some(outage) => RegistrationAnswer::Outage(outage),
            None => {
                self.office().registration = RegistrationState::Registered;
                RegistrationAnswer::Registered
            }
        })
    }
}

/// Other software that owns the PIN: scripted PIN answers first, then it accepts.
#[derive(Debug)]
pub struct ExternalPin {
    government: Government,
    script: VecDeque<PinAnswer>,
}

impl ExternalPin {
    /// Such software before `government`.
    #[must_use]
    pub fn new(government: Government) -> Self {
        Self {
            government,
            script: VecDeque::new(),
        }
    }

    /// What the next dialogue ends with instead of an authentication.
    pub fn answer(&mut self, answer: PinAnswer) {
        self.script.push_back(answer);
    }
}

impl PinAuthenticator for ExternalPin {
    fn authenticate(&mut self, wait: &Wait) -> Result<ExternalPinAnswer> {
        if let Some(answer) = self.script.pop_front() {
            wait.sleep(Duration::from_secs(2))?;
            return Ok(ExternalPinAnswer::Pin(answer));
        }
        self.government
            .authentication(wait)
            .map(ExternalPinAnswer::Authenticated)
    }
}

/// Staff who type their pass code after two seconds: scripted answers first, then the right one.
#[derive(Debug, Default)]
pub struct Staff {
    script: VecDeque<StaffCodeAnswer>,
}

impl Staff {
    /// Staff who know their code.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the next question gets.
    pub fn answer(&mut self, answer: StaffCodeAnswer) {
        self.script.push_back(answer);
    }
}

impl StaffAuthoriser for Staff {
    fn authorise(&mut self, wait: &Wait) -> Result<StaffCodeAnswer> {
        wait.sleep(Duration::from_secs(2))?;
        Ok(self
            .script
            .pop_front()
            .unwrap_or(StaffCodeAnswer::Accepted { role: "reception" }))
    }
}

/// A scanner that takes half a second a look and sees one fictional card; scripted misreadings
/// come first.
#[derive(Debug)]
pub struct Scanner {
    birth: jiff::civil::Date,
    expiry_year: i16,
    security_code: [u8; 4],
    misreadings: VecDeque<([u8; 4], f32)>,
}

impl Scanner {
    /// A scanner over a card with these data, printed with an era.
    #[must_use]
    pub fn new(birth: jiff::civil::Date, expiry_year: i16, security_code: [u8; 4]) -> Self {
        Self {
            birth,
            expiry_year,
            security_code,
            misreadings: VecDeque::new(),
        }
    }

    /// Reads `security_code` with this confidence at the next look.
    pub fn misread(&mut self, security_code: [u8; 4], confidence: f32) {
        self.misreadings.push_back((security_code, confidence));
    }
}

impl CardFaceScanner for Scanner {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        wait.sleep(Duration::from_millis(500))?;
        let birth = PrintedBirth::in_era(self.birth).ok_or(ErrorKind::InvalidInput)?;
        let (code, confidence) = self
            .misreadings
            .pop_front()
            .unwrap_or((self.security_code, 0.99));
        Ok(CardFaceReading::new(
            birth,
            self.expiry_year,
            code,
            [0.99, 0.99, confidence],
        ))
    }
}

#[cfg(test)]
mod tests;
