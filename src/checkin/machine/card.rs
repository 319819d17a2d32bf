//! The card: arrival, screening, removal.

use super::{
    CancelledBy, Credential, Detail, Effect, FailureCode, MessageId, Outcome, Phase, RemoveReason,
    Run, SiteMode,
};
use crate::checkin::event::{CardAnswer, CardFacts};
use crate::checkin::failure::Consumed;
use crate::checkin::report::Notice;
use crate::checkin::validity::{CardUse, Unknown, Validity, assess};
use crate::error::ErrorKind;

impl Run<'_> {
    pub(super) fn on_card_arrived(&mut self) {
        match self.state.phase {
            Phase::Idle => {
                self.state.slot = true;
                self.go(Phase::CardSettling);
                self.prompt(MessageId::Reading);
                let debounce = self.policy.deadlines.debounce;
                self.push(Effect::SettleCard { debounce });
            }
            // The card was in the bag after all.
            Phase::WithoutCard => {
                self.state.session.outcome = Some(Outcome::Cancelled {
                    by: CancelledBy::Patient,
                });
                self.end();
                self.on_card_arrived();
            }
            // Whose card it is cannot be told: it has to be taken away first.
            Phase::PhoneAwait => {
                self.state.slot = true;
                self.fail(FailureCode::CardAndPhone);
                self.finish(Outcome::Cancelled {
                    by: CancelledBy::Patient,
                });
            }
            Phase::OutOfService(_) => {
                self.state.slot = true;
                self.prompt(MessageId::UseCounter);
            }
            _ => {
                // Perhaps the next patient's card: it is asked out when this session is over.
                self.state.slot = true;
                self.ignore();
            }
        }
    }

    pub(super) fn on_card_stable(&mut self) {
        if self.state.phase != Phase::CardSettling {
            return self.ignore();
        }
        // The session begins before the phase, so that settling is no step of it.
        self.go(Phase::ReadingCard);
        self.open_session(Credential::Card);
        let ticket = self.request();
        self.push(Effect::ReadCard(ticket));
    }

    /// Something lies there with which no session can be held.
    pub(super) fn on_unusable_card(&mut self, code: FailureCode) {
        match self.state.phase {
            Phase::Idle if code == FailureCode::Multiple => self.prompt(MessageId::OneCard),
            Phase::CardSettling => {
                self.open_session(Credential::Card);
                self.unreadable(code);
            }
            Phase::ReadingCard => self.unreadable(code),
            _ => self.ignore(),
        }
    }

    pub(super) fn unreadable(&mut self, code: FailureCode) {
        self.fail(code);
        self.finish(self.fallback(code));
    }

    pub(super) fn on_card_left(&mut self) {
        self.state.slot = false;
        match self.state.phase {
            Phase::OutOfService(_) | Phase::Idle => self.ignore(),
            Phase::CardSettling | Phase::RemoveCard(_) => self.end(),
            // Somebody else's card, that was laid there while a phone was used.
            _ if self.state.session.credential != Credential::Card => self.ignore(),
            // The answer under way belongs to this patient even if the card is gone.
            Phase::Querying | Phase::Submitting => self.state.session.card_gone = true,
            Phase::Consenting(_) => {
                self.state.session.card_gone = true;
                self.interrupt_consents();
            }
            Phase::Showing => {
                self.state.session.card_gone = true;
                self.finish_showing();
            }
            phase => {
                if phase == Phase::PinVerifying {
                    // Nobody heard whether the attempt counted: the counter is read afresh.
                    self.forget_pin_counter();
                    self.fail_consuming(FailureCode::RemovedDuring, Consumed::Unknown);
                } else {
                    self.fail(FailureCode::RemovedDuring);
                }
                self.state.session.card_gone = true;
                self.state.session.outcome = Some(Outcome::Aborted { at: phase.code() });
                self.end();
            }
        }
    }

    pub(super) fn on_card(&mut self, answer: CardAnswer) {
        match answer {
            CardAnswer::Read(facts) => self.on_card_read(facts),
            CardAnswer::NotMyNumberCard => self.unreadable(FailureCode::NotMyNumberCard),
            CardAnswer::Mute => self.unreadable(FailureCode::Mute),
            CardAnswer::Malformed => self.unreadable(FailureCode::FileMalformed),
            CardAnswer::NotGenuine => self.give_up(FailureCode::NotGenuine),
            CardAnswer::NotYetValid => self.give_up(FailureCode::CertificateNotYetValid),
        }
    }

    fn on_card_read(&mut self, facts: CardFacts) {
        self.state.session.proven = facts.proven;
        self.state.session.facts = facts;
        self.assess_dates();
        if let Validity::Lapsed { .. } = self.state.session.validity {
            return self.give_up(FailureCode::ExpiredPastGrace);
        }
        if self.state.mode == SiteMode::SystemFailure {
            // Nobody is asked for a PIN or a face that no system would look at.
            return self.give_up(FailureCode::SystemOutage);
        }
        let staff_first = self.state.session.staff_wanted
            || self.state.assist.staff_present
            || self.state.mode == SiteMode::StaffAssist;
        if staff_first {
            self.start_staff_gate();
        } else {
            self.choose();
        }
    }

    /// Works out validity and tells the patient what it means, once per thing to tell.
    pub(super) fn assess_dates(&mut self) {
        let facts = &self.state.session.facts;
        let validity = assess(
            facts.certificate_expiry,
            facts.card_expiry,
            self.calendar(),
            &self.policy.dates,
        );
        let purpose = match self.state.session.credential {
            Credential::Phone => CardUse::HealthInsuranceOnPhone,
            _ => CardUse::HealthInsurance,
        };
        self.state.session.validity = validity;
        self.state.session.capability = validity.capability(purpose);
        match validity {
            Validity::ExpiresSoon {
                not_after,
                days_left,
            } => {
                self.notice(Notice::ExpiresSoon {
                    not_after,
                    days_left,
                });
            }
            Validity::Grace { until } if purpose == CardUse::HealthInsurance => {
                self.notice(Notice::InGrace { until });
            }
            Validity::Unknown(Unknown::ClockUntrusted) => self.distrust_clock(),
            _ => {}
        }
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        if self.state.session.notices.contains(&notice) {
            return;
        }
        self.state.session.notices.push(notice);
        match notice {
            Notice::ExpiresSoon { days_left, .. } => {
                self.prompt_with(MessageId::ExpiresSoon, Detail::DaysLeft(days_left));
            }
            Notice::InGrace { until } => {
                self.prompt_with(MessageId::ExpiredInGrace, Detail::LastDay(until));
            }
            Notice::RegistrationMayFail { days_left } => {
                self.prompt_with(MessageId::RegistrationMayFail, Detail::DaysLeft(days_left));
            }
            Notice::ClockUntrusted => {}
        }
    }

    pub(super) fn read_failed(&mut self, kind: ErrorKind) {
        if self.state.session.read_retries < self.policy.budgets.read_retries {
            self.state.session.read_retries += 1;
            let ticket = self.request();
            return self.push(Effect::ReadCard(ticket));
        }
        self.unreadable(match kind {
            ErrorKind::Busy | ErrorKind::PermissionDenied => FailureCode::Busy,
            ErrorKind::Unsupported => FailureCode::Unsupported,
            ErrorKind::TimedOut => FailureCode::Mute,
            _ => FailureCode::ProtocolError,
        });
    }

    /// The card is still there.
    pub(super) fn remind(&mut self) {
        let left_behind = self.state.phase == Phase::RemoveCard(RemoveReason::LeftBehind);
        self.prompt(if left_behind {
            MessageId::CardLeftBehind
        } else {
            MessageId::RemoveCard
        });
        let waited = self.now.at.since(self.state.entered);
        if waited >= self.policy.deadlines.left_behind_alarm && !self.state.alarmed {
            self.state.alarmed = true;
            self.ring(MessageId::StaffCardLeft);
        }
        let reminder = self.policy.deadlines.reminder;
        self.arm(reminder);
    }

    pub(super) fn on_staff_clear(&mut self) {
        match self.state.phase {
            Phase::RemoveCard(_) => {
                self.state.slot = false;
                self.end();
            }
            _ => self.ignore(),
        }
    }
}
