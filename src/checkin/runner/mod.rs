//! The one place where the session's states meet devices.
//!
//! A [`Runner`] carries out what [`step`] wants done: it listens to the reader,
//! talks to the card, looks through the camera and calls the government side, each on a thread of
//! its own, so that a card that is pulled or a patient who cancels is heard at any moment. It
//! repeats nothing: a PIN, a card-face code and a signature go out once.
//!
//! *For application authors*: make a [`Setup`], [start](Runner::start) the runner, and call
//! [`Runner::run_session`] for each patient with a [`Screen`] that shows what it is told and
//! answers through the [`Input`].
//!
//! Presentation-attack detection takes part when the devices have a [`Liveness`]. It sees the
//! frames that the face engine sees, and nothing of it goes into a score: under
//! [`PadPolicy::Enforce`](super::PadPolicy) a match counts only when the same presentation passed;
//! under `Report` the answer is only written down; under `Off` nothing is looked at, and every
//! report says so. Without a check a match is not checked, which `Enforce`, the default, refuses.

mod attempt;
mod card;
mod evidence;
mod face;
mod inbox;
mod lane;
mod liveness;
mod office;
mod request;
mod screen;
mod sight;
mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use self::card::CardLane;
use self::evidence::Evidence;
use self::face::FaceLane;
pub use self::inbox::Input;
use self::lane::{Lane, LaneThread};
pub use self::liveness::Liveness;
use self::office::{OfficeLane, StaffLane};
use self::request::Request;
pub use self::screen::{Screen, Shown};
use self::watch::{Watching, is_there};
use super::card_face::ReadingLog;
use super::ports::{
    CardFaceScanner, EligibilityService, PhoneReader, PinAuthenticator, PinlessAuthenticator,
    RegistrationService, SignatureAuthenticator, StaffAuthoriser,
};
use super::{
    Answer, Effect, Event, Now, PadPolicy, Policy, SessionReport, State, Ticket, TimerId, step,
};
use crate::camera::Camera;
use crate::card::{CardReader, Disposition, ReaderWatch};
use crate::error::{Error, ErrorKind, Result};
use crate::face::FaceVerifier;
use crate::myna::{Client, Leniency, RetryGuard};
use crate::pin::PinPad;
use crate::telemetry;
use crate::time::{Clock, Timestamp};
use crate::wait::{CancelToken, Wait};

/// The devices of one reception.
pub struct Devices {
    /// Tells about readers and cards. Opened before the reader was listed.
    pub watch: Box<dyn ReaderWatch>,
    /// The card reader.
    pub reader: Box<dyn CardReader>,
    /// Where the patient enters the PIN.
    pub pin_pad: Box<dyn PinPad>,
    /// Camera and face engine; without them the face is not offered.
    pub face: Option<(Box<dyn Camera>, Box<dyn FaceVerifier>)>,
    /// Reads the printed card-face code; without it the face is not offered.
    pub scanner: Option<Box<dyn CardFaceScanner>>,
    /// Looks for presentation attacks beside the face engine; without it every match is reported as
    /// not checked, and [`PadPolicy::Enforce`](super::PadPolicy) refuses it.
    pub liveness: Option<Liveness>,
}

/// The government side and the staff.
pub struct Ports {
    /// Authenticates patients who were identified without a PIN.
    pub pinless: Box<dyn PinlessAuthenticator>,
    /// Authenticates patients by the card's signature.
    pub signature: Box<dyn SignatureAuthenticator>,
    /// Other software that takes the PIN, for [`PinOwner::ExternalSoftware`](super::PinOwner).
    pub external_pin: Option<Box<dyn PinAuthenticator>>,
    /// Reads phones in the place of cards, where the policy offers them.
    pub phone: Option<Box<dyn PhoneReader>>,
    /// Tells eligibility and takes consents.
    pub eligibility: Box<dyn EligibilityService>,
    /// Registers cards.
    pub registration: Box<dyn RegistrationService>,
    /// Asks staff for their pass code.
    pub staff: Box<dyn StaffAuthoriser>,
}

