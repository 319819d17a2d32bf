//! The transition function. This file holds the dispatch and the rules that hold in every state;
//! its neighbours hold the states by group.

mod card;
mod events;
mod face;
mod pin;
mod result;
mod staff;
mod upstream;

use std::time::Duration;

use super::effect::{Detail, Effect, Prompt};
use super::event::{Answer, Attempts, CardProfile, Event, Ticket, TimerId};
use super::failure::{Consumed, Failure, FailureCode};
use super::identity::{Method, MethodSet, SessionId};
use super::messages::MessageId;
use super::policy::{AssistProfile, Policy, SiteMode};
use super::report::{CancelledBy, Outcome, SessionReport, StepTime};
use super::state::{OutOfServiceReason, Phase, RemoveReason, Session, State};
use crate::time::{Timestamp, UtcTime};

/// When an event happened, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Monotonic, for deadlines.
    pub at: Timestamp,
    /// The calendar, for dates and consents.
    pub calendar: UtcTime,
}

/// Takes one event and says what is to be done about it. Pure: no I/O, no clock, no randomness.
///
/// An event that means nothing in `state` is ignored and counted; it never fails.
#[must_use]
pub fn step(state: State, event: Event, now: Now, policy: &Policy) -> (State, Vec<Effect>) {
    let mut run = Run {
        state,
        now,
        policy,
        effects: Vec::new(),
    };
    run.dispatch(event);
    (run.state, run.effects)
}

/// At most this many failures are kept per session: a stuck device must not fill the memory.
const KEPT_FAILURES: usize = 64;

/// One step under way.
struct Run<'a> {
    state: State,
    now: Now,
    policy: &'a Policy,
    effects: Vec<Effect>,
}

