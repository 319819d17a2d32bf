//! What is asked of the person and what came of it.

use crate::apdu::{Header, StatusWord};
use crate::error::Error;

/// Which way the digits take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PinPath {
    /// From the keys to the card inside the device; this process never sees them.
    Secure,
    /// Through this process's memory.
    Host,
}

/// What the PIN is for, so that a pad can show the right words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PinPurpose {
    /// The 4-digit PIN of the user-authentication certificate (利用者証明用).
    UserAuthentication,
    /// Another reference value of the card.
    Other,
}

/// Which entry of a dialogue with the person this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PinStep {
    /// The PIN as it is.
    #[default]
    Present,
    /// The PIN as it is to be.
    New,
    /// The same once more, so that a slip of the finger does not lock anybody out.
    NewAgain,
}

/// What a PIN may look like. Checked before anything is sent: the card counts a malformed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PinFormat {
    /// Fewest digits.
    pub min: u8,
    /// Most digits.
    pub max: u8,
}

impl PinFormat {
    /// Whether this many digits are right.
    #[must_use]
    pub fn allows(self, digits: usize) -> bool {
        (usize::from(self.min)..=usize::from(self.max)).contains(&digits)
    }

    /// Exactly `digits` digits.
    #[must_use]
    pub const fn exactly(digits: u8) -> Self {
        Self {
            min: digits,
            max: digits,
        }
    }
}

/// What the person is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinPrompt {
    /// What for.
    pub purpose: PinPurpose,
    /// Which entry.
    pub step: PinStep,
    /// How many digits.
    pub format: PinFormat,
    /// Tries left on the card, when known: a person must be warned before the last one.
    pub retries_left: Option<u8>,
}

impl PinPrompt {
    /// Asks for a PIN of `format`, with nothing known about the tries left.
    #[must_use]
    pub fn new(purpose: PinPurpose, format: PinFormat) -> Self {
        Self {
            purpose,
            step: PinStep::Present,
            format,
            retries_left: None,
        }
    }

    /// The same prompt for another entry.
    #[must_use]
    pub fn with_step(mut self, step: PinStep) -> Self {
        self.step = step;
        self
    }

    /// The same prompt with the number of tries left.
    #[must_use]
    pub fn with_retries_left(mut self, retries_left: Option<u8>) -> Self {
        self.retries_left = retries_left;
        self
    }
}

/// A prompt and the VERIFY it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinRequest {
    /// What the person is asked for.
    pub prompt: PinPrompt,
    /// Header of the VERIFY command: P2 names the key.
    pub header: Header,
}

impl PinRequest {
    /// A request.
    #[must_use]
    pub fn new(prompt: PinPrompt, header: Header) -> Self {
        Self { prompt, header }
    }
}

/// How [`PinPad::prepare`](super::PinPad::prepare) ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum PinEntry {
    /// The pad is ready to verify.
    Ready,
    /// The person cancelled.
    CancelledByUser,
    /// The person did not finish in the pad's own time.
    EntryTimedOut,
}

/// What came of a VERIFY.
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub enum PinOutcome {
    /// The card accepted the value; its keys are open until power is cut.
    Verified,
    /// Wrong value; the counter fell.
    Rejected {
        /// Tries left, if the card said so.
        retries_left: Option<u8>,
    },
    /// The value is blocked, now or since earlier.
    Blocked,
    /// The person cancelled; nothing was sent.
    CancelledByUser,
    /// The person did not finish in time; nothing was sent.
    EntryTimedOut,
    /// The person confirmed too few or too many digits; nothing was sent.
    WrongNumberOfDigits,
    /// The caller's guard kept the try: fewer are left than it asks for. Nothing was sent.
    Withheld {
        /// Tries left.
        retries_left: u8,
    },
    /// The card refused the command itself, with a status word that speaks of no comparison.
    Refused(StatusWord),
    /// The command went out and no answer came: assume that a try is gone, and never repeat.
    Unanswered(Error),
}

impl PinOutcome {
    /// Whether this outcome says that the VERIFY opened nothing. What is not known to be closed
    /// counts as open.
    pub(super) fn left_closed(&self) -> bool {
        match self {
            Self::Rejected { .. }
            | Self::Blocked
            | Self::CancelledByUser
            | Self::EntryTimedOut
            | Self::WrongNumberOfDigits => true,
            Self::Verified | Self::Withheld { .. } | Self::Refused(_) | Self::Unanswered(_) => {
                false
            }
        }
    }

    /// What the card's answer to a VERIFY with data means. `63C0` is the try that blocked,
    /// `6984` (this card) and `6983` (ISO/IEC 7816-4) every later one.
    pub fn from_status(status: StatusWord) -> Self {
        match (status, status.retries_left()) {
            (StatusWord::OK, _) => Self::Verified,
            (_, Some(0)) => Self::Blocked,
            (_, Some(retries_left)) => Self::Rejected {
                retries_left: Some(retries_left),
            },
            // `6300`: wrong, and the card does not say how many are left.
            (status, _) if status.sw1() == 0x63 => Self::Rejected { retries_left: None },
            (status, _) if status.is_blocked() => Self::Blocked,
            (status, _) => Self::Refused(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_word_has_its_outcome() {
        let of = |word| PinOutcome::from_status(StatusWord::new(word));
        assert!(matches!(of(0x9000), PinOutcome::Verified));
        assert!(matches!(
            of(0x63C2),
            PinOutcome::Rejected {
                retries_left: Some(2)
            }
        ));
        assert!(matches!(of(0x63C0), PinOutcome::Blocked));
        assert!(matches!(of(0x6984), PinOutcome::Blocked));
        assert!(matches!(of(0x6983), PinOutcome::Blocked));
        assert!(matches!(
            of(0x6300),
            PinOutcome::Rejected { retries_left: None }
        ));
        assert!(matches!(of(0x6A86), PinOutcome::Refused(_)));
    }
}