/// What a card is that lies in the reader when the runner starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardAtStart {
    /// Somebody left it behind: it has to be taken away first. The rule for receptions.
    #[default]
    LeftBehind,
    /// It was just put there, by the person who started the program.
    Arrived,
}

/// Everything that a runner needs.
pub struct Setup {
    /// The clock of everything.
    pub clock: Arc<dyn Clock>,
    /// Talks to the card, with the trust anchors of this site.
    pub client: Client,
    /// What this site decided.
    pub policy: Policy,
    /// The devices.
    pub devices: Devices,
    /// The government side and the staff.
    pub ports: Ports,
    /// What a card is that is there already.
    pub card_at_start: CardAtStart,
    /// Number of the first session; continue where the last run stopped.
    pub first_session: u64,
}

/// Runs sessions on one reader. Two readers are two runners.
pub struct Runner {
    clock: Arc<dyn Clock>,
    policy: Policy,
    /// Taken out during a step, which consumes it.
    state: Option<State>,
    input: Input,
    open: Option<Request>,
    /// The settling of the card that came last.
    settling: CancelToken,
    stop: CancelToken,
    timer: Option<(TimerId, Timestamp)>,
    card: Lane<CardLane>,
    face: Option<Lane<FaceLane>>,
    office: Lane<OfficeLane>,
    staff: Lane<StaffLane>,
    _threads: Threads,
}

/// Ended in this order when the runner is dropped: who talks to others first.
struct Threads {
    _watch: Watching,
    _office: LaneThread<OfficeLane>,
    _staff: LaneThread<StaffLane>,
    _card: LaneThread<CardLane>,
    _face: Option<LaneThread<FaceLane>>,
}

impl Runner {
    /// Starts the threads of the devices.
    ///
    /// # Errors
    /// `InvalidInput` for a policy that contradicts itself, `Unavailable` when a thread cannot be
    /// started, and what
    /// [`CardReader::state`] says of a reader that is not there.
    pub fn start(setup: Setup) -> Result<Self> {
        let Setup {
            clock,
            client,
            policy,
            mut devices,
            ports,
            card_at_start,
            first_session,
        } = setup;
        policy.check().map_err(|conflict| {
            Error::new(ErrorKind::InvalidInput, "the policy contradicts itself")
                .with_source(conflict)
        })?;
        let input = Input::new();
        let evidence = Evidence::default();
        let stop = CancelToken::new();
        let first = devices.reader.state()?;
        let reader = devices.reader.info().id.clone();
        let has_scanner = devices.scanner.is_some();
        let lost = Arc::new(AtomicBool::new(false));
        let (card, card_thread) = Lane::start(
            &clock,
            "myna-hal session card",
            CardLane {
                clock: clock.clone(),
                reader: devices.reader,
                lost: lost.clone(),
                pad: devices.pin_pad,
                scanner: devices.scanner,
                client,
                connection: None,
                readings: ReadingLog::new(),
                evidence: evidence.clone(),
                pin_left: None,
                card_face_guard: RetryGuard::AtLeast(
                    policy.budgets.card_face_floor.saturating_add(1),
                ),
                entry_limit: policy
                    .deadlines
                    .pin_entry
                    .saturating_mul(policy.deadlines.assist_factor.max(1)),
                stop: stop.clone(),
            },
        )?;
        let (face, face_thread) = match devices.face {
            Some((camera, verifier)) => {
                // Asked here and not of the integrator: reports say what really decides.
                input.send(Event::FaceEngine(verifier.statement()));
                if let Some(liveness) = &devices.liveness {
                    input.send(Event::LivenessCheck(liveness.engine().evidence()));
                }
                let lane = FaceLane {
                    clock: clock.clone(),
                    camera,
                    verifier,
                    liveness: devices.liveness.filter(|_| policy.pad != PadPolicy::Off),
                    pad: policy.pad,
                    report_patience: policy.deadlines.face / 2,
                    leniency: match policy.allow_damaged_portrait {
                        true => Leniency::AllowDamaged,
                        false => Leniency::Strict,
                    },
                    portrait: None,
                    fresh: false,
                };
                let (lane, thread) = Lane::start(&clock, "myna-hal session face", lane)?;
                (Some(lane), Some(thread))
            }
            None => (None, None),
        };
        let (office, office_thread) = Lane::start(
            &clock,
            "myna-hal session office",
            OfficeLane {
                clock: clock.clone(),
                pinless: ports.pinless,
                signature: ports.signature,
                external: ports.external_pin,
                phone: ports.phone,
                eligibility: ports.eligibility,
                registration: ports.registration,
                evidence,
            },
        )?;
        let staff_lane = StaffLane {
            clock: clock.clone(),
            staff: ports.staff,
        };
        let (staff, staff_thread) = Lane::start(&clock, "myna-hal session staff", staff_lane)?;

        input.send(Event::ServiceBack);
        if face.is_some() && has_scanner {
            input.send(Event::CameraBack);
        }
        let there = is_there(&first);
        input.send(Event::ReaderBack {
            card_present: there && card_at_start == CardAtStart::LeftBehind,
        });
        if there && card_at_start == CardAtStart::Arrived {
            input.send(Event::CardArrived);
        }
        // Last: what it tells comes after how things were.
        let watch = Watching::start(&clock, devices.watch, reader, lost, &first, input.clone())?;
        Ok(Self {
            clock,
            policy,
            state: Some(State::new(first_session)),
            input,
            open: None,
            settling: CancelToken::new(),
            stop,
            timer: None,
            card,
            face,
            office,
            staff,
            _threads: Threads {
                _watch: watch,
                _office: office_thread,
                _staff: staff_thread,
                _card: card_thread,
                _face: face_thread,
            },
        })
    }

