//! A phone in the place of the card. It is read by a device of its own, has no grace period, and
//! cannot be registered.

use jiff::civil::Date;

use super::{CancelledBy, Credential, Effect, FailureCode, MessageId, Method, Phase, Run};
use crate::checkin::event::CardFacts;
use crate::checkin::failure::Consumed;
use crate::checkin::identity::{Identified, MethodSet, Proven, ProvenSet};
use crate::checkin::policy::SiteMode;
use crate::checkin::ports::PhoneAnswer;
use crate::checkin::validity::Capability;
use crate::error::ErrorKind;

impl Run<'_> {
    /// A method was chosen before any card came.
    pub(super) fn on_phone_chosen(&mut self, method: Method) {
        let offered = self.policy.methods.and(self.policy.context.methods());
        let phones = offered.and(MethodSet::of_phone());
        if self.state.mode == SiteMode::SystemFailure || !phones.contains(method) {
            return self.prompt(MessageId::MethodUnavailable);
        }
        self.go(Phase::PhoneAwait);
        self.open_session(Credential::Phone);
        self.state.session.phone = Some(method);
        self.await_phone(method);
    }

    fn await_phone(&mut self, method: Method) {
        self.prompt(MessageId::HoldPhone);
        let ticket = self.request();
        self.push(Effect::AwaitPhone { ticket, method });
    }

    pub(super) fn on_phone(&mut self, answer: PhoneAnswer) {
        match answer {
            PhoneAnswer::Verified {
                certificate_expiry,
                proven,
            } => self.on_phone_verified(certificate_expiry, proven),
            PhoneAnswer::PinWrong { left } => {
                let consumed = left.map_or(Consumed::Unknown, |left| Consumed::Yes { left });
                self.fail_consuming(FailureCode::PhonePinWrong, consumed);
                // The last try is left for a place where somebody can unlock the phone.
                if left.is_some_and(|left| left > 1) {
                    self.hold_again(FailureCode::PhonePinWrong);
                } else {
                    self.finish(self.fallback(FailureCode::PhonePinWrong));
                }
            }
            PhoneAnswer::PinBlocked => self.give_up(FailureCode::PhonePinBlocked),
            PhoneAnswer::Unreadable => {
                self.fail(FailureCode::PhoneUnreadable);
                self.hold_again(FailureCode::PhoneUnreadable);
            }
            PhoneAnswer::Cancelled => self.cancelled(CancelledBy::Patient),
        }
    }

    /// Waits for the same phone once more, a few times.
    fn hold_again(&mut self, code: FailureCode) {
        let retries = self.state.session.read_retries;
        match self.state.session.phone {
            Some(method) if retries < self.policy.budgets.read_retries => {
                self.state.session.read_retries += 1;
                self.await_phone(method);
                if let Some(deadline) = self.deadline(Phase::PhoneAwait) {
                    self.arm(deadline);
                }
            }
            _ => self.finish(self.fallback(code)),
        }
    }

    fn on_phone_verified(&mut self, certificate_expiry: Option<Date>, proven: ProvenSet) {
        self.state.session.proven = proven;
        self.state.session.facts = CardFacts {
            certificate_expiry,
            proven,
            ..CardFacts::default()
        };
        self.assess_dates();
        if self.state.session.capability == Some(Capability::None) {
            return self.give_up(FailureCode::PhoneExpired);
        }
        let session = &self.state.session;
        let identified = session.phone.and_then(|method| {
            let proven = match method {
                Method::PhonePin => session.proven.with(Proven::PinVerified),
                _ => session.proven,
            };
            Identified::new(session.id, method, proven)
        });
        match identified {
            Some(identified) => self.authenticate(identified),
            None => self.give_up(FailureCode::NotGenuine),
        }
    }

    /// The phone's reader failed.
    pub(super) fn phone_failed(&mut self, kind: ErrorKind) {
        self.give_up(match kind {
            ErrorKind::Unsupported => FailureCode::Unsupported,
            _ => FailureCode::PhoneUnreadable,
        });
    }
}
