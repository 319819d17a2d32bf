//! What PC/SC's return codes mean (PC/SC part 5, pcsc-lite).

use crate::error::{Error, ErrorKind};

/// What to say of a reader that the service lists and has lost: to people it is not connected.
pub(super) const UNREACHABLE: &str = "the service cannot reach the reader";

/// Maps a return code; the code stays the source.
pub(super) fn from_pcsc(error: pcsc::Error) -> Error {
    use pcsc::Error as P;
    let (kind, context) = match error {
        P::NoService | P::ServiceStopped | P::CommError | P::Shutdown | P::ServerTooBusy => (
            ErrorKind::Unavailable,
            "the smart-card service is not running",
        ),
        P::UnknownReader => (ErrorKind::NotFound, "there is no reader of this name"),
        P::NoReadersAvailable => (ErrorKind::NotFound, "there is no reader"),
        P::ReaderUnavailable => (ErrorKind::Disconnected, UNREACHABLE),
        P::NoAccess | P::SecurityViolation => (
            ErrorKind::PermissionDenied,
            "the smart-card service refuses access",
        ),
        P::SharingViolation => (ErrorKind::Busy, "another program uses the card exclusively"),
        P::NoSmartcard | P::RemovedCard => (ErrorKind::NoCard, "there is no card in the reader"),
        P::ResetCard | P::UnpoweredCard => (ErrorKind::CardReset, "the card was reset"),
        P::Timeout => (ErrorKind::TimedOut, "the deadline passed"),
        P::Cancelled | P::SystemCancelled => (ErrorKind::Cancelled, "cancelled"),
        P::UnsupportedFeature | P::ReaderUnsupported | P::CardUnsupported => {
            (ErrorKind::Unsupported, "the reader does not support this")
        }
        P::UnresponsiveCard => (ErrorKind::Protocol, "the card does not answer the reset"),
        P::UnsupportedCard | P::InvalidAtr | P::ProtoMismatch | P::NotTransacted => {
            (ErrorKind::Protocol, "the reader could not talk to the card")
        }
        P::InvalidParameter | P::InvalidValue | P::InsufficientBuffer => (
            ErrorKind::InvalidInput,
            "the smart-card service refused the call",
        ),
        _ => (ErrorKind::Other, "the smart-card service reported an error"),
    };
    Error::new(kind, context).with_source(error)
}

/// Whether the context behind a call is dead. `is_valid` is no help: it answers for the client
/// library, not for the service (observed with pcsc-lite 1.9).
pub(super) fn service_is_gone(error: pcsc::Error) -> bool {
    matches!(
        error,
        pcsc::Error::NoService
            | pcsc::Error::ServiceStopped
            | pcsc::Error::CommError
            | pcsc::Error::InvalidHandle
            | pcsc::Error::Shutdown
    )
}
