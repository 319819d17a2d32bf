//! A reception with everything in it: virtual card, reader, pad, camera, ports and a runner.

use std::time::Duration;

use myna_hal::card::{CardContext, CardReader, Disposition};
use myna_hal::checkin::ports::{PinAuthenticator, RegistrationState};
use myna_hal::checkin::runner::{CardAtStart, Devices, Ports, Runner, Setup};
use myna_hal::checkin::{Method, Outcome, PadPolicy, Phase, PinOwner, Policy, SessionReport};
use myna_hal::myna::{Client, TrustStore};
use myna_hal::pin::{HostPinPad, PinPad};
use myna_hal::sim::card::{Latency, Profile};
use myna_hal::sim::ports::{Behaviour, ExternalPin, Government, Observer, Scanner, Staff};
use myna_hal::sim::{
    CameraControl, Clock, Keypad, Scene, SecurePinPad, VirtualCamera, VirtualCard, VirtualContext,
    VirtualReader,
};
use myna_hal::time::{Clock as _, Participant, Timestamp};
use myna_hal::{ErrorKind, Wait};

use crate::devices::{CameraFaults, DeskFaults, Faulty, PadFaults, WatchedCamera, WatchedPad};
use crate::identity::{self, Timed};
use crate::moments::{Moment, Moments};
use crate::patient::Patient;

/// The PIN of the virtual card.
pub(crate) const PIN: &str = "1234";

/// How a patient is identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Face,
    /// The digits pass through the host.
    Pin,
    /// The digits are entered on the reader itself.
    PinOnReader,
    /// Other software takes the PIN.
    PinElsewhere,
    /// Staff compare; the card is registered, too.
    Staff,
}

impl Path {
    pub(crate) const ALL: [Self; 5] = [
        Self::Face,
        Self::Pin,
        Self::PinOnReader,
        Self::PinElsewhere,
        Self::Staff,
    ];

    /// What the patient chooses, in turn: after a failure once more, and then staff.
    pub(crate) fn methods(self) -> [Method; 3] {
        let first = match self {
            Self::Face => Method::Face,
            Self::Pin | Self::PinOnReader | Self::PinElsewhere => Method::Pin,
            Self::Staff => Method::StaffVisual,
        };
        [first, first, Method::StaffVisual]
    }

    fn policy(self) -> Policy {
        let mut policy = Policy::default();
        // No liveness check takes part, and the policy says so.
        policy.pad = PadPolicy::Off;
        if self == Self::PinElsewhere {
            policy.pin_owner = PinOwner::ExternalSoftware;
        }
        policy
    }
}

/// What can be laid hands on from outside, at any moment and from any thread.
#[derive(Clone)]
pub(crate) struct Hands {
    pub(crate) clock: Clock,
    pub(crate) context: VirtualContext,
    pub(crate) reader: VirtualReader,
    pub(crate) card: VirtualCard,
    pub(crate) keys: Keypad,
    pub(crate) camera: CameraControl,
    pub(crate) camera_faults: CameraFaults,
    pub(crate) pad_faults: PadFaults,
    pub(crate) desk_faults: DeskFaults,
    pub(crate) government: Government,
    pub(crate) input: myna_hal::checkin::runner::Input,
}

/// A reception on a clock of its own.
pub(crate) struct Reception {
    pub(crate) path: Path,
    pub(crate) hands: Hands,
    pub(crate) moments: Moments,
    pub(crate) policy: Policy,
    pub(crate) runner: Runner,
    /// How long after they are asked for the digits are typed.
    typing: Duration,
    _me: Participant,
}

/// A visit that came to an end.
pub(crate) struct Visit {
    /// `None` where no session began: nobody was served, and nobody waits.
    pub(crate) report: Option<SessionReport>,
    /// On the virtual clock.
    pub(crate) took: Duration,
    pub(crate) patient: Patient,
}

/// No session lasts longer, whatever happens.
const LONGEST: Duration = Duration::from_secs(3600);

impl Reception {
    pub(crate) fn new(path: Path) -> Self {
        Self::with_external(path, |external, _| Box::new(external))
    }

