//! How sessions begin and end: the one place that emits `Ended`.

use super::{
    AssistProfile, CancelledBy, Credential, Effect, FaceClaim, FailureCode, MessageId,
    OutOfServiceReason, Outcome, Phase, RemoveReason, Run, Session, SessionId, SessionReport,
    SiteMode,
};
use crate::checkin::policy::PadPolicy;
use crate::checkin::routes::Fallback;
use crate::face::MatchStatement;

impl Run<'_> {
    /// Begins a session for the card that has settled, or for a patient without one.
    pub(super) fn open_session(&mut self, credential: Credential) {
        // The last day of a disaster may have passed while nobody came.
        self.state.mode = self.state.mode.on(self.now.calendar);
        let id = SessionId(self.state.next_session);
        self.state.next_session = self.state.next_session.wrapping_add(1);
        self.state.session = Session {
            open: true,
            id,
            credential,
            began: Some((self.now.at, self.now.calendar.instant)),
            assisted: self.state.assist.staff_present,
            ..Session::default()
        };
    }

    /// The session's result is known; the card has to be taken first, if it is still there.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.finish_because(outcome, RemoveReason::Stopped);
    }

    pub(super) fn finish_because(&mut self, outcome: Outcome, reason: RemoveReason) {
        self.state.session.outcome = Some(outcome);
        if self.card_is_here() {
            self.remove(reason);
        } else {
            self.end();
        }
    }

    pub(super) fn remove(&mut self, reason: RemoveReason) {
        self.go(Phase::RemoveCard(reason));
        self.state.alarmed = false;
        self.push(Effect::Wipe);
        self.push(Effect::PowerCycleCard);
        self.prompt(match reason {
            RemoveReason::LeftBehind => MessageId::CardLeftBehind,
            _ => MessageId::RemoveCard,
        });
    }

    pub(super) fn fallback(&self, reason: FailureCode) -> Outcome {
        Outcome::Fallback {
            reason,
            routes: self.ways(reason),
        }
    }

    /// The ways to confirm eligibility that are left today.
    pub(super) fn ways(&self, reason: FailureCode) -> Vec<Fallback> {
        self.policy.ways(reason, self.state.mode, self.today())
    }

    /// Says why, tells the staff and sends the patient to the counter.
    pub(super) fn give_up(&mut self, reason: FailureCode) {
        self.alert(reason);
        self.finish(self.fallback(reason));
    }

    /// Ends the session: the one place that emits `Ended`.
    pub(super) fn end(&mut self) {
        let at = self.state.phase.code();
        let next = self.resting_place();
        self.leave(next);
        let mut session = std::mem::take(&mut self.state.session);
        if session.open {
            // What never reached the patient's own "yes" stays "not asked"; see `ConsentRecord`.
            let outcome = session.outcome.take().unwrap_or(Outcome::Aborted { at });
            let by_card = session.credential == Credential::Card;
            self.push(Effect::Wipe);
            self.push(Effect::Ended(Box::new(self.report(session, outcome))));
            self.state.counters.sessions += 1;
            let assisted = by_card && self.state.mode == SiteMode::StaffAssist;
            if assisted && self.state.next_mode == SiteMode::StaffAssist {
                // Good for one patient.
                self.state.next_mode = SiteMode::Normal;
            }
        }
        self.rest(next);
    }

    /// Where the machine goes when no session runs.
    pub(super) fn resting_place(&self) -> Phase {
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

    pub(super) fn rest(&mut self, next: Phase) {
        self.state.assist = AssistProfile::default();
        self.state.vendor_code = None;
        self.enter(next);
        match next {
            Phase::RemoveCard(_) => {
                self.state.alarmed = false;
                self.push(Effect::PowerCycleCard);
                self.prompt(MessageId::CardLeftBehind);
            }
            Phase::OutOfService(_) => self.prompt(MessageId::UseCounter),
            _ => self.welcome(),
        }
    }

    /// Takes up the mode that was switched on, and says so to whoever comes next.
    pub(super) fn welcome(&mut self) {
        self.state.mode = self.state.next_mode.on(self.now.calendar);
        self.prompt(match self.state.mode {
            SiteMode::Disaster { .. } => MessageId::DisasterWelcome,
            SiteMode::SystemFailure => MessageId::SystemFailureWelcome,
            SiteMode::Training => MessageId::TrainingWelcome,
            SiteMode::Normal | SiteMode::StaffAssist => MessageId::Welcome,
        });
    }

    pub(super) fn report(&self, session: Session, outcome: Outcome) -> SessionReport {
        let proven = session
            .identified
            .as_ref()
            .map_or(session.proven, |it| it.proven());
        let face =
            (session.face_attempts > 0).then(|| FaceClaim {
                statement: self.state.face_engine.clone().unwrap_or_else(|| {
                    MatchStatement::without_rate("an engine that states nothing")
                }),
                attempts: session.face_attempts,
                allowed: self.policy.budgets.face_attempts,
            });
        SessionReport {
            session: session.id,
            outcome,
            credential: session.credential,
            method: session
                .identified
                .as_ref()
                .map(|identified| identified.method()),
            proven,
            authenticated: session.authenticated.is_some(),
            confirmed_by: session.staff_role,
            eligibility: session.eligibility,
            reception: session.reception,
            validity: session.validity,
            capability: session.capability,
            provided: session.plan.provided().to_vec(),
            consents: session.consents,
            consents_assisted: session.consents_assisted,
            consents_sent: session.consents_sent,
            notices: session.notices,
            failures: session.failures,
            steps: session.steps,
            face_attempts: session.face_attempts,
            portrait_damaged: session.portrait_damaged,
            presentation: session.presentation,
            pad: self.policy.pad,
            pad_evidence: match self.policy.pad {
                PadPolicy::Off => None,
                _ => self.state.pad_evidence.clone(),
            },
            face,
            mode: self.state.mode,
            assisted: session.assisted,
        }
    }

    pub(super) fn cancelled(&mut self, by: CancelledBy) {
        self.fail(FailureCode::Cancelled);
        self.finish(Outcome::Cancelled { by });
    }

    pub(super) fn timed_out(&mut self) {
        let at = self.state.phase.code();
        self.fail(FailureCode::TimedOut);
        self.finish(Outcome::TimedOut { at });
    }
}
