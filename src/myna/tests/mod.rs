//! Dialogues with the virtual card, through bytes.

mod anchor_holes;
mod budgets;
mod certificate_holes;
mod dialogues;
mod faults;
mod forge;
mod hostile;
mod next_generation;
mod outcomes;
mod quirks;
mod record_holes;

use std::sync::Arc;
use std::time::Duration;

use crate::card::{CardConnection, CardReader, ShareMode};
use crate::device::DeviceInfo;
use crate::error::Result;
use crate::exchange::{Knowledge, KnowledgeStore};
use crate::myna::{
    Authentication, CardFaceCode, Client, Failure, PinOptions, TrustStore, UserCertificate,
};
use crate::pin::{HostPinPad, Pin, PinEntry, PinPrompt, PinSource};
use crate::sim::card::Profile;
use crate::sim::{self, VirtualCard, VirtualContext, VirtualReader};
use crate::time::{Clock, Participant};
use crate::wait::Wait;

/// A card in a reader, with a connection to it and a client that trusts it.
pub(super) struct Bench {
    pub(super) card: VirtualCard,
    pub(super) connection: Box<dyn CardConnection>,
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) reader: VirtualReader,
    _context: VirtualContext,
    _me: Participant,
}

impl Bench {
    pub(super) fn new(profile: Profile) -> Self {
        Self::knowing(profile, None)
    }

    /// With a client that knows this of the card.
    pub(super) fn knowing(profile: Profile, knowledge: Option<Knowledge>) -> Self {
        let clock = sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let me = clock.enter();
        let clock = clock.shared();
        let card = VirtualCard::new(profile, clock.clone());
        let context = VirtualContext::new(clock.clone());
        let mut reader = context.add_reader("bench");
        reader.insert(&card);
        let wait = Wait::at_most(clock.clone(), Duration::from_secs(5));
        let connection = reader.connect(ShareMode::Shared, &wait).expect("a card");
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let mut store = KnowledgeStore::new();
        if let Some(knowledge) = knowledge {
            store.learn("bench", connection.atr(), knowledge);
        }
        card.take_log();
        Self {
            card,
            connection,
            client: Client::new(trust).with_knowledge(store),
            clock,
            reader,
            _context: context,
            _me: me,
        }
    }

    pub(super) fn wait(&self) -> Wait {
        Wait::at_most(self.clock.clone(), Duration::from_secs(10))
    }

    /// Commands and bytes that the card saw since the last look.
    pub(super) fn seen(&self) -> (usize, usize, usize) {
        let log = self.card.take_log();
        (
            log.len(),
            log.iter().map(|entry| entry.sent).sum(),
            log.iter().map(|entry| entry.received).sum(),
        )
    }

    /// Authenticates with the PIN that somebody types.
    pub(super) fn authenticate(
        &mut self,
        digits: &'static str,
        known: Option<&UserCertificate>,
        options: PinOptions,
    ) -> std::result::Result<Authentication, Failure> {
        let wait = self.wait();
        let (card, pad) = (&mut *self.connection, &mut types(digits));
        self.client
            .authenticate(card, pad, b"challenge", known, options, &wait)
    }

    pub(super) fn code(&self) -> CardFaceCode {
        CardFaceCode::parse(&self.card.holder().card_face_code).expect("printed")
    }

    /// What must hold after every dialogue, whatever came of it.
    pub(super) fn assert_harmless(&self) {
        assert_eq!(self.card.violations(), [], "touched what a kiosk must not");
        assert!(!self.card.is_unlocked(), "left something open on the card");
    }
}

/// Somebody who types these digits.
pub(super) struct Digits(DeviceInfo, &'static str);

impl PinSource for Digits {
    fn info(&self) -> &DeviceInfo {
        &self.0
    }

    fn read_pin(&mut self, prompt: &PinPrompt, _: &Wait) -> Result<Result<Pin, PinEntry>> {
        Ok(Pin::new(self.1, prompt.format).map_err(|_| PinEntry::CancelledByUser))
    }
}

pub(super) fn types(digits: &'static str) -> HostPinPad<Digits> {
    HostPinPad::new(Digits(DeviceInfo::new("test", "digits"), digits))
}
