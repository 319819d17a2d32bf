//! The dialogue of a face-authentication reader: certificate, expiry, face record and the chip's
//! own signature.

use super::authenticate::Acceptance;
use super::common::{self, CardData};
use super::cv_certificate::CvCertificate;
use super::face_record::{UnverifiedFaceRecord, VerifiedFaceRecord, VerifiedPortrait};
use super::jpki::Jpki;
use super::progress::{Phase, Phases};
use super::signature::KeyType;
use super::surface::Surface;
use super::transaction::{Talk, in_transaction, optional};
use super::{
    CardFaceCode, Client, Failure, Proven, ProvenSet, Timing, TrustStore, UserCertificate,
};
use crate::card::CardConnection;
use crate::exchange::{RetryGuard, Traffic};
use crate::imaging::{Image, ImageError};
use crate::wait::Wait;

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
    /// How long it took.
    pub timing: Timing,
}

/// What [`Client::face_reader`] read and proved of one card.
#[derive(Debug)]
#[non_exhaustive]
pub struct FaceReading<T> {
    /// The certificate, its chain and validity checked.
    pub certificate: UserCertificate,
    /// Expiry of the card, if it could be read. Not signed.
    pub card: Option<CardData>,
    /// The face record, its signature verified.
    pub record: VerifiedFaceRecord,
    /// What the caller made of the portrait; an error when it cannot be decoded, which says
    /// nothing against the card.
    pub template: Result<T, ImageError>,
    /// What was proven.
    pub proven: ProvenSet,
    /// What went over the wire.
    pub traffic: Traffic,
    /// How long it took.
    pub timing: Timing,
}

/// How [`Client::face_reader`] goes about it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FaceOptions {
    /// Whether to look at the counter of the card-face code first, and how many tries must be
    /// left.
    pub guard: RetryGuard,
    /// As [`PinOptions::accept_expired`](super::PinOptions::accept_expired).
    pub accept_expired: bool,
    /// As [`PinOptions::require_clock`](super::PinOptions::require_clock).
    pub require_clock: bool,
}

impl Default for FaceOptions {
    fn default() -> Self {
        Self {
            guard: Client::CARD_FACE_GUARD,
            accept_expired: false,
            require_clock: true,
        }
    }
}

/// What opens the face record, and what the chip signs.
struct Opening<'o> {
    code: &'o CardFaceCode,
    guard: RetryGuard,
    nonce: &'o [u8],
}

impl Client {
    /// Tries that must be left for the card-face code before one is spent: half of the ten.
    /// Wrong readings of the printed card add up over days and places, and only a municipality
    /// unlocks it (proposal of this crate).
    pub const CARD_FACE_GUARD: RetryGuard = RetryGuard::AtLeast(6);

