//! The transition function. This file holds the dispatch and the rules that hold in every state;
//! its neighbours hold the states by group.

mod card;
mod ending;
mod events;
mod face;
mod papers;
mod phone;
mod pin;
mod result;
mod staff;
mod upstream;

use std::time::Duration;

use jiff::civil::Date;

use super::effect::{Detail, Effect, Prompt};
use super::event::{Answer, Attempts, CardProfile, Event, Ticket, TimerId};
use super::failure::{Consumed, Failure, FailureCode};
use super::identity::{Credential, Method, MethodSet, SessionId};
use super::messages::MessageId;
use super::policy::{AssistProfile, Policy, SiteMode};
use super::report::{CancelledBy, FaceClaim, Notice, Outcome, SessionReport, StepTime};
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

/// By how much the two clocks may drift apart in one session: what a time service corrects at
/// once, and no more.
const CLOCK_DRIFT: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

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
        self.watch_clock();
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
                } else if let Answer::FaceChallenge(challenge) = answer {
                    self.on_face_challenge(challenge);
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

    /// The calendar clock and the monotonic one tick alike while nobody sets either. One that was
    /// set in the middle of a session, a day back for example, is not believed until it is over.
    fn watch_clock(&mut self) {
        let Some((at, then)) = self.state.session.began else {
            return;
        };
        let passed = self.now.calendar.instant.duration_since(then);
        let ticked = jiff::SignedDuration::try_from(self.now.at.since(at)).unwrap_or(passed);
        let drift = passed.saturating_sub(ticked);
        if drift.abs() > CLOCK_DRIFT && !self.state.session.clock_jumped {
            self.state.session.clock_jumped = true;
            self.distrust_clock();
        }
    }

    /// Says once per session that dates decide nothing.
    fn distrust_clock(&mut self) {
        if self.state.session.notices.contains(&Notice::ClockUntrusted) {
            return;
        }
        self.record(FailureCode::ClockUntrusted, Consumed::No);
        self.ring(MessageId::StaffClock);
        self.notice(Notice::ClockUntrusted);
    }

    /// The calendar as far as it is believed.
    fn calendar(&self) -> UtcTime {
        UtcTime {
            trusted: self.now.calendar.trusted && !self.state.session.clock_jumped,
            ..self.now.calendar
        }
    }

    /// Today in Japan, if the clock is believed.
    fn today(&self) -> Option<Date> {
        let calendar = self.calendar();
        calendar.trusted.then(|| calendar.japan_date())
    }

    /// Whether this session is about a card that lies in the reader.
    fn card_is_here(&self) -> bool {
        let session = &self.state.session;
        session.credential == Credential::Card && !session.card_gone
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
        let failure = self.record(code, Consumed::No);
        self.prompt(code.patient_message());
        self.push(Effect::NotifyStaff {
            message: code.staff_message(),
            failure: Some(failure),
        });
    }

    fn record(&mut self, code: FailureCode, consumed: Consumed) -> Failure {
        let mut failure = Failure::new(code, self.state.phase.code()).consuming(consumed);
        failure.vendor_code = self.state.vendor_code.take();
        if self.state.session.failures.len() < KEPT_FAILURES {
            self.state.session.failures.push(failure.clone());
        }
        failure
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
            Phase::PhoneAwait => (deadlines.phone, true),
            Phase::WithoutCard => (deadlines.papers, true),
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
            // Chosen before any card came.
            Method::PhonePin | Method::PhoneBiometric => false,
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
                | (Phase::PhoneAwait, Answer::Phone(_))
                | (Phase::WithoutCard, Answer::Papers(_))
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
            Answer::FaceChallenge(challenge) => self.on_face_challenge(challenge),
            Answer::Face(answer) => self.on_face(answer),
            Answer::Pin(answer) => self.on_pin(answer),
            Answer::Phone(answer) => self.on_phone(answer),
            Answer::Papers(papers) => self.on_papers(papers),
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
}
