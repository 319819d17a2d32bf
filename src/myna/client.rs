//! Whole dialogues with the card, each inside one transaction.

use rand_core::{OsRng, RngCore};

use super::common::{self, CardData};
use super::jpki::Jpki;
use super::memory::Memory;
use super::progress::{Phase, Phases, Progress, Watch};
use super::surface::Surface;
use super::transaction::{Talk, in_transaction, optional};
use super::{
    CertificateAvailability, Failure, Proven, ProvenSet, Timing, TokenInfo, TrustStore,
    UserCertificate,
};
use crate::card::CardConnection;
use crate::exchange::{KnowledgeStore, Traffic};
use crate::wait::Wait;

/// Talks to My Number Cards on behalf of one deployment.
///
/// Every dialogue takes the card for itself, proves what it can, and gives the card back; after
/// a PIN or code was verified it cuts the card's power, so that no other program finds it open.
/// No dialogue waits for a person while it holds the card.
#[derive(Debug, Default)]
pub struct Client {
    pub(super) trust: TrustStore,
    pub(super) memory: Memory,
    pub(super) watch: Watch,
}

/// What [`Client::screen`] learned without any PIN.
#[derive(Debug)]
#[non_exhaustive]
pub struct Screening {
    /// The certificate, its chain checked.
    pub certificate: UserCertificate,
    /// Tries left for the 4-digit PIN; `Some(0)` when blocked, `None` when the card does not say.
    pub pin_retries_left: Option<u8>,
    /// Tries left for the card-face code, as for the PIN.
    pub card_face_retries_left: Option<u8>,
    /// Expiry of the card, if it could be read. Not signed.
    pub card: Option<CardData>,
    /// What was proven.
    pub proven: ProvenSet,
    /// What went over the wire.
    pub traffic: Traffic,
    /// How long it took.
    pub timing: Timing,
}

impl Client {
    /// A client that believes `trust`.
    #[must_use]
    pub fn new(trust: TrustStore) -> Self {
        Self {
            trust,
            ..Self::default()
        }
    }

    /// Starts from what was learned earlier.
    #[must_use]
    pub fn with_knowledge(mut self, knowledge: KnowledgeStore) -> Self {
        self.memory.store = knowledge;
        self
    }

    /// Gives what is known to `keeper` whenever a dialogue learned something new, after the card
    /// was given back: to be written down for the next start
    /// ([`KnowledgeStore::to_text`]). A client that went into a session runner is kept so.
    #[must_use]
    pub fn with_keeper(mut self, keeper: impl FnMut(&KnowledgeStore) + Send + 'static) -> Self {
        self.memory.keeper = Some(Box::new(keeper));
        self
    }

    /// Tells `watch` what each dialogue is doing, on the thread that called it. It must return
    /// soon: the card waits, and a card that waits for some seconds is reset on some platforms.
    #[must_use]
    pub fn with_progress(mut self, watch: impl FnMut(Progress) + Send + 'static) -> Self {
        self.watch = Watch::new(watch);
        self
    }

    /// What was learned about readers and kinds of cards.
    #[must_use]
    pub fn knowledge(&self) -> &KnowledgeStore {
        &self.memory.store
    }

    /// The trust anchors.
    #[must_use]
    pub fn trust(&self) -> &TrustStore {
        &self.trust
    }

    /// Thirty-two fresh random bytes of the operating system, for challenges.
    #[must_use]
    pub fn fresh_challenge() -> [u8; 32] {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        bytes
    }

