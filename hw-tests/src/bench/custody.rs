//! Which card may lose a try, asked anew before every VERIFY.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use myna_hal::Wait;
use myna_hal::apdu::{CommandApdu, ResponseApdu, StatusWord};
use myna_hal::card::{CardConnection, ControlCode};
use myna_hal::pin::reader::PadAnswer;

use super::CardEntry;
use super::look::look;

/// What a card may be given to verify. Each has its own tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// The user-authentication PIN.
    Pin,
    /// 照合番号B, printed on the card: it opens the portrait.
    CardFaceCode,
}

impl Secret {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Pin, Self::CardFaceCode];

    /// Tries of a card on which none was lost (observed by several public clients; the virtual card
    /// counts the same).
    pub(super) const fn tries(self) -> u8 {
        match self {
            Self::Pin => 3,
            Self::CardFaceCode => 10,
        }
    }

    /// The fewest tries that an inventory may want: as many as the library wants of a code, whose
    /// tries are given back by a municipality alone.
    pub(super) const fn least_floor(self) -> u8 {
        match self {
            Self::Pin => 2,
            Self::CardFaceCode => 6,
        }
    }

    /// How many digits it has.
    pub(super) const fn digits(self) -> usize {
        match self {
            Self::Pin => 4,
            Self::CardFaceCode => 14,
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pin => "PIN",
            Self::CardFaceCode => "card-face code",
        })
    }
}

/// What the person at the bench means to type next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The card's PIN.
    Right,
    /// Another one, on purpose.
    Wrong,
}

/// Keeps cards from losing tries. Clones keep the same card.
#[derive(Clone)]
pub struct Custody(Arc<Mutex<State>>);

struct State {
    /// The card that may lose a try; or why none may.
    allowed: Result<Allowed, String>,
    intent: Intent,
    /// A wrong PIN was sent on purpose, and the right one not yet.
    owed: bool,
    /// What was sent whose outcome nobody knows, and the tries before it.
    unsure: Vec<(Secret, u8)>,
    /// Why nothing is sent any more.
    ended: Option<String>,
    /// How many PINs went to the card, or were asked for by the reader's keys.
    pins: u32,
}

#[derive(Clone)]
struct Allowed {
    name: String,
    sha256: Vec<u8>,
    pin_floor: u8,
    /// Without one, the card-face code is not for this card.
    code_floor: Option<u8>,
    wrong_pin: bool,
}

/// Leave to send one VERIFY. Only [`Custody::check`] gives it, and sending uses it up.
#[must_use]
pub struct Permit {
    custody: Custody,
    secret: Secret,
    tries: u8,
}

impl Custody {
    /// Of a card in the inventory: the one that may lose a try.
    #[must_use]
    pub fn of(card: &CardEntry) -> Self {
        Self::new(Ok(Allowed {
            name: card.name.get_ref().clone(),
            sha256: card.sha256(),
            pin_floor: *card.tries_floor.get_ref(),
            code_floor: card
                .card_face_code_from
                .is_some()
                .then(|| *card.card_face_tries_floor.get_ref()),
            wrong_pin: card.wrong_pin,
        }))
    }

    /// No card may lose a try.
    #[must_use]
    pub fn of_none(why: &str) -> Self {
        Self::new(Err(why.to_owned()))
    }

    fn new(allowed: Result<Allowed, String>) -> Self {
        Self(Arc::new(Mutex::new(State {
            allowed,
            intent: Intent::Right,
            owed: false,
            unsure: Vec::new(),
            ended: None,
            pins: 0,
        })))
    }

    /// Says what is typed next.
    ///
    /// # Errors
    /// A wrong PIN is not for this card; nothing has changed.
    pub fn intend(&self, intent: Intent) -> Result<(), String> {
        let mut state = self.state();
        if let (Intent::Wrong, Ok(card)) = (intent, &state.allowed)
            && !card.wrong_pin
        {
            let name = &card.name;
            return Err(format!(
                "a wrong PIN for the card {name}: the inventory would have to say wrong-pin = true"
            ));
        }
        state.intent = intent;
        Ok(())
    }

    /// Looks at the card, in a transaction that the caller holds and goes on holding.
    ///
    /// # Errors
    /// Why this card does not get it now.
    pub fn check(
        &self,
        card: &mut dyn CardConnection,
        secret: Secret,
        wait: &Wait,
    ) -> Result<Permit, String> {
        let allowed = {
            let state = self.state();
            state.ended.clone().map_or(Ok(()), Err)?;
            state.allowed.clone()?
        };
        let floor = allowed.floor(secret)?;
        let (sha256, tries) = look(card, secret, wait)?;
        if sha256.as_slice() != allowed.sha256 {
            return Err(format!(
                "the card in the reader is not the test card {}: its certificate is another",
                allowed.name
            ));
        }
        self.state().decide(&allowed.name, secret, tries, floor)?;
        Ok(Permit {
            custody: self.clone(),
            secret,
            tries,
        })
    }

