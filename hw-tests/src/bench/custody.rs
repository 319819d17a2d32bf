//! Which card may lose a try, asked anew before every VERIFY.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use myna_hal::Wait;
use myna_hal::apdu::{Atr, CommandApdu, ResponseApdu, StatusWord};
use myna_hal::card::{CardConnection, ControlCode, Disposition, Protocol};
use myna_hal::device::DeviceInfo;
use myna_hal::exchange::{Aid, Dialogue, Knowledge, Known, ShortFileId};
use myna_hal::pin::reader::PadAnswer;
use sha2::{Digest, Sha256};

use super::CardEntry;

/// Tries of the user-authentication PIN of a card on which none was lost (observed by several
/// public clients; the virtual card counts the same).
pub(super) const FULL: u8 = 3;

/// The application with the user-authentication key, its certificate and its PIN.
const JPKI: Aid = Aid(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
const CERTIFICATE: ShortFileId = ShortFileId::new(0x0A);
const PIN: ShortFileId = ShortFileId::new(0x18);

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
    /// The tries before an entry of which nobody knows what came of it.
    unsure: Option<u8>,
    /// Why nothing is sent any more.
    ended: Option<String>,
    /// How many PINs went to the card, or were asked for by the reader's keys.
    sent: u32,
}

#[derive(Clone)]
struct Allowed {
    name: String,
    sha256: Vec<u8>,
    floor: u8,
    wrong_pin: bool,
}

/// Leave to send one VERIFY. Only [`Custody::check`] gives it, and sending uses it up.
#[must_use]
pub struct Permit {
    custody: Custody,
    tries: u8,
}