    /// The patient's and the staff's side of the session.
    #[must_use]
    pub fn input(&self) -> Input {
        self.input.clone()
    }

    /// Runs until a session has ended, and returns its report.
    ///
    /// # Errors
    /// `TimedOut`, `Cancelled`: `wait` ended first. The session goes on with the next call.
    pub fn run_session(&mut self, screen: &mut dyn Screen, wait: &Wait) -> Result<SessionReport> {
        loop {
            let event = self.next_event(wait)?;
            let now = Now {
                at: self.clock.now(),
                calendar: self.clock.utc(),
            };
            let state = self
                .state
                .take()
                .expect("put back at the end of every step");
            let before = state.phase();
            let (state, effects) = step(state, event, now, &self.policy);
            telemetry::phase(before.code(), state.phase().code());
            self.state = Some(state);
            let mut ended = None;
            for effect in effects {
                if let Effect::Ended(report) = effect {
                    self.card.post(CardLane::end_session);
                    ended = Some(*report);
                } else {
                    self.carry_out(effect, screen);
                }
            }
            if let Some(report) = ended {
                return Ok(report);
            }
        }
    }

    /// What happened next: an event, or the armed timer.
    fn next_event(&mut self, wait: &Wait) -> Result<Event> {
        loop {
            if let Some(event) = self.input.take() {
                return Ok(event);
            }
            let due = self.timer.map(|(_, at)| at);
            let part = due.map_or_else(
                || wait.clone(),
                |at| wait.shortened(at.since(self.clock.now())),
            );
            match part.on(self.input.arrived()) {
                Ok(()) => {}
                Err(error) => {
                    let now = self.clock.now();
                    if let Some((timer, at)) = self.timer
                        && error.kind() == ErrorKind::TimedOut
                        && at <= now
                        && self.input.is_empty()
                    {
                        self.timer = None;
                        return Ok(Event::Timeout(timer));
                    }
                    wait.check()?;
                }
            }
        }
    }

    /// The request that is open from now on.
    fn open(&mut self, ticket: Ticket) -> Request {
        let request = Request::new(ticket, self.input.clone());
        self.open = Some(request.clone());
        request
    }

    /// Has the office lane call a port.
    fn ask_office(
        &mut self,
        ticket: Ticket,
        call: impl FnOnce(&mut OfficeLane, &Wait) -> Result<Answer> + Send + 'static,
    ) {
        let request = self.open(ticket);
        self.office.post(move |lane| lane.ask(&request, call));
    }

