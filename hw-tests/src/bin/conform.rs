//! `conform READER [keys]`: the conformance kit on a PC/SC reader and on a host pad for the card in
//! it; or on the reader's own PIN keys. For the conformance rig, which is the hands at the bench:
//! what is to be done is printed as `{"act": …}`, `{"count": true}` or `{"person": …}`, and the
//! answer is a line on standard input: `done`, a number, or why not. Ends with `{"reports": […]}`.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use std::sync::Arc;
use std::time::Duration;

use hw_tests::client::Failure;
use myna_hal::card::{CardConnection, CardContext, CardReader, ShareMode};
use myna_hal::conformance::Acted;
use myna_hal::conformance::card::{self, Act, CardBench};
use myna_hal::conformance::pin::{self, Person, PinBench, Tries};
use myna_hal::device::DeviceInfo;
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::pin::{HostPinPad, PinPad, PinPolicy, ReaderPinPad};
use myna_hal::sim::Keypad;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Result, Wait};
use serde_json::{Value, json};

/// A reader whose bench is the process at the other end of the pipes.
#[derive(Clone)]
struct Rig {
    clock: Arc<dyn Clock>,
    reader: String,
}

fn ask(question: &Value) -> String {
    println!("{question}");
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(_) => line.trim().to_owned(),
        Err(error) => error.to_string(),
    }
}

impl CardBench for Rig {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reader(&mut self) -> Result<Box<dyn CardReader>> {
        let readers = PcscContext::new(self.clock.clone()).readers()?;
        readers
            .into_iter()
            .find(|reader| reader.info().name.contains(&self.reader))
            .ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        Ok(Box::new(PcscContext::new(self.clock.clone())))
    }

    fn act(&mut self, act: Act) -> Acted {
        match ask(&json!({ "act": format!("{act:?}") })).as_str() {
            "done" => Acted::Done,
            why => Acted::Impossible(why.to_owned()),
        }
    }

    fn commands_seen(&mut self) -> Option<u64> {
        ask(&json!({ "count": true })).parse().ok()
    }
}

/// The rig's card with a host pad and a scripted person, who knows the virtual card's PIN.
struct Pad {
    rig: Rig,
    keys: Keypad,
}

impl PinBench for Pad {
    fn clock(&self) -> Arc<dyn Clock> {
        self.rig.clock()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        Ok(Box::new(HostPinPad::new(self.keys.clone())))
    }

    fn person(&mut self, does: Person) -> Acted {
        match does {
            Person::TypesRight => self.keys.types("1234"),
            Person::TypesWrong => self.keys.types("4321"),
            Person::Cancels => self.keys.cancels_after(Duration::ZERO),
            Person::DoesNothing => {}
            Person::TypesNewPin => ["1234", "5678", "5678"]
                .iter()
                .for_each(|digits| self.keys.types(digits)),
            Person::TypesTwoNewPins => ["1234", "5678", "5679"]
                .iter()
                .for_each(|digits| self.keys.types(digits)),
            other => return Acted::Impossible(format!("the script does not know {other:?}")),
        }
        Acted::Done
    }

    fn clear(&mut self) {
        self.keys.clear();
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        let wait = Wait::at_most(self.clock(), Duration::from_secs(10));
        self.rig.reader()?.connect(ShareMode::Shared, &wait)
    }
}

/// The reader's own keys, which the rig has.
struct OwnKeys {
    rig: Rig,
    pad: DeviceInfo,
}

impl OwnKeys {
    /// Chosen once, as a program does: a reader whose entry was given up tells nobody what it can.
    fn choose(rig: Rig) -> Result<Self> {
        let readers = PcscContext::new(rig.clock.clone()).readers_with_features()?;
        let reader = readers
            .iter()
            .find(|reader| reader.info().name.contains(&rig.reader))
            .ok_or(ErrorKind::NotFound)?;
        let pad = myna_hal::pin::choose(PinPolicy::RequireSecure, reader, None)?;
        Ok(Self {
            rig,
            pad: pad.info().clone(),
        })
    }
}

impl PinBench for OwnKeys {
    fn clock(&self) -> Arc<dyn Clock> {
        self.rig.clock()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        Ok(Box::new(ReaderPinPad::new(self.pad.clone())))
    }

    fn person(&mut self, does: Person) -> Acted {
        match ask(&json!({ "person": format!("{does:?}") })).as_str() {
            "done" => Acted::Done,
            why => Acted::Impossible(why.to_owned()),
        }
    }

    fn clear(&mut self) {
        ask(&json!({ "person": "Forgets" }));
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        let wait = Wait::at_most(self.clock(), Duration::from_secs(10));
        self.rig.reader()?.connect(ShareMode::Shared, &wait)
    }

    /// Of this the pad leaves five seconds to the card, so nobody is waited for longer than two.
    fn patience(&self) -> Duration {
        Duration::from_secs(7)
    }
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let reader = arguments.next().ok_or("usage: conform READER [keys]")?;
    let clock = SystemClock::shared();
    let mut rig = Rig { clock, reader };
    let mut started = |case: &'static str| println!("{}", json!({ "case": case }));
    if arguments.next().as_deref() == Some("keys") {
        let report = pin::run(OwnKeys::choose(rig)?, Tries::TestCard, &mut started);
        println!("{{\"reports\":[{}]}}", report.to_json());
        return Ok(());
    }
    let first = card::run(&mut rig, &mut started);
    let keys = Keypad::new("scripted person");
    keys.set_patience(Duration::from_secs(2));
    let second = pin::run(Pad { rig, keys }, Tries::TestCard, &mut started);
    let reports = [first, second].map(|report| report.to_json());
    println!("{{\"reports\":[{}]}}", reports.join(","));
    Ok(())
}
