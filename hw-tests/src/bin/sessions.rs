//! `sessions READER TRUST COUNT`: check-in sessions through the PC/SC driver, by face and by PIN in
//! turn. For the middleware rig, which puts cards in and takes them out: what is to be done with
//! the card is printed as `{"act": "insert"}` and `{"act": "remove"}`; every session ends with
//! `{"ended": …}` and what this process holds then.
//!
//! The card-face code comes from `MYNA_CARD_FACE_CODE`, the PIN from `MYNA_PIN`.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use std::time::Duration;

use hw_tests::client::Failure;
use myna_hal::card::{CardContext, CardReader};
use myna_hal::checkin::card_face::CardFaceReading;
use myna_hal::checkin::ports::CardFaceScanner;
use myna_hal::checkin::runner::{CardAtStart, Devices, Input, Ports, Runner, Screen, Setup, Shown};
use myna_hal::checkin::{ConsentAnswer, MessageId, Method, PadPolicy, Policy};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::myna::{Client, TrustStore};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::ports::{Behaviour, Government, Staff};
use myna_hal::sim::{Keypad, Scene, ScriptedVerifier, VirtualCamera};
use myna_hal::time::SystemClock;
use myna_hal::{Error, ErrorKind, Result, Wait};
use serde_json::json;

/// Of so many sessions one ends because the card is pulled in the middle.
const PULLED: u64 = 5;

/// The printed code, as somebody typed it.
struct Typed(String);

impl CardFaceScanner for Typed {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        wait.check()?;
        CardFaceReading::typed(&self.0).map_err(|error| Error::invalid_input(error.to_string()))
    }
}

/// Takes the card when it is told to, or in the middle.
struct Patient {
    method: Method,
    pulls: bool,
}

impl Screen for Patient {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            Shown::Prompt(prompt) => match prompt.message {
                MessageId::Done | MessageId::RemoveCard | MessageId::CardLeftBehind => {
                    act("remove")
                }
                MessageId::Authenticating if self.pulls => act("remove"),
                _ => {}
            },
            Shown::Methods(_) => input.choose(self.method),
            Shown::Consent { ticket, .. } => input.consent(ticket, ConsentAnswer::Yes),
            _ => {}
        }
    }
}

fn act(what: &str) {
    println!("{}", json!({ "act": what }));
}

/// How many threads this process has, and how many files are open.
fn census() -> [usize; 2] {
    ["/proc/self/task", "/proc/self/fd"]
        .map(|folder| std::fs::read_dir(folder).map_or(0, Iterator::count))
}

fn main() -> std::result::Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [reader, trust, count] = &arguments[..] else {
        return Err("usage: sessions READER TRUST COUNT".into());
    };
    let clock = SystemClock::shared();
    let mut context = PcscContext::new(clock.clone());
    let watch = context.watch()?;
    let mut readers = context.readers()?.into_iter();
    let reader: Box<dyn CardReader> = readers
        .find(|found| found.info().name.contains(reader))
        .ok_or(Error::from(ErrorKind::NotFound))?;
    let government = Government::new(1);
    government.behave(Behaviour::After(Duration::from_millis(5)));
    let keys = Keypad::new("keys");
    let mut policy = Policy::default();
    policy.pad = PadPolicy::Off;
    policy.deadlines.debounce = Duration::from_millis(20);
    let mut runner = Runner::start(Setup {
        clock: clock.clone(),
        client: Client::new(TrustStore::from_pem(&std::fs::read_to_string(trust)?)?),
        policy,
        devices: Devices {
            watch,
            reader,
            pin_pad: Box::new(HostPinPad::new(keys.clone())),
            face: Some((
                Box::new(VirtualCamera::drawn(
                    clock.clone(),
                    Scene::Face { person: 1 },
                )),
                Box::new(ScriptedVerifier::matching()),
            )),
            scanner: Some(Box::new(Typed(std::env::var("MYNA_CARD_FACE_CODE")?))),
            liveness: None,
        },
        ports: Ports {
            phone: None,
            pinless: Box::new(government.clone()),
            signature: Box::new(government.clone()),
            external_pin: None,
            eligibility: Box::new(government.clone()),
            registration: Box::new(government),
            staff: Box::new(Staff::new()),
        },
        card_at_start: CardAtStart::LeftBehind,
        first_session: 0,
    })?;
    let pin = std::env::var("MYNA_PIN")?;
    for number in 0..count.parse::<u64>()? {
        let method = [Method::Face, Method::Pin][(number % 2) as usize];
        if method == Method::Pin {
            keys.types(&pin);
        }
        let mut patient = Patient {
            method,
            pulls: number % PULLED == PULLED - 1,
        };
        act("insert");
        let wait = Wait::at_most(clock.clone(), Duration::from_secs(60));
        let report = runner.run_session(&mut patient, &wait)?;
        let [threads, files] = census();
        println!(
            "{}",
            json!({
                "ended": report.outcome.code(),
                "method": report.method.map(Method::code),
                "failures": report.failures.iter().map(|it| it.code.code()).collect::<Vec<_>>(),
                "threads": threads,
                "files": files,
            })
        );
    }
    Ok(())
}
