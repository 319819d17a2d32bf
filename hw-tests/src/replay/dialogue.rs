//! The dialogues that can be held again.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::CardConnection;
use myna_hal::layer::{Recording, Sink};
use myna_hal::myna::{CardFaceCode, Client, Failure, PinOptions, RetryGuard, TrustStore};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::time::Clock;
use myna_hal::{Result, Wait};

use super::Unplayable;

/// The outcome of a dialogue that proved what it was for.
pub const OK: &str = "ok";

/// The patience of one dialogue, where a recording was made and where it is played.
const PATIENCE: Duration = Duration::from_secs(15);

/// Gives the next connection.
pub type Opening<'a> = dyn FnMut(&Wait) -> Result<Box<dyn CardConnection>> + 'a;

/// What was done with the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Client::authenticate`], with a PIN of the host.
    Authenticate,
    /// [`Client::certificate`].
    Certificate,
    /// [`Client::face_record`].
    Face,
    /// [`Client::screen`].
    Screen,
    /// Something else.
    Raw,
}

/// How the PIN's tries were guarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// [`RetryGuard::KEEP_LAST`].
    #[default]
    KeepLast,
    /// [`RetryGuard::ALLOW_LAST`].
    AllowLast,
    /// [`RetryGuard::Bare`].
    Bare,
}

/// A dialogue, as the notes of a recording say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialogue {
    /// What was done.
    pub kind: Kind,
    /// How the tries were guarded.
    pub guard: Guard,
}

impl Kind {
    /// Its name in a note.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::Certificate => "certificate",
            Self::Face => "face",
            Self::Screen => "screen",
            Self::Raw => "raw",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let all = [
            Self::Authenticate,
            Self::Certificate,
            Self::Face,
            Self::Screen,
            Self::Raw,
        ];
        all.into_iter().find(|kind| kind.name() == name).ok_or(())
    }
}

impl Guard {
    /// Its name in a note.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeepLast => "keep-last",
            Self::AllowLast => "allow-last",
            Self::Bare => "bare",
        }
    }

    fn policy(self) -> RetryGuard {
        match self {
            Self::KeepLast => RetryGuard::KEEP_LAST,
            Self::AllowLast => RetryGuard::ALLOW_LAST,
            Self::Bare => RetryGuard::Bare,
        }
    }
}

impl FromStr for Guard {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let all = [Self::KeepLast, Self::AllowLast, Self::Bare];
        all.into_iter().find(|guard| guard.name() == name).ok_or(())
    }
}

impl Dialogue {
    /// A dialogue of this kind with the usual guard.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            guard: Guard::default(),
        }
    }

    /// The dialogue that a recording names; [`Kind::Raw`] where it names none.
    ///
    /// # Errors
    /// [`Unplayable::Note`].
    pub fn of(recording: &Recording) -> Result<Self, Unplayable> {
        let kind = named(recording, "dialogue", Kind::Raw)?;
        let guard = named(recording, "guard", Guard::default())?;
        Ok(Self { kind, guard })
    }

    /// Writes the notes that name it.
    pub fn note(&self, sink: &Sink) {
        sink.note("dialogue", self.kind.name());
        sink.note("guard", self.guard.name());
    }

    /// Holds it over so many connections that `open` gives, to a card with the secrets of `card`.
    /// `pin` is what the person types. What came of the last: [`OK`] or the code of a failure.
    pub fn hold(
        &self,
        open: &mut Opening<'_>,
        card: &VirtualCard,
        pin: &str,
        connections: usize,
        clock: &Arc<dyn Clock>,
    ) -> &'static str {
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("a virtual card's own");
        let mut client = Client::new(trust);
        let mut outcome = OK;
        for _ in 0..connections {
            let wait = Wait::at_most(clock.clone(), PATIENCE);
            let done = open(&wait)
                .map_err(Failure::from)
                .and_then(|mut open| self.talk(&mut client, &mut *open, card, pin, &wait));
            outcome = done.map_or_else(|failure| failure.code(), |()| OK);
        }
        outcome
    }

    fn talk(
        &self,
        client: &mut Client,
        connection: &mut dyn CardConnection,
        card: &VirtualCard,
        pin: &str,
        wait: &Wait,
    ) -> Result<(), Failure> {
        let challenge = Client::fresh_challenge();
        match self.kind {
            Kind::Authenticate => {
                let keys = Keypad::new("recorded person");
                keys.types(pin);
                let mut pad = HostPinPad::new(keys);
                let mut options = PinOptions::default();
                options.guard = self.guard.policy();
                let done =
                    client.authenticate(connection, &mut pad, &challenge, None, options, wait);
                done.map(drop)
            }
            Kind::Certificate => client.certificate(connection, wait).map(drop),
            Kind::Screen => client.screen(connection, wait).map(drop),
            Kind::Face => {
                let code = CardFaceCode::parse(&card.holder().card_face_code)
                    .expect("a virtual card's own");
                let guard = self.guard.policy();
                let read = client.face_record(connection, &code, None, guard, &challenge, wait);
                read.map(drop)
            }
            Kind::Raw => Ok(()),
        }
    }
}

fn named<T: FromStr>(
    recording: &Recording,
    key: &'static str,
    otherwise: T,
) -> Result<T, Unplayable> {
    match recording.note(key) {
        None => Ok(otherwise),
        Some(value) => value
            .parse()
            .map_err(|_| Unplayable::Note(key, value.to_owned())),
    }
}