    /// Everything a face-authentication reader needs of a card, in one transaction: the
    /// certificate, the card's expiry, the face record, and the chip's signature over a fresh
    /// nonce.
    ///
    /// Chain and validity of the certificate and the certificate of the record's issuer are
    /// checked before the code is presented: a card that is not in order costs no try. The code
    /// is presented once. `template` gets the decoded portrait, on another thread and while the
    /// chip signs, so that it costs no time of its own where it takes less than a signature. The
    /// card is held until it is made.
    ///
    /// ```
    /// use myna_hal::Wait;
    /// use myna_hal::card::CardConnection;
    /// use myna_hal::myna::{CardFaceCode, Client, FaceOptions, Failure, Phase};
    ///
    /// /// The template of a patient's portrait; here its size has to do.
    /// fn template(
    ///     client: &mut Client,
    ///     card: &mut dyn CardConnection,
    ///     code: &CardFaceCode,
    ///     wait: &Wait,
    /// ) -> Result<(u32, u32), Failure> {
    ///     let options = FaceOptions::default();
    ///     let size = |portrait: &myna_hal::imaging::Image| (portrait.width(), portrait.height());
    ///     let reading = client.face_reader(card, code, options, size, wait)?;
    ///     println!("the chip signed in {:?}", reading.timing.of(Phase::Signature));
    ///     reading.template.map_err(|_| Failure::FileMalformed { file: "the portrait" })
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Failure`].
    pub fn face_reader<T: Send>(
        &mut self,
        card: &mut dyn CardConnection,
        code: &CardFaceCode,
        options: FaceOptions,
        template: impl FnOnce(&Image) -> T + Send,
        wait: &Wait,
    ) -> Result<FaceReading<T>, Failure> {
        let nonce = Self::fresh_challenge();
        let opening = Opening {
            code,
            guard: options.guard,
            nonce: &nonce,
        };
        let acceptance = Acceptance::now(wait, options.accept_expired, options.require_clock);
        let trust = &self.trust;
        let mut phases = Phases::begin(&mut self.watch, wait.clock());
        let ((certificate, card, opened), traffic) = in_transaction(
            &mut self.memory,
            card,
            &mut phases,
            wait,
            |dialogue, phases| {
                let der = phases.run(Phase::Certificate, || {
                    Jpki::select(dialogue, wait)?.certificate(wait)
                })?;
                let (certificate, card) = phases.beside(
                    Phase::CertificateCheck,
                    || acceptance.admit(&der, trust),
                    |phases| phases.run(Phase::CardData, || optional(common::read(dialogue, wait))),
                );
                let (certificate, card) = (certificate?, card?);
                let make = |record: &VerifiedFaceRecord| {
                    let portrait = record.portrait().decode();
                    portrait.map(|image| template(&image))
                };
                let opened = opening.carry_out(trust, dialogue, phases, make, wait)?;
                Ok((certificate, card, opened))
            },
        )?;
        let (record, template) = opened.proven(&nonce, &mut phases)?;
        let proven = [
            Proven::CertificateChain,
            Proven::PortraitSigned,
            Proven::ChipPresent,
        ];
        Ok(FaceReading {
            certificate,
            card,
            record,
            template,
            proven: proven.into_iter().collect(),
            traffic,
            timing: phases.end(),
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
        let opening = Opening { code, guard, nonce };
        let opened = self.open_face_record(card, &opening, known, |_| (), wait);
        opened.map(|(proof, ())| proof)
    }

    /// The same with a nonce of its own, and with something to be done while the chip signs: `make`
    /// gets the portrait, its signature verified, on another thread. What it makes is worth
    /// nothing before this returns `Ok`: until then the chip has not shown that it is there.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn face_record_beside<T: Send>(
        &mut self,
        card: &mut dyn CardConnection,
        code: &CardFaceCode,
        known: Option<&UserCertificate>,
        guard: RetryGuard,
        make: impl FnOnce(&VerifiedPortrait) -> T + Send,
        wait: &Wait,
    ) -> Result<(FaceProof, T), Failure> {
        let nonce = &Self::fresh_challenge();
        let opening = Opening { code, guard, nonce };
        self.open_face_record(card, &opening, known, make, wait)
    }

    fn open_face_record<T: Send>(
        &mut self,
        card: &mut dyn CardConnection,
        opening: &Opening<'_>,
        known: Option<&UserCertificate>,
        make: impl FnOnce(&VerifiedPortrait) -> T + Send,
        wait: &Wait,
    ) -> Result<(FaceProof, T), Failure> {
        let trust = &self.trust;
        let mut phases = Phases::begin(&mut self.watch, wait.clock());
        let (opened, traffic) = in_transaction(
            &mut self.memory,
            card,
            &mut phases,
            wait,
            |dialogue, phases| {
                if let Some(known) = known {
                    let der = phases.run(Phase::Certificate, || {
                        Jpki::select(dialogue, wait)?.certificate(wait)
                    })?;
                    if *der != known.der() {
                        return Err(Failure::OtherCard);
                    }
                }
                let make = |record: &VerifiedFaceRecord| make(record.portrait());
                opening.carry_out(trust, dialogue, phases, make, wait)
            },
        )?;
        let (record, made) = opened.proven(opening.nonce, &mut phases)?;
        let proven = [Proven::PortraitSigned, Proven::ChipPresent];
        let proof = FaceProof {
            record,
            proven: proven.into_iter().collect(),
            traffic,
            timing: phases.end(),
        };
        Ok((proof, made))
    }
}

/// A record whose signature was verified, what was made of it, and the chip's signature.
struct Opened<T> {
    record: VerifiedFaceRecord,
    made: T,
    signature: Vec<u8>,
}

impl<T> Opened<T> {
    /// After the card was given back: whether the chip that the record names signed.
    fn proven(
        self,
        nonce: &[u8],
        phases: &mut Phases<'_>,
    ) -> Result<(VerifiedFaceRecord, T), Failure> {
        let signed = phases.run(Phase::SignatureCheck, || {
            self.record.chip_signed(nonce, &self.signature)
        });
        if signed {
            Ok((self.record, self.made))
        } else {
            Err(Failure::ChallengeSignature)
        }
    }
}

impl Opening<'_> {
    /// `make` runs on the host while the chip signs.
    fn carry_out<T: Send>(
        &self,
        trust: &TrustStore,
        dialogue: &mut Talk<'_>,
        phases: &mut Phases<'_>,
        make: impl FnOnce(&VerifiedFaceRecord) -> T + Send,
        wait: &Wait,
    ) -> Result<Opened<T>, Failure> {
        let der = phases.run(Phase::Issuer, || {
            Surface::select(dialogue, wait)?.issuer_certificate(wait)
        })?;
        // Before the code costs a try. One signature: less than a thread would gain.
        let issuer = phases.run(Phase::IssuerCheck, || CvCertificate::check(&der, trust))?;
        let mut surface = Surface::select(dialogue, wait)?;
        let header = phases.run(Phase::Retries, || surface.approach(self.guard, wait))?;
        phases.run(Phase::Verify, || {
            surface.verify_code(header, self.code, wait)
        })?;
        let record = phases.run(Phase::FaceRecord, || surface.face_record(wait))?;
        let record = UnverifiedFaceRecord::new(record);
        // What states no key will not be verified, whatever is signed.
        let by = record.stated_key_type().unwrap_or(KeyType::Rsa);
        let (opened, signature) = phases.beside(
            Phase::Portrait,
            || {
                let record = record.verify(&issuer)?;
                let made = make(&record);
                Ok::<_, Failure>((record, made))
            },
            // The chip's own key needs no record that was verified, and proves nothing without.
            |phases| phases.run(Phase::Signature, || surface.sign(self.nonce, by, wait)),
        );
        let (record, made) = opened?;
        Ok(Opened {
            record,
            made,
            signature: signature?,
        })
    }
}
