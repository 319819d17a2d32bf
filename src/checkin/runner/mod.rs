//! The one place where the session's states meet devices.
//!
//! A [`Runner`] carries out what [`step`] wants done: it listens to the reader,
//! talks to the card, looks through the camera and calls the government side, each on a thread of
//! its own, so that a card that is pulled or a patient who cancels is heard at any moment. It
//! repeats nothing: a PIN, a card-face code and a signature go out once.
//!
//! What need not wait does not: when a card arrives, camera and engine warm up and the card's face
//! is looked at, while the chip is read and the patient chooses. Nothing is *presented* to the chip
//! before the patient chose. The camera stops when it is known that nobody is to be looked at.
//!
//! Where [other software owns the PIN](super::PinOwner::ExternalSoftware) the card is released to
//! it, its connection closed, and taken back when that software is done or its time is up. The card
//! is then powered anew, because it may have been left open, and is known again by its certificate,
//! which needs no PIN. Another card ends the session.
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
mod effects;
mod evidence;
mod face;
mod inbox;
mod lane;
mod liveness;
mod office;
mod request;
mod scan;
mod screen;
mod setup;
mod sight;
mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::card::CardLane;
use self::effects::longest;
use self::evidence::Evidence;
use self::face::FaceLane;
pub use self::inbox::Input;
use self::lane::{Lane, LaneThread};
pub use self::liveness::Liveness;
use self::office::{OfficeLane, StaffLane};
use self::request::Request;
use self::scan::{Readings, ScanLane};
pub use self::screen::{Screen, Shown};
pub use self::setup::{CardAtStart, Devices, Ports, Setup};
use self::watch::{Watching, is_there};
use super::{Effect, Event, Now, PadPolicy, Phase, Policy, SessionReport, State, TimerId, step};
use crate::card::Disposition;
use crate::error::{Error, ErrorKind, Result};
use crate::myna::{Leniency, RetryGuard};
use crate::telemetry;
use crate::time::{Clock, Timestamp};
use crate::wait::{CancelToken, Wait};

/// Runs sessions on one reader. Two readers are two runners.
pub struct Runner {
    clock: Arc<dyn Clock>,
    policy: Policy,
    state: State,
    input: Input,
    open: Option<Request>,
    /// The settling of the card that came last.
    settling: CancelToken,
    stop: CancelToken,
    timer: Option<(TimerId, Timestamp)>,
    /// How long a request may go on at most.
    longest: Duration,
    card: Lane<CardLane>,
    scan: Option<Lane<ScanLane>>,
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
    _scan: Option<LaneThread<ScanLane>>,
    _face: Option<LaneThread<FaceLane>>,
}

impl Runner {
    /// Starts the threads of the devices.
    ///
    /// # Errors
    /// `InvalidInput` for a policy that contradicts itself, `Unavailable` when a thread cannot be
    /// started, and what [`CardReader::state`](crate::card::CardReader::state) says of a reader that
    /// is not there.
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
        let readings = Readings::default();
        let lost = Arc::new(AtomicBool::new(false));
        let leniency = match policy.allow_damaged_portrait {
            true => Leniency::AllowDamaged,
            false => Leniency::Strict,
        };
        let (card, card_thread) = Lane::start(
            &clock,
            "myna-hal session card",
            CardLane {
                clock: clock.clone(),
                reader: devices.reader,
                lost: lost.clone(),
                pad: devices.pin_pad,
                client,
                connection: None,
                readings: readings.clone(),
                evidence: evidence.clone(),
                pin_left: None,
                card_face_guard: RetryGuard::AtLeast(
                    policy.budgets.card_face_floor.saturating_add(1),
                ),
                entry_limit: policy
                    .deadlines
                    .pin_entry
                    .saturating_mul(policy.deadlines.assist_factor.max(1)),
                lent: false,
                leniency,
            },
        )?;
        let (scan, scan_thread) = match devices.scanner {
            Some(scanner) => {
                let lane = ScanLane {
                    clock: clock.clone(),
                    scanner,
                    readings,
                    ahead: None,
                };
                let (lane, thread) = Lane::start(&clock, "myna-hal session scan", lane)?;
                (Some(lane), Some(thread))
            }
            None => (None, None),
        };
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
                    leniency,
                    portrait: None,
                    prepared: None,
                    fresh: false,
                    sight: None,
                    lost: false,
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
        if face.is_some() && scan.is_some() {
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
            longest: longest(&policy),
            policy,
            state: State::new(first_session),
            input,
            open: None,
            settling: CancelToken::new(),
            stop,
            timer: None,
            card,
            scan,
            face,
            office,
            staff,
            _threads: Threads {
                _watch: watch,
                _office: office_thread,
                _staff: staff_thread,
                _card: card_thread,
                _scan: scan_thread,
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
            // A step consumes the state; what stands in for it is never seen.
            let state = std::mem::replace(&mut self.state, State::new(0));
            let before = state.phase();
            let (state, effects) = step(state, event, now, &self.policy);
            let phase = state.phase();
            telemetry::phase(before.code(), phase.code());
            self.state = state;
            if phase != before {
                let until = effects.iter().rev().find_map(|effect| match effect {
                    Effect::ArmTimer(_, at) => Some(*at),
                    _ => None,
                });
                screen.show(Shown::Entered { phase, until }, &self.input);
                if matches!(phase, Phase::Idle | Phase::OutOfService(_)) {
                    // Also after a card that was taken away before its session began.
                    self.settling.cancel();
                    self.stop_looking();
                }
            }
            let mut ended = None;
            for effect in effects {
                if let Effect::Ended(report) = effect {
                    self.end_session();
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
}

impl Drop for Runner {
    /// Whatever is under way is given up; the card loses power and the person is forgotten.
    fn drop(&mut self) {
        self.stop.cancel();
        self.settling.cancel();
        if let Some(request) = self.open.take() {
            request.abandon();
        }
        self.end_session();
        self.card.post(|lane| {
            lane.lock();
            lane.let_go(Disposition::Unpower);
        });
        if let Some(face) = &self.face {
            face.post(FaceLane::wipe);
        }
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests;
