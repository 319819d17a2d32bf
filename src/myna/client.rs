//! Whole dialogues with the card, each inside one transaction.

use rand_core::{OsRng, RngCore};

use super::common::{self, CardData};
use super::cv_certificate::CvCertificate;
use super::face_record::{UnverifiedFaceRecord, VerifiedFaceRecord};
use super::jpki::{self, Jpki};
use super::surface::Surface;
use super::{
    CardFaceCode, CertificateAvailability, Failure, Proven, ProvenSet, TokenInfo, TrustStore,
    UserCertificate,
};
use crate::card::{CardConnection, Disposition};
use crate::error::{Error, ErrorKind};
use crate::exchange::{Dialogue, Knowledge, KnowledgeStore, RetryGuard, Traffic};
use crate::pin::{PinEntry, PinPad, PinPrompt};
use crate::wait::Wait;

/// Talks to My Number Cards on behalf of one deployment.
///
/// Every dialogue takes the card for itself, proves what it can, and gives the card back; after
/// a PIN or code was verified it cuts the card's power, so that no other program finds it open.
/// No dialogue waits for a person while it holds the card.
#[derive(Debug, Default)]
pub struct Client {
    trust: TrustStore,
    knowledge: KnowledgeStore,
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
}

/// What [`Client::face_record`] proved.
#[derive(Debug)]
#[non_exhaustive]
pub struct FaceProof {
    /// The face record, its signature verified.
    pub record: VerifiedFaceRecord,
    /// What was proven.
    pub proven: ProvenSet,
    /// What went over the wire.
    pub traffic: Traffic,
}

/// What [`Client::authenticate`] proved.
#[derive(Debug)]
#[non_exhaustive]
pub struct Authentication {
    /// The certificate; `None` when the caller brought its own.
    pub certificate: Option<UserCertificate>,
    /// The card's signature over the challenge.
    pub signature: Vec<u8>,
    /// What was proven.
    pub proven: ProvenSet,
    /// What went over the wire.
    pub traffic: Traffic,
}

/// How a PIN is presented.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PinOptions {
    /// Whether to look at the counter first, and how many tries must be left.
    pub guard: RetryGuard,
    /// Go on with a certificate past its validity, for the grace period of the health-insurance
    /// use. A certificate that is not valid yet is never accepted.
    pub accept_expired: bool,
    /// Refuse to go on when the calendar clock is not to be believed. Without it the caller asks
    /// somebody else about validity.
    pub require_clock: bool,
}

impl Default for PinOptions {
    fn default() -> Self {
        Self {
            guard: RetryGuard::KEEP_LAST,
            accept_expired: false,
            require_clock: true,
        }
    }
}

impl Client {
    /// Tries that must be left for the card-face code before one is spent: half of the ten.
    /// Wrong readings of the printed card add up over days and places, and only a municipality
    /// unlocks it (proposal of this crate).
    pub const CARD_FACE_GUARD: RetryGuard = RetryGuard::AtLeast(6);

    /// A client that believes `trust`.
    #[must_use]
    pub fn new(trust: TrustStore) -> Self {
        Self {
            trust,
            knowledge: KnowledgeStore::new(),
        }
    }

    /// Starts from what was learned earlier.
    #[must_use]
    pub fn with_knowledge(mut self, knowledge: KnowledgeStore) -> Self {
        self.knowledge = knowledge;
        self
    }

