//! The government side, the staff and the card-face scanner, as they behave on good and bad days.
//!
//! Every answer takes virtual time through the caller's [`Wait`]; the same seed gives the same
//! delays. Scripted answers come first, in order, then the usual one. A patient's handle holds the
//! session that asked for it, and so does what an eligibility answer says of the caller's list: an
//! answer that reached another session would show.

mod behaviour;
mod external;
mod phone;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::checkin::card_face::{CardFaceReading, PrintedBirth};
use crate::checkin::consent::ConsentRecord;
use crate::checkin::ports::{
    AuthAnswer, CardFaceScanner, CertificateStanding, EligibilityAnswer, EligibilityOutcome,
    EligibilityService, PatientRef, PinlessAuthenticator, ReceptionRef, RegistrationAnswer,
    RegistrationService, RegistrationState, SignatureAuthenticator, StaffAuthoriser,
    StaffCodeAnswer, UpstreamOutage,
};
use crate::checkin::{Authenticated, Identified, SessionId};
use crate::error::{ErrorKind, Result};
use crate::wait::Wait;

use behaviour::Mood;
pub use behaviour::{Behaviour, Observer, PortCall};
pub use external::ExternalPin;
pub use phone::Phone;

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
    observer: Observer,
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
            observer: Observer::default(),
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

    /// Tells `observer` of every call from now on.
    pub fn observe(&self, observer: Observer) {
        self.office().observer = observer;
    }

    /// How it hands out challenges from now on; everything else stays as it is.
    pub fn behave_for_challenges(&self, behaviour: Behaviour) {
        self.office().challenges = behaviour;
    }

    /// How it behaves from now on, in everything but challenges.
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

    /// Which entry of the caller's list the patient of `session` is.
    #[must_use]
    pub fn reception(session: SessionId) -> ReceptionRef {
        ReceptionRef::new(u128::from(session.number()))
    }

    /// Tells the observer, and lets the call's time pass.
    fn attend(&self, call: PortCall, wait: &Wait) -> Result<Mood> {
        wait.check()?;
        let observer = self.office().observer.clone();
        observer.tell(call);
        // Decided under the lock, waited for without it: other ports of the system go on.
        let (behaviour, usual) = {
            let mut office = self.office();
            office.calls += 1;
            let behaviour = office.next.pop_front().unwrap_or(office.behaviour);
            (behaviour, office.delay())
        };
        behaviour.pass(usual, wait)
    }

    /// Authenticates the patient of a session; other software does not know of one.
    fn authentication(&self, session: Option<SessionId>, wait: &Wait) -> Result<AuthAnswer> {
        let mood = self.attend(PortCall::Authenticate, wait)?;
        let mut office = self.office();
        if let Some(answer) = office.auth.pop_front() {
            return Ok(answer);
        }
        Ok(match mood {
            Mood::Right => office.accepted(session),
            Mood::Wrong => AuthAnswer::Refused,
            // Registered patients pass while the certificate authority is out.
            Mood::Out(UpstreamOutage::CertificateAuthority)
                if office.registration == RegistrationState::Registered =>
            {
                office.accepted(session)
            }
            Mood::Out(outage) => AuthAnswer::Outage(outage),
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

    fn accepted(&self, session: Option<SessionId>) -> AuthAnswer {
        let number = session.map_or_else(String::new, |session| session.number().to_string());
        AuthAnswer::Accepted {
            patient: PatientRef::new(format!("{PATIENT}{number}")),
            registration: self.registration,
            certificate: self.certificate,
        }
    }
}

/// What the handles of accepted patients begin with.
const PATIENT: &str = "sim-patient-";

/// Who `patient` is on the caller's list.
fn reception_of(patient: &Authenticated) -> Option<ReceptionRef> {
    let number = patient.patient().as_str().strip_prefix(PATIENT)?;
    number.parse().ok().map(ReceptionRef::new)
}

impl PinlessAuthenticator for Government {
    fn authenticate(
        &mut self,
        identified: &Identified,
        _certificate: &[u8],
        wait: &Wait,
    ) -> Result<AuthAnswer> {
        self.authentication(Some(identified.session()), wait)
    }
}

impl SignatureAuthenticator for Government {
    fn challenge(&mut self, wait: &Wait) -> Result<Vec<u8>> {
        wait.check()?;
        let (observer, behaviour) = {
            let office = self.office();
            (office.observer.clone(), office.challenges)
        };
        observer.tell(PortCall::Challenge);
        // A nonce needs no look-up; it comes at once unless the service is in trouble.
        match behaviour.pass(Duration::ZERO, wait)? {
            Mood::Right => {}
            // What it gives is too short to be signed.
            Mood::Wrong => return Ok(Vec::new()),
            Mood::Out(_) => return Err(ErrorKind::Unavailable.into()),
        }
        let mut office = self.office();
        office.delay();
        Ok(office.seed.to_be_bytes().repeat(4))
    }

    /// Accepts any signature that is not empty: whether it verifies is the card room's test.
    fn authenticate(
        &mut self,
        identified: &Identified,
        _certificate: &[u8],
        signature: &[u8],
        wait: &Wait,
    ) -> Result<AuthAnswer> {
        let answer = self.authentication(Some(identified.session()), wait)?;
        Ok(if signature.is_empty() {
            AuthAnswer::Refused
        } else {
            answer
        })
    }
}

impl EligibilityService for Government {
    fn query(&mut self, patient: &Authenticated, wait: &Wait) -> Result<EligibilityAnswer> {
        let mut answer = match self.attend(PortCall::Query, wait)? {
            // The link from card to eligibility is kept without the certificate authority.
            Mood::Right | Mood::Out(UpstreamOutage::CertificateAuthority) => {
                self.office().eligibility
            }
            Mood::Wrong => EligibilityAnswer::new(EligibilityOutcome::NotFound),
            Mood::Out(outage) => EligibilityAnswer::new(EligibilityOutcome::Unavailable(outage)),
        };
        answer.reception = answer.reception.or_else(|| reception_of(patient));
        Ok(answer)
    }

    fn submit(
        &mut self,
        _patient: &Authenticated,
        consents: &ConsentRecord,
        wait: &Wait,
    ) -> Result<()> {
        match self.attend(PortCall::Submit, wait)? {
            Mood::Right => {}
            Mood::Wrong => return Err(ErrorKind::Protocol.into()),
            Mood::Out(_) => return Err(ErrorKind::Unavailable.into()),
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
        Ok(match self.attend(PortCall::Register, wait)? {
            Mood::Right => {
                self.office().registration = RegistrationState::Registered;
                RegistrationAnswer::Registered
            }
            Mood::Wrong => RegistrationAnswer::Refused,
            Mood::Out(outage) => RegistrationAnswer::Outage(outage),
        })
    }
}

/// Staff who type their pass code after two seconds: scripted answers first, then the right one.
#[derive(Debug, Default)]
pub struct Staff {
    script: VecDeque<StaffCodeAnswer>,
    behaviour: Option<Behaviour>,
    observer: Observer,
}

impl Staff {
    /// Staff who know their code.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Staff who take their time, or do not come.
    #[must_use]
    pub fn behaving(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = Some(behaviour);
        self
    }

    /// The same with somebody who is told when they are asked.
    #[must_use]
    pub fn with_observer(mut self, observer: Observer) -> Self {
        self.observer = observer;
        self
    }

    /// What the next question gets.
    pub fn answer(&mut self, answer: StaffCodeAnswer) {
        self.script.push_back(answer);
    }
}

impl StaffAuthoriser for Staff {
    fn authorise(&mut self, wait: &Wait) -> Result<StaffCodeAnswer> {
        self.observer.tell(PortCall::Authorise);
        let typing = Duration::from_secs(2);
        let usual = match self.behaviour.unwrap_or_default().pass(typing, wait)? {
            Mood::Right => StaffCodeAnswer::Accepted { role: "reception" },
            Mood::Wrong => StaffCodeAnswer::Wrong,
            Mood::Out(_) => StaffCodeAnswer::Cancelled,
        };
        Ok(self.script.pop_front().unwrap_or(usual))
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
    look: Duration,
    observer: Observer,
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
            look: Duration::from_millis(500),
            observer: Observer::default(),
        }
    }

    /// How long one look takes, instead of half a second.
    #[must_use]
    pub fn taking(mut self, look: Duration) -> Self {
        self.look = look;
        self
    }

    /// The same with somebody who is told of every look.
    #[must_use]
    pub fn with_observer(mut self, observer: Observer) -> Self {
        self.observer = observer;
        self
    }

    /// Reads `security_code` with this confidence at the next look.
    pub fn misread(&mut self, security_code: [u8; 4], confidence: f32) {
        self.misreadings.push_back((security_code, confidence));
    }
}

impl CardFaceScanner for Scanner {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        self.observer.tell(PortCall::Scan);
        wait.sleep(self.look)?;
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
