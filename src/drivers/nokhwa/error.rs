//! What `nokhwa`'s errors mean. They are texts; the number of the operating system's error is in
//! them as `std::io::Error` shows it.

use nokhwa::NokhwaError;

use crate::error::{Error, ErrorKind};

/// Error numbers of Linux (`errno-base.h`).
mod number {
    pub(super) const ENOENT: i32 = 2;
    pub(super) const ENXIO: i32 = 6;
    pub(super) const EACCES: i32 = 13;
    pub(super) const EBUSY: i32 = 16;
    pub(super) const ENODEV: i32 = 19;
    pub(super) const EINVAL: i32 = 22;
    pub(super) const ENOSPC: i32 = 28;
}

/// Maps an error of `nokhwa`; it stays the source.
pub(super) fn from_nokhwa(error: NokhwaError) -> Error {
    let (kind, context) = match os_error(&error.to_string()) {
        Some(number::ENODEV | number::ENXIO | number::ENOENT) => {
            (ErrorKind::Disconnected, "the camera went away")
        }
        Some(number::EBUSY) => (ErrorKind::Busy, "another program uses the camera"),
        Some(number::EACCES) => (
            ErrorKind::PermissionDenied,
            "the operating system refuses access to the camera",
        ),
        Some(number::ENOSPC) => (
            ErrorKind::Unavailable,
            "the USB bus has no room for the camera's pictures",
        ),
        _ if is_no_offer(&error) => (ErrorKind::Unsupported, "the camera does not offer that"),
        _ => (ErrorKind::Other, "nokhwa reported an error"),
    };
    Error::new(kind, context).with_source(error)
}

/// Why a stream ended that ran.
pub(super) fn ended(error: NokhwaError) -> Error {
    let error = from_nokhwa(error);
    match error.kind() {
        ErrorKind::Disconnected => error,
        _ => Error::protocol("the camera stopped in disorder").with_source(error),
    }
}

/// Whether the device was opened and does not do what was asked for: it offers nothing of the kind,
/// refuses it, or did something else.
fn is_no_offer(error: &NokhwaError) -> bool {
    match error {
        // Its spelling.
        NokhwaError::GetPropertyError { error, .. } => error == "Failed to Fufill",
        NokhwaError::SetPropertyError { error, .. } => {
            error.contains("Rejected") || os_error(error) == Some(number::EINVAL)
        }
        _ => false,
    }
}

fn os_error(text: &str) -> Option<i32> {
    let (_, rest) = text.rsplit_once("(os error ")?;
    rest.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_in_the_text_decides() {
        let kind = |text: &str| from_nokhwa(NokhwaError::ReadFrameError(text.to_owned())).kind();
        assert_eq!(
            kind("No such device (os error 19)"),
            ErrorKind::Disconnected
        );
        assert_eq!(kind("busy (os error 16)"), ErrorKind::Busy);
        assert_eq!(kind("(os error 13)"), ErrorKind::PermissionDenied);
        assert_eq!(kind("(os error x)"), ErrorKind::Other);
        let lost = ended(NokhwaError::ReadFrameError("(os error 5)".to_owned()));
        assert_eq!(lost.kind(), ErrorKind::Protocol);
        let offer = NokhwaError::GetPropertyError {
            property: "CameraFormat".to_owned(),
            error: "Failed to Fufill".to_owned(),
        };
        assert_eq!(from_nokhwa(offer).kind(), ErrorKind::Unsupported);
        let other_mode = NokhwaError::SetPropertyError {
            property: "CameraFormat".to_owned(),
            value: String::new(),
            error: "Not same/Rejected".to_owned(),
        };
        assert_eq!(from_nokhwa(other_mode).kind(), ErrorKind::Unsupported);
    }
}
