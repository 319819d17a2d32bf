//! What the kernel's error numbers mean here (Video4Linux 2, "Generic Error Codes").

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};

/// Maps an error of the kernel; it stays the source.
pub(super) fn from_kernel(error: io::Error) -> Error {
    let (kind, context) = match Errno::from_io_error(&error) {
        Some(Errno::NODEV | Errno::NXIO | Errno::NOENT) => {
            (ErrorKind::Disconnected, "the camera went away")
        }
        Some(Errno::BUSY) => (ErrorKind::Busy, "another program uses the camera"),
        Some(Errno::ACCESS | Errno::PERM) => (
            ErrorKind::PermissionDenied,
            "the operating system refuses access to the camera",
        ),
        Some(Errno::NOSPC) => (
            ErrorKind::Unavailable,
            "the USB bus has no room for the camera's pictures",
        ),
        Some(Errno::INVAL | Errno::RANGE) => {
            (ErrorKind::InvalidInput, "the camera refused the value")
        }
        Some(Errno::NOTTY | Errno::OPNOTSUPP) => {
            (ErrorKind::Unsupported, "the camera cannot do this")
        }
        Some(Errno::TIMEDOUT) => (ErrorKind::TimedOut, "the camera does not answer"),
        Some(Errno::IO | Errno::PROTO | Errno::PIPE) => {
            (ErrorKind::Protocol, "the camera stopped in disorder")
        }
        _ => (ErrorKind::Other, "the kernel reported an error"),
    };
    Error::new(kind, context).with_source(error)
}

/// Asks what `linuxvideo` may panic about: it asserts that drivers answer by the book.
pub(super) fn asked<T>(question: impl FnOnce() -> io::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(answer) => answer.map_err(from_kernel),
        Err(_) => Err(Error::protocol(
            "the kernel describes the camera in a way that nobody understands",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_that_nobody_understands() {
        let kind = |result: Result<()>| result.expect_err("not asked").kind();
        let nodev = || Err(io::Error::from(Errno::NODEV));
        assert_eq!(kind(asked(nodev)), ErrorKind::Disconnected);
        assert_eq!(kind(asked(|| panic!("by the book"))), ErrorKind::Protocol);
        assert_eq!(asked(|| Ok(7)).expect("fine"), 7);
    }
}
