//! Identification by face: the card's face opens the portrait, the camera looks, the engine
//! compares.

use super::{Attempts, Effect, FailureCode, MessageId, Method, Phase, Run};
use crate::checkin::event::{CardFaceAnswer, FaceAnswer, PortraitAnswer, Presentation, ValueId};
use crate::checkin::face_hint::FaceHint;
use crate::checkin::failure::Consumed;
use crate::checkin::identity::{Identified, Proven};
use crate::checkin::policy::PadPolicy;
use crate::checkin::validity::Validity;
use crate::error::ErrorKind;
use crate::face::Challenge;

impl Run<'_> {
    /// Whether a code may be presented at all.
    pub(super) fn card_face_is_usable(&self) -> bool {
        match self.state.session.facts.card_face {
            Attempts::Left(left) => left > self.policy.budgets.card_face_floor,
            Attempts::Blocked => false,
            Attempts::Unknown => self.policy.allow_unknown_card_face_counter,
        }
    }

    pub(super) fn start_unlocking(&mut self) {
        self.go(Phase::UnlockingPortrait);
        self.prompt(MessageId::Reading);
        let ticket = self.request();
        self.push(Effect::ScanCardFace(ticket));
    }

    pub(super) fn on_card_face(&mut self, answer: CardFaceAnswer) {
        match answer {
            CardFaceAnswer::Accepted(value) => self.present(value),
            CardFaceAnswer::Unreadable => self.scan_again(FailureCode::CardFaceUnreadable),
            CardFaceAnswer::Implausible => self.scan_again(FailureCode::CardFaceImplausible),
        }
    }

    /// Presents a code that was read, if the guards allow it.
    fn present(&mut self, value: ValueId) {
        let session = &mut self.state.session;
        if session.good_value != Some(value) {
            if session.tried_values.contains(&value) {
                // The card has refused this one: the same misreading again.
                return self.scan_again(FailureCode::CardFaceImplausible);
            }
            let budget = usize::from(self.policy.budgets.card_face_values);
            if session.tried_values.len() >= budget || !self.card_face_is_usable() {
                self.fail(FailureCode::CardFaceGuarded);
                return self.choose_without(Method::Face);
            }
            self.state.session.tried_values.push(value);
        }
        self.state.session.presented = Some(value);
        let ticket = self.request();
        self.push(Effect::UnlockPortrait(ticket, value));
    }

    /// Nobody knows whether the attempt counted: the counter has to be read anew before another.
    pub(super) fn code_unanswered(&mut self) {
        self.state.session.facts.card_face = Attempts::Unknown;
        self.fail_consuming(FailureCode::CardFaceUnreadable, Consumed::Unknown);
        self.choose_without(Method::Face);
    }

    fn scan_again(&mut self, code: FailureCode) {
        if self.state.session.rescans >= self.policy.budgets.rescans {
            self.fail(code);
            return self.choose_without(Method::Face);
        }
        self.state.session.rescans += 1;
        self.record(code, Consumed::No);
        let ticket = self.request();
        self.push(Effect::ScanCardFace(ticket));
    }

    pub(super) fn on_portrait(&mut self, answer: PortraitAnswer) {
        let presented = self.state.session.presented.take();
        match answer {
            PortraitAnswer::Ready {
                proven,
                birth,
                card_expiry,
                damaged,
            } => {
                let signed = proven.contains(Proven::PortraitSigned);
                let present = proven.contains(Proven::ChipPresent);
                if !signed || (self.policy.require_chip_present && !present) {
                    return self.give_up(FailureCode::NotGenuine);
                }
                let session = &mut self.state.session;
                session.good_value = presented;
                session.proven = session.proven.union(proven);
                session.birth = birth.or(session.birth);
                session.portrait_damaged = damaged;
                session.facts.card_expiry = card_expiry.or(session.facts.card_expiry);
                self.assess_dates();
                if let Validity::Lapsed { .. } = self.state.session.validity {
                    return self.give_up(FailureCode::ExpiredPastGrace);
                }
                self.go(Phase::FaceCapture);
                self.start_face();
            }
            PortraitAnswer::CodeWrong { left } => {
                let session = &mut self.state.session;
                session.facts.card_face = left.map_or(Attempts::Unknown, Attempts::Left);
                let consumed = left.map_or(Consumed::Unknown, |left| Consumed::Yes { left });
                self.record(FailureCode::CardFaceWrong, consumed);
                let spent = self.state.session.tried_values.len()
                    >= usize::from(self.policy.budgets.card_face_values);
                if spent || !self.card_face_is_usable() {
                    self.fail(FailureCode::CardFaceGuarded);
                    return self.choose_without(Method::Face);
                }
                self.scan_again(FailureCode::CardFaceWrong);
            }
            PortraitAnswer::CodeBlocked => {
                self.state.session.facts.card_face = Attempts::Blocked;
                self.fail(FailureCode::CardFaceBlocked);
                self.choose_without(Method::Face);
            }
            PortraitAnswer::NotGenuine => self.give_up(FailureCode::NotGenuine),
            PortraitAnswer::Unanswered => self.code_unanswered(),
            PortraitAnswer::Undecodable => {
                self.fail(FailureCode::PortraitUndecodable);
                self.choose_without(Method::Face);
            }
            PortraitAnswer::TooLarge => {
                self.fail(FailureCode::PortraitTooLarge);
                self.choose_without(Method::Face);
            }
            PortraitAnswer::EngineFailure => {
                self.alert(FailureCode::EngineFailure);
                self.choose_without(Method::Face);
            }
        }
    }

    /// Starts the next attempt; the portrait is in the runner's hands.
    fn start_face(&mut self) {
        self.state.session.face_attempts += 1;
        let attempt = self.state.session.face_attempts;
        self.prompt(MessageId::LookAtCamera);
        let ticket = self.request();
        self.push(Effect::StartFace { ticket, attempt });
    }

    pub(super) fn on_face_hint(&mut self, hint: FaceHint) {
        if self.state.phase == Phase::FaceCapture {
            self.prompt(hint.message());
        } else {
            self.ignore();
        }
    }

    pub(super) fn on_face_challenge(&mut self, challenge: Option<Challenge>) {
        if self.state.phase == Phase::FaceCapture {
            self.prompt(match challenge {
                Some(Challenge::TurnLeft) => MessageId::TurnHeadLeft,
                Some(Challenge::TurnRight) => MessageId::TurnHeadRight,
                Some(Challenge::Blink) => MessageId::BlinkOnce,
                Some(Challenge::ComeNearer) => MessageId::MoveCloser,
                None => MessageId::LookAtCamera,
            });
        } else {
            self.ignore();
        }
    }

    pub(super) fn on_face(&mut self, answer: FaceAnswer) {
        match answer {
            FaceAnswer::Match(presentation) => self.on_match(presentation),
            FaceAnswer::NoMatch(hint) => {
                if let Some(hint) = hint {
                    self.prompt(hint.message());
                }
                self.face_attempt_used(FailureCode::NoMatch);
            }
            FaceAnswer::NoUsableFrame(hint) => self.face_attempt_used(hint.failure()),
            FaceAnswer::Spoof => self.suspect(),
            FaceAnswer::NoLiveness => self.undecided(),
            FaceAnswer::EngineFailure => self.face_attempt_used(FailureCode::EngineFailure),
        }
    }

    fn on_match(&mut self, presentation: Presentation) {
        self.state.session.presentation = presentation;
        if self.policy.pad == PadPolicy::Report && presentation == Presentation::Suspect {
            self.record(FailureCode::SpoofSuspected, Consumed::No);
            if self.policy.tell_staff_of_reported_suspects {
                self.ring(MessageId::StaffSpoof);
            }
        }
        if self.policy.pad == PadPolicy::Enforce {
            match presentation {
                Presentation::Passed => {}
                Presentation::Suspect => return self.suspect(),
                Presentation::NoResponse => return self.undecided(),
                // A detector that does not speak has not passed anybody.
                Presentation::NotChecked => {
                    return self.face_attempt_used(FailureCode::EngineFailure);
                }
            }
        }
        let session = &self.state.session;
        let proven = session.proven.with(Proven::FaceMatch);
        match Identified::new(session.id, Method::Face, proven) {
            Some(identified) => self.authenticate(identified),
            None => self.give_up(FailureCode::NotGenuine),
        }
    }

    /// Staff are told, the patient is told no more than at any other miss.
    fn suspect(&mut self) {
        self.state.session.presentation = Presentation::Suspect;
        self.ring(MessageId::StaffSpoof);
        self.face_attempt_used(FailureCode::SpoofSuspected);
    }

    /// Nobody is suspected, but nobody passed either.
    fn undecided(&mut self) {
        self.state.session.presentation = Presentation::NoResponse;
        self.face_attempt_used(FailureCode::LivenessUndecided);
    }

    pub(super) fn face_attempt_used(&mut self, code: FailureCode) {
        if self.state.session.face_attempts < self.policy.budgets.face_attempts {
            self.fail(code);
            self.abandon();
            self.start_face();
            if let Some(deadline) = self.deadline(Phase::FaceCapture) {
                self.arm(deadline);
            }
        } else {
            self.record(code, Consumed::No);
            self.fail(FailureCode::FaceBudgetUsed);
            self.choose_without(Method::Face);
        }
    }

    pub(super) fn face_failed(&mut self, kind: ErrorKind) {
        match kind {
            ErrorKind::Disconnected | ErrorKind::Unavailable | ErrorKind::NotFound => {
                self.alert(FailureCode::CameraLost);
                self.choose_without(Method::Face);
            }
            ErrorKind::TimedOut => {
                self.alert(FailureCode::CameraStalled);
                self.choose_without(Method::Face);
            }
            _ => self.face_attempt_used(FailureCode::EngineFailure),
        }
    }
}