    /// With other software for the PIN that is not the usual one.
    pub(crate) fn with_external(
        path: Path,
        external: impl FnOnce(ExternalPin, &VirtualReader) -> Box<dyn PinAuthenticator>,
    ) -> Self {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let context = VirtualContext::new(clock.shared());
        Self::build(path, clock, context, "reception", external)
    }

    /// With devices that take the time of real ones.
    pub(crate) fn measured(path: Path) -> Self {
        let mut reception = Self::new(path);
        reception.typing = identity::TYPING;
        let challenges = Behaviour::After(identity::CHALLENGE);
        reception.hands.government.behave_for_challenges(challenges);
        reception
    }

    /// Another reader of the same platform, on the same clock.
    pub(crate) fn beside(hands: &Hands, path: Path) -> Self {
        let (clock, context) = (hands.clock.clone(), hands.context.clone());
        Self::build(path, clock, context, "second reader", |external, _| {
            Box::new(external)
        })
    }

    fn build(
        path: Path,
        clock: Clock,
        mut context: VirtualContext,
        name: &str,
        external: impl FnOnce(ExternalPin, &VirtualReader) -> Box<dyn PinAuthenticator>,
    ) -> Self {
        let me = clock.enter();
        let shared = clock.shared();
        let profile = Profile {
            latency: Latency::TypeB106,
            ..Profile::default()
        };
        let card = VirtualCard::new(profile, shared.clone());
        let moments = Moments::default();
        let counted = moments.clone();
        card.observe(move |entry| counted.pass(Moment::Apdu(entry.header[1])));
        let watch = context.watch().expect("a watch");
        let reader = context.add_reader(name);
        // As on Windows: a transaction that waited for a person would lose the card.
        reader.set_transaction_idle_limit(Some(Duration::from_secs(5)));
        let counted = moments.clone();
        let observer = Observer::new(move |call| counted.pass(Moment::Port(call)));
        let government = Government::new(7);
        government.observe(observer.clone());
        let keys = Keypad::new("keys");
        let pad: Box<dyn PinPad> = match path {
            Path::PinOnReader => Box::new(SecurePinPad::new(keys.clone(), reader.clone())),
            _ => Box::new(HostPinPad::new(keys.clone())),
        };
        let camera = VirtualCamera::drawn(shared.clone(), Scene::Face { person: 1 });
        let (eye, camera_faults) = (camera.control(), CameraFaults::default());
        let (pad_faults, desk_faults) = (PadFaults::default(), DeskFaults::default());
        let elsewhere = ExternalPin::new(government.clone())
            .with_card(reader.clone(), PIN, Disposition::Leave)
            .with_observer(observer.clone());
        let holder = card.holder();
        let mut code = [0; 4];
        code.copy_from_slice(&holder.card_face_code.as_bytes()[10..]);
        let scanner = Scanner::new(holder.birth, holder.expiry.year(), code);
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let policy = path.policy();
        let runner = Runner::start(Setup {
            clock: shared.clone(),
            client: Client::new(trust),
            policy: policy.clone(),
            devices: Devices {
                watch,
                reader: Box::new(reader.clone()),
                pin_pad: Box::new(WatchedPad {
                    pad,
                    moments: moments.clone(),
                    faults: pad_faults.clone(),
                }),
                face: Some((
                    Box::new(WatchedCamera {
                        camera,
                        moments: moments.clone(),
                        faults: camera_faults.clone(),
                        start_up: identity::CAMERA,
                    }),
                    Box::new(Timed::new(shared.clone())),
                )),
                scanner: Some(Box::new(Faulty {
                    port: scanner
                        .taking(identity::LOOK)
                        .with_observer(observer.clone()),
                    faults: desk_faults.clone(),
                })),
                liveness: None,
            },
            ports: Ports {
                phone: None,
                pinless: Box::new(government.clone()),
                signature: Box::new(government.clone()),
                external_pin: Some(Box::new(Faulty {
                    port: external(elsewhere, &reader),
                    faults: desk_faults.clone(),
                })),
                eligibility: Box::new(government.clone()),
                registration: Box::new(government.clone()),
                staff: Box::new(Faulty {
                    port: Staff::new().with_observer(observer),
                    faults: desk_faults.clone(),
                }),
            },
            card_at_start: CardAtStart::LeftBehind,
            first_session: 1,
        })
        .expect("threads");
        let hands = Hands {
            clock,
            context,
            reader,
            card,
            keys,
            camera: eye,
            camera_faults,
            pad_faults,
            desk_faults,
            government,
            input: runner.input(),
        };
        let mut reception = Self {
            path,
            hands,
            moments,
            policy,
            runner,
            typing: Duration::from_secs(7),
            _me: me,
        };
        reception.idle(Duration::from_millis(100));
        reception
    }

