//! Whether a PIN may pass through this program: decided once, by the caller.

use super::{PinPad, PinPath, ReaderPinPad};
use crate::card::{CardReader, ReaderCapabilities};
use crate::error::{Error, ErrorKind, Result};

/// Where digits may go. There is no default: whoever runs the desk decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinPolicy {
    /// Only from keys to card inside a device. Without such a device there is no PIN entry.
    RequireSecure,
    /// Through this program's memory where the reader has no keys of its own: a keyboard, a touch
    /// panel. In a reader whose own panel takes the PIN this program *is* the reader.
    AllowHost,
}

/// Picks the pad for `reader`: its own keys if it has any, else `other`, if `policy` allows it.
///
/// The reader's own keys go first under either policy: a reader that has them may refuse a PIN
/// that comes from outside. Nothing is picked again later; a pad that turns out not to work is an
/// error of its call, and never replaced by another one. [`PinPad::path`] tells which way the
/// digits of the picked one take.
///
/// Ask the reader for its features first if its driver wants to be asked:
/// [`CardReader::capabilities`] decides.
///
/// # Errors
/// `Unsupported` when no pad is there that the policy allows; the message says which.
pub fn choose(
    policy: PinPolicy,
    reader: &dyn CardReader,
    other: Option<Box<dyn PinPad>>,
) -> Result<Box<dyn PinPad>> {
    let own = ReaderCapabilities::SECURE_PIN_VERIFY;
    if reader.capabilities().contains(own) {
        return Ok(Box::new(ReaderPinPad::new(reader.info().clone())));
    }
    let missing = |what| Err(Error::new(ErrorKind::Unsupported, what));
    match (other, policy) {
        (Some(pad), _) if pad.path() == PinPath::Secure => Ok(pad),
        (Some(pad), PinPolicy::AllowHost) => Ok(pad),
        (_, PinPolicy::RequireSecure) => missing(
            "a PIN may only be entered on a secure pad, and the reader has no keys of its own",
        ),
        (None, PinPolicy::AllowHost) => {
            missing("the reader has no keys of its own, and no other pad was given")
        }
    }
}