    /// What was learned about readers and kinds of cards.
    #[must_use]
    pub fn knowledge(&self) -> &KnowledgeStore {
        &self.knowledge
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

    /// What a PIN pad asks for before [`Client::authenticate_prepared`].
    #[must_use]
    pub fn pin_prompt() -> PinPrompt {
        jpki::prompt()
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
        self.dialogue(card, wait, |dialogue, trust| {
            // The PIN's counter last but one: the certificate is what the next step needs, and
            // the common application would deselect this one.
            let mut jpki = Jpki::select(dialogue, wait)?;
            let der = jpki.certificate(wait)?;
            let certificate = UserCertificate::check(&der, trust)?;
            let pin_retries_left = jpki.pin_retries_left(wait)?;
            // A card without the other applications is still a card: only the PIN is left then.
            let card_face_retries_left = Surface::select(dialogue, wait)
                .and_then(|mut surface| surface.code_retries_left(wait));
            let card_face_retries_left = optional(card_face_retries_left)?.flatten();
            let card = optional(common::read(dialogue, wait))?;
            let proven = [Proven::CertificateChain].into_iter().collect();
            Ok(Screening {
                certificate,
                pin_retries_left,
                card_face_retries_left,
                card,
                proven,
                traffic: dialogue.traffic(),
            })
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
        self.dialogue(card, wait, |dialogue, trust| {
            let der = Jpki::select(dialogue, wait)?.certificate(wait)?;
            let certificate = UserCertificate::check(&der, trust)?;
            Ok((certificate, dialogue.traffic()))
        })
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
        self.dialogue(card, wait, |dialogue, _| {
            Jpki::select(dialogue, wait)?.ca_certificate(wait)
        })
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
        self.dialogue(card, wait, |dialogue, _| {
            let mut jpki = Jpki::select(dialogue, wait)?;
            Ok((jpki.token_info(wait)?, jpki.availability(wait)?))
        })
    }

    /// Proves possession of the certificate's key: PIN, then a signature over `challenge`.
    ///
    /// The pad is asked first, before the card is held. The certificate is read and its chain
    /// and validity checked before a try is spent, unless `known` brings one that was. The PIN
    /// is sent once.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn authenticate(
        &mut self,
        card: &mut dyn CardConnection,
        pad: &mut dyn PinPad,
        challenge: &[u8],
        known: Option<&UserCertificate>,
        options: PinOptions,
        wait: &Wait,
    ) -> Result<Authentication, Failure> {
        match pad.prepare(&jpki::prompt(), wait) {
            Ok(PinEntry::Ready) => {}
            Ok(PinEntry::CancelledByUser) => return Err(Failure::PinCancelled),
            Ok(PinEntry::EntryTimedOut) => return Err(Failure::PinEntryTimedOut),
            // This wait was for the person, not for the card.
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                return Err(Failure::PinEntryTimedOut);
            }
            Err(error) => return Err(error.into()),
        }
        let result = self.authenticate_prepared(card, pad, challenge, known, options, wait);
        // Whatever happened on the way, no digits stay behind.
        pad.discard();
        result
    }

    /// [`Client::authenticate`] with a pad that was [prepared](PinPad::prepare) already: a
    /// session collects the digits in a state of its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn authenticate_prepared(
        &mut self,
        card: &mut dyn CardConnection,
        pad: &mut dyn PinPad,
        challenge: &[u8],
        known: Option<&UserCertificate>,
        options: PinOptions,
        wait: &Wait,
    ) -> Result<Authentication, Failure> {
        let now = wait.clock().utc();
        let acceptable = |certificate: &UserCertificate| {
            if !now.trusted {
                return if options.require_clock {
                    Err(Failure::ClockUntrusted)
                } else {
                    Ok(())
                };
            }
            match certificate.require_valid(now) {
                Err(super::CertificateError::Expired(_)) if options.accept_expired => Ok(()),
                result => result.map_err(Failure::from),
            }
        };
        if let Some(certificate) = known {
            acceptable(certificate)?;
        }
        let (read, signature, traffic) = self.dialogue(card, wait, |dialogue, trust| {
            let mut jpki = Jpki::select(dialogue, wait)?;
            let mut certificate = None;
            let mut after_pin = false;
            if known.is_none() {
                match jpki.certificate(wait) {
                    Ok(der) => {
                        let read = UserCertificate::check(&der, trust)?;
                        acceptable(&read)?;
                        certificate = Some(read);
                    }
                    Err(Failure::CertificateNeedsPin) => after_pin = true,
                    Err(failure) => return Err(failure),
                }
            }
            jpki.verify_pin(pad, options.guard, wait)?;
            if after_pin {
                let read = UserCertificate::check(&jpki.certificate(wait)?, trust)?;
                acceptable(&read)?;
                certificate = Some(read);
            }
            let signature = jpki.sign(challenge, wait)?;
            Ok((certificate, signature, dialogue.traffic()))
        })?;
        let verified = read
            .as_ref()
            .or(known)
            .is_some_and(|certificate| certificate.verifies(challenge, &signature));
        if !verified {
            return Err(Failure::ChallengeSignature);
        }
        let proven = [
            Proven::CertificateChain,
            Proven::CertificatePossession,
            Proven::PinVerified,
        ]
        .into_iter()
        .collect();
        Ok(Authentication {
            certificate: read,
            signature,
            proven,
            traffic,
        })
    }

