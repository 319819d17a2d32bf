//! A desk with known secrets, and everything that happens there.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, CardContext, CardReader, ShareMode};
use myna_hal::checkin::runner::{CardAtStart, Devices, Input, Ports, Runner, Screen, Setup, Shown};
use myna_hal::checkin::{ConsentAnswer, MessageId, Method, PadPolicy, Policy, SessionReport};
use myna_hal::device::DeviceInfo;
use myna_hal::myna::{CardFaceCode, Client, TrustStore};
use myna_hal::pin::{
    HostPinPad, Pin, PinEntry, PinPad, PinPrompt, PinSource, PinStep, ReaderPinPad,
};
use myna_hal::sim::card::Profile;
use myna_hal::sim::firmware::{PinPadFirmware, PinPadProduct};
use myna_hal::sim::ports::{Government, Scanner, Staff};
use myna_hal::sim::{
    Clock, Keypad, Scene, ScriptedVerifier, VirtualCamera, VirtualCard, VirtualContext,
    VirtualReader,
};
use myna_hal::time::Participant;
use myna_hal::{Result, Wait};

/// The PIN. Digits that nothing else here has.
pub(crate) const PIN: &str = "8371";
/// What it is changed to.
pub(crate) const NEW_PIN: &str = "6250";
/// A wrong one.
pub(crate) const WRONG_PIN: &str = "7193";
/// The last four digits of the card-face code.
pub(crate) const SECURITY_CODE: &str = "9047";

/// A card in a reader with keys of its own.
pub(crate) struct Desk {
    pub(crate) clock: Clock,
    pub(crate) context: VirtualContext,
    pub(crate) reader: VirtualReader,
    pub(crate) card: VirtualCard,
    pub(crate) keys: Keypad,
    _me: Participant,
}

/// The card, with secrets that are known.
pub(crate) fn profile() -> Profile {
    Profile {
        pin: Some(PIN.to_owned()),
        security_code: SECURITY_CODE.to_owned(),
        ..Profile::default()
    }
}

impl Desk {
    pub(crate) fn new(profile: Profile) -> Self {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let me = clock.enter();
        let context = VirtualContext::new(clock.shared());
        let reader = context.add_reader("desk");
        let keys = Keypad::new("keys");
        reader.set_pin_pad(PinPadFirmware::new(
            PinPadProduct::EZIO_SHIELD,
            keys.clone(),
        ));
        let card = VirtualCard::new(profile, clock.shared());
        reader.insert(&card);
        Self {
            clock,
            context,
            reader,
            card,
            keys,
            _me: me,
        }
    }

    pub(crate) fn wait(&self) -> Wait {
        Wait::at_most(self.clock.shared(), Duration::from_secs(60))
    }

    pub(crate) fn connect(&self) -> Box<dyn CardConnection> {
        self.reader
            .clone()
            .connect(ShareMode::Shared, &self.wait())
            .expect("a card is in")
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(TrustStore::from_pem(&self.card.trust_pem()).expect("own hierarchy"))
    }

    pub(crate) fn code(&self) -> CardFaceCode {
        CardFaceCode::parse(&self.card.holder().card_face_code).expect("printed")
    }

    pub(crate) fn reader_pad(&self) -> ReaderPinPad {
        ReaderPinPad::new(self.reader.info().clone())
    }

    /// A whole session at a reception, with the card put in and taken out by a patient who
    /// chooses `method`. `heard` sees everything that the screen is told.
    pub(crate) fn session(
        &mut self,
        method: Method,
        pad: Box<dyn PinPad>,
        heard: &mut dyn FnMut(&str),
    ) -> SessionReport {
        let clock: Arc<dyn myna_hal::Clock> = self.clock.shared();
        self.reader.remove();
        let government = Government::new(7);
        let holder = self.card.holder();
        let mut code = [0; 4];
        code.copy_from_slice(SECURITY_CODE.as_bytes());
        // No liveness check takes part, and the policy says so.
        let mut policy = Policy::default();
        policy.pad = PadPolicy::Off;
        let mut runner = Runner::start(Setup {
            clock: clock.clone(),
            client: self.client(),
            policy,
            devices: Devices {
                watch: self.context.watch().expect("a watch"),
                reader: Box::new(self.reader.clone()),
                pin_pad: pad,
                face: Some((
                    Box::new(VirtualCamera::drawn(
                        clock.clone(),
                        Scene::Face { person: 1 },
                    )),
                    Box::new(ScriptedVerifier::matching()),
                )),
                scanner: Some(Box::new(Scanner::new(
                    holder.birth,
                    holder.expiry.year(),
                    code,
                ))),
                liveness: None,
            },
            ports: Ports {
                pinless: Box::new(government.clone()),
                signature: Box::new(government.clone()),
                phone: None,
                external_pin: None,
                eligibility: Box::new(government.clone()),
                registration: Box::new(government.clone()),
                staff: Box::new(Staff::new()),
            },
            card_at_start: CardAtStart::LeftBehind,
            first_session: 1,
        })
        .expect("threads");
        self.reader.insert(&self.card);
        let mut patient = Patient {
            method: Some(method),
            reader: self.reader.clone(),
            heard,
        };
        let wait = Wait::at_most(clock, Duration::from_secs(600));
        runner
            .run_session(&mut patient, &wait)
            .expect("ends by itself")
    }
}

struct Patient<'h> {
    method: Option<Method>,
    reader: VirtualReader,
    heard: &'h mut dyn FnMut(&str),
}

impl Screen for Patient<'_> {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        (self.heard)(&format!("{shown:?}\n{input:?}"));
        match shown {
            Shown::Prompt(prompt) if prompt.message == MessageId::RemoveCard => {
                self.reader.remove();
            }
            Shown::Methods(_) => match self.method.take() {
                Some(method) => input.choose(method),
                None => input.cancel(),
            },
            Shown::OfferRegistration(ticket) => input.register(ticket, true),
            Shown::Consent { ticket, .. } => input.consent(ticket, ConsentAnswer::Yes),
            _ => {}
        }
    }
}

/// A keyboard of the host; its digits lie in the program itself, not on the heap.
pub(crate) struct Keyboard {
    info: DeviceInfo,
    present: &'static str,
    new: &'static str,
}

impl Keyboard {
    pub(crate) fn pad(present: &'static str) -> HostPinPad<Self> {
        HostPinPad::new(Self {
            info: DeviceInfo::new("test", "keyboard"),
            present,
            new: NEW_PIN,
        })
    }
}

impl PinSource for Keyboard {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn read_pin(&mut self, prompt: &PinPrompt, _: &Wait) -> Result<Result<Pin, PinEntry>> {
        let digits = match prompt.step {
            PinStep::Present => self.present,
            _ => self.new,
        };
        Ok(Pin::new(digits, prompt.format).map_err(|_| PinEntry::CancelledByUser))
    }
}

/// Sixteen bytes that stand for the portrait: as varied as any in it, so that nothing else has
/// them by chance.
pub(crate) fn marker(bytes: &[u8]) -> Option<[u8; 16]> {
    let distinct = |window: &[u8]| {
        let mut sorted = window.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.len()
    };
    bytes
        .windows(16)
        .max_by_key(|window| distinct(window))
        .filter(|window| distinct(window) >= 8)?
        .try_into()
        .ok()
}
