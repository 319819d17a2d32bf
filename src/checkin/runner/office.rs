//! The lanes of the government side and of the staff.

use std::sync::Arc;
use std::time::Duration;

use super::card::CardLane;
use super::evidence::Evidence;
use super::inbox::Input;
use super::lane::Lane;
use crate::checkin::consent::ConsentRecord;
use crate::checkin::ports::{
    EligibilityService, ExternalPinAnswer, PinAuthenticator, PinlessAuthenticator,
    RegistrationService, SignatureAuthenticator, StaffAuthoriser,
};
use crate::checkin::{Answer, Authenticated, Identified, Method, Ticket};
use crate::error::{Error, Result};
use crate::myna::Client;
use crate::time::Clock;
use crate::wait::{CancelToken, Wait};

/// How long a challenge may take. The PIN waits for it, and the card for the PIN.
const CHALLENGE_PATIENCE: Duration = Duration::from_secs(3);

pub(super) struct OfficeLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pinless: Box<dyn PinlessAuthenticator>,
    pub(super) signature: Box<dyn SignatureAuthenticator>,
    pub(super) external: Option<Box<dyn PinAuthenticator>>,
    pub(super) eligibility: Box<dyn EligibilityService>,
    pub(super) registration: Box<dyn RegistrationService>,
    pub(super) evidence: Evidence,
}

impl OfficeLane {
    fn wait(&self, cancel: &CancelToken) -> Wait {
        // Without a deadline of its own: the machine has one and cancels.
        Wait::forever(self.clock.clone()).with_cancel(cancel.clone())
    }

    /// Fetches the challenge that the card is to sign, while the person types.
    pub(super) fn challenge(&mut self, cancel: &CancelToken) {
        let wait = self.wait(cancel).shortened(CHALLENGE_PATIENCE);
        let challenge = self.signature.challenge(&wait);
        self.evidence
            .set_challenge(challenge.map_err(|error| error.kind()));
    }

    /// Has the card lane verify the PIN, behind the challenge that is under way. Where none could
    /// be had the card signs one of ours: the PIN proves the person here all the same, and the
    /// authentication that follows tells what is out.
    pub(super) fn verify(
        &mut self,
        ticket: Ticket,
        cancel: &CancelToken,
        input: &Input,
        card: &Lane<CardLane>,
    ) {
        if cancel.is_cancelled() {
            // Nobody waits any more, and the PIN was not sent: keep it so.
            return card.post(CardLane::wipe);
        }
        let challenge = match self.evidence.challenge() {
            Some(Ok(challenge)) => challenge,
            _ => Client::fresh_challenge().to_vec(),
        };
        let input = input.clone();
        card.post(move |lane| lane.verify_pin(ticket, &challenge, &input));
    }

    pub(super) fn authenticate(
        &mut self,
        ticket: Ticket,
        identified: &Identified,
        cancel: &CancelToken,
        input: &Input,
    ) {
        if cancel.is_cancelled() {
            // The evidence may be another session's by now.
            return;
        }
        let wait = self.wait(cancel);
        let certificate = self.evidence.certificate();
        let der = certificate.as_ref().map_or(&[][..], |it| it.der());
        let answer = match identified.method() {
            Method::Pin => {
                if let Some(Err(kind)) = self.evidence.challenge() {
                    return input.answer(ticket, Answer::Failed(kind));
                }
                let signature = self.evidence.signature();
                self.signature
                    .authenticate(identified, der, &signature, &wait)
            }
            _ => self.pinless.authenticate(identified, der, &wait),
        };
        input.reply(ticket, answer.map(Answer::Authentication));
    }

    /// Other software takes the PIN and talks to the card, which was released to it.
    pub(super) fn external_pin(&mut self, ticket: Ticket, cancel: &CancelToken, input: &Input) {
        let wait = self.wait(cancel);
        let answer = match &mut self.external {
            Some(external) => external.authenticate(&wait),
            None => Err(Error::unsupported("other software for the PIN")),
        };
        let answer = answer.map(|answer| match answer {
            ExternalPinAnswer::Authenticated(answer) => Answer::Authentication(answer),
            ExternalPinAnswer::Pin(answer) => Answer::Pin(answer),
        });
        input.reply(ticket, answer);
    }

    pub(super) fn register(
        &mut self,
        ticket: Ticket,
        patient: &Authenticated,
        cancel: &CancelToken,
        input: &Input,
    ) {
        let wait = self.wait(cancel);
        let answer = self.registration.register(patient, &wait);
        input.reply(ticket, answer.map(Answer::Registration));
    }

    pub(super) fn query(
        &mut self,
        ticket: Ticket,
        patient: &Authenticated,
        cancel: &CancelToken,
        input: &Input,
    ) {
        let wait = self.wait(cancel);
        let answer = self.eligibility.query(patient, &wait);
        input.reply(ticket, answer.map(Answer::Eligibility));
    }

    pub(super) fn submit(
        &mut self,
        ticket: Ticket,
        patient: &Authenticated,
        consents: &ConsentRecord,
        cancel: &CancelToken,
        input: &Input,
    ) {
        let wait = self.wait(cancel);
        let answer = self.eligibility.submit(patient, consents, &wait);
        input.reply(ticket, answer.map(|()| Answer::Submitted));
    }
}

pub(super) struct StaffLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) staff: Box<dyn StaffAuthoriser>,
}

impl StaffLane {
    pub(super) fn ask(&mut self, ticket: Ticket, cancel: &CancelToken, input: &Input) {
        let wait = Wait::forever(self.clock.clone()).with_cancel(cancel.clone());
        let answer: Result<Answer> = self.staff.authorise(&wait).map(Answer::StaffCode);
        input.reply(ticket, answer);
    }
}
