//! A virtual My Number Card.
//!
//! *For application authors*: make one with [`VirtualCard::new`], put it into a virtual reader
//! and run your program against it. Everything on it is fictional: the holder, the authority
//! that issued her certificates ([`VirtualCard::trust_pem`]), and a My Number whose check digit
//! is wrong. It keeps count of PIN tries like a real one, until it is thrown away.
//!
//! What it knows: the applications JPKI, surface (券面事項確認), text (券面事項入力補助), common
//! and resident register, and the card manager, with their files, access rules, keys, retry
//! counters and the lifetime of the security status, as people observed them on real cards.
//! Where reports disagree or cards differ there is a switch in [`Quirks`].
//!
//! What it does not: secure messaging of the text application (SET SESSION KEY is refused), and
//! the use of the authentication key by an accredited institution without a PIN (every
//! institution certificate is refused), because its protocol is not public. Nothing it does is
//! evidence of what a real card does.
//!
//! *For library authors*: it shares no code with the client side of this crate, so that one
//! misunderstanding cannot hide in both.

mod chip;
mod decode;
mod drive;
mod faults;
mod files;
mod guard;
mod hierarchy;
mod holder;
mod keyring;
mod latency;
mod log;
mod p384_key;
mod profile;
mod read;
mod records;
mod select;
mod sign;
mod tlv;
mod verify;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use der::pem::{LineEnding, encode_string};

use crate::time::{Clock, Wake, japan_date};

pub use faults::{Fault, Trigger};
pub use guard::{Forbidden, Violation};
pub use hierarchy::POLICY;
pub use holder::Holder;
pub use latency::{Latency, UnknownLatency};
pub use log::LogEntry;
pub use profile::{
    Certificate, Key, KeyType, MAX_PORTRAIT, Padding, Profile, Quirks, ShortEfRefusal, Token,
};

use chip::Chip;
use faults::Faults;
use files::Files;
use hierarchy::Certificates;
use keyring::Owner;
use log::Log;

/// What a card says to a command.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// Data and status word, unless a fault cut it.
    Response(Vec<u8>),
    /// Nothing, for as long as anybody waits.
    Mute,
    /// Nothing: it has no power, or lost it while it worked.
    Gone,
    /// Noise: the link reports a transmission error.
    LinkError,
}

/// Shows lengths, not data.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(bytes) => write!(f, "Response({} bytes)", bytes.len()),
            Self::Mute => f.write_str("Mute"),
            Self::Gone => f.write_str("Gone"),
            Self::LinkError => f.write_str("LinkError"),
        }
    }
}

/// A card. Clones are the same card.
#[derive(Clone)]
pub struct VirtualCard(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    latency: Latency,
    atr: Vec<u8>,
    guarded: bool,
    key_type: KeyType,
    holder: Holder,
    certificates: Certificates,
    portrait: Vec<u8>,
    state: Mutex<State>,
}

type Observer = Arc<dyn Fn(&LogEntry) + Send + Sync>;

struct State {
    chip: Chip,
    powered: bool,
    /// Changes whenever power or reset does, so that a command under way notices.
    epoch: u64,
    /// Notified when the epoch changes.
    working: Vec<Wake>,
    commands: u64,
    faults: Faults,
    log: Log,
    violations: Vec<Violation>,
    observers: Vec<Observer>,
}

impl VirtualCard {
    /// A card with its own history of tries, made at `clock`'s calendar time. Its certificates
    /// are issued as of then; time in commands passes on `clock`.
    pub fn new(mut profile: Profile, clock: Arc<dyn Clock>) -> Self {
        profile.portrait.truncate(MAX_PORTRAIT);
        let today = japan_date(clock.utc().instant);
        let holder = Holder::new(&profile, today);
        let certificates = Certificates::issue(&profile, &holder, today)
            .expect("names and object identifiers are constants that encode");
        let files = Files::new(&profile, &holder, &certificates);
        let chip = Chip::new(&profile, holder.clone(), files);
        Self(Arc::new(Inner {
            clock,
            latency: profile.latency,
            atr: profile.atr,
            guarded: profile.guarded,
            key_type: profile.key_type,
            holder,
            certificates,
            portrait: profile.portrait,
            state: Mutex::new(State {
                chip,
                powered: false,
                epoch: 0,
                working: Vec::new(),
                commands: 0,
                faults: Faults::default(),
                log: Log::default(),
                violations: Vec::new(),
                observers: Vec::new(),
            }),
        }))
    }

    /// Cold reset. Returns the answer to reset.
    pub fn power_on(&self) -> Vec<u8> {
        let mut state = self.state();
        state.chip.cold_reset();
        state.interrupt(true);
        self.0.atr.clone()
    }

