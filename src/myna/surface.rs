//! The card-surface application (券面事項確認AP): the face record, opened by 照合番号B.
//!
//! 照合番号A is the My Number; there is no way to present it from here.

use super::card_face_code::CardFaceCode;
use super::failure::Failure;
use super::jpki::{absent_application, malformed, refused};
use super::signature;
use crate::card::CardConnection;
use crate::exchange::{Aid, Dialogue, RetryGuard, ShortFileId, SigningKey};
use crate::pin::PinOutcome;
use crate::wait::Wait;
use zeroize::Zeroizing;

/// DF name of the application.
const APPLICATION: Aid = Aid(&[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02]);
const FACE_RECORD: ShortFileId = ShortFileId::new(0x02);
const ISSUER_CERTIFICATE: ShortFileId = ShortFileId::new(0x04);
const CARD_FACE_CODE: ShortFileId = ShortFileId::new(0x12);

/// The application, selected in a dialogue.
pub(super) struct Surface<'d, C: CardConnection>(&'d mut Dialogue<C>);

impl<'d, C: CardConnection> Surface<'d, C> {
    pub(super) fn select(dialogue: &'d mut Dialogue<C>, wait: &Wait) -> Result<Self, Failure> {
        dialogue
            .select_application(APPLICATION, wait)
            .map_err(absent_application)?;
        Ok(Self(dialogue))
    }

    /// The card-verifiable certificate of the issuer's key; free to read.
    pub(super) fn issuer_certificate(
        &mut self,
        wait: &Wait,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.0
            .read_file(ISSUER_CERTIFICATE, wait)
            .map_err(|error| malformed("the issuer's certificate", error))
    }

    pub(super) fn code_retries_left(&mut self, wait: &Wait) -> Result<Option<u8>, Failure> {
        Ok(self.0.retries_left(CARD_FACE_CODE, wait)?)
    }

    pub(super) fn verify_code(
        &mut self,
        code: &CardFaceCode,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<(), Failure> {
        let outcome = self
            .0
            .verify_secret(CARD_FACE_CODE, code.secret(), guard, wait)?;
        match outcome {
            PinOutcome::Verified => Ok(()),
            PinOutcome::Rejected { retries_left } => Err(Failure::CardFaceWrong { retries_left }),
            PinOutcome::Blocked => Err(Failure::CardFaceBlocked),
            PinOutcome::Withheld { retries_left } => Err(Failure::CardFaceGuarded { retries_left }),
            PinOutcome::Unanswered(error) => Err(Failure::PinUnanswered(error)),
            PinOutcome::Refused(status) => Err(refused("VERIFY", status)),
            // A code that the program holds has nobody who could cancel.
            PinOutcome::CancelledByUser => Err(Failure::PinCancelled),
            PinOutcome::EntryTimedOut => Err(Failure::PinEntryTimedOut),
            PinOutcome::WrongNumberOfDigits => Err(Failure::PinNotFourDigits),
        }
    }

    pub(super) fn face_record(&mut self, wait: &Wait) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.0
            .read_file(FACE_RECORD, wait)
            .map_err(|error| malformed("the face record", error))
    }

    /// The chip's own signature over `nonce`; needs no PIN.
    pub(super) fn sign(&mut self, nonce: &[u8], wait: &Wait) -> Result<Vec<u8>, Failure> {
        let input = signature::digest_info(nonce);
        Ok(self.0.sign(SigningKey::Default, &input, wait)?)
    }
}
