//! The lanes of the government side and of the staff.

use std::sync::Arc;
use std::time::Duration;

use super::card::CardLane;
use super::evidence::Evidence;
use super::lane::Lane;
use super::request::Request;
use crate::checkin::consent::ConsentRecord;
use crate::checkin::ports::{
    EligibilityService, ExternalPinAnswer, PhoneReader, PinAuthenticator, PinlessAuthenticator,
    RegistrationService, SignatureAuthenticator, StaffAuthoriser,
};
use crate::checkin::{Answer, Authenticated, Identified, Method};
use crate::error::{Error, ErrorKind, Result};
use crate::myna::Client;
use crate::time::Clock;
use crate::wait::{CancelToken, Wait};

/// How long a challenge may take. The PIN waits for it, and the card for the PIN.
const CHALLENGE_PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of a challenge that nobody can have seen before, as for the chip's own nonce.
const SHORTEST_CHALLENGE: usize = 16;

pub(super) struct OfficeLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pinless: Box<dyn PinlessAuthenticator>,
    pub(super) signature: Box<dyn SignatureAuthenticator>,
    pub(super) external: Option<Box<dyn PinAuthenticator>>,
    pub(super) phone: Option<Box<dyn PhoneReader>>,
    pub(super) eligibility: Box<dyn EligibilityService>,
    pub(super) registration: Box<dyn RegistrationService>,
    pub(super) evidence: Evidence,
}

impl OfficeLane {
    /// Calls a port and answers, unless the machine gave up meanwhile: what the lane knows may be
    /// another session's by then.
    pub(super) fn ask(
        &mut self,
        request: &Request,
        call: impl FnOnce(&mut Self, &Wait) -> Result<Answer>,
    ) {
        if !request.is_abandoned() {
            let wait = request.wait(&self.clock);
            request.reply(call(self, &wait));
        }
    }

    /// Fetches the challenge that the card is to sign, while the person types.
    pub(super) fn challenge(&mut self, cancel: &CancelToken) {
        let wait =
            Wait::at_most(self.clock.clone(), CHALLENGE_PATIENCE).with_cancel(cancel.clone());
        let challenge = match self.signature.challenge(&wait) {
            // Whoever knows what will be signed needs no card tomorrow.
            Ok(challenge) if challenge.len() < SHORTEST_CHALLENGE => Err(ErrorKind::Protocol),
            challenge => challenge.map_err(|error| error.kind()),
        };
        self.evidence.set_challenge(challenge);
    }

    /// Has the card lane verify the PIN, behind the challenge that is under way. Where none could
    /// be had the card signs one of ours: the PIN proves the person here all the same, and the
    /// authentication that follows tells what is out.
    pub(super) fn verify(&mut self, request: Request, card: &Lane<CardLane>) {
        if request.is_abandoned() {
            // Nobody waits any more, and the PIN was not sent: keep it so.
            return card.post(CardLane::wipe);
        }
        let challenge = match self.evidence.challenge() {
            Some(Ok(challenge)) => challenge,
            _ => Client::fresh_challenge().to_vec(),
        };
        card.post(move |lane| lane.verify_pin(&request, &challenge));
    }

    pub(super) fn authenticate(&mut self, identified: &Identified, wait: &Wait) -> Result<Answer> {
        let certificate = self.evidence.certificate();
        let der = certificate.as_ref().map_or(&[][..], |it| it.der());
        let answer = match identified.method() {
            Method::Pin => {
                if let Some(Err(kind)) = self.evidence.challenge() {
                    return Err(kind.into());
                }
                let signature = self.evidence.signature();
                self.signature
                    .authenticate(identified, der, &signature, wait)
            }
            Method::PhonePin | Method::PhoneBiometric => {
                self.phone()?.authenticate(identified, wait)
            }
            _ => self.pinless.authenticate(identified, der, wait),
        };
        answer.map(Answer::Authentication)
    }

    /// Has other software take the PIN and talk to the card, which was released to it, and then
    /// the card lane take the card back, whatever came of it.
    pub(super) fn external_pin(&mut self, request: Request, card: &Lane<CardLane>) {
        if request.is_abandoned() {
            return;
        }
        let answer = self.presented_elsewhere(&request.wait(&self.clock));
        card.post(move |lane| lane.take_back(&request, answer));
    }

    fn presented_elsewhere(&mut self, wait: &Wait) -> Result<Answer> {
        let Some(external) = &mut self.external else {
            return Err(Error::unsupported("other software for the PIN"));
        };
        Ok(match external.authenticate(wait)? {
            ExternalPinAnswer::Authenticated(answer) => Answer::Authentication(answer),
            ExternalPinAnswer::Pin(answer) => Answer::Pin(answer),
        })
    }

    /// Waits for a phone in the place of the card.
    pub(super) fn present_phone(&mut self, method: Method, wait: &Wait) -> Result<Answer> {
        self.phone()?.present(method, wait).map(Answer::Phone)
    }

    fn phone(&mut self) -> Result<&mut (dyn PhoneReader + 'static)> {
        self.phone
            .as_deref_mut()
            .ok_or_else(|| Error::unsupported("a reader for phones"))
    }

    pub(super) fn register(&mut self, patient: &Authenticated, wait: &Wait) -> Result<Answer> {
        let answer = self.registration.register(patient, wait)?;
        Ok(Answer::Registration(answer))
    }

    pub(super) fn query(&mut self, patient: &Authenticated, wait: &Wait) -> Result<Answer> {
        let answer = self.eligibility.query(patient, wait)?;
        Ok(Answer::Eligibility(answer))
    }

    pub(super) fn submit(
        &mut self,
        patient: &Authenticated,
        consents: &ConsentRecord,
        wait: &Wait,
    ) -> Result<Answer> {
        self.eligibility.submit(patient, consents, wait)?;
        Ok(Answer::Submitted)
    }
}

pub(super) struct StaffLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) staff: Box<dyn StaffAuthoriser>,
}

impl StaffLane {
    pub(super) fn ask(&mut self, request: &Request) {
        let wait = request.wait(&self.clock);
        request.reply(self.staff.authorise(&wait).map(Answer::StaffCode));
    }
}
