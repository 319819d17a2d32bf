//! A bench for the conformance kit with the virtual devices on it: what can be done to a reader
//! and a card by hand is done at once, by itself.

use std::sync::Arc;
use std::time::Duration;

use crate::card::{CardConnection, CardContext, CardReader, ShareMode};
use crate::conformance::Acted;
use crate::conformance::card::{Act, CardBench};
use crate::conformance::pin::{Person, PinBench};
use crate::error::Result;
use crate::pin::{HostPinPad, PinPad, PinPath};
use crate::sim::card::{Fault, Profile, Trigger};
use crate::sim::{Keypad, SecurePinPad, VirtualCard, VirtualContext, VirtualReader};
use crate::time::Clock;
use crate::wait::Wait;

/// A virtual reader with a virtual card, for [`conformance::card`](crate::conformance::card).
#[derive(Clone, Debug)]
pub struct VirtualBench {
    clock: Arc<dyn Clock>,
    context: VirtualContext,
    reader: VirtualReader,
    card: VirtualCard,
}

impl VirtualBench {
    /// A bench with a new reader and a new card.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let card = VirtualCard::new(Profile::default(), clock.clone());
        Self::with_card(card, clock)
    }

    /// The same with a card that there is already.
    #[must_use]
    pub fn with_card(card: VirtualCard, clock: Arc<dyn Clock>) -> Self {
        let context = VirtualContext::new(clock.clone());
        let reader = context.add_reader("Bench");
        reader.insert(&card);
        Self {
            clock,
            context,
            reader,
            card,
        }
    }
}

impl CardBench for VirtualBench {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reader(&mut self) -> Result<Box<dyn CardReader>> {
        Ok(Box::new(self.reader.clone()))
    }

    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        Ok(Box::new(self.context.clone()))
    }

    fn act(&mut self, act: Act) -> Acted {
        let next = |fault| self.card.inject(Trigger::Nth(1), fault);
        match act {
            Act::Insert => self.reader.insert(&self.card),
            Act::Remove => drop(self.reader.remove()),
            Act::InsertMute => self.reader.insert_mute(),
            Act::Unplug => self.reader.unplug(),
            Act::Plug => {
                self.reader.plug();
                self.reader.insert(&self.card);
            }
            Act::StopService => self.context.lose_service(),
            Act::StartService => self.context.restore_service(),
            Act::SlowNext(delay) => next(Fault::Delay(delay)),
            Act::CutNext => next(Fault::Truncate(1)),
            Act::LoseNext => next(Fault::AnswerLost),
        }
        Acted::Done
    }

    fn commands_seen(&mut self) -> Option<u64> {
        let last = self.card.log().last().map(|entry| entry.number);
        Some(last.unwrap_or(0))
    }
}

/// A virtual PIN pad on a virtual reader, for [`conformance::pin`](crate::conformance::pin).
#[derive(Clone, Debug)]
pub struct VirtualPinBench {
    desk: VirtualBench,
    keys: Keypad,
    path: PinPath,
}

impl VirtualPinBench {
    /// A bench with a pad whose digits take `path`.
    #[must_use]
    pub fn new(path: PinPath, clock: Arc<dyn Clock>) -> Self {
        let keys = Keypad::new("Bench");
        keys.set_patience(PATIENCE);
        Self {
            desk: VirtualBench::new(clock),
            keys,
            path,
        }
    }
}

impl VirtualPinBench {
    /// The card in the pad's reader.
    #[must_use]
    pub fn virtual_card(&self) -> &VirtualCard {
        &self.desk.card
    }
}

impl VirtualPinBench {
    /// The present PIN, or what may stand for it on a card of the kit, and two entries of a new one.
    fn types_a_change(&self, right: Option<String>, new: [&str; 2]) {
        self.keys.types(right.as_deref().unwrap_or("0000"));
        new.iter().for_each(|digits| self.keys.types(digits));
    }
}

/// How long the virtual pad waits for a person: nobody need be patient with a script.
const PATIENCE: Duration = Duration::from_secs(3);

impl PinBench for VirtualPinBench {
    fn clock(&self) -> Arc<dyn Clock> {
        self.desk.clock()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        let keys = self.keys.clone();
        Ok(match self.path {
            PinPath::Secure => Box::new(SecurePinPad::new(keys, self.desk.reader.clone())),
            PinPath::Host => Box::new(HostPinPad::new(keys)),
        })
    }

    fn person(&mut self, does: Person) -> Acted {
        let right = self.desk.card.holder().pin.clone();
        match (does, right) {
            (Person::TypesRight, Some(pin)) => self.keys.types(&pin),
            (Person::TypesRight, None) => {
                return Acted::Impossible("this virtual card has no PIN".to_owned());
            }
            // Of the right length, and another one.
            (Person::TypesWrong, Some(pin)) if pin == "0000" => self.keys.types("1111"),
            (Person::TypesWrong, _) => self.keys.types("0000"),
            (Person::Cancels, _) => self.keys.cancels_after(Duration::ZERO),
            (Person::DoesNothing, _) => {}
            (Person::TypesNewPin, right) => self.types_a_change(right, ["5678", "5678"]),
            (Person::TypesTwoNewPins, right) => self.types_a_change(right, ["5678", "5679"]),
        }
        Acted::Done
    }

    fn clear(&mut self) {
        self.keys.clear();
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        let wait = Wait::at_most(self.desk.clock(), Duration::from_secs(10));
        self.desk.reader.connect(ShareMode::Shared, &wait)
    }
}
