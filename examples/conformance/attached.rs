//! A bench with a reader that a driver knows, and perhaps a person at it.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, CardContext, CardReader, ShareMode};
use myna_hal::conformance::Acted;
use myna_hal::conformance::card::{Act, CardBench};
use myna_hal::conformance::pin::{Person, PinBench};
use myna_hal::pin::{HostPinPad, PinPad};
use myna_hal::sim::Keypad;
use myna_hal::time::Clock;
use myna_hal::{ErrorKind, Result, Wait};
use zeroize::Zeroizing;

use super::ask_operator;
use super::support::card::CardChoice;
use super::support::problem::Problem;

/// A reader by a part of its name.
pub(super) struct Attached {
    clock: Arc<dyn Clock>,
    card: CardChoice,
    operator: bool,
}

impl Attached {
    /// The first reader of the driver whose name has the part that was named.
    pub(super) fn open(
        card: &CardChoice,
        operator: bool,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Problem> {
        let mut bench = Self {
            clock: clock.clone(),
            card: card.clone(),
            operator,
        };
        card.context(clock)?;
        bench.reader()?;
        Ok(bench)
    }

    /// The driver's readers, and the part of the name.
    fn driver(&self) -> Result<(Box<dyn CardContext>, String)> {
        match self.card.context(&self.clock) {
            Ok(Some(driver)) => Ok(driver),
            _ => Err(ErrorKind::Unavailable.into()),
        }
    }
}

impl CardBench for Attached {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reader(&mut self) -> Result<Box<dyn CardReader>> {
        let (mut context, part) = self.driver()?;
        let mut readers = context.readers()?;
        readers.retain(|reader| reader.info().name.contains(&part));
        if readers.is_empty() {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(readers.swap_remove(0))
    }

    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        Ok(self.driver()?.0)
    }

    fn act(&mut self, act: Act) -> Acted {
        let what = match act {
            Act::Insert => "Insert the card",
            Act::Remove => "Pull the card out",
            Act::InsertMute => "Insert something that does not answer, a card upside down",
            Act::Unplug => "Unplug the reader",
            Act::Plug => "Plug the reader in again, with the card in it",
            Act::StopService => "Stop the smart-card service",
            Act::StartService => "Start the smart-card service again, with the card in the reader",
            other => return Acted::Impossible(format!("no person can do {other:?}")),
        };
        ask_operator(self.operator, what)
    }
}

/// The same with a host pad, on which the program itself types the test card's PIN.
pub(super) struct WithPin {
    bench: Attached,
    pin: Zeroizing<String>,
    keys: Keypad,
}

impl WithPin {
    pub(super) fn new(bench: Attached, pin: String) -> Self {
        let keys = Keypad::new("scripted person");
        keys.set_patience(Duration::from_secs(3));
        Self {
            bench,
            pin: Zeroizing::new(pin),
            keys,
        }
    }
}

impl PinBench for WithPin {
    fn clock(&self) -> Arc<dyn Clock> {
        self.bench.clock()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        Ok(Box::new(HostPinPad::new(self.keys.clone())))
    }

    fn person(&mut self, does: Person) -> Acted {
        match does {
            Person::TypesRight => self.keys.types(&self.pin),
            Person::TypesWrong if *self.pin == "0000" => self.keys.types("1111"),
            Person::TypesWrong => self.keys.types("0000"),
            Person::Cancels => self.keys.cancels_after(Duration::ZERO),
            Person::DoesNothing => {}
            // These go to a card of the kit's own: no PIN of a real one is changed.
            Person::TypesNewPin | Person::TypesTwoNewPins => {
                let again = match does {
                    Person::TypesNewPin => "5678",
                    _ => "5679",
                };
                [&self.pin, "5678", again]
                    .iter()
                    .for_each(|digits| self.keys.types(digits));
            }
            other => return Acted::Impossible(format!("the script does not know {other:?}")),
        }
        Acted::Done
    }

    fn clear(&mut self) {
        self.keys.clear();
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        let wait = Wait::at_most(self.clock(), Duration::from_secs(10));
        self.bench.reader()?.connect(ShareMode::Shared, &wait)
    }
}
