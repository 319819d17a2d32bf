//! Why a dialogue with the card did not prove what was asked.

use super::{CertificateError, FaceRecordError};
use crate::error::{Error, ErrorKind};
use crate::exchange::ExchangeError;

/// A dialogue with the card that did not prove what was asked. Each variant has a stable
/// [code](Failure::code); the `checkin` room knows the words and next steps for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The card was pulled out.
    #[error("the card was removed")]
    Removed,
    /// The card is not the one whose certificate was read before.
    #[error("the card was exchanged for another one")]
    OtherCard,
    /// The card does not answer.
    #[error("the card does not answer")]
    Mute,
    /// The card has no JPKI or card-surface application.
    #[error("this is not a My Number Card")]
    NotMyNumberCard,
    /// The reader, its driver or its service failed.
    #[error(transparent)]
    Device(Error),
    /// The card refused a command that it should take.
    #[error(transparent)]
    Protocol(ExchangeError),
    /// A file of the card cannot be read as what it should be.
    #[error("{file} on the card is malformed")]
    FileMalformed {
        /// Which file.
        file: &'static str,
    },
    /// The certificate is not accepted.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate can be read only after the PIN: a phone, not a card.
    #[error("the certificate can be read only after the PIN was verified")]
    CertificateNeedsPin,
    /// The face record is not accepted.
    #[error(transparent)]
    FaceRecord(#[from] FaceRecordError),
    /// The card's signature over the challenge is wrong: a copy, not the card.
    #[error("the card's signature over the challenge is wrong")]
    ChallengeSignature,
    /// The calendar clock is not to be believed, so validity cannot be told.
    #[error("the clock of this device is not set")]
    ClockUntrusted,
    /// Wrong PIN.
    #[error("the PIN is wrong")]
    PinWrong {
        /// Tries left, if the card said so.
        retries_left: Option<u8>,
    },
    /// The PIN is blocked.
    #[error("the PIN is blocked")]
    PinBlocked,
    /// One try is left and the caller did not acknowledge that it may be the last. Not spent.
    #[error("only one try is left; it was not used")]
    LastTry,
    /// The person cancelled the PIN entry.
    #[error("PIN entry was cancelled")]
    PinCancelled,
    /// The person did not finish the PIN entry.
    #[error("PIN entry was not finished in time")]
    PinEntryTimedOut,
    /// The person confirmed too few or too many digits at a pad; nothing was sent.
    #[error("the PIN does not have four digits; it was not sent")]
    PinNotFourDigits,
    /// The two entries of a new PIN differ. Nothing was sent.
    #[error("the two entries of the new PIN differ; it was not changed")]
    PinEntriesDiffer,
    /// The new PIN went out and no answer came: either may be in force.
    #[error("the card did not answer to the new PIN; the old or the new one is in force")]
    PinChangeUnanswered(#[source] Error),
    /// The PIN went out and no answer came: a try may be gone.
    #[error("the card did not answer to the PIN; a try may have been used")]
    PinUnanswered(#[source] Error),
    /// Wrong card-face code.
    #[error("the card-face code is wrong")]
    CardFaceWrong {
        /// Tries left, if the card said so.
        retries_left: Option<u8>,
    },
    /// The card-face code is blocked.
    #[error("the card-face code is blocked")]
    CardFaceBlocked,
    /// Too few tries are left for the card-face code; none was spent.
    #[error("too few tries are left for the card-face code; none was used")]
    CardFaceGuarded {
        /// Tries left.
        retries_left: u8,
    },
}

impl Failure {
    /// The stable code, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            // What the person sees is the same: the card went away, and another came.
            Self::Removed | Self::OtherCard => "removed-during",
            Self::Mute => "mute",
            Self::NotMyNumberCard => "not-my-number-card",
            Self::Device(error) => match error.kind() {
                ErrorKind::NoCard => "removed-during",
                ErrorKind::Disconnected | ErrorKind::NotFound => "reader-lost",
                ErrorKind::Unavailable => "service-stopped",
                kind => kind.code(),
            },
            Self::Protocol(_) => "protocol-error",
            Self::FileMalformed { .. } => "file-malformed",
            Self::Certificate(CertificateError::Expired(_)) => "certificate-expired",
            Self::Certificate(CertificateError::NotYetValid(_)) => "certificate-not-yet-valid",
            Self::Certificate(CertificateError::Malformed)
            | Self::FaceRecord(FaceRecordError::Tlv(_)) => "file-malformed",
            Self::Certificate(_) | Self::FaceRecord(_) | Self::ChallengeSignature => "not-genuine",
            Self::CertificateNeedsPin => "certificate-needs-pin",
            Self::ClockUntrusted => "clock-untrusted",
            Self::PinWrong { .. } => "pin-wrong",
            Self::PinBlocked => "pin-blocked",
            Self::LastTry => "last-try",
            Self::PinCancelled => "pin-pad-cancelled",
            Self::PinEntryTimedOut => "pin-pad-timeout",
            Self::PinNotFourDigits => "pin-not-four-digits",
            Self::PinEntriesDiffer => "pin-entries-differ",
            Self::PinChangeUnanswered(_) => "pin-change-unanswered",
            Self::PinUnanswered(_) => "pin-unanswered",
            Self::CardFaceWrong { .. } => "card-face-wrong",
            Self::CardFaceBlocked => "card-face-blocked",
            Self::CardFaceGuarded { .. } => "card-face-guarded",
        }
    }
}

impl From<Error> for Failure {
    /// A device error while a card is dealt with. The waits of this room are for the card alone,
    /// so one that ran out means that the card is silent.
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::NoCard => Self::Removed,
            ErrorKind::TimedOut => Self::Mute,
            _ => Self::Device(error),
        }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Device(error) => error.into(),
            error => Self::Protocol(error),
        }
    }
}