    /// Opens the face record with the printed code, verifies its signature, and has the chip
    /// sign `nonce` to show that it is present.
    ///
    /// The issuer's certificate is checked before the code is presented, so that a card of an
    /// unknown issuer costs no try. `nonce` is fresh and at least 16 bytes
    /// ([`Client::fresh_challenge`]).
    ///
    /// Nothing in the face record says whose certificate is on the same card. Where the two are
    /// to stand for one person, `known` brings the certificate that was read before: it is read
    /// again in the same transaction and compared before the code is presented, because a card
    /// can be exchanged faster than a reader notices.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn face_record(
        &mut self,
        card: &mut dyn CardConnection,
        code: &CardFaceCode,
        known: Option<&UserCertificate>,
        guard: RetryGuard,
        nonce: &[u8],
        wait: &Wait,
    ) -> Result<FaceProof, Failure> {
        let (record, signature, traffic) = self.dialogue(card, wait, |dialogue, trust| {
            if let Some(known) = known {
                let der = Jpki::select(dialogue, wait)?.certificate(wait)?;
                if *der != known.der() {
                    return Err(Failure::OtherCard);
                }
            }
            let mut surface = Surface::select(dialogue, wait)?;
            let issuer = CvCertificate::check(&surface.issuer_certificate(wait)?, trust)?;
            surface.verify_code(code, guard, wait)?;
            let record = UnverifiedFaceRecord::new(surface.face_record(wait)?).verify(&issuer)?;
            let signature = surface.sign(nonce, wait)?;
            Ok((record, signature, dialogue.traffic()))
        })?;
        if !record.chip_signed(nonce, &signature) {
            return Err(Failure::ChallengeSignature);
        }
        let proven = [Proven::PortraitSigned, Proven::ChipPresent]
            .into_iter()
            .collect();
        Ok(FaceProof {
            record,
            proven,
            traffic,
        })
    }

    /// Runs `talk` in one transaction, with what is known of the card, and remembers what was
    /// learned whatever came of it.
    pub(super) fn dialogue<T>(
        &mut self,
        card: &mut dyn CardConnection,
        wait: &Wait,
        talk: impl FnOnce(&mut Dialogue<&mut dyn CardConnection>, &TrustStore) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let reader = card.reader().name.clone();
        let atr = card.atr().clone();
        let knowledge = self.knowledge.recall(&reader, &atr);
        let mut dialogue = begin(card, knowledge, wait)?;
        let result = talk(&mut dialogue, &self.trust);
        self.knowledge.learn(&reader, &atr, dialogue.knowledge());
        match dialogue.end() {
            Ok(_) => result,
            // What was proven stays proven; a card that is gone is locked.
            Err((_, error)) if error.kind() == ErrorKind::NoCard => result,
            Err((_, error)) => result.and(Err(error.into())),
        }
    }
}

/// `None` when the card has not got it, or not in order; an error when the card is gone.
fn optional<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Failure::NotMyNumberCard | Failure::Protocol(_) | Failure::FileMalformed { .. }) => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Takes the card, reconnecting first if it was reset: after our own power cut it always was,
/// and a dialogue assumes nothing of an earlier one.
fn begin<'c>(
    card: &'c mut dyn CardConnection,
    knowledge: Knowledge,
    wait: &Wait,
) -> Result<Dialogue<&'c mut dyn CardConnection>, Failure> {
    match Dialogue::begin(card, knowledge, wait) {
        Ok(dialogue) => Ok(dialogue),
        Err((card, error)) if error.kind() == ErrorKind::CardReset => {
            card.reconnect(Disposition::Leave, wait).map_err(held)?;
            Dialogue::begin(card, knowledge, wait).map_err(|(_, error)| held(error))
        }
        Err((_, error)) => Err(held(error)),
    }
}

/// Before the first command it is not the card that keeps silent: somebody else has it.
fn held(error: Error) -> Failure {
    if error.kind() == ErrorKind::TimedOut {
        let busy = Error::new(ErrorKind::Busy, "another program holds the card");
        return Failure::Device(busy.with_source(error));
    }
    error.into()
}
