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
/// [`CardReader::capabilities`] decides, so a driver that wants to be asked for features (the
/// PC/SC driver's `probe`) is asked first. One that was not has no keys for all that is known:
/// then [`PinPolicy::RequireSecure`] is an error, and never a way through the host.
///
/// ```
/// # #[cfg(feature = "sim")] {
/// use myna_hal::pin::{self, HostPinPad, PinPath, PinPolicy};
/// use myna_hal::sim::firmware::PinPadProduct;
/// use myna_hal::sim::{Keypad, PinPadFirmware, VirtualContext};
///
/// let context = VirtualContext::new(myna_hal::SystemClock::shared());
/// let reader = context.add_reader("without keys");
/// assert!(pin::choose(PinPolicy::RequireSecure, &reader, None).is_err());
///
/// let keyboard = HostPinPad::new(Keypad::new("keyboard"));
/// let pad = pin::choose(PinPolicy::AllowHost, &reader, Some(Box::new(keyboard)))?;
/// assert_eq!(pad.path(), PinPath::Host);
///
/// reader.set_pin_pad(PinPadFirmware::new(PinPadProduct::SPR532, Keypad::new("keys")));
/// let pad = pin::choose(PinPolicy::RequireSecure, &reader, None)?;
/// assert_eq!(pad.path(), PinPath::Secure);
/// # }
/// # Ok::<(), myna_hal::Error>(())
/// ```
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