    /// How many PINs went to the card so far, or were asked for by the reader's keys.
    #[must_use]
    pub fn pins_sent(&self) -> u32 {
        self.state().pins
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowed {
    /// How many tries have to be left.
    fn floor(&self, secret: Secret) -> Result<u8, String> {
        match secret {
            Secret::Pin => Ok(self.pin_floor),
            Secret::CardFaceCode => self.code_floor.ok_or_else(|| {
                let name = &self.name;
                format!("the inventory has no card-face-code-from for the card {name}")
            }),
        }
    }
}

impl State {
    fn decide(&mut self, name: &str, secret: Secret, tries: u8, floor: u8) -> Result<(), String> {
        let before = self.unsure.iter().find(|(unsure, _)| *unsure == secret);
        let is_lost = before.is_some_and(|(_, before)| tries < *before);
        self.unsure.retain(|(unsure, _)| *unsure != secret);
        if is_lost {
            return self.end("a try was lost by an entry whose outcome was not seen");
        }
        let all = secret.tries();
        match (secret, self.intent) {
            (Secret::Pin, Intent::Wrong) if tries < all => Err(format!(
                "the card {name} has {tries} tries left: no wrong PIN unless all {all} are"
            )),
            // What is missing is what a wrong PIN took on purpose; this one gives it back.
            (Secret::Pin, Intent::Right) if tries + u8::from(self.owed) < floor => Err(format!(
                "the card {name} has {tries} tries left, the inventory wants {floor}: give them \
                 back with the right PIN, for instance by the example `authenticate`"
            )),
            (Secret::CardFaceCode, _) if tries < floor => Err(format!(
                "the card {name} has {tries} tries of its card-face code left, the inventory \
                 wants {floor}: the right code gives them back"
            )),
            _ => Ok(()),
        }
    }

    fn end<T>(&mut self, why: &str) -> Result<T, String> {
        let why = format!("{why}: nothing more is sent in this run");
        self.ended = Some(why.clone());
        Err(why)
    }

    fn settle(&mut self, secret: Secret, status: StatusWord) {
        self.unsure.retain(|(unsure, _)| *unsure != secret);
        let outcome = match (secret, self.intent, status) {
            (Secret::Pin, Intent::Right, StatusWord::OK) => {
                self.owed = false;
                Ok(())
            }
            (Secret::Pin, Intent::Wrong, StatusWord::OK) => {
                self.end("the PIN that was to be wrong is right")
            }
            (Secret::Pin, Intent::Wrong, status) if status.retries_left().is_some() => {
                self.owed = true;
                Ok(())
            }
            (Secret::CardFaceCode, _, StatusWord::OK) => Ok(()),
            (_, _, status) => self.end(&format!("the card answered {status} to the {secret}")),
        };
        // Kept in `ended`, where the next check finds it.
        drop(outcome);
    }
}

impl Permit {
    /// From here on the card may have been asked.
    fn begin(&self) {
        let mut state = self.custody.state();
        state.unsure.push((self.secret, self.tries));
        state.pins += u32::from(self.secret == Secret::Pin);
    }

    /// Sends the VERIFY.
    ///
    /// # Errors
    /// As the connection says.
    pub fn verify(
        self,
        card: &mut dyn CardConnection,
        command: &CommandApdu,
        wait: &Wait,
    ) -> myna_hal::Result<ResponseApdu> {
        self.begin();
        let response = card.transmit(command, wait)?;
        self.custody.state().settle(self.secret, response.status());
        Ok(response)
    }

    /// Has the reader ask its keys and send the VERIFY.
    ///
    /// # Errors
    /// As the connection says.
    pub fn enter(
        self,
        card: &mut dyn CardConnection,
        code: ControlCode,
        structure: &[u8],
        wait: &Wait,
    ) -> myna_hal::Result<Vec<u8>> {
        self.begin();
        let answer = card.control(code, structure, wait)?;
        // Otherwise nothing was sent, or nobody knows: the counter will tell.
        if let PadAnswer::Status(status) = PadAnswer::parse(&answer) {
            self.custody.state().settle(self.secret, status);
        }
        Ok(answer)
    }
}
