//! The lane of card reader and PIN pad.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::evidence::Evidence;
use super::face::FaceLane;
use super::inbox::Input;
use super::lane::Lane;
use super::request::Request;
use super::scan::Readings;
use crate::card::{CardConnection, CardPresence, CardReader, Disposition, ShareMode};
use crate::checkin::ports::BirthDate;
use crate::checkin::{
    Answer, Attempts, CardAnswer, CardFacts, Event, PinAnswer, PortraitAnswer, ValueId,
};
use crate::error::{ErrorKind, Result};
use crate::myna::{
    CertificateError, CertificateValidity, Client, FaceProof, Failure, Leniency, PinOptions,
    RetryGuard, Screening, VerifiedPortrait,
};
use crate::pin::{PinEntry, PinPad, PinPath};
use crate::time::Clock;
use crate::wait::{CancelToken, Wait};

/// How long the card itself may take for one dialogue; a signature takes about half a second.
const CARD_PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait for other software to let go of the card.
const TAKE_BACK: Duration = Duration::from_secs(2);

/// Between two looks whether it did.
const BUSY_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct CardLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) reader: Box<dyn CardReader>,
    /// Set when the reader was told lost here; the watch tells when it is back.
    pub(super) lost: Arc<AtomicBool>,
    pub(super) pad: Box<dyn PinPad>,
    pub(super) client: Client,
    pub(super) connection: Option<Box<dyn CardConnection>>,
    pub(super) readings: Readings,
    pub(super) evidence: Evidence,
    /// Tries left for the PIN when the card was screened.
    pub(super) pin_left: Option<u8>,
    /// Whether a damaged portrait will do.
    pub(super) leniency: Leniency,
    /// Tries that must be left for the card-face code.
    pub(super) card_face_guard: RetryGuard,
    /// How long a person may take at a pad that takes the PIN during the command.
    pub(super) entry_limit: Duration,
    /// The card was released to other software, which may have left it open.
    pub(super) lent: bool,
}

impl CardLane {
    /// What a dialogue may take that nobody cancels.
    fn patience(&self) -> Wait {
        Wait::at_most(self.clock.clone(), CARD_PATIENCE)
    }

    /// Waits until the field is stable, then powers the card.
    pub(super) fn settle(
        &mut self,
        debounce: Duration,
        limit: Duration,
        cancel: &CancelToken,
        input: &Input,
    ) {
        let wait = Wait::at_most(self.clock.clone(), limit).with_cancel(cancel.clone());
        // A connection from before is to another card.
        self.let_go(Disposition::Unpower);
        self.lent = false;
        if wait.sleep(debounce).is_err() {
            return;
        }
        let connected = match self.reader.state().map(|state| state.card) {
            Ok(CardPresence::Absent) => return,
            Ok(CardPresence::Mute) => return input.send(Event::CardMute),
            Ok(_) => self.connect(&wait),
            Err(error) => Err(error),
        };
        if cancel.is_cancelled() {
            // The session went on without us; the next card settles anew.
            return self.let_go(Disposition::Unpower);
        }
        match connected.map_err(|error| error.kind()) {
            Ok(connection) => {
                self.connection = Some(connection);
                input.send(Event::CardStable);
            }
            // The watch tells about a card or a reader that is gone.
            Err(ErrorKind::NoCard | ErrorKind::NotFound | ErrorKind::Disconnected) => {}
            Err(ErrorKind::Protocol | ErrorKind::TimedOut) => input.send(Event::CardMute),
            // Nothing is known of the card: the reader hangs, or its service is gone.
            Err(ErrorKind::Unavailable) => {
                if !self.lost.swap(true, Ordering::SeqCst) {
                    input.send(Event::ReaderLost);
                }
            }
            Err(_) => input.send(Event::CardUnrecognised),
        }
    }

