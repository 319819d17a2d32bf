//! The PIN dialogue: certificate, VERIFY and a signature over the caller's challenge.

use super::jpki::{self, Jpki};
use super::memory::Memory;
use super::progress::{Phase, Phases};
use super::signature::KeyType;
use super::transaction::{Talk, in_transaction};
use super::{
    CertificateError, Client, Failure, Proven, ProvenSet, Timing, TrustStore, UserCertificate,
};
use crate::card::CardConnection;
use crate::error::{ErrorKind, Result as DeviceResult};
use crate::exchange::{RetryGuard, Traffic};
use crate::pin::{PinEntry, PinPad, PinPrompt};
use crate::time::UtcTime;
use crate::wait::Wait;

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
    /// How long it took.
    pub timing: Timing,
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
            guard: RetryGuard::default(),
            accept_expired: false,
            require_clock: true,
        }
    }
}

/// Which certificates may be gone on with.
#[derive(Clone, Copy)]
pub(super) struct Acceptance {
    now: UtcTime,
    accept_expired: bool,
    require_clock: bool,
}

impl Acceptance {
    /// As of now, by the clock of `wait`.
    pub(super) fn now(wait: &Wait, accept_expired: bool, require_clock: bool) -> Self {
        Self {
            now: wait.clock().utc(),
            accept_expired,
            require_clock,
        }
    }

    pub(super) fn check(self, certificate: &UserCertificate) -> Result<(), Failure> {
        if !self.now.trusted {
            return if self.require_clock {
                Err(Failure::ClockUntrusted)
            } else {
                Ok(())
            };
        }
        match certificate.require_valid(self.now) {
            Err(CertificateError::Expired(_)) if self.accept_expired => Ok(()),
            result => result.map_err(Failure::from),
        }
    }

    /// Checks a certificate as it was read, chain and validity.
    pub(super) fn admit(self, der: &[u8], trust: &TrustStore) -> Result<UserCertificate, Failure> {
        let certificate = UserCertificate::check(der, trust)?;
        self.check(&certificate)?;
        Ok(certificate)
    }
}

/// What the dialogue is to do, besides the card and the pad.
struct Order<'o> {
    challenge: &'o [u8],
    known: Option<&'o UserCertificate>,
    guard: RetryGuard,
    acceptance: Acceptance,
}

impl Client {
    /// What a PIN pad asks for before [`Client::authenticate_prepared`].
    #[must_use]
    pub fn pin_prompt() -> PinPrompt {
        jpki::prompt()
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
        let order = Order::new(challenge, known, options, wait);
        let mut phases = Phases::begin(&mut self.watch, wait.clock());
        let prepared = phases.run(Phase::PinEntry, || pad.prepare(&jpki::prompt(), wait));
        entered(prepared)?;
        let result = order.carry_out(&self.trust, &mut self.memory, card, pad, phases, wait);
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
        let order = Order::new(challenge, known, options, wait);
        let phases = Phases::begin(&mut self.watch, wait.clock());
        order.carry_out(&self.trust, &mut self.memory, card, pad, phases, wait)
    }
}

fn entered(prepared: DeviceResult<PinEntry>) -> Result<(), Failure> {
    match prepared {
        Ok(PinEntry::Ready) => Ok(()),
        Ok(PinEntry::CancelledByUser) => Err(Failure::PinCancelled),
        Ok(PinEntry::EntryTimedOut) => Err(Failure::PinEntryTimedOut),
        // This wait was for the person, not for the card.
        Err(error) if error.kind() == ErrorKind::TimedOut => Err(Failure::PinEntryTimedOut),
        Err(error) => Err(error.into()),
    }
}

impl<'o> Order<'o> {
    fn new(
        challenge: &'o [u8],
        known: Option<&'o UserCertificate>,
        options: PinOptions,
        wait: &Wait,
    ) -> Self {
        Self {
            challenge,
            known,
            guard: options.guard,
            acceptance: Acceptance::now(wait, options.accept_expired, options.require_clock),
        }
    }

    fn carry_out(
        &self,
        trust: &TrustStore,
        memory: &mut Memory,
        card: &mut dyn CardConnection,
        pad: &mut dyn PinPad,
        mut phases: Phases<'_>,
        wait: &Wait,
    ) -> Result<Authentication, Failure> {
        if let Some(certificate) = self.known {
            self.acceptance.check(certificate)?;
        }
        let ((read, signature), traffic) =
            in_transaction(memory, card, &mut phases, wait, |dialogue, phases| {
                self.talk(trust, dialogue, pad, phases, wait)
            })?;
        let verified = phases.run(Phase::SignatureCheck, || {
            read.as_ref()
                .or(self.known)
                .is_some_and(|certificate| certificate.verifies(self.challenge, &signature))
        });
        if !verified {
            return Err(Failure::ChallengeSignature);
        }
        let proven = [
            Proven::CertificateChain,
            Proven::CertificatePossession,
            Proven::PinVerified,
        ];
        Ok(Authentication {
            certificate: read,
            signature,
            proven: proven.into_iter().collect(),
            traffic,
            timing: phases.end(),
        })
    }

    /// The certificate if it had to be read, and the signature.
    fn talk(
        &self,
        trust: &TrustStore,
        dialogue: &mut Talk<'_>,
        pad: &mut dyn PinPad,
        phases: &mut Phases<'_>,
        wait: &Wait,
    ) -> Result<(Option<UserCertificate>, Vec<u8>), Failure> {
        let admit = |der: &[u8]| self.acceptance.admit(der, trust);
        let read = phases.run(Phase::Certificate, || {
            let mut jpki = Jpki::select(dialogue, wait)?;
            match self.known {
                Some(_) => Ok(None),
                None => jpki.certificate(wait).map(Some),
            }
        });
        let mut jpki = Jpki::select(dialogue, wait)?;
        // A phone gives its certificate after the PIN.
        let after_pin = matches!(read, Err(Failure::CertificateNeedsPin));
        let der = if after_pin { None } else { read? };
        let mut certificate = None;
        let header = match der {
            Some(der) => {
                let (admitted, header) = phases.beside(
                    Phase::CertificateCheck,
                    || admit(&der),
                    |phases| phases.run(Phase::Retries, || jpki.approach(self.guard, wait)),
                );
                certificate = Some(admitted?);
                header
            }
            None => phases.run(Phase::Retries, || jpki.approach(self.guard, wait)),
        };
        let header = header.inspect_err(|_| pad.discard())?;
        phases.run(Phase::Verify, || jpki.verify_pin(header, pad, wait))?;
        if after_pin {
            let der = phases.run(Phase::Certificate, || jpki.certificate(wait))?;
            certificate = Some(phases.run(Phase::CertificateCheck, || admit(&der))?);
        }
        // Without a certificate there is no proof, whatever is signed.
        let by = certificate.as_ref().or(self.known);
        let by = by.map_or(KeyType::Rsa, UserCertificate::key_type);
        let signature = phases.run(Phase::Signature, || jpki.sign(self.challenge, by, wait))?;
        Ok((certificate, signature))
    }
}