impl Run<'_> {
    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Timeout(timer) => {
                if self.state.timer == Some(timer) {
                    self.state.timer = None;
                    self.on_timeout();
                } else {
                    self.state.counters.stale_timers += 1;
                }
            }
            Event::Answer(ticket, answer) => {
                if self.state.request != Some(ticket) {
                    self.state.counters.stale_answers += 1;
                } else if let Answer::FaceHint(hint) = answer {
                    self.on_face_hint(hint);
                } else if self.answers_phase(&answer) {
                    self.state.request = None;
                    self.on_answer(answer);
                } else {
                    // A runner's mistake. The request stays open and its deadline ends it.
                    self.ignore();
                }
            }
            other => self.on_event(other),
        }
    }

    fn ignore(&mut self) {
        self.state.counters.ignored += 1;
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn prompt(&mut self, message: MessageId) {
        self.prompt_with(message, Detail::None);
    }

    fn prompt_with(&mut self, message: MessageId, detail: Detail) {
        let audio = self.state.assist.audio;
        self.push(Effect::Prompt(Prompt {
            message,
            detail,
            audio,
        }));
    }

    fn ring(&mut self, message: MessageId) {
        self.push(Effect::NotifyStaff {
            message,
            failure: None,
        });
    }

    /// Writes a failure down and tells the patient.
    fn fail(&mut self, code: FailureCode) {
        self.fail_consuming(code, Consumed::No);
    }

    fn fail_consuming(&mut self, code: FailureCode, consumed: Consumed) {
        self.record(code, consumed);
        let detail = match consumed {
            Consumed::Yes { left } => Detail::TriesLeft(left),
            _ => Detail::None,
        };
        self.prompt_with(code.patient_message(), detail);
    }

    /// Writes a failure down and tells patient and staff.
    fn alert(&mut self, code: FailureCode) {
        self.fail(code);
        let failure = Some(Failure::new(code, self.state.phase.code()));
        self.push(Effect::NotifyStaff {
            message: code.staff_message(),
            failure,
        });
    }

    fn record(&mut self, code: FailureCode, consumed: Consumed) {
        let failure = Failure::new(code, self.state.phase.code()).consuming(consumed);
        if self.state.session.failures.len() < KEPT_FAILURES {
            self.state.session.failures.push(failure);
        }
    }

    /// A ticket for a new request of this session.
    fn request(&mut self) -> Ticket {
        let ticket = Ticket {
            session: self.state.session.id,
            number: self.state.next_request,
        };
        self.state.next_request = self.state.next_request.wrapping_add(1);
        self.state.request = Some(ticket);
        ticket
    }

    fn arm(&mut self, duration: Duration) {
        self.disarm();
        let timer = TimerId(self.state.next_timer);
        self.state.next_timer += 1;
        self.state.timer = Some(timer);
        self.push(Effect::ArmTimer(timer, self.now.at + duration));
    }

    fn disarm(&mut self) {
        if let Some(timer) = self.state.timer.take() {
            self.push(Effect::CancelTimer(timer));
        }
    }

    /// Gives up the open request.
    fn abandon(&mut self) {
        if let Some(ticket) = self.state.request.take() {
            self.push(Effect::Abandon(ticket));
        }
    }

    /// The deadline of `phase`, and whether a person's pace decides it.
    fn deadline(&self, phase: Phase) -> Option<Duration> {
        let deadlines = &self.policy.deadlines;
        let (deadline, human) = match phase {
            Phase::OutOfService(_) | Phase::Idle => return None,
            Phase::CardSettling => (deadlines.settling, false),
            Phase::ReadingCard => (deadlines.reading, false),
            Phase::ChooseMethod => (deadlines.choosing, true),
            Phase::UnlockingPortrait => (deadlines.unlocking, false),
            Phase::FaceCapture => (deadlines.face, true),
            Phase::PinEntry => (deadlines.pin_entry, true),
            Phase::PinVerifying if self.state.session.entry_in_device => {
                (deadlines.pin_entry + deadlines.pin_verifying, true)
            }
            Phase::PinVerifying => (deadlines.pin_verifying, false),
            Phase::StaffGate => (deadlines.staff_gate, true),
            Phase::StaffConfirm => (deadlines.staff_confirm, true),
            Phase::Authenticating => (deadlines.authenticating, false),
            Phase::OfferingRegistration => (deadlines.registration_offer, true),
            Phase::Registering => (deadlines.registering, false),
            Phase::Querying => (deadlines.querying, false),
            Phase::Consenting(_) => (deadlines.consenting, true),
            Phase::Submitting => (deadlines.submitting, false),
            Phase::Showing => (deadlines.showing, true),
            Phase::RemoveCard(RemoveReason::ShuttingDown) => (deadlines.shutdown, false),
            Phase::RemoveCard(_) => (deadlines.reminder, false),
        };
        let factor = if human && self.state.assist.extra_time {
            deadlines.assist_factor
        } else {
            1
        };
        Some(deadline.saturating_mul(factor.max(1)))
    }

    /// Leaves the phase for `next`: nothing that belongs to it stays behind.
    fn leave(&mut self, next: Phase) {
        let old = self.state.phase;
        if self.state.session.open {
            let took = self.now.at.since(self.state.entered);
            self.state.session.steps.push(StepTime {
                step: old.code(),
                took,
            });
        }
        self.abandon();
        self.disarm();
        let carried = matches!(
            (old, next),
            (Phase::UnlockingPortrait, Phase::FaceCapture) | (Phase::PinEntry, Phase::PinVerifying)
        );
        if old.holds_secrets() && !carried {
            self.push(Effect::Wipe);
        }
    }

    fn enter(&mut self, next: Phase) {
        self.state.phase = next;
        self.state.entered = self.now.at;
        self.state.extensions = 0;
        if let Some(deadline) = self.deadline(next) {
            self.arm(deadline);
        }
    }

    fn go(&mut self, next: Phase) {
        self.leave(next);
        self.enter(next);
    }

    /// Begins a session for the card that has settled.
    fn open_session(&mut self) {
        let id = SessionId(self.state.next_session);
        self.state.next_session = self.state.next_session.wrapping_add(1);
        self.state.session = Session {
            open: true,
            id,
            assisted: self.state.assist.staff_present,
            ..Session::default()
        };
    }

    /// The session's result is known; the card has to be taken first, if it is still there.
    fn finish(&mut self, outcome: Outcome) {
        self.finish_because(outcome, RemoveReason::Stopped);
    }

    fn finish_because(&mut self, outcome: Outcome, reason: RemoveReason) {
        self.state.session.outcome = Some(outcome);
        if self.state.session.card_gone {
            self.end();
        } else {
            self.remove(reason);
        }
    }

    fn remove(&mut self, reason: RemoveReason) {
        self.go(Phase::RemoveCard(reason));
        self.state.alarmed = false;
        self.push(Effect::Wipe);
        self.push(Effect::PowerCycleCard);
        self.prompt(match reason {
            RemoveReason::LeftBehind => MessageId::CardLeftBehind,
            _ => MessageId::RemoveCard,
        });
    }

    fn fallback(&self, reason: FailureCode) -> Outcome {
        Outcome::Fallback {
            reason,
            routes: self.policy.routes.clone(),
        }
    }

    /// Says why, tells the staff and sends the patient to the counter.
    fn give_up(&mut self, reason: FailureCode) {
        self.alert(reason);
        self.finish(self.fallback(reason));
    }

    /// Ends the session: the one place that emits `Ended`.
    fn end(&mut self) {
        let at = self.state.phase.code();
        let next = self.resting_place();
        self.leave(next);
        let mut session = std::mem::take(&mut self.state.session);
        if session.open {
            // What never reached the patient's own "yes" stays "not asked"; see `ConsentRecord`.
            let outcome = session.outcome.take().unwrap_or(Outcome::Aborted { at });
            self.push(Effect::Wipe);
            self.push(Effect::Ended(Box::new(self.report(session, outcome))));
            self.state.counters.sessions += 1;
        }
        self.rest(next);
    }

    /// Where the machine goes when no session runs.
    fn resting_place(&self) -> Phase {
        if self.state.shutting_down {
            Phase::OutOfService(OutOfServiceReason::ShuttingDown)
        } else if !self.state.reader {
            Phase::OutOfService(OutOfServiceReason::ReaderLost)
        } else if !self.state.service {
            Phase::OutOfService(OutOfServiceReason::ServiceLost)
        } else if self.state.slot {
            // Whose card it is, nobody saw: it is never processed.
            Phase::RemoveCard(RemoveReason::LeftBehind)
        } else {
            Phase::Idle
        }
    }

    fn rest(&mut self, next: Phase) {
        self.state.assist = AssistProfile::default();
        self.enter(next);
        match next {
            Phase::RemoveCard(_) => {
                self.state.alarmed = false;
                self.push(Effect::PowerCycleCard);
                self.prompt(MessageId::CardLeftBehind);
            }
            Phase::OutOfService(_) => self.prompt(MessageId::UseCounter),
            _ => {
                self.state.mode = self.state.next_mode;
                self.prompt(if self.state.mode == SiteMode::Disaster {
                    MessageId::DisasterWelcome
                } else {
                    MessageId::Welcome
                });
            }
        }
    }

    fn report(&self, session: Session, outcome: Outcome) -> SessionReport {
        let proven = session
            .identified
            .as_ref()
            .map_or(session.proven, |it| it.proven());
        SessionReport {
            session: session.id,
            outcome,
            method: session
                .identified
                .as_ref()
                .map(|identified| identified.method()),
            proven,
            authenticated: session.authenticated.is_some(),
            confirmed_by: session.staff_role,
            eligibility: session.eligibility,
            validity: session.validity,
            capability: session.capability,
            provided: session.plan.provided().to_vec(),
            consents: session.consents,
            consents_sent: session.consents_sent,
            notices: session.notices,
            failures: session.failures,
            steps: session.steps,
            face_attempts: session.face_attempts,
            presentation: session.presentation,
            pad: self.policy.pad,
            match_policy: self.policy.match_policy.clone(),
            mode: self.state.mode,
            assisted: session.assisted,
        }
    }

    /// The methods that are left to this patient.
    fn methods(&self) -> MethodSet {
        let session = &self.state.session;
        let allowed = self.policy.methods.and(self.policy.context.methods());
        let usable = |method| match method {
            Method::Face => {
                self.state.camera
                    && session.face_attempts < self.policy.budgets.face_attempts
                    && self.card_face_is_usable()
            }
            Method::Pin => {
                !matches!(session.facts.pin, Attempts::Blocked | Attempts::Left(0))
                    && session.facts.profile != CardProfile::FaceOnly
                    && (!self.state.assist.tactile_pin || self.policy.tactile_pin_pad)
            }
            Method::StaffVisual => !self.staff_is_locked(),
        };
        allowed
            .iter()
            .filter(|method| !session.excluded.contains(*method) && usable(*method))
            .collect()
    }

    /// Back to the choice of a method, or to the counter if none is left.
    fn choose(&mut self) {
        let methods = self.methods();
        if methods.is_empty() {
            let face_only = self.state.session.facts.profile == CardProfile::FaceOnly;
            return self.give_up(if face_only {
                FailureCode::FaceOnlyUnsupportedHere
            } else {
                FailureCode::IdentityNotConfirmed
            });
        }
        if self.state.session.choices >= self.policy.budgets.choices {
            // Going round for ever helps nobody and holds up the queue.
            return self.give_up(FailureCode::IdentityNotConfirmed);
        }
        self.state.session.choices += 1;
        self.go(Phase::ChooseMethod);
        self.prompt(MessageId::ChooseMethod);
        self.push(Effect::OfferMethods(methods));
    }

    fn choose_without(&mut self, method: Method) {
        self.state.session.excluded = self.state.session.excluded.with(method);
        self.choose();
    }

    /// Whether `answer` is of the kind that this phase asked for.
    fn answers_phase(&self, answer: &Answer) -> bool {
        matches!(
            (self.state.phase, answer),
            (_, Answer::Failed(_))
                | (Phase::ReadingCard, Answer::Card(_))
                | (
                    Phase::UnlockingPortrait,
                    Answer::CardFace(_) | Answer::Portrait(_)
                )
                | (Phase::FaceCapture, Answer::Face(_))
                | (Phase::PinEntry, Answer::Pin(_))
                | (
                    Phase::PinVerifying,
                    Answer::Pin(_) | Answer::Authentication(_)
                )
                | (Phase::StaffGate, Answer::StaffCode(_))
                | (Phase::Authenticating, Answer::Authentication(_))
                | (Phase::OfferingRegistration, Answer::RegistrationChoice(_))
                | (Phase::Registering, Answer::Registration(_))
                | (Phase::Querying, Answer::Eligibility(_))
                | (Phase::Consenting(_), Answer::Consent(_))
                | (Phase::Submitting, Answer::Submitted)
        )
    }

    fn on_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Card(answer) => self.on_card(answer),
            Answer::CardFace(answer) => self.on_card_face(answer),
            Answer::Portrait(answer) => self.on_portrait(answer),
            Answer::FaceHint(hint) => self.on_face_hint(hint),
            Answer::Face(answer) => self.on_face(answer),
            Answer::Pin(answer) => self.on_pin(answer),
            Answer::StaffCode(answer) => self.on_staff_code(answer),
            Answer::Authentication(answer) => self.on_authentication(answer),
            Answer::RegistrationChoice(yes) => self.on_registration_choice(yes),
            Answer::Registration(answer) => self.on_registration(answer),
            Answer::Eligibility(answer) => self.on_eligibility(answer),
            Answer::Consent(answer) => self.on_consent(answer),
            Answer::Submitted => self.on_submitted(),
            Answer::Failed(kind) => self.on_failed(kind),
        }
    }

    fn cancelled(&mut self, by: CancelledBy) {
        self.fail(FailureCode::Cancelled);
        self.finish(Outcome::Cancelled { by });
    }

    fn timed_out(&mut self) {
        let at = self.state.phase.code();
        self.fail(FailureCode::TimedOut);
        self.finish(Outcome::TimedOut { at });
    }
}