    pub(super) fn read(&mut self, request: &Request) {
        let wait = request.wait(&self.clock).shortened(CARD_PATIENCE);
        let screening = match self.card(&wait) {
            Ok((client, card)) => client.screen(card, &wait),
            Err(kind) => return request.answer(Answer::Failed(kind)),
        };
        let answer = match screening {
            Ok(screening) => {
                let now = self.clock.utc();
                let validity = screening.certificate.validity(now);
                if now.trusted && validity == CertificateValidity::NotYetValid {
                    return request.answer(Answer::Card(CardAnswer::NotYetValid));
                }
                self.pin_left = screening.pin_retries_left;
                let facts = facts(&screening);
                self.evidence.set_certificate(screening.certificate);
                CardAnswer::Read(facts)
            }
            // A phone is no card; its own reader serves it.
            Err(Failure::NotMyNumberCard | Failure::CertificateNeedsPin) => {
                CardAnswer::NotMyNumberCard
            }
            Err(Failure::Mute) => CardAnswer::Mute,
            Err(Failure::Certificate(CertificateError::Malformed)) => CardAnswer::Malformed,
            Err(Failure::Certificate(_)) => CardAnswer::NotGenuine,
            Err(Failure::Protocol(_) | Failure::FileMalformed { .. }) => CardAnswer::Malformed,
            Err(failure) => return request.answer(Answer::Failed(kind_of(&failure))),
        };
        request.answer(Answer::Card(answer));
    }

    /// Presents the code once, verifies the record, and hands the portrait to the face lane.
    pub(super) fn unlock(
        &mut self,
        request: Request,
        value: ValueId,
        face: Option<&Lane<FaceLane>>,
    ) {
        if request.is_abandoned() {
            return;
        }
        // Not cancelled by the session from here on: the code costs a try, and a VERIFY under way
        // is not torn down.
        let wait = self.patience();
        let Some(code) = self.readings.code(value) else {
            return request.answer(Answer::Failed(ErrorKind::InvalidInput));
        };
        let known = self.evidence.certificate();
        let known = known.as_deref();
        let (guard, leniency) = (self.card_face_guard, self.leniency);
        // The engine makes its reference while the chip signs. Until the chip has, nobody uses it.
        let prepare = |portrait: &VerifiedPortrait| {
            if let Some(face) = face {
                let picture = portrait.decode_with(leniency);
                face.post(move |lane| lane.prepare(picture));
            }
        };
        let proof = match self.card(&wait) {
            Ok((client, card)) => {
                client.face_record_beside(card, &code, known, guard, prepare, &wait)
            }
            Err(kind) => return request.answer(Answer::Failed(kind)),
        };
        drop(code);
        let answer = match proof {
            Ok((proof, ())) => return self.hand_over(request, proof, face),
            Err(Failure::CardFaceWrong { retries_left: left }) => {
                Ok(PortraitAnswer::CodeWrong { left })
            }
            // Few tries left for a code is as good as none: nobody risks them here.
            Err(Failure::CardFaceBlocked | Failure::CardFaceGuarded { .. }) => {
                Ok(PortraitAnswer::CodeBlocked)
            }
            Err(Failure::FaceRecord(_) | Failure::ChallengeSignature) => {
                Ok(PortraitAnswer::NotGenuine)
            }
            Err(Failure::FileMalformed { .. }) => Ok(PortraitAnswer::Undecodable),
            Err(Failure::PinUnanswered(_)) => Ok(PortraitAnswer::Unanswered),
            Err(failure) => Err(kind_of(&failure)),
        };
        // The session goes on with the card where it is, perhaps for minutes.
        self.lock();
        if let Some(face) = face {
            face.post(FaceLane::wipe);
        }
        request.answer(match answer {
            Ok(answer) => Answer::Portrait(answer),
            Err(kind) => Answer::Failed(kind),
        });
    }

    /// Gives the portrait to the face lane, which answers what it is good for.
    fn hand_over(&self, request: Request, proof: FaceProof, face: Option<&Lane<FaceLane>>) {
        let (proven, birth) = (proof.proven, proof.record.birth().map(BirthDate::new));
        let card_expiry = proof.record.stated_expiry();
        let ready = move |damaged| PortraitAnswer::Ready {
            proven,
            birth,
            card_expiry,
            damaged,
        };
        let Some(face) = face else {
            return request.answer(Answer::Portrait(ready(false)));
        };
        let portrait = proof.record.into_portrait();
        face.post(move |lane| {
            if request.is_abandoned() {
                // The person is gone, and so is the wiping that followed.
                return;
            }
            let answer = match lane.take_portrait(portrait) {
                Ok(damaged) => ready(damaged),
                Err(answer) => answer,
            };
            request.answer(Answer::Portrait(answer));
        });
    }

