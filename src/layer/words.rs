//! The words of the line format for values of other rooms.

use std::fmt;
use std::time::Duration;

use crate::card::{Disposition, Protocol, ShareMode};
use crate::error::ErrorKind;

/// A value and its word, in both directions.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// Every value with its word. A value that a newer version adds is written as the last one.
    const ALL: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(value, _)| *value == self);
        known.or(Self::ALL.last()).map_or("", |(_, word)| word)
    }

    fn of_word(word: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known)| *known == word);
        known.map(|(value, _)| *value)
    }
}

impl Word for ShareMode {
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::Shared, "shared"), (Self::Exclusive, "exclusive")];
}

impl Word for Disposition {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Leave, "leave"),
        (Self::Reset, "reset"),
        (Self::Unpower, "unpower"),
        (Self::Eject, "eject"),
    ];
}

impl Word for Protocol {
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::T0, "t0"), (Self::T1, "t1"), (Self::Raw, "raw")];
}

const KINDS: [ErrorKind; 13] = [
    ErrorKind::Unavailable,
    ErrorKind::NotFound,
    ErrorKind::PermissionDenied,
    ErrorKind::Busy,
    ErrorKind::Disconnected,
    ErrorKind::NoCard,
    ErrorKind::CardReset,
    ErrorKind::TimedOut,
    ErrorKind::Cancelled,
    ErrorKind::Unsupported,
    ErrorKind::InvalidInput,
    ErrorKind::Protocol,
    ErrorKind::Other,
];

pub(super) fn kind(word: &str) -> Option<ErrorKind> {
    KINDS.into_iter().find(|kind| kind.code() == word)
}

/// A duration in milliseconds with three decimals.
#[derive(Clone, Copy)]
pub(super) struct Milliseconds(pub(super) Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        write!(f, "{}.{:03}", micros / 1000, micros % 1000)
    }
}

pub(super) fn milliseconds(word: &str) -> Option<Duration> {
    let (whole, part) = word.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 3 || !digits(part) || !digits(whole) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = part.parse().ok()?;
    Some(Duration::from_micros(
        whole.checked_mul(1000)?.checked_add(part)?,
    ))
}

/// Bytes as hexadecimal digits in upper case.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

pub(super) fn unhex(word: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = word.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        fn check<T: Word + fmt::Debug>() {
            for (value, word) in T::ALL {
                assert_eq!(value.word(), *word);
                assert_eq!(T::of_word(word), Some(*value));
            }
            assert_eq!(T::of_word("nonsense"), None);
        }
        check::<ShareMode>();
        check::<Disposition>();
        check::<Protocol>();
        for known in KINDS {
            assert_eq!(kind(known.code()), Some(known));
        }
    }

    #[test]
    fn durations_and_bytes() {
        for micros in [0, 1, 999, 1000, 61_000_001] {
            let duration = Duration::from_micros(micros);
            assert_eq!(
                milliseconds(&Milliseconds(duration).to_string()),
                Some(duration)
            );
        }
        for bad in [
            "",
            "1",
            "1.2",
            "1.2345",
            ".123456",
            "-1.000",
            "+1.000",
            "99999999999999999999.000",
        ] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
        assert_eq!(unhex("00aF"), Some(vec![0, 0xaf]));
        for bad in ["0", "0g", "é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
