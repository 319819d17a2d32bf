//! Consents, their sending, and the result.

use super::{Effect, FailureCode, MessageId, Outcome, Phase, RemoveReason, Run, SiteMode};
use crate::checkin::consent::{Asked, ConsentPlan, ConsentRecord};
use crate::checkin::event::ConsentAnswer;
use crate::checkin::failure::Consumed;
use crate::checkin::validity::Capability;

impl Run<'_> {
    pub(super) fn start_consents(&mut self) {
        let today = self.today();
        let session = &mut self.state.session;
        let asked = Asked {
            birth: session.birth,
            today,
            health_checkup: session.health_checkup,
        };
        let capability = session.capability.unwrap_or(Capability::EligibilityOnly);
        session.plan = ConsentPlan::new(&self.policy.consent, capability, asked);
        session.consents = ConsentRecord::of(&session.plan);
        self.ask_from(0);
    }

    /// Asks screen `step`, or goes on if the plan has no such screen.
    fn ask_from(&mut self, step: usize) {
        self.state.session.prompted_again = false;
        if self.state.session.plan.steps().len() <= step {
            return self.submit();
        }
        self.go(Phase::Consenting(step));
        self.ask(step, MessageId::AskConsent);
    }

    fn ask(&mut self, step: usize, message: MessageId) {
        let Some(items) = self
            .state
            .session
            .plan
            .steps()
            .get(step)
            .map(|it| it.items.clone())
        else {
            return self.submit();
        };
        self.prompt(message);
        let ticket = self.request();
        let detail = items.len() > 1;
        self.push(Effect::AskConsent {
            ticket,
            items,
            detail,
        });
    }

    pub(super) fn on_consent(&mut self, answer: ConsentAnswer) {
        let Phase::Consenting(step) = self.state.phase else {
            return self.ignore();
        };
        if answer == ConsentAnswer::Detail {
            // A screen with one item has no detail: it is asked again as it is.
            if self.state.session.plan.split(step) {
                return self.ask_from(step);
            }
            return self.ask(step, MessageId::AskConsent);
        }
        let session = &mut self.state.session;
        if let Some(screen) = session.plan.steps().get(step) {
            let yes = answer == ConsentAnswer::Yes;
            let at = self.now.calendar.instant;
            let valid_for = self.policy.consent.valid_for;
            session.consents.answer(&screen.items, yes, at, valid_for);
        }
        self.ask_from(step + 1);
    }

    pub(super) fn consent_timed_out(&mut self) {
        let Phase::Consenting(step) = self.state.phase else {
            return self.ignore();
        };
        if self.state.session.prompted_again {
            return self.interrupt_consents();
        }
        self.state.session.prompted_again = true;
        self.abandon();
        self.ask(step, MessageId::ConsentAgain);
        if let Some(deadline) = self.deadline(self.state.phase) {
            self.arm(deadline);
        }
    }

    /// Eligibility stands; what was not answered was not asked.
    pub(super) fn interrupt_consents(&mut self) {
        let at = self.state.phase.code();
        self.finish(Outcome::Partial { at });
    }

    fn submit(&mut self) {
        let Some(patient) = self.state.session.authenticated.clone() else {
            return self.give_up(FailureCode::IdentityNotConfirmed);
        };
        if self.state.mode == SiteMode::Training {
            // Consents that somebody gave for practice are nobody's.
            self.prompt(MessageId::Done);
            return self.show(Outcome::Completed);
        }
        if self.state.phase != Phase::Submitting {
            self.go(Phase::Submitting);
        }
        let consents = self.state.session.consents.clone();
        let ticket = self.request();
        self.push(Effect::Submit(ticket, patient, consents));
    }

    pub(super) fn on_submitted(&mut self) {
        self.state.session.consents_sent = true;
        self.prompt(MessageId::Done);
        self.show(Outcome::Completed);
    }

    pub(super) fn submit_failed(&mut self) {
        if !self.state.session.submit_retried {
            self.state.session.submit_retried = true;
            self.record(FailureCode::ConsentsNotSent, Consumed::No);
            self.abandon();
            self.submit();
            if let Some(deadline) = self.deadline(Phase::Submitting) {
                self.arm(deadline);
            }
            return;
        }
        self.alert(FailureCode::ConsentsNotSent);
        self.show(Outcome::Partial {
            at: Phase::Submitting.code(),
        });
    }

    /// Shows the result to the patient, if there still is one.
    pub(super) fn show(&mut self, outcome: Outcome) {
        self.state.session.outcome = Some(outcome);
        if self.state.session.card_gone {
            return self.end();
        }
        self.go(Phase::Showing);
    }

    pub(super) fn finish_showing(&mut self) {
        let outcome = self
            .state
            .session
            .outcome
            .take()
            .unwrap_or(Outcome::Completed);
        self.finish_because(outcome, RemoveReason::Done);
    }
}
