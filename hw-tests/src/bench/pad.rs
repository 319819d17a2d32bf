//! The PIN of a real test card, as the conformance kit wants it.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, Transaction};
use myna_hal::conformance::Acted;
use myna_hal::conformance::pin::{Person, PinBench, Tries};
use myna_hal::pin::{HostPinPad, PinPad, ReaderPinPad};
use myna_hal::sim::Keypad;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Result};
use zeroize::Zeroizing;

use super::reader::{acted, none};
use super::{Actuator, CardEntry, Custody, Guarded, Intent, Lock, ReaderDesk, Secret};
use crate::hex;

/// How long a host pad waits for its person, who is a program.
const HOST_PATIENCE: Duration = Duration::from_secs(2);
/// Digits for the kit's own card, where the bench has none.
const NO_PIN: &str = "0000";

/// A reader with a card, whose PIN is typed on the reader's keys, or by this program where it has
/// none.
pub struct PadDesk {
    desk: ReaderDesk,
    custody: Custody,
    keys: Keys,
    tries: std::result::Result<(), String>,
    /// No other run uses the card, in whichever reader it is.
    _lock: Option<Lock>,
}

enum Keys {
    Own,
    Host {
        pad: Keypad,
        /// The card's PIN, or why it is not known.
        pin: std::result::Result<Zeroizing<String>, String>,
    },
}

impl PadDesk {
    /// The pad of a reader, for the card that the inventory says is in it.
    ///
    /// # Errors
    /// The reader or what is in it cannot be reached, or the PIN is not where the inventory says.
    pub fn of(desk: ReaderDesk, card: Option<&CardEntry>) -> std::result::Result<Self, String> {
        let custody = card.map_or_else(
            || Custody::of_none("the inventory lists no card for this reader"),
            Custody::of,
        );
        let lock = card
            .map(|card| Lock::take(&format!("card:{}", hex(&card.sha256()))))
            .transpose()?;
        let keys = Self::keys(&desk, card)?;
        let mut pad = Self {
            desk,
            custody,
            keys,
            tries: Ok(()),
            _lock: lock,
        };
        pad.tries = pad.look();
        Ok(pad)
    }

    fn keys(desk: &ReaderDesk, card: Option<&CardEntry>) -> std::result::Result<Keys, String> {
        let wait = desk.wait(Duration::from_secs(10));
        let found = desk
            .connect()
            .and_then(|mut connection| ReaderPinPad::probe(&mut *connection, &wait));
        match found {
            Ok(_) => Ok(Keys::Own),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                let pad = Keypad::new("bench");
                pad.set_patience(HOST_PATIENCE);
                let unlisted = || "the inventory lists no card for this reader".to_owned();
                let pin = card.ok_or_else(unlisted).and_then(CardEntry::pin);
                Ok(Keys::Host { pad, pin })
            }
            Err(error) => Err(format!("the card cannot be reached: {error}")),
        }
    }

    /// Whether tries may be spent at all: otherwise no case begins that would.
    fn look(&self) -> std::result::Result<(), String> {
        if let Keys::Host { pin: Err(why), .. } = &self.keys {
            return Err(why.clone());
        }
        let wait = self.desk.wait(Duration::from_secs(20));
        let connection = self.desk.connect().map_err(|error| error.to_string())?;
        let taken = Transaction::begin(connection, &wait);
        let mut taken = taken.map_err(|(_, error)| error.to_string())?;
        // A permit that is not used.
        self.custody.check(&mut taken, Secret::Pin, &wait).map(drop)
    }

    /// What the kit may spend.
    #[must_use]
    pub fn tries(&self) -> Tries {
        match self.tries {
            Ok(()) => Tries::TestCard,
            Err(_) => Tries::Keep,
        }
    }

    /// Why no try is spent, if none is.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.tries.as_ref().err().map(String::as_str)
    }

    fn at_own_keys(&self, does: Person) -> std::result::Result<(), String> {
        let entry = self.desk.entry();
        let (key, actuator) = match does {
            Person::TypesRight => ("types-right", &entry.types_right),
            Person::TypesWrong => ("types-wrong", &entry.types_wrong),
            Person::Cancels => ("cancels", &entry.cancels),
            Person::DoesNothing => return Ok(()),
            other => return Err(format!("nobody does {other:?} to a real card")),
        };
        actuator
            .as_ref()
            .ok_or_else(|| none(entry, key))
            .and_then(Actuator::act)
    }
}

/// Another PIN than this one: its last digit is the next.
fn other_than(pin: &str) -> Zeroizing<String> {
    let (first, last) = pin.split_at(pin.len().saturating_sub(1));
    let next = last.parse::<u8>().map_or(0, |digit| (digit + 1) % 10);
    Zeroizing::new(format!("{first}{next}"))
}

fn at_host_keys(pad: &Keypad, pin: &str, does: Person) -> std::result::Result<(), String> {
    match does {
        Person::TypesRight => pad.types(pin),
        Person::TypesWrong => pad.types(&other_than(pin)),
        Person::Cancels => pad.cancels_after(Duration::ZERO),
        // The kit's own card gets these.
        Person::TypesNewPin => ["1234", "5678", "5678"]
            .iter()
            .for_each(|digits| pad.types(digits)),
        Person::TypesTwoNewPins => ["1234", "5678", "5679"]
            .iter()
            .for_each(|digits| pad.types(digits)),
        Person::DoesNothing => {}
        other => return Err(format!("this program does not know {other:?}")),
    }
    Ok(())
}

impl PinBench for PadDesk {
    fn clock(&self) -> Arc<dyn Clock> {
        SystemClock::shared()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        match &self.keys {
            Keys::Own => {
                let readers = self.desk.only().readers()?;
                let reader = readers.first().ok_or(ErrorKind::NotFound)?;
                Ok(Box::new(ReaderPinPad::new(reader.info().clone())))
            }
            Keys::Host { pad, .. } => Ok(Box::new(HostPinPad::new(pad.clone()))),
        }
    }

    fn person(&mut self, does: Person) -> Acted {
        let intent = match does {
            Person::TypesWrong => Intent::Wrong,
            _ => Intent::Right,
        };
        if let Err(why) = self.custody.intend(intent) {
            return Acted::Impossible(why);
        }
        acted(match &self.keys {
            Keys::Own => self.at_own_keys(does),
            Keys::Host { pad, pin } => {
                let pin = pin.as_ref().map_or(NO_PIN, |pin| pin.as_str());
                at_host_keys(pad, pin, does)
            }
        })
    }

    fn clear(&mut self) {
        if let Keys::Host { pad, .. } = &self.keys {
            pad.clear();
        }
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        let connection = self.desk.connect()?;
        Ok(Box::new(Guarded::new(connection, self.custody.clone())))
    }

    /// Of this a pad leaves five seconds to the card.
    fn patience(&self) -> Duration {
        match self.keys {
            Keys::Own => Duration::from_secs(60),
            Keys::Host { .. } => HOST_PATIENCE + Duration::from_secs(7),
        }
    }
}
