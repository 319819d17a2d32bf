//! The firmware of a reader with keys of its own (PC/SC part 10), for virtual cards.
//!
//! A [`PinPadFirmware`] answers the control codes of such a reader: the list of features, the
//! properties, VERIFY and MODIFY PIN DIRECT. The person is a script on its
//! [`Keypad`](crate::sim::Keypad); the way to the card is a function that carries one command.
//! It has no thread and asks no clock but the caller's, so that it can stand behind a
//! [`VirtualReader`](crate::sim::VirtualReader) as well as in a driver of a real service.
//!
//! ```
//! use std::time::Duration;
//! use myna_hal::sim::firmware::{GET_FEATURE_REQUEST, PinPadFirmware, PinPadProduct};
//! use myna_hal::sim::{Clock, Keypad};
//! use myna_hal::wait::Wait;
//!
//! let pad = PinPadFirmware::new(PinPadProduct::SPR532, Keypad::new("keys"));
//! let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse()?);
//! let wait = Wait::at_most(clock.shared(), Duration::from_secs(60));
//! let mut no_card = |_: &[u8]| Err(myna_hal::ErrorKind::NoCard.into());
//! let features = pad.control(GET_FEATURE_REQUEST, &[], &mut no_card, &wait)?;
//! assert_eq!(features[..6], [0x06, 4, 0x42, 0x33, 0x00, 0x06]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it stands for is the reader *behind its driver*: libccid sends some products vendor
//! commands of their own and lays a few fields out differently for them, which nobody above it
//! sees. Nothing here is evidence of what a real pad does.

mod block;
mod entry;
mod product;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::sim::Keypad;
use crate::sim::pinpad::Keyed;
use crate::wait::Wait;

pub use product::{PinPadProduct, ShortEntry};

use entry::Order;

/// `CM_IOCTL_GET_FEATURE_REQUEST` as pcsc-lite numbers it: `SCARD_CTL_CODE(3400)`.
pub const GET_FEATURE_REQUEST: u32 = 0x4200_0000 + 3400;
/// The same as Windows numbers it.
const GET_FEATURE_REQUEST_WINDOWS: u32 = 0x0031_0000 | 3400 << 2;

/// The features that libccid offers for a pad, and the numbers that it gives them.
const VERIFY_PIN_DIRECT: u8 = 0x06;
const MODIFY_PIN_DIRECT: u8 = 0x07;
const IFD_PIN_PROPERTIES: u8 = 0x0a;
const GET_TLV_PROPERTIES: u8 = 0x12;
const FIRST_FEATURE: u32 = 0x4233_0000;

/// What the pad itself says (PC/SC part 10 §2.5.2).
mod sw {
    pub(super) const TIMED_OUT: [u8; 2] = [0x64, 0x00];
    pub(super) const CANCELLED: [u8; 2] = [0x64, 0x01];
    pub(super) const ENTRIES_DIFFER: [u8; 2] = [0x64, 0x02];
    pub(super) const WRONG_NUMBER_OF_DIGITS: [u8; 2] = [0x64, 0x03];
    pub(super) const WRONG_STRUCTURE: [u8; 2] = [0x6b, 0x80];
}

/// Carries one command to the card and brings its answer.
pub type ToCard<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>> + 'a;

/// A reader's keys and what runs behind them. Clones are the same device.
#[derive(Clone)]
pub struct PinPadFirmware {
    product: PinPadProduct,
    keys: Keypad,
}

impl PinPadFirmware {
    /// A reader of this make with these keys.
    #[must_use]
    pub fn new(product: PinPadProduct, keys: Keypad) -> Self {
        Self { product, keys }
    }

    /// Its make.
    #[must_use]
    pub fn product(&self) -> &PinPadProduct {
        &self.product
    }

    /// Answers a control code. `send` is called at most once, with a command that is complete.
    ///
    /// # Errors
    /// `Unsupported` for codes that the reader does not know and for structures whose length
    /// does not agree with itself (nothing is passed on to the device then); `TimedOut` and
    /// `Cancelled` when the caller stops waiting while the person types; whatever `send` says.
    pub fn control(
        &self,
        code: u32,
        input: &[u8],
        send: &mut ToCard<'_>,
        wait: &Wait,
    ) -> Result<Vec<u8>> {
        if matches!(code, GET_FEATURE_REQUEST | GET_FEATURE_REQUEST_WINDOWS) {
            return Ok(self.features());
        }
        let asked = self.offered().find(|tag| number(*tag) == code);
        let order = match asked {
            Some(IFD_PIN_PROPERTIES) => return Ok(self.pin_properties()),
            Some(GET_TLV_PROPERTIES) => return Ok(self.tlv_properties()),
            Some(VERIFY_PIN_DIRECT) => entry::verify(input),
            Some(MODIFY_PIN_DIRECT) => entry::modify(input),
            _ => None,
        };
        let order = order.ok_or_else(|| Error::unsupported("this reader control"))?;
        let command = match self.command(&order, wait)? {
            Ok(command) => command,
            Err(status) => return Ok(status.to_vec()),
        };
        send(&command)
    }

    fn offered(&self) -> impl Iterator<Item = u8> + use<> {
        let modifies = self.product.modifies;
        [
            VERIFY_PIN_DIRECT,
            MODIFY_PIN_DIRECT,
            IFD_PIN_PROPERTIES,
            GET_TLV_PROPERTIES,
        ]
        .into_iter()
        .filter(move |tag| modifies || *tag != MODIFY_PIN_DIRECT)
    }