    pub(super) fn collect_pin(&mut self, request: &Request) {
        let wait = request.wait(&self.clock);
        let prompt = Client::pin_prompt().with_retries_left(self.pin_left);
        let answer = match self.pad.prepare(&prompt, &wait) {
            Ok(PinEntry::Ready) => PinAnswer::Ready {
                entry_in_device: self.pad.path() == PinPath::Secure,
            },
            Ok(PinEntry::CancelledByUser) => PinAnswer::Cancelled,
            Ok(PinEntry::EntryTimedOut) => PinAnswer::TimedOut,
            Err(error) if error.kind() == ErrorKind::InvalidInput => PinAnswer::NotFourDigits,
            Err(error) => return request.answer(Answer::Failed(error.kind())),
        };
        request.answer(Answer::Pin(answer));
    }

    /// Presents the PIN, once. Through the host it is not cancelled by the session: an answer that
    /// nobody waits for any more is dropped, but a VERIFY under way is not torn down.
    pub(super) fn verify_pin(&mut self, request: &Request, challenge: &[u8]) {
        let wait = match self.pad.path() {
            // The person types during the command, and is not to type for a session that is over:
            // the next patient's card may be in by then. Bounded all the same: a pad that never
            // comes back would keep the card from every later patient.
            PinPath::Secure => request
                .wait(&self.clock)
                .shortened(self.entry_limit + CARD_PATIENCE),
            PinPath::Host => self.patience(),
        };
        // The machine had the last try acknowledged before it came here.
        let guard = match self.pin_left {
            Some(left) if left > 1 => RetryGuard::KEEP_LAST,
            _ => RetryGuard::ALLOW_LAST,
        };
        let options = PinOptions {
            guard,
            // Whether the grace period holds is the machine's business, and it decided.
            accept_expired: true,
            // So is what an untrusted clock means.
            require_clock: false,
        };
        let known = self.evidence.certificate();
        if let Err(kind) = self.card(&wait) {
            self.pad.discard();
            let answer = if kind == ErrorKind::NoCard {
                Answer::Failed(kind)
            } else {
                Answer::Pin(PinAnswer::CardFailed)
            };
            return request.answer(answer);
        }
        let Some(card) = self.connection.as_deref_mut() else {
            return;
        };
        let result = self.client.authenticate_prepared(
            card,
            &mut *self.pad,
            challenge,
            known.as_deref(),
            options,
            &wait,
        );
        let answer = match result {
            Ok(authentication) => {
                self.pin_left = None;
                self.evidence.set_signature(authentication.signature);
                PinAnswer::Verified {
                    proven: authentication.proven,
                }
            }
            Err(Failure::PinWrong { retries_left }) => {
                self.pin_left = retries_left;
                PinAnswer::Wrong { left: retries_left }
            }
            Err(Failure::LastTry) => {
                self.pin_left = Some(1);
                PinAnswer::Withheld { left: 1 }
            }
            Err(Failure::PinBlocked) => PinAnswer::Blocked,
            Err(Failure::PinCancelled) => PinAnswer::Cancelled,
            Err(Failure::PinEntryTimedOut) => PinAnswer::TimedOut,
            Err(Failure::PinNotFourDigits) => PinAnswer::NotFourDigits,
            Err(Failure::Removed) => {
                return request.answer(Answer::Failed(ErrorKind::NoCard));
            }
            Err(Failure::PinUnanswered(_)) => PinAnswer::Unanswered,
            Err(Failure::ChallengeSignature | Failure::Certificate(_)) => PinAnswer::NotGenuine,
            // Before the PIN was sent, or after it was found right.
            Err(_) => PinAnswer::CardFailed,
        };
        request.answer(Answer::Pin(answer));
    }

    /// Takes the card back from other software and passes on what that software said, if it still
    /// is the card that was lent.
    pub(super) fn take_back(&mut self, request: &Request, said: Result<Answer>) {
        if request.is_abandoned() {
            // Nobody wants it back; but what was opened on it is not to stay open.
            if self.lent {
                self.power_cycle();
            }
            return;
        }
        match self.taken_back() {
            Ok(()) => request.reply(said),
            Err(kind) => request.answer(Answer::Failed(kind)),
        }
    }

