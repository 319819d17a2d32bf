//! Tests of the pure machine: a world that checks the contract after every step.

mod catalogue;
mod claims;
mod dead_ends;
mod graph;
mod identification;
mod modes;
mod phone;
mod presentation;
mod product;
mod properties;
mod reception;
mod scenarios;
mod table;

use catalogue::{answers, plain_events};
use product::{events, everywhere};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, date};

use super::ports::*;
use super::validity::{Capability, Validity};
use super::*;
use crate::error::ErrorKind;
use crate::face::{Challenge, FalseMatchRate, MatchStatement, PadEvidence};
use crate::time::{Timestamp, UtcTime};

pub(super) const TODAY: &str = "2026-11-22T01:00:00Z";

thread_local! {
    /// The ways that machines of this thread took, where somebody wants to know.
    pub(super) static TRAIL: RefCell<Option<BTreeSet<(&'static str, &'static str)>>> =
        const { RefCell::new(None) };
}

/// What was done to a machine, for the words of a test that failed.
struct Told {
    event: Event,
    phase: Phase,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in {:?}", self.event, self.phase)
    }
}

/// A machine, its clock, and what it promised so far.
#[derive(Clone)]
pub(super) struct World {
    pub(super) state: State,
    pub(super) policy: Policy,
    pub(super) at: Duration,
    pub(super) start: jiff::Timestamp,
    pub(super) trusted: bool,
    pub(super) effects: Vec<Effect>,
    pub(super) reports: Vec<SessionReport>,
    timers: HashMap<TimerId, Timestamp>,
    granted: HashSet<(SessionId, ConsentItem)>,
    asked: Vec<ConsentItem>,
    presented: HashSet<(SessionId, ValueId)>,
    entries: u32,
    opened: BTreeSet<u64>,
    ended: BTreeSet<u64>,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            state: State::new(100),
            policy: Policy::default(),
            at: Duration::ZERO,
            start: TODAY.parse().expect("a literal"),
            trusted: true,
            effects: Vec::new(),
            reports: Vec::new(),
            timers: HashMap::new(),
            granted: HashSet::new(),
            asked: Vec::new(),
            presented: HashSet::new(),
            entries: 0,
            opened: BTreeSet::new(),
            ended: BTreeSet::new(),
        };
        world.feed(Event::ServiceBack);
        world.feed(Event::CameraBack);
        world.feed(Event::ReaderBack {
            card_present: false,
        });
        world
    }

    pub(super) fn on(day: Date) -> Self {
        let mut world = Self::new();
        world.start = format!("{day}T01:00:00Z").parse().expect("a date");
        world
    }

    pub(super) fn feed(&mut self, event: Event) -> &mut Self {
        self.at += Duration::from_millis(100);
        let instant = self.start.saturating_add(self.at).expect("in range");
        let now = Now {
            at: Timestamp::new(self.at),
            calendar: UtcTime {
                instant,
                trusted: self.trusted,
            },
        };
        if let Event::Timeout(timer) = &event {
            self.timers.remove(timer);
        }
        let before = self.state.session();
        let held = self.state.phase().holds_secrets();
        if let Event::Answer(ticket, Answer::Consent(ConsentAnswer::Yes)) = &event
            && self.state.waits_for() == Some(*ticket)
            && matches!(self.state.phase(), Phase::Consenting(_))
        {
            let session = before.expect("a session asks for consent");
            self.granted
                .extend(self.asked.iter().map(|item| (session, *item)));
        }
        let text = Told {
            event: event.clone(),
            phase: self.state.phase(),
        };
        let old = std::mem::replace(&mut self.state, State::new(0));
        let (state, effects) = step(old, event, now, &self.policy);
        self.state = state;
        for effect in &effects {
            self.note(effect, &text);
        }
        TRAIL.with_borrow_mut(|trail| {
            let way = (text.phase.code(), self.state.phase().code());
            if let Some(trail) = trail {
                trail.insert(way);
            }
        });
        self.effects = effects;
        let wiped = self.does(|it| *it == Effect::Wipe);
        assert!(
            !held || wiped || self.state.phase().holds_secrets(),
            "{text}: secrets stay"
        );
        self.check(&text);
        self
    }

    fn note(&mut self, effect: &Effect, text: &Told) {
        match effect {
            Effect::ArmTimer(timer, at) => {
                assert!(self.timers.insert(*timer, *at).is_none(), "{text}");
            }
            Effect::CancelTimer(timer) => {
                assert!(
                    self.timers.remove(timer).is_some(),
                    "{text}: cancelled twice"
                );
            }
            Effect::AskConsent { items, .. } => self.asked = items.clone(),
            Effect::UnlockPortrait(ticket, value) => {
                self.presented.insert((ticket.session(), *value));
                let values = self
                    .presented
                    .iter()
                    .filter(|(id, _)| *id == ticket.session());
                let budget = usize::from(self.policy.budgets.card_face_values);
                assert!(values.count() <= budget, "{text}: too many codes");
            }
            Effect::CollectPin(_) => self.entries += 1,
            Effect::VerifyPin(_) => {
                assert!(self.entries > 0, "{text}: a PIN presented twice");
                self.entries = 0;
            }
            Effect::Ended(report) => {
                assert!(
                    self.ended.insert(report.session.number()),
                    "{text}: ended twice"
                );
                self.check_report(report, text);
                self.reports.push((**report).clone());
            }
            _ => {}
        }
    }

    fn check_report(&self, report: &SessionReport, text: &Told) {
        assert!(!report.authenticated || report.method.is_some(), "{text}");
        assert!(
            report.outcome != Outcome::Completed || report.authenticated,
            "{text}"
        );
        for (item, consent) in report.consents.iter() {
            if matches!(consent, Consent::Granted { .. }) {
                assert!(
                    self.granted.contains(&(report.session, item)),
                    "{text}: {item:?}"
                );
            }
        }
    }

    fn check(&mut self, text: &Told) {
        let armed: Vec<_> = self.timers.keys().copied().collect();
        let known: Vec<_> = self.state.armed_timer().into_iter().collect();
        assert_eq!(
            armed, known,
            "{text}: every armed deadline is cancelled or fires"
        );
        let phase = self.state.phase();
        let resting = matches!(phase, Phase::Idle | Phase::OutOfService(_));
        assert_eq!(
            self.state.armed_timer().is_none(),
            resting,
            "{text}: no way out of {phase:?}"
        );
        let sessionless = resting
            || matches!(
                phase,
                Phase::CardSettling | Phase::RemoveCard(RemoveReason::LeftBehind)
            );
        assert_eq!(
            self.state.session().is_none(),
            sessionless,
            "{text}: {phase:?}"
        );
        if let Some(session) = self.state.session() {
            self.opened.insert(session.number());
        }
        for report in &self.reports {
            self.opened.insert(report.session.number());
        }
        if self.state.authenticated().is_some() {
            let identified = self
                .state
                .identified()
                .expect("authenticated without identified");
            assert_eq!(Some(identified.session()), self.state.session(), "{text}");
        }
        let current = self.state.session();
        assert!(self.opened.iter().all(|id| {
            self.ended.contains(id) != (current.map(SessionId::number) == Some(*id))
        }));
    }

    /// Answers the open request.
    pub(super) fn answer(&mut self, answer: Answer) -> &mut Self {
        let ticket = self.state.waits_for().expect("a request is open");
        self.feed(Event::Answer(ticket, answer))
    }

    /// Lets the armed timer fire.
    pub(super) fn time_out(&mut self) -> &mut Self {
        let timer = self.state.armed_timer().expect("a timer is armed");
        let due = self.timers[&timer].since_start();
        self.at = self.at.max(due);
        self.feed(Event::Timeout(timer))
    }

    pub(super) fn is(&mut self, phase: Phase) -> &mut Self {
        assert_eq!(self.state.phase(), phase);
        self
    }

    pub(super) fn says(&self, message: MessageId) -> bool {
        self.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Prompt(prompt) if prompt.message == message))
    }

    pub(super) fn notifies(&self, wanted: MessageId) -> bool {
        self.effects.iter().any(
            |effect| matches!(effect, Effect::NotifyStaff { message, .. } if *message == wanted),
        )
    }

    pub(super) fn does(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        self.effects.iter().any(wanted)
    }

    pub(super) fn failed_with(&self, code: FailureCode) -> bool {
        self.reports
            .last()
            .is_some_and(|report| report.failures.iter().any(|failure| failure.code == code))
    }

    pub(super) fn report(&self) -> &SessionReport {
        self.reports.last().expect("a session ended")
    }

    /// Whatever the state: with nobody acting and the card taken in the end, it comes to rest.
    pub(super) fn drain(&mut self) -> &mut Self {
        for _ in 0..300 {
            match self.state.phase() {
                Phase::Idle | Phase::OutOfService(_) => return self,
                Phase::RemoveCard(_) => self.feed(Event::CardLeft),
                _ => self.time_out(),
            };
        }
        unreachable!("stuck in {:?}", self.state.phase())
    }

    // The usual ways, step by step.

    pub(super) fn insert(&mut self) -> &mut Self {
        self.feed(Event::CardArrived).is(Phase::CardSettling);
        self.feed(Event::CardStable).is(Phase::ReadingCard)
    }

    pub(super) fn read(&mut self, facts: CardFacts) -> &mut Self {
        self.insert().answer(Answer::Card(CardAnswer::Read(facts)))
    }

    pub(super) fn choosing(&mut self) -> &mut Self {
        self.read(facts()).is(Phase::ChooseMethod)
    }

    pub(super) fn capturing(&mut self) -> &mut Self {
        self.feed(Event::Chosen(Method::Face))
            .is(Phase::UnlockingPortrait);
        self.answer(Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))));
        self.answer(Answer::Portrait(portrait(date(1980, 2, 17))))
            .is(Phase::FaceCapture)
    }

    pub(super) fn face(&mut self, answer: FaceAnswer) -> &mut Self {
        self.answer(Answer::Face(answer))
    }

    pub(super) fn pin(&mut self, answer: PinAnswer) -> &mut Self {
        self.answer(Answer::Pin(PinAnswer::Ready {
            entry_in_device: false,
        }));
        self.is(Phase::PinVerifying).answer(Answer::Pin(answer))
    }

    pub(super) fn staff_confirms(&mut self) -> &mut Self {
        self.is(Phase::StaffGate);
        self.answer(Answer::StaffCode(StaffCodeAnswer::Accepted {
            role: "reception",
        }));
        self.is(Phase::StaffConfirm)
            .feed(Event::StaffDecision { same: true })
    }

    pub(super) fn accepted(&mut self) -> &mut Self {
        self.is(Phase::Authenticating)
            .answer(Answer::Authentication(accepted(
                RegistrationState::Registered,
            )))
            .is(Phase::Querying)
    }

    /// The patient without a usable card says what is at hand.
    pub(super) fn shows(&mut self, papers: Papers) -> &mut Self {
        self.is(Phase::WithoutCard).answer(Answer::Papers(papers))
    }

    /// How the last session went on at the counter.
    pub(super) fn routes(&self) -> (FailureCode, Vec<Fallback>) {
        match &self.report().outcome {
            Outcome::Fallback { reason, routes } => (*reason, routes.clone()),
            other => unreachable!("{other:?}"),
        }
    }

    pub(super) fn eligible(&mut self) -> &mut Self {
        self.eligibility(EligibilityOutcome::Valid)
    }

    pub(super) fn eligibility(&mut self, outcome: EligibilityOutcome) -> &mut Self {
        self.answer(Answer::Eligibility(EligibilityAnswer::new(outcome)))
    }

    pub(super) fn consents(&mut self, answer: ConsentAnswer) -> &mut Self {
        while matches!(self.state.phase(), Phase::Consenting(_)) {
            self.answer(Answer::Consent(answer));
        }
        self.is(Phase::Submitting)
    }

    /// From `Authenticating` to the end, saying yes to everything.
    pub(super) fn finish_visit(&mut self) -> &SessionReport {
        self.accepted().eligible().consents(ConsentAnswer::Yes);
        self.answer(Answer::Submitted).is(Phase::Showing);
        self.time_out().is(Phase::RemoveCard(RemoveReason::Done));
        self.feed(Event::CardLeft).is(Phase::Idle);
        self.report()
    }
}