    /// Warm reset; a card without power is powered on instead. Returns the answer to reset.
    pub fn reset(&self) -> Vec<u8> {
        let mut state = self.state();
        if state.powered {
            state.chip.warm_reset();
        } else {
            state.chip.cold_reset();
        }
        state.interrupt(true);
        self.0.atr.clone()
    }

    /// Takes the power away. A command under way is not answered.
    pub fn power_off(&self) {
        self.state().power_off();
    }

    /// Whether the card has power.
    #[must_use]
    pub fn powered(&self) -> bool {
        self.state().powered
    }

    /// The answer to reset, without a reset.
    #[must_use]
    pub fn atr(&self) -> Vec<u8> {
        self.0.atr.clone()
    }

    /// The model of its commands' time.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.0.latency
    }

    /// Whether `other` is a handle on the same card.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Has `fault` strike the command that `trigger` tells.
    pub fn inject(&self, trigger: Trigger, fault: Fault) {
        self.state().faults.add(trigger, fault);
    }

    /// Calls off every fault that did not strike yet.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Has `observer` called after every command, on the thread that processed it.
    pub fn observe(&self, observer: impl Fn(&LogEntry) + Send + Sync + 'static) {
        self.state().observers.push(Arc::new(observer));
    }

    /// The commands so far; the oldest are forgotten after some ten thousand.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.state().log.entries()
    }

    /// The commands since the last call.
    pub fn take_log(&self) -> Vec<LogEntry> {
        self.state().log.take()
    }

    /// Where a client touched what a face-authentication reader must leave alone. Nothing is
    /// refused for that; a test asserts that this is empty.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.state().violations.clone()
    }

    /// Tries left on `key`.
    #[must_use]
    pub fn tries_left(&self, key: Key) -> u8 {
        let state = self.state();
        let reference = state.chip.store.references.get(&key.place());
        reference.map_or(0, |reference| reference.left)
    }

    /// How many VERIFY commands with a value `key` saw, right or wrong.
    #[must_use]
    pub fn verify_count(&self, key: Key) -> u32 {
        let state = self.state();
        let reference = state.chip.store.references.get(&key.place());
        reference.map_or(0, |reference| reference.verifies)
    }

    /// Whether any key is verified now: whoever reaches the card could use it.
    #[must_use]
    pub fn is_unlocked(&self) -> bool {
        !self.state().chip.verified.is_empty()
    }

    /// What is printed on the card, and what its holder knows.
    #[must_use]
    pub fn holder(&self) -> &Holder {
        &self.0.holder
    }

    /// The portrait that was stored, a JP2 file as the profile gave it.
    #[must_use]
    pub fn portrait(&self) -> &[u8] {
        &self.0.portrait
    }

    /// The user-authentication certificate as it is on the card, DER without padding.
    #[must_use]
    pub fn auth_certificate(&self) -> &[u8] {
        &self.0.certificates.auth
    }

    /// Has the issuer write other bytes into the file of the user-authentication certificate,
    /// padded like the old ones. Whether they are a certificate is not the card's business;
    /// [`VirtualCard::auth_certificate`] goes on to say what was issued.
    pub fn rewrite_certificate(&self, content: &[u8]) {
        let mut state = self.state();
        let padded = files::certificate_file(content, state.chip.quirks.padding);
        let file = state.chip.store.files.get_mut(&(files::Df::Jpki, 0x0a));
        if let Some(files::Ef::Transparent { bytes, .. }) = file {
            *bytes = padded;
        }
    }

    /// What to trust to trust this card, as PEM text: `CERTIFICATE` blocks with the roots of user
    /// authentication (two generations under one name), and `MYNA CV KEY` blocks with the keys
    /// under the surface and the text application's records, each a key identifier of 16 bytes
    /// and the DER of a SubjectPublicKeyInfo.
    #[must_use]
    pub fn trust_pem(&self) -> String {
        let block = |label: &str, bytes: &[u8]| {
            encode_string(label, LineEnding::LF, bytes).expect("the label is a constant")
        };
        let mut text = String::new();
        for root in &self.0.certificates.roots {
            text += &block("CERTIFICATE", root);
        }
        let key_type = self.0.key_type;
        let key = Owner::CvCa.of(key_type).spki();
        for id in [records::SURFACE_CA, records::TEXT_CA] {
            let id = records::generation(id, key_type);
            text += &block("MYNA CV KEY", &[&id[..], &key].concat());
        }
        text
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows no secrets: only whether the card has power and how much it heard.
impl fmt::Debug for VirtualCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("VirtualCard")
            .field("powered", &state.powered)
            .field("commands", &state.commands)
            .finish_non_exhaustive()
    }
}

impl State {
    fn interrupt(&mut self, powered: bool) {
        self.powered = powered;
        self.epoch += 1;
        for wake in self.working.drain(..) {
            wake.notify();
        }
    }

    fn power_off(&mut self) {
        self.chip.cold_reset();
        self.interrupt(false);
    }
}
