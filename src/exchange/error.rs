//! What can go wrong in a dialogue.

use crate::apdu::StatusWord;
use crate::error::{Error, ErrorKind};

/// A dialogue with the card that could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The reader or the way to it failed.
    #[error(transparent)]
    Device(#[from] Error),
    /// The card refused a command.
    #[error("the card answered {status} to {command}: {}", status.meaning())]
    Status {
        /// Name of the command in ISO/IEC 7816-4.
        command: &'static str,
        /// Its answer.
        status: StatusWord,
    },
    /// A file ended before the length that it states itself.
    #[error("the file ends after {got} bytes but says that it has {stated}")]
    Truncated {
        /// Bytes received.
        got: usize,
        /// Bytes stated by the outer tag and length.
        stated: usize,
    },
    /// A file does not begin with a length that can be understood.
    #[error("the file does not begin with a data object")]
    NotADataObject,
    /// The card sent more than can be.
    #[error("the card sent more bytes than asked for")]
    TooLong,
}

impl ExchangeError {
    /// The status word, if the card refused.
    #[must_use]
    pub fn status(&self) -> Option<StatusWord> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The kind of the device error, if it was one.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Device(error) => Some(error.kind()),
            _ => None,
        }
    }
}