    pub(crate) fn wait(&self, limit: Duration) -> Wait {
        Wait::at_most(self.hands.clock.shared(), limit)
    }

    pub(crate) fn patient(&self) -> Patient {
        let hands = &self.hands;
        let methods = self.path.methods();
        Patient::new(&hands.clock, &hands.reader, &hands.card, &methods)
    }

    /// A patient comes and puts the card in.
    pub(crate) fn begin(&mut self) -> Patient {
        let hands = &self.hands;
        // Three entries, of which only one is wanted. What was not typed in an earlier visit is
        // typed by nobody.
        hands.keys.clear();
        (0..3).for_each(|_| hands.keys.types_after(self.typing, PIN));
        if self.path == Path::Staff {
            let government = hands.government.clone();
            drop(government.with_registration(RegistrationState::NotRegistered));
        }
        self.moments.pass(Moment::Insertion);
        if hands.is_plugged() {
            hands.reader.insert(&hands.card);
        }
        self.patient()
    }

    /// A visit from the insertion of the card to the end of its session.
    ///
    /// # Panics
    /// When a session begins and does not end.
    pub(crate) fn visit(&mut self) -> Visit {
        let begun = self.now();
        let mut patient = self.begin();
        let wait = self.wait(LONGEST);
        let report = self.runner.run_session(&mut patient, &wait).ok();
        let resting = patient
            .phases
            .last()
            .is_none_or(|(phase, _)| matches!(phase, Phase::Idle | Phase::OutOfService(_)));
        assert!(
            report.is_some() || resting,
            "no end in an hour, in {:?}",
            patient.phases.last()
        );
        let took = match report {
            Some(_) => self.now().since(begun),
            None => Duration::ZERO,
        };
        Visit {
            report,
            took,
            patient,
        }
    }

    /// Lets time pass without a patient.
    ///
    /// # Panics
    /// When a session ends in it.
    pub(crate) fn idle(&mut self, time: Duration) {
        let wait = self.wait(time);
        let mut nobody = self.patient();
        let idled = self.runner.run_session(&mut nobody, &wait);
        let error = idled.expect_err("a session that nobody began");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.hands.clock.now()
    }
}

impl Visit {
    pub(crate) fn is_completed(&self) -> bool {
        let outcome = self.report.as_ref().map(|report| &report.outcome);
        outcome == Some(&Outcome::Completed)
    }

    /// How it ended, in one word.
    pub(crate) fn end(&self) -> &'static str {
        let outcome = self.report.as_ref().map(|report| report.outcome.code());
        outcome.unwrap_or("no session")
    }
}

impl Hands {
    fn is_plugged(&self) -> bool {
        let state = self.reader.clone().state();
        !state.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// Everything works again, and no card is in.
    pub(crate) fn repair(&self) {
        self.card.clear_faults();
        if self.context.clone().readers().is_err() {
            self.context.restore_service();
        }
        self.reader.remove();
        if !self.is_plugged() {
            self.reader.plug();
        }
        self.camera.stall(false);
        self.camera.plug();
        self.camera_faults.garbage(false);
        self.pad_faults.set(None);
        self.desk_faults.set(None);
        self.government.behave(Default::default());
        self.government.behave_for_challenges(Default::default());
    }
}