    fn carry_out(&mut self, effect: Effect, screen: &mut dyn Screen) {
        match effect {
            Effect::SettleCard { debounce } => {
                self.settling.cancel();
                self.settling = CancelToken::new();
                let (token, limit) = (self.settling.clone(), self.policy.deadlines.settling);
                let input = self.input.clone();
                self.card
                    .post(move |lane| lane.settle(debounce, limit, &token, &input));
            }
            Effect::ReadCard(ticket) => {
                let request = self.open(ticket);
                self.card.post(move |lane| lane.read(&request));
            }
            Effect::ScanCardFace(ticket) => {
                let request = self.open(ticket);
                self.card.post(move |lane| lane.scan(&request));
            }
            Effect::UnlockPortrait(ticket, value) => {
                let (request, face) = (self.open(ticket), self.face.clone());
                self.card
                    .post(move |lane| lane.unlock(request, value, face.as_ref()));
            }
            Effect::StartFace { ticket, .. } => {
                let request = self.open(ticket);
                if let Some(face) = &self.face {
                    face.post(move |lane| lane.attempt(&request));
                }
            }
            Effect::CollectPin(ticket) => {
                let request = self.open(ticket);
                // A token of its own: the challenge is wanted after the entry has ended.
                let stop = self.stop.clone();
                self.office.post(move |lane| lane.challenge(&stop));
                self.card.post(move |lane| lane.collect_pin(&request));
            }
            Effect::VerifyPin(ticket) => {
                let (request, card) = (self.open(ticket), self.card.clone());
                self.office.post(move |lane| lane.verify(request, &card));
            }
            Effect::ReleaseCard => {
                self.card.post(|lane| lane.let_go(Disposition::Leave));
            }
            Effect::ExternalPin(ticket) => {
                let (request, office) = (self.open(ticket), self.office.clone());
                // Behind the release of the card, which the card lane carries out first.
                self.card.post(move |_| {
                    office.post(move |lane| lane.ask(&request, OfficeLane::external_pin));
                });
            }
            Effect::AwaitPhone { ticket, method } => {
                self.ask_office(ticket, move |lane, wait| lane.present_phone(method, wait));
            }
            Effect::AskStaffCode(ticket) => {
                let request = self.open(ticket);
                self.staff.post(move |lane| lane.ask(&request));
            }
            Effect::Authenticate(ticket, identified) => {
                self.ask_office(ticket, move |lane, wait| {
                    lane.authenticate(&identified, wait)
                });
            }
            Effect::Register(ticket, patient) => {
                self.ask_office(ticket, move |lane, wait| lane.register(&patient, wait));
            }
            Effect::Query(ticket, patient) => {
                self.ask_office(ticket, move |lane, wait| lane.query(&patient, wait));
            }
            Effect::Submit(ticket, patient, consents) => {
                self.ask_office(ticket, move |lane, wait| {
                    lane.submit(&patient, &consents, wait)
                });
            }
            Effect::ArmTimer(timer, at) => self.timer = Some((timer, at)),
            Effect::CancelTimer(timer) => self.timer = self.timer.filter(|(id, _)| *id != timer),
            Effect::Abandon(ticket) => {
                if let Some(request) = self.open.take_if(|open| open.ticket() == ticket) {
                    request.abandon();
                }
            }
            Effect::Wipe => {
                self.card.post(CardLane::wipe);
                if let Some(face) = &self.face {
                    face.post(FaceLane::wipe);
                }
            }
            Effect::PowerCycleCard => {
                self.card.post(CardLane::power_cycle);
            }
            shown => screen::show(shown, screen, &self.input),
        }
    }
}

impl Drop for Runner {
    /// Whatever is under way is given up; the card loses power and the person is forgotten.
    fn drop(&mut self) {
        self.stop.cancel();
        self.settling.cancel();
        if let Some(request) = self.open.take() {
            request.abandon();
        }
        self.card.post(|lane| {
            lane.end_session();
            lane.let_go(Disposition::Unpower);
        });
        if let Some(face) = &self.face {
            face.post(FaceLane::wipe);
        }
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests;