    /// Reads what needs no PIN: the certificate, the tries left of PIN and card-face code, the
    /// card's expiry.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn screen(
        &mut self,
        card: &mut dyn CardConnection,
        wait: &Wait,
    ) -> Result<Screening, Failure> {
        let trust = &self.trust;
        let mut phases = Phases::begin(&mut self.watch, wait.clock());
        let ((certificate, free), traffic) = in_transaction(
            &mut self.memory,
            card,
            &mut phases,
            wait,
            |dialogue, phases| {
                let der = phases.run(Phase::Certificate, || {
                    Jpki::select(dialogue, wait)?.certificate(wait)
                })?;
                let (certificate, free) = phases.beside(
                    Phase::CertificateCheck,
                    || UserCertificate::check(&der, trust),
                    |phases| Free::read(dialogue, phases, wait),
                );
                Ok((certificate?, free?))
            },
        )?;
        Ok(Screening {
            certificate,
            pin_retries_left: free.pin_retries_left,
            card_face_retries_left: free.card_face_retries_left,
            card: free.card,
            proven: [Proven::CertificateChain].into_iter().collect(),
            traffic,
            timing: phases.end(),
        })
    }

    /// Reads and checks the certificate alone.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn certificate(
        &mut self,
        card: &mut dyn CardConnection,
        wait: &Wait,
    ) -> Result<(UserCertificate, Traffic), Failure> {
        let (der, traffic) = self.dialogue(card, Phase::Certificate, wait, |dialogue| {
            Jpki::select(dialogue, wait)?.certificate(wait)
        })?;
        Ok((UserCertificate::check(&der, &self.trust)?, traffic))
    }

    /// Reads the CA certificate that the card carries, in DER: a hint at the generation, never
    /// an anchor, since a cloned card can carry its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn ca_certificate(
        &mut self,
        card: &mut dyn CardConnection,
        wait: &Wait,
    ) -> Result<Vec<u8>, Failure> {
        let read = self.dialogue(card, Phase::Certificate, wait, |dialogue| {
            Jpki::select(dialogue, wait)?.ca_certificate(wait)
        });
        read.map(|(der, _)| der)
    }

    /// Reads what kind of token this is and which certificates it has.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn token(
        &mut self,
        card: &mut dyn CardConnection,
        wait: &Wait,
    ) -> Result<(TokenInfo, CertificateAvailability), Failure> {
        let read = self.dialogue(card, Phase::CardData, wait, |dialogue| {
            let mut jpki = Jpki::select(dialogue, wait)?;
            Ok((jpki.token_info(wait)?, jpki.availability(wait)?))
        });
        read.map(|(token, _)| token)
    }

    /// A dialogue of one phase.
    pub(super) fn dialogue<T>(
        &mut self,
        card: &mut dyn CardConnection,
        phase: Phase,
        wait: &Wait,
        talk: impl FnOnce(&mut Talk<'_>) -> Result<T, Failure>,
    ) -> Result<(T, Traffic), Failure> {
        let mut phases = Phases::begin(&mut self.watch, wait.clock());
        let memory = &mut self.memory;
        in_transaction(memory, card, &mut phases, wait, |dialogue, phases| {
            phases.run(phase, || talk(dialogue))
        })
    }
}

/// What can be read besides the certificate without a PIN.
struct Free {
    pin_retries_left: Option<u8>,
    card_face_retries_left: Option<u8>,
    card: Option<CardData>,
}

impl Free {
    fn read(
        dialogue: &mut Talk<'_>,
        phases: &mut Phases<'_>,
        wait: &Wait,
    ) -> Result<Self, Failure> {
        // The PIN's counter first: its application is still selected.
        let pin_retries_left = phases.run(Phase::Retries, || {
            Jpki::select(dialogue, wait)?.pin_retries_left(wait)
        })?;
        // A card without the other applications is still a card: only the PIN is left then.
        let card_face_retries_left = phases.run(Phase::Retries, || {
            let surface = Surface::select(dialogue, wait);
            optional(surface.and_then(|mut surface| surface.code_retries_left(wait)))
        })?;
        let card = phases.run(Phase::CardData, || optional(common::read(dialogue, wait)))?;
        Ok(Self {
            pin_retries_left,
            card_face_retries_left: card_face_retries_left.flatten(),
            card,
        })
    }
}
