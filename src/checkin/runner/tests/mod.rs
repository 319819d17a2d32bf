//! Whole visits: virtual card, reader, PIN pad, camera and government, on the virtual clock.

mod exposure;
mod faces;
mod liveness;
mod trouble;
mod visits;
mod without_card;

use std::time::Duration;

use super::{CardAtStart, Devices, Input, Liveness, Ports, Runner, Screen, Setup, Shown};
use crate::card::CardContext;
use crate::checkin::consent::Consent;
use crate::checkin::{
    ConsentAnswer, FailureCode, MessageId, Method, Outcome, PadPolicy, PinOwner, Policy, Proven,
    SessionReport,
};
use crate::face::{FaceOutcome, FaceVerifier, QualityReason};
use crate::myna::{Client, TrustStore};
use crate::pin::HostPinPad;
use crate::sim::card::{Certificate, Fault, Key, Profile, Trigger};
use crate::sim::ports::{Behaviour, ExternalPin, Government, Phone, Scanner, Staff};
use crate::sim::{
    CameraControl, Clock, DRAWN_FACE_JP2, Keypad, Lighting, Scene, ScriptedVerifier, SecurePinPad,
    VirtualCamera, VirtualCard, VirtualContext, VirtualReader,
};
use crate::time::{Clock as _, Participant};
use crate::wait::Wait;

struct Reception {
    clock: Clock,
    reader: VirtualReader,
    card: VirtualCard,
    keypad: Keypad,
    camera: CameraControl,
    government: Government,
    runner: Runner,
    context: VirtualContext,
    _me: Participant,
}

/// What differs between visits.
struct Visit {
    profile: Profile,
    liveness: Option<Liveness>,
    /// An infrared camera for the check, plugged in or not.
    infrared: Option<bool>,
    verifier: Box<dyn FaceVerifier>,
    /// Who stands before the camera; the card is person 1's.
    scene: Scene,
    /// What light falls on them, through a sensor with a real one's limits; without it they are
    /// shown as they are drawn, by a camera that has no controls.
    lighting: Option<Lighting>,
    policy: Policy,
    /// A card that lies in the reader before anybody looks.
    left_behind: bool,
    /// The pad takes the PIN on the device.
    secure_pad: bool,
}

impl Default for Visit {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            liveness: None,
            infrared: None,
            verifier: Box::new(ScriptedVerifier::matching()),
            scene: Scene::Face { person: 1 },
            lighting: None,
            policy: policy(),
            left_behind: false,
            secure_pad: false,
        }
    }
}

/// No liveness check takes part in these visits, and the policy says so.
fn policy() -> Policy {
    Policy {
        pad: PadPolicy::Off,
        ..Policy::default()
    }
}

impl Reception {
    fn new(visit: Visit) -> Self {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let me = clock.enter();
        let shared = clock.shared();
        let card = VirtualCard::new(visit.profile, shared.clone());
        let mut context = VirtualContext::new(shared.clone());
        let watch = context.watch().expect("a watch");
        let reader = context.add_reader("reception");
        // As on Windows: a transaction that waited for a person would lose the card.
        reader.set_transaction_idle_limit(Some(Duration::from_secs(5)));
        if visit.left_behind {
            reader.insert(&card);
        }
        let keypad = Keypad::new("keys");
        let government = Government::new(7);
        let camera = match visit.lighting {
            Some(lighting) => VirtualCamera::lit(shared.clone(), visit.scene, lighting),
            None => VirtualCamera::drawn(shared.clone(), visit.scene),
        };
        let eye = camera.control();
        let liveness = match (visit.liveness, visit.infrared) {
            (Some(liveness), Some(attached)) => {
                let other = VirtualCamera::drawn(shared.clone(), Scene::Face { person: 1 });
                if !attached {
                    other.control().unplug();
                }
                Some(liveness.with_infrared(Box::new(other)))
            }
            (liveness, _) => liveness,
        };
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let holder = card.holder();
        let runner = Runner::start(Setup {
            clock: shared.clone(),
            client: Client::new(trust),
            policy: visit.policy,
            devices: Devices {
                watch,
                reader: Box::new(reader.clone()),
                pin_pad: if visit.secure_pad {
                    Box::new(SecurePinPad::new(keypad.clone(), reader.clone()))
                } else {
                    Box::new(HostPinPad::new(keypad.clone()))
                },
                face: Some((Box::new(camera), visit.verifier)),
                scanner: Some(Box::new(Scanner::new(
                    holder.birth,
                    holder.expiry.year(),
                    *b"2468",
                ))),
                liveness,
            },
            ports: Ports {
                pinless: Box::new(government.clone()),
                signature: Box::new(government.clone()),
                phone: Some(Box::new(Phone::new(
                    government.clone(),
                    Some(jiff::civil::date(2030, 2, 17)),
                ))),
                external_pin: Some(Box::new(ExternalPin::new(government.clone()))),
                eligibility: Box::new(government.clone()),
                registration: Box::new(government.clone()),
                staff: Box::new(Staff::new()),
            },
            card_at_start: CardAtStart::LeftBehind,
            first_session: 1,
        })
        .expect("threads");
        Self {
            clock,
            reader,
            card,
            keypad,
            camera: eye,
            government,
            runner,
            context,
            _me: me,
        }
    }

