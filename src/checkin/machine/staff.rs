//! Identification by staff, who compare the person with the *printed* photo: it needs no
//! portrait, no camera and no PIN, and stays open when those are locked. One pass code is good
//! for one session.

use super::{Effect, FailureCode, MessageId, Method, Phase, Run};
use crate::checkin::identity::{Identified, Proven};
use crate::checkin::ports::StaffCodeAnswer;

impl Run<'_> {
    /// Whether staff codes are refused for a while, because somebody guessed.
    pub(super) fn staff_is_locked(&self) -> bool {
        self.state
            .staff_locked_until
            .is_some_and(|until| self.now.at < until)
    }

    fn staff_may_confirm(&self) -> bool {
        self.policy
            .methods
            .and(self.policy.context.methods())
            .contains(Method::StaffVisual)
            && self.card_is_here()
            && !self.state.session.excluded.contains(Method::StaffVisual)
            && !self.staff_is_locked()
    }

    pub(super) fn on_call_staff(&mut self) {
        match self.state.phase {
            Phase::ReadingCard => {
                // The card is read first: a card past its grace helps nobody at the gate either.
                self.state.session.staff_wanted = true;
                self.call();
            }
            Phase::ChooseMethod
            | Phase::UnlockingPortrait
            | Phase::FaceCapture
            | Phase::PinEntry
            | Phase::OfferingRegistration
            | Phase::Registering => {
                self.call();
                if self.staff_may_confirm() {
                    self.start_staff_gate();
                }
            }
            Phase::Consenting(_) => {
                // Whoever comes may press what the patient says.
                self.state.session.consents_assisted = true;
                self.call();
            }
            // Help is never refused, also where it changes nothing else.
            _ => self.call(),
        }
    }

    fn call(&mut self) {
        self.state.session.assisted |= self.state.session.open;
        self.prompt(MessageId::StaffComing);
        self.ring(MessageId::StaffIdentityHelp);
    }

    pub(super) fn start_staff_gate(&mut self) {
        if !self.staff_may_confirm() {
            return self.choose();
        }
        if self.state.session.choices >= self.policy.budgets.choices {
            return self.give_up(FailureCode::IdentityNotConfirmed);
        }
        self.state.session.choices += 1;
        self.go(Phase::StaffGate);
        self.ask_staff_code();
    }

    fn ask_staff_code(&mut self) {
        self.prompt(MessageId::StaffEnterCode);
        let ticket = self.request();
        self.push(Effect::AskStaffCode(ticket));
    }

    pub(super) fn on_staff_code(&mut self, answer: StaffCodeAnswer) {
        match answer {
            StaffCodeAnswer::Accepted { role } => {
                self.state.staff_bad_codes = 0;
                self.state.session.staff_role = Some(role);
                self.state.session.assisted = true;
                self.go(Phase::StaffConfirm);
                self.prompt(MessageId::StaffCompare);
                self.push(Effect::AskStaffToCompare);
            }
            StaffCodeAnswer::Wrong => {
                // Counted across sessions: a guesser may take the card and come back.
                self.state.staff_bad_codes += 1;
                self.fail(FailureCode::StaffCodeWrong);
                if self.state.staff_bad_codes < self.policy.budgets.staff_codes {
                    return self.ask_staff_code();
                }
                self.state.staff_bad_codes = 0;
                self.state.staff_locked_until =
                    Some(self.now.at + self.policy.deadlines.staff_cool_down);
                self.ring(MessageId::StaffLocked);
                self.choose_without(Method::StaffVisual);
            }
            StaffCodeAnswer::Cancelled => self.choose(),
        }
    }

    pub(super) fn on_staff_decision(&mut self, same: bool) {
        if self.state.phase != Phase::StaffConfirm {
            return self.ignore();
        }
        if !same {
            return self.give_up(FailureCode::IdentityNotConfirmed);
        }
        let session = &self.state.session;
        let proven = session.proven.with(Proven::StaffVisual);
        if let Some(identified) = Identified::new(session.id, Method::StaffVisual, proven) {
            self.authenticate(identified);
        }
    }
}