pub(super) fn facts() -> CardFacts {
    CardFacts {
        certificate_expiry: Some(date(2030, 2, 17)),
        card_expiry: None,
        pin: Attempts::Left(3),
        card_face: Attempts::Left(10),
        profile: CardProfile::Standard,
        proven: ProvenSet::EMPTY.with(Proven::CertificateChain),
    }
}

/// A card whose certificate ends on `day`.
pub(super) fn expiring(day: Date) -> CardFacts {
    CardFacts {
        certificate_expiry: Some(day),
        ..facts()
    }
}

/// Whether the screen asks for `wanted`.
pub(super) fn asks(world: &World, wanted: ConsentItem) -> bool {
    world.does(|it| matches!(it, Effect::AskConsent { items, .. } if items.contains(&wanted)))
}

pub(super) fn portrait(birth: Date) -> PortraitAnswer {
    PortraitAnswer::Ready {
        proven: ProvenSet::EMPTY
            .with(Proven::PortraitSigned)
            .with(Proven::ChipPresent),
        birth: Some(BirthDate::new(birth)),
        card_expiry: None,
        damaged: false,
    }
}

pub(super) fn accepted(registration: RegistrationState) -> AuthAnswer {
    AuthAnswer::Accepted {
        patient: PatientRef::new("p-1"),
        registration,
        certificate: CertificateStanding::NotStated,
    }
}

/// What an engine claims that makes two comparisons per verification.
pub(super) fn engine() -> MatchStatement {
    let rate = FalseMatchRate::ONE_IN_10_000;
    MatchStatement::claimed_by_maker("engine 1", rate, 2, "manual, page 12")
}

pub(super) const MATCH: FaceAnswer = FaceAnswer::Match(Presentation::Passed);