    /// Runs one session with a patient who takes the card when told to.
    fn visit(&mut self, patient: &mut Patient) -> SessionReport {
        patient.reader = Some(self.reader.clone());
        patient.card = Some(self.card.clone());
        self.reader.insert(&self.card);
        let wait = Wait::at_most(self.clock.shared(), Duration::from_secs(600));
        let report = self
            .runner
            .run_session(patient, &wait)
            .expect("ends by itself");
        assert_eq!(self.card.violations(), [], "touched what a kiosk must not");
        assert!(!patient.left_open, "left something open on the card");
        report
    }
}

/// Somebody before the kiosk.
struct Patient {
    methods: Vec<Method>,
    consent: ConsentAnswer,
    same: bool,
    /// Pulls the card when these words appear.
    pull_at: MessageId,
    /// How often the words are heard before the card is pulled. The second reminder comes five
    /// seconds after the first, when everything that was to be locked is locked.
    patience: u32,
    card: Option<VirtualCard>,
    /// Whether the card was open just before it was pulled.
    left_open: bool,
    reader: Option<VirtualReader>,
    heard: Vec<MessageId>,
    staff: Vec<FailureCode>,
    staff_heard: Vec<MessageId>,
}

impl Patient {
    fn choosing(methods: &[Method]) -> Self {
        Self {
            methods: methods.iter().rev().copied().collect(),
            consent: ConsentAnswer::Yes,
            same: true,
            pull_at: MessageId::RemoveCard,
            patience: 1,
            card: None,
            left_open: false,
            reader: None,
            heard: Vec::new(),
            staff: Vec::new(),
            staff_heard: Vec::new(),
        }
    }
}

impl Screen for Patient {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            Shown::Prompt(prompt) => {
                self.heard.push(prompt.message);
                if prompt.message == self.pull_at
                    && let Some(reader) = &self.reader
                {
                    if self.patience == 0 {
                        self.left_open = self.card.as_ref().is_some_and(VirtualCard::is_unlocked);
                        reader.remove();
                    }
                    self.patience = self.patience.saturating_sub(1);
                }
            }
            Shown::Methods(offered) => match self.methods.pop() {
                Some(method) if offered.contains(method) => input.choose(method),
                _ => input.cancel(),
            },
            Shown::CompareWithPhoto => input.staff_decides(self.same),
            Shown::OfferRegistration(ticket) => input.register(ticket, true),
            Shown::Consent { ticket, .. } => input.consent(ticket, self.consent),
            Shown::Staff { message, failure } => {
                self.staff_heard.push(message);
                self.staff.extend(failure.map(|failure| failure.code));
            }
            Shown::Entered { .. } | Shown::Digits(_) | Shown::AskPapers(_) => {}
        }
    }
}

fn words(report: &SessionReport) -> Vec<&'static str> {
    report.proven.iter().map(Proven::code).collect()
}