    /// Tag, length, control code in big-endian order (PC/SC part 10 §2.2).
    fn features(&self) -> Vec<u8> {
        let mut list = Vec::new();
        for tag in self.offered() {
            list.extend([tag, 4]);
            list.extend(number(tag).to_be_bytes());
        }
        list
    }

    /// Lines in the high byte, characters in the low one, as `wLcdLayout` of CCID.
    fn layout(&self) -> u16 {
        let (lines, characters) = self.product.display.unwrap_or_default();
        u16::from_be_bytes([lines, characters])
    }

    fn pin_properties(&self) -> Vec<u8> {
        let mut answer = self.layout().to_ne_bytes().to_vec();
        answer.extend([self.product.entry_validation, 0]);
        answer
    }

    /// Tag, length, value; numbers in little-endian order whatever the host is (PC/SC part 10
    /// §2.6.14, as libccid writes it).
    fn tlv_properties(&self) -> Vec<u8> {
        let mut answer = vec![1, 2];
        answer.extend(self.layout().to_le_bytes());
        answer.extend([3, 1, 0]);
        if let Some((lines, characters)) = self.product.display {
            answer.extend([4, 2, characters, 0]);
            answer.extend([5, 2, lines, 0]);
        }
        if self.product.tells_digits {
            let (least, most) = self.product.digits;
            answer.extend([6, 1, least, 7, 1, most]);
        }
        if self.product.entry_validation != 7 {
            answer.extend([2, 1, self.product.entry_validation]);
        }
        answer.extend([9, 1, 0]);
        answer.extend([11, 2]);
        answer.extend(self.product.vendor.to_le_bytes());
        answer.extend([12, 2]);
        answer.extend(self.product.product.to_le_bytes());
        answer.extend([10, 4, 0, 0, 1, 0]);
        answer
    }

    /// Has the person type, and makes the command of it; or the pad's own status word.
    fn command(&self, order: &Order<'_>, wait: &Wait) -> Result<Result<Filled, [u8; 2]>> {
        let Some(format) = order.format.filter(|_| self.accepts(order)) else {
            return Ok(Err(sw::WRONG_STRUCTURE));
        };
        let mut entries: Vec<(u8, Zeroizing<String>)> = Vec::with_capacity(2);
        let mut places = Vec::with_capacity(2);
        match order.change {
            None => places.push(0),
            Some(change) => {
                if change.with_old {
                    places.push(change.old_at);
                }
                places.push(change.new_at);
            }
        }
        for place in places {
            match self.digits(order, wait)? {
                Ok(digits) => entries.push((place, digits)),
                Err(status) => return Ok(Err(status)),
            }
        }
        if order.change.is_some_and(|change| change.confirmed) {
            match self.digits(order, wait)? {
                Ok(again) if entries.last().is_some_and(|(_, new)| *new == again) => {}
                Ok(_) => return Ok(Err(sw::ENTRIES_DIFFER)),
                Err(status) => return Ok(Err(status)),
            }
        }
        let entries: Vec<(u8, &str)> = entries
            .iter()
            .map(|(place, digits)| (*place, digits.as_str()))
            .collect();
        let command = format.command(order.template, &entries);
        Ok(command.map(Zeroizing::new).ok_or(sw::WRONG_STRUCTURE))
    }

    /// Whether this make carries the order out.
    fn accepts(&self, order: &Order<'_>) -> bool {
        let product = &self.product;
        let (least, most) = product.digits;
        let messages = order.change.is_some()
            || product.messages_in_verify.is_empty()
            || product.messages_in_verify.contains(&order.messages);
        messages
            && order.least <= order.most
            && order.least >= least
            && order.most <= most
            && order.validation != 0
            && order.validation & !product.entry_validation == 0
    }

    /// One entry: digits, or the pad's own status word.
    fn digits(&self, order: &Order<'_>, wait: &Wait) -> Result<Result<Zeroizing<String>, [u8; 2]>> {
        let patience = match order.seconds {
            0 => self.product.patience,
            seconds => Duration::from_secs(seconds.into()),
        };
        let (least, most) = (usize::from(order.least), usize::from(order.most));
        let by_key = order.validation & 2 != 0;
        let by_number = order.validation & 1 != 0;
        let short = self.product.short_entry;
        let keyed = self.keys.enter(patience, wait, |mut typed| {
            // There are no other keys, and none is heard behind the last possible digit.
            typed.retain(|key| key.is_ascii_digit());
            typed.truncate(most);
            let enough = typed.len() >= least;
            match (by_key, by_number && typed.len() == most) {
                (_, true) => Some(Ok(typed)),
                (true, _) if enough => Some(Ok(typed)),
                (true, _) if short == ShortEntry::Ends => Some(Err(sw::WRONG_NUMBER_OF_DIGITS)),
                _ => None,
            }
        })?;
        Ok(match keyed {
            Keyed::Entered(entered) => entered,
            Keyed::Cancelled => Err(sw::CANCELLED),
            Keyed::TimedOut => Err(sw::TIMED_OUT),
        })
    }
}

/// A command with digits in it.
type Filled = Zeroizing<Vec<u8>>;

/// The control code of a feature.
fn number(tag: u8) -> u32 {
    FIRST_FEATURE + u32::from(tag)
}

/// Shows the make, not the keys.
impl fmt::Debug for PinPadFirmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PinPadFirmware")
            .field(&self.product.name)
            .finish()
    }
}