impl Custody {
    /// Of a card in the inventory: the one that may lose a try.
    #[must_use]
    pub fn of(card: &CardEntry) -> Self {
        Self::new(Ok(Allowed {
            name: card.name.get_ref().clone(),
            sha256: card.sha256(),
            floor: *card.tries_floor.get_ref(),
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
            unsure: None,
            ended: None,
            sent: 0,
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
    /// Why this card gets no PIN now.
    pub fn check(&self, card: &mut dyn CardConnection, wait: &Wait) -> Result<Permit, String> {
        let allowed = {
            let state = self.state();
            state.ended.clone().map_or(Ok(()), Err)?;
            state.allowed.clone()?
        };
        let (sha256, tries) = look(card, wait)?;
        if sha256.as_slice() != allowed.sha256 {
            return Err(format!(
                "the card in the reader is not the test card {}: its certificate is another",
                allowed.name
            ));
        }
        self.state().decide(&allowed, tries)?;
        Ok(Permit {
            custody: self.clone(),
            tries,
        })
    }

    /// How many PINs went to the card so far, or were asked for by the reader's keys.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.state().sent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn decide(&mut self, card: &Allowed, tries: u8) -> Result<(), String> {
        let Allowed { name, floor, .. } = card;
        if self.unsure.take().is_some_and(|before| tries < before) {
            return self.end("a try was lost by an entry whose outcome was not seen");
        }
        match self.intent {
            Intent::Wrong if tries < FULL => Err(format!(
                "the card {name} has {tries} tries left: no wrong PIN unless all {FULL} are"
            )),
            // What is missing is what a wrong PIN took on purpose; this one gives it back.
            Intent::Right if tries + u8::from(self.owed) < *floor => Err(format!(
                "the card {name} has {tries} tries left, the inventory wants {floor}: give them \
                 back with the right PIN, for instance by the example `authenticate`"
            )),
            _ => Ok(()),
        }
    }

    fn end<T>(&mut self, why: &str) -> Result<T, String> {
        let why = format!("{why}: nothing more is sent in this run");
        self.ended = Some(why.clone());
        Err(why)
    }

    fn settle(&mut self, status: StatusWord) {
        let outcome = match (self.intent, status) {
            (Intent::Right, StatusWord::OK) => {
                self.owed = false;
                Ok(())
            }
            (Intent::Wrong, StatusWord::OK) => self.end("the PIN that was to be wrong is right"),
            (Intent::Wrong, status) if status.retries_left().is_some() => {
                self.owed = true;
                Ok(())
            }
            (_, status) => self.end(&format!("the card answered {status} to the PIN")),
        };
        // Kept in `ended`, where the next check finds it.
        drop(outcome);
    }
}

impl Permit {
    /// From here on the card may have been asked.
    fn begin(&self) {
        let mut state = self.custody.state();
        state.unsure = Some(self.tries);
        state.sent += 1;
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
        let mut state = self.custody.state();
        state.unsure = None;
        state.settle(response.status());
        drop(state);
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
        let mut state = self.custody.state();
        // Otherwise nothing was sent, or nobody knows: the counter will tell.
        if let PadAnswer::Status(status) = PadAnswer::parse(&answer) {
            state.unsure = None;
            state.settle(status);
        }
        drop(state);
        Ok(answer)
    }
}

/// SHA-256 of the user-authentication certificate of the card, in a transaction that the caller
/// holds. Reading it needs no PIN.
///
/// # Errors
/// The card is gone, or is not a My Number Card.
pub fn fingerprint(card: &mut dyn CardConnection, wait: &Wait) -> Result<[u8; 32], String> {
    dialogue(card, wait).and_then(|mut dialogue| read(&mut dialogue, wait))
}

/// The same, and the tries that are left.
fn look(card: &mut dyn CardConnection, wait: &Wait) -> Result<([u8; 32], u8), String> {
    let mut dialogue = dialogue(card, wait)?;
    let sha256 = read(&mut dialogue, wait)?;
    let tries = dialogue.retries_left(PIN, wait);
    let tries = tries.map_err(|error| format!("the tries of the card cannot be read: {error}"))?;
    // What follows names the PIN in the same way.
    if dialogue.knowledge().short_id_in_verify != Known::Works {
        return Err("the card does not know its PIN by the short identifier".to_owned());
    }
    let tries = tries.ok_or("the card does not tell how many tries are left")?;
    Ok((sha256, tries))
}

fn dialogue<'c>(
    card: &'c mut dyn CardConnection,
    wait: &Wait,
) -> Result<Dialogue<Held<'c>>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the card cannot be looked at: {error}");
    // Nothing that a reader could lack; what is learned here is not worth a guess.
    let begun = Dialogue::begin(Held(card), Knowledge::short_only(), wait);
    let mut dialogue = begun.map_err(|(_, error)| failed(&error))?;
    dialogue
        .select_application(JPKI, wait)
        .map_err(|error| failed(&error))?;
    Ok(dialogue)
}

fn read(dialogue: &mut Dialogue<Held<'_>>, wait: &Wait) -> Result<[u8; 32], String> {
    let der = dialogue.read_file(CERTIFICATE, wait);
    let der = der.map_err(|error| format!("the certificate cannot be read: {error}"))?;
    Ok(Sha256::digest(&**der).into())
}

/// A connection whose transaction belongs to somebody else.
struct Held<'c>(&'c mut dyn CardConnection);

impl CardConnection for Held<'_> {
    fn reader(&self) -> &DeviceInfo {
        self.0.reader()
    }

    fn atr(&self) -> &Atr {
        self.0.atr()
    }

    fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> myna_hal::Result<ResponseApdu> {
        self.0.transmit(command, wait)
    }

    fn begin_transaction(&mut self, _: &Wait) -> myna_hal::Result<()> {
        Ok(())
    }

    fn end_transaction(&mut self, _: Disposition) -> myna_hal::Result<()> {
        Ok(())
    }

    /// After a reset the transaction is gone, and with it what was looked at.
    fn reconnect(&mut self, _: Disposition, _: &Wait) -> myna_hal::Result<()> {
        Err(myna_hal::ErrorKind::CardReset.into())
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> myna_hal::Result<()> {
        Ok(())
    }
}
