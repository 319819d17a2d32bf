//! The government side: authentication, registration, eligibility. Its answers win over dates.

use super::{Credential, Effect, FailureCode, MessageId, Outcome, Phase, Run, SiteMode};
use crate::checkin::identity::{Authenticated, Identified};
use crate::checkin::ports::{
    AuthAnswer, CertificateStanding, EligibilityAnswer, EligibilityOutcome, PatientRef,
    RegistrationAnswer, RegistrationState, UpstreamOutage,
};
use crate::checkin::report::Notice;
use crate::checkin::validity::{Capability, Validity, registration_warning};

impl Run<'_> {
    pub(super) fn authenticate(&mut self, identified: Identified) {
        self.state.session.identified = Some(identified.clone());
        self.go(Phase::Authenticating);
        self.prompt(MessageId::Authenticating);
        let ticket = self.request();
        self.push(Effect::Authenticate(ticket, identified));
    }

    pub(super) fn on_authentication(&mut self, answer: AuthAnswer) {
        if self.state.phase == Phase::PinVerifying {
            self.state.session.identified = self.identified_by_other_software();
        }
        match answer {
            AuthAnswer::Accepted {
                patient,
                registration,
                certificate,
            } => {
                self.accepted(patient, registration, certificate);
            }
            AuthAnswer::Revoked => {
                self.state.session.validity = Validity::Revoked;
                self.state.session.capability = Some(Capability::None);
                self.give_up(FailureCode::Revoked);
            }
            AuthAnswer::Suspended => {
                self.state.session.validity = Validity::Revoked;
                self.state.session.capability = Some(Capability::None);
                self.give_up(FailureCode::Suspended);
            }
            AuthAnswer::Expired if self.state.session.credential == Credential::Phone => {
                self.give_up(FailureCode::PhoneExpired);
            }
            AuthAnswer::Expired => self.give_up(FailureCode::ExpiredPastGrace),
            AuthAnswer::Refused => self.give_up(FailureCode::AuthenticationRefused),
            AuthAnswer::Outage(outage) => self.give_up(outage_code(outage)),
        }
    }

    fn accepted(
        &mut self,
        patient: PatientRef,
        registration: RegistrationState,
        certificate: CertificateStanding,
    ) {
        let session = &mut self.state.session;
        let Some(identified) = session.identified.clone() else {
            // No identity, no authentication, whatever a service says.
            return self.give_up(FailureCode::IdentityNotConfirmed);
        };
        if certificate == CertificateStanding::InGrace && session.credential == Credential::Phone {
            return self.give_up(FailureCode::PhoneExpired);
        }
        session.authenticated = Some(Authenticated::new(identified, patient));
        session.capability = Some(match certificate {
            CertificateStanding::Valid => Capability::Full,
            CertificateStanding::InGrace => Capability::EligibilityOnly,
            // Where nobody can say, less is asked rather than more.
            CertificateStanding::NotStated => {
                session.capability.unwrap_or(Capability::EligibilityOnly)
            }
        });
        match registration {
            RegistrationState::Registered | RegistrationState::Unknown => self.query(),
            RegistrationState::NotRegistered => self.offer(MessageId::OfferRegistration),
            RegistrationState::Released => self.offer(MessageId::OfferRegistrationAgain),
        }
    }

    /// Offers registration; never registers unasked, also not again after a release.
    fn offer(&mut self, words: MessageId) {
        if self.state.session.credential == Credential::Phone {
            return self.give_up(FailureCode::PhoneNotRegistered);
        }
        let session = &self.state.session;
        let allowed = session
            .identified
            .as_ref()
            .is_some_and(|it| self.policy.registration_methods.contains(it.method()));
        if !allowed || session.registration_tried {
            return self.give_up(FailureCode::NotRegistered);
        }
        self.go(Phase::OfferingRegistration);
        let expiry = self.state.session.facts.certificate_expiry;
        if let Some((expiry, today)) = expiry.zip(self.today()) {
            let rule = self.policy.dates.registration;
            if let Some(days_left) = registration_warning(expiry, today, rule) {
                self.notice(Notice::RegistrationMayFail { days_left });
            }
        }
        self.prompt(words);
        let ticket = self.request();
        self.push(Effect::OfferRegistration(ticket));
    }

    pub(super) fn on_registration_choice(&mut self, yes: bool) {
        let patient = self.state.session.authenticated.clone();
        match patient {
            // As if it had been registered: whoever practises sees the next screens.
            Some(_) if yes && self.state.mode == SiteMode::Training => {
                self.state.session.registration_tried = true;
                self.query();
            }
            Some(patient) if yes => {
                self.state.session.registration_tried = true;
                self.go(Phase::Registering);
                let ticket = self.request();
                self.push(Effect::Register(ticket, patient));
            }
            _ => self.give_up(FailureCode::NotRegistered),
        }
    }

    pub(super) fn on_registration(&mut self, answer: RegistrationAnswer) {
        match answer {
            RegistrationAnswer::Registered => self.query(),
            RegistrationAnswer::CertificateTooCloseToExpiry => {
                self.give_up(FailureCode::CertificateTooCloseToExpiry);
            }
            RegistrationAnswer::Refused => self.give_up(FailureCode::RegistrationRefused),
            RegistrationAnswer::Outage(outage) => self.give_up(outage_code(outage)),
        }
    }

    fn query(&mut self) {
        let Some(patient) = self.state.session.authenticated.clone() else {
            return self.give_up(FailureCode::IdentityNotConfirmed);
        };
        self.go(Phase::Querying);
        self.prompt(MessageId::Querying);
        let ticket = self.request();
        self.push(Effect::Query(ticket, patient));
    }

    pub(super) fn on_eligibility(&mut self, answer: EligibilityAnswer) {
        let session = &mut self.state.session;
        session.eligibility = Some(answer.outcome);
        session.reception = answer.reception;
        session.birth = answer.birth.or(session.birth);
        session.health_checkup = answer.health_checkup;
        let gone = session.card_gone;
        match answer.outcome {
            EligibilityOutcome::Valid if gone => {
                session.outcome = Some(Outcome::Partial {
                    at: self.state.phase.code(),
                });
                self.end();
            }
            EligibilityOutcome::Valid => self.start_consents(),
            EligibilityOutcome::NotRegistered if !gone && !session.registration_tried => {
                self.offer(MessageId::OfferRegistration);
            }
            EligibilityOutcome::NotRegistered => self.query_refused(FailureCode::NotRegistered),
            EligibilityOutcome::Invalid => self.query_refused(FailureCode::EligibilityInvalid),
            EligibilityOutcome::NotFound => self.query_refused(FailureCode::EligibilityNotFound),
            EligibilityOutcome::Unavailable(outage) => self.query_failed(outage_code(outage)),
        }
    }

    /// An answer came, and it is no: shown, with the ways that are left.
    fn query_refused(&mut self, code: FailureCode) {
        self.alert(code);
        let outcome = self.fallback(code);
        self.show(outcome);
    }

    /// No answer came.
    pub(super) fn query_failed(&mut self, code: FailureCode) {
        if self.state.session.device_lost {
            self.alert(code);
            self.finish(Outcome::DeviceFailure {
                at: self.state.phase.code(),
            });
        } else {
            self.give_up(code);
        }
    }
}

fn outage_code(outage: UpstreamOutage) -> FailureCode {
    match outage {
        UpstreamOutage::CertificateAuthority => FailureCode::JpkiOutage,
        UpstreamOutage::EligibilitySystem => FailureCode::SystemOutage,
        UpstreamOutage::Network => FailureCode::NetworkDown,
    }
}
