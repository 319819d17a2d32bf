//! The one error type of every device call.
//!
//! A status word, a wrong PIN and a face that does not match are *answers*, not errors: they are
//! values of the call's result type. An [`Error`] says that the question itself could not be asked
//! or that its answer did not arrive.

use std::borrow::Cow;
use std::fmt;

/// Result of a device call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in terms a program can act on.
///
/// The numbers are part of the API: they appear in logs and in field support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u16)]
pub enum ErrorKind {
    /// The service behind the driver is not running (for example `pcscd`), or the device is
    /// declared unusable until somebody looks at it.
    Unavailable = 1,
    /// There is no such device.
    NotFound = 2,
    /// The operating system refuses access to the device.
    PermissionDenied = 3,
    /// Another program holds the device, or an abandoned call still runs on this handle.
    Busy = 4,
    /// The device went away while it was open.
    Disconnected = 5,
    /// There is no card in the reader, or it was pulled out.
    NoCard = 6,
    /// Somebody reset the card: selected file and PIN state are gone. Reconnect to go on.
    CardReset = 7,
    /// The deadline passed.
    TimedOut = 8,
    /// The caller cancelled.
    Cancelled = 9,
    /// The device cannot do this.
    Unsupported = 10,
    /// The caller's input was refused before it reached the device.
    InvalidInput = 11,
    /// The device answered outside its contract.
    Protocol = 12,
    /// Anything else; see the source.
    Other = 0xffff,
}

impl ErrorKind {
    /// The stable number of this kind.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The stable name of this kind, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::NotFound => "not-found",
            Self::PermissionDenied => "permission-denied",
            Self::Busy => "busy",
            Self::Disconnected => "disconnected",
            Self::NoCard => "no-card",
            Self::CardReset => "card-reset",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
            Self::Unsupported => "unsupported",
            Self::InvalidInput => "invalid-input",
            Self::Protocol => "protocol",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Boxed cause of an [`Error`].
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// A device call that could not be carried out.
#[derive(Debug, thiserror::Error)]
#[error("{context}")]
pub struct Error {
    kind: ErrorKind,
    context: Cow<'static, str>,
    #[source]
    source: Option<Source>,
}

impl Error {
    /// An error of `kind`; `context` says what was being done, without a trailing stop.
    pub fn new(kind: ErrorKind, context: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            context: context.into(),
            source: None,
        }
    }

    /// Keeps `source` as the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// [`ErrorKind::Unsupported`]: the device cannot do `what`.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!("{what} is not supported by this device"),
        )
    }

    /// [`ErrorKind::InvalidInput`].
    pub fn invalid_input(context: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, context)
    }

    /// [`ErrorKind::Protocol`].
    pub fn protocol(context: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Protocol, context)
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        let context = match kind {
            ErrorKind::Unavailable => "the device or the service behind it is not available",
            ErrorKind::NotFound => "no such device",
            ErrorKind::PermissionDenied => "the operating system refuses access to the device",
            ErrorKind::Busy => "the device is in use",
            ErrorKind::Disconnected => "the device went away",
            ErrorKind::NoCard => "there is no card in the reader",
            ErrorKind::CardReset => "the card was reset",
            ErrorKind::TimedOut => "the deadline passed",
            ErrorKind::Cancelled => "cancelled by the caller",
            ErrorKind::Unsupported => "not supported by this device",
            ErrorKind::InvalidInput => "the input was refused",
            ErrorKind::Protocol => "the device answered outside its contract",
            ErrorKind::Other => "the device reported an error",
        };
        Self::new(kind, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn keeps_kind_context_and_cause() {
        let error = Error::protocol("short answer").with_source("1 byte");
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!(error.to_string(), "short answer");
        assert_eq!(
            error.source().map(ToString::to_string),
            Some("1 byte".into())
        );
    }

    #[test]
    fn numbers_and_codes_are_stable() {
        assert_eq!(ErrorKind::NoCard.number(), 6);
        assert_eq!(ErrorKind::CardReset.code(), "card-reset");
        assert_eq!(ErrorKind::Other.number(), 0xffff);
    }
}
