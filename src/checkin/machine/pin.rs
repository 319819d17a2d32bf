//! Identification by PIN. Whatever happens, a PIN is presented at most once per entry.

use super::{Attempts, Detail, Effect, FailureCode, MessageId, Method, Outcome, Phase, Run};
use crate::checkin::event::PinAnswer;
use crate::checkin::failure::Consumed;
use crate::checkin::identity::{Identified, Proven, ProvenSet};
use crate::checkin::policy::PinOwner;

impl Run<'_> {
    pub(super) fn start_pin(&mut self) {
        self.state.session.last_try_acknowledged = false;
        self.go(Phase::PinEntry);
        self.ask_pin();
    }

    /// Asks for the PIN, or first for the word that its last try is meant.
    fn ask_pin(&mut self) {
        let session = &self.state.session;
        let guarded = self.policy.budgets.guard_last_attempt && session.is_last_try();
        if guarded && !session.last_try_acknowledged {
            return self.fail(FailureCode::LastTry);
        }
        match self.policy.pin_owner {
            PinOwner::Library => {
                let detail = match session.facts.pin {
                    Attempts::Left(left) => Detail::TriesLeft(left),
                    _ => Detail::None,
                };
                self.prompt_with(MessageId::EnterPin, detail);
                let ticket = self.request();
                self.push(Effect::CollectPin(ticket));
            }
            PinOwner::ExternalSoftware => {
                self.prompt(MessageId::EnterPin);
                self.push(Effect::ReleaseCard);
                // The other software collects the digits itself, at the patient's pace.
                self.state.session.entry_in_device = true;
                self.go(Phase::PinVerifying);
                let ticket = self.request();
                self.push(Effect::ExternalPin(ticket));
            }
        }
    }

    pub(super) fn on_last_try_acknowledged(&mut self) {
        let waiting = self.state.phase == Phase::PinEntry && self.state.request.is_none();
        if !waiting {
            return self.ignore();
        }
        self.state.session.last_try_acknowledged = true;
        self.ask_pin();
    }

    pub(super) fn on_pin_unknown(&mut self) {
        match self.state.phase {
            Phase::PinEntry | Phase::ChooseMethod => {
                self.prompt(MessageId::PinNotNeeded);
                self.choose_without(Method::Pin);
            }
            _ => self.ignore(),
        }
    }

    pub(super) fn on_pin_digits(&mut self, count: u8) {
        match self.state.phase {
            Phase::PinEntry | Phase::PinVerifying => self.push(Effect::ShowDigits(count)),
            _ => self.ignore(),
        }
    }

    pub(super) fn on_pin(&mut self, answer: PinAnswer) {
        let verifying = self.state.phase == Phase::PinVerifying;
        match answer {
            PinAnswer::Ready { entry_in_device } if !verifying => {
                self.state.session.entry_in_device = entry_in_device;
                self.go(Phase::PinVerifying);
                let ticket = self.request();
                self.push(Effect::VerifyPin(ticket));
            }
            // In these three the card was not asked.
            PinAnswer::NotFourDigits => {
                self.prompt(MessageId::PinFourDigits);
                self.state.session.malformed_entries += 1;
                if self.state.session.malformed_entries > self.policy.budgets.malformed_entries {
                    // A pad that goes on so is broken, or nobody is there.
                    self.fail(FailureCode::PinPadFailed);
                    self.choose_without(Method::Pin);
                } else if verifying {
                    self.choose();
                } else {
                    let ticket = self.request();
                    self.push(Effect::CollectPin(ticket));
                }
            }
            PinAnswer::Cancelled => {
                self.record(FailureCode::PinPadCancelled, Consumed::No);
                self.choose();
            }
            PinAnswer::TimedOut => {
                self.record(FailureCode::PinPadTimeout, Consumed::No);
                self.choose();
            }
            PinAnswer::Verified { proven } if verifying => {
                self.identified_by_pin(proven);
            }
            PinAnswer::Wrong { left } if verifying => self.pin_wrong(left),
            PinAnswer::Blocked => {
                self.state.session.facts.pin = Attempts::Blocked;
                self.fail(FailureCode::PinBlocked);
                self.choose_without(Method::Pin);
            }
            PinAnswer::Withheld { left } if verifying => {
                self.state.session.facts.pin = Attempts::Left(left);
                self.fail(FailureCode::LastTry);
                self.choose();
            }
            PinAnswer::Unanswered if verifying => self.pin_unanswered(),
            PinAnswer::CardFailed if verifying => self.give_up(FailureCode::ProtocolError),
            PinAnswer::NotGenuine if verifying => self.give_up(FailureCode::NotGenuine),
            // Answers about a VERIFY that nobody asked for: the pad cannot be trusted with one.
            PinAnswer::Ready { .. }
            | PinAnswer::Verified { .. }
            | PinAnswer::Wrong { .. }
            | PinAnswer::Withheld { .. }
            | PinAnswer::CardFailed
            | PinAnswer::NotGenuine
            | PinAnswer::Unanswered => {
                self.fail(FailureCode::PinPadFailed);
                self.choose_without(Method::Pin);
            }
        }
    }

    fn identified_by_pin(&mut self, proven: ProvenSet) {
        let session = &self.state.session;
        let proven = session.proven.union(proven).with(Proven::PinVerified);
        if let Some(identified) = Identified::new(session.id, Method::Pin, proven) {
            self.authenticate(identified);
        }
    }

    /// Other software has seen the PIN accepted and the government system's answer at once.
    pub(super) fn identified_by_other_software(&mut self) -> Option<Identified> {
        let session = &self.state.session;
        let proven = session.proven.with(Proven::PinVerified);
        Identified::new(session.id, Method::Pin, proven)
    }

    fn pin_wrong(&mut self, left: Option<u8>) {
        self.state.session.last_try_acknowledged = false;
        // A counter that does not fall after a wrong PIN tells nothing.
        let left = left.filter(|left| match self.state.session.facts.pin {
            Attempts::Left(before) => *left < before,
            _ => true,
        });
        self.state.session.facts.pin = left.map_or(Attempts::Unknown, Attempts::Left);
        if left == Some(0) {
            self.fail(FailureCode::PinBlocked);
            return self.choose_without(Method::Pin);
        }
        let consumed = left.map_or(Consumed::Unknown, |left| Consumed::Yes { left });
        self.fail_consuming(FailureCode::PinWrong, consumed);
        if self.state.session.is_last_try() && self.policy.budgets.guard_last_attempt {
            // The default route leads away from the last try; who wants it chooses the PIN again.
            self.fail(FailureCode::LastTry);
            return self.choose();
        }
        self.start_pin();
    }

    /// Nobody knows whether the attempt counted: no second VERIFY on this card in this session.
    pub(super) fn pin_unanswered(&mut self) {
        self.forget_pin_counter();
        self.fail_consuming(FailureCode::PinUnanswered, Consumed::Unknown);
        self.ring(FailureCode::PinUnanswered.staff_message());
        let outcome: Outcome = self.fallback(FailureCode::PinUnanswered);
        self.finish(outcome);
    }
}