    /// The card is known again by its certificate, which needs no PIN. A copy of the certificate
    /// would pass here; that the key is behind it, the other software's authentication says.
    fn taken_back(&mut self) -> Result<(), ErrorKind> {
        let wait = self.patience();
        self.card(&wait)?;
        // Not every program closes what it opened.
        self.lock();
        self.lent = false;
        let known = self.evidence.certificate();
        let (client, card) = self.card(&wait)?;
        let (found, _) = client
            .certificate(card, &wait)
            .map_err(|failure| kind_of(&failure))?;
        match known {
            Some(known) if known.der() == found.der() => Ok(()),
            _ => Err(kind_of(&Failure::OtherCard)),
        }
    }

    /// Wipes the digits.
    pub(super) fn wipe(&mut self) {
        self.pad.discard();
    }

    /// Forgets the person.
    pub(super) fn end_session(&mut self) {
        self.pad.discard();
        self.evidence.clear();
        self.pin_left = None;
    }

    /// Leaves the card to other software.
    pub(super) fn lend(&mut self) {
        self.let_go(Disposition::Leave);
        self.lent = true;
    }

    /// Gives up the connection.
    pub(super) fn let_go(&mut self, disposition: Disposition) {
        if let Some(connection) = self.connection.take() {
            // A card that is gone is locked.
            let _ = connection.disconnect(disposition);
        }
    }

    /// Cuts the power of whatever lies in the reader, also of a card that was lent to other
    /// software or was there before us: somebody may have left it open.
    pub(super) fn power_cycle(&mut self) {
        self.lock();
        let there = self
            .reader
            .state()
            .is_ok_and(|state| state.card == CardPresence::Present);
        if self.connection.is_none() && there {
            // Not cancelled when the runner ends: this is what it ends with.
            let wait = Wait::at_most(self.clock.clone(), TAKE_BACK);
            self.connection = self.connect(&wait).ok();
        }
        self.lent &= self.connection.is_none();
        self.let_go(Disposition::Unpower);
    }

    /// Has the card start anew, so that nothing is open on it. A dialogue sees to that itself, but
    /// it cannot where another program reset the card under it: what was verified outlives a reset,
    /// and a handle that does not know the card any more cannot cut its power.
    pub(super) fn lock(&mut self) {
        // Not cancelled when the runner ends: this is what it ends with.
        let wait = Wait::at_most(self.clock.clone(), TAKE_BACK);
        if let Some(connection) = &mut self.connection
            && connection.reconnect(Disposition::Unpower, &wait).is_err()
        {
            self.connection = None;
        }
    }

    /// Connects, waiting for another program that holds the card for a moment.
    fn connect(&mut self, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        loop {
            match self.reader.connect(ShareMode::Shared, wait) {
                Err(error) if error.kind() == ErrorKind::Busy => {
                    wait.sleep(BUSY_PAUSE).map_err(|_| error)?;
                }
                connected => return connected,
            }
        }
    }

    /// The card, taken back if it was lent to other software.
    fn card(&mut self, wait: &Wait) -> Result<(&mut Client, &mut dyn CardConnection), ErrorKind> {
        if self.connection.is_none() {
            let wait = wait.shortened(TAKE_BACK);
            self.connection = Some(self.connect(&wait).map_err(|error| error.kind())?);
        }
        match self.connection.as_deref_mut() {
            Some(card) => Ok((&mut self.client, card)),
            None => Err(ErrorKind::NoCard),
        }
    }
}

fn facts(screening: &Screening) -> CardFacts {
    let attempts = |left| match left {
        Some(0) => Attempts::Blocked,
        Some(left) => Attempts::Left(left),
        None => Attempts::Unknown,
    };
    CardFacts {
        certificate_expiry: Some(screening.certificate.last_day()),
        card_expiry: screening.card.and_then(|card| card.expiry),
        pin: attempts(screening.pin_retries_left),
        card_face: attempts(screening.card_face_retries_left),
        proven: screening.proven,
        ..CardFacts::default()
    }
}

fn kind_of(failure: &Failure) -> ErrorKind {
    match failure {
        // Another card in the place of the one that was read is as good as none.
        Failure::Removed | Failure::OtherCard => ErrorKind::NoCard,
        Failure::Mute => ErrorKind::TimedOut,
        Failure::Device(error) => error.kind(),
        _ => ErrorKind::Protocol,
    }
}
