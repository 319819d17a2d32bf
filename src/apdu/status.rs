//! Status words SW1-SW2 (ISO/IEC 7816-4 §5.6) and what the My Number Card means by them.

use std::fmt;

/// SW1-SW2 of a response.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusWord(u16);

impl StatusWord {
    /// `9000`: done.
    pub const OK: Self = Self(0x9000);
    /// `6282`: the end of the file came before Ne bytes.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// `6700`: wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// `6981`: the command does not fit the file's structure.
    pub const INCOMPATIBLE_FILE: Self = Self(0x6981);
    /// `6982`: the security status is not satisfied: a PIN or code is missing.
    pub const SECURITY_STATUS: Self = Self(0x6982);
    /// `6983`: authentication method blocked (the ISO word; this card says `6984`).
    pub const METHOD_BLOCKED: Self = Self(0x6983);
    /// `6984`: reference data not usable; this card's word for a blocked PIN (observed).
    pub const REFERENCE_DATA_BLOCKED: Self = Self(0x6984);
    /// `6985`: conditions of use not satisfied.
    pub const CONDITIONS: Self = Self(0x6985);
    /// `6986`: no current file.
    pub const NO_CURRENT_FILE: Self = Self(0x6986);
    /// `6A82`: file or application not found.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// `6A83`: record not found.
    pub const RECORD_NOT_FOUND: Self = Self(0x6A83);
    /// `6A86`: wrong P1-P2.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// `6A88`: data object not found.
    pub const DATA_NOT_FOUND: Self = Self(0x6A88);
    /// `6B00`: the offset lies outside the file.
    pub const WRONG_OFFSET: Self = Self(0x6B00);
    /// `6D00`: instruction not supported.
    pub const INS_UNKNOWN: Self = Self(0x6D00);
    /// `6E00`: class not supported.
    pub const CLA_UNKNOWN: Self = Self(0x6E00);
    /// `6F00`: no precise diagnosis.
    pub const UNSPECIFIC: Self = Self(0x6F00);

    /// A status word of these two bytes.
    #[must_use]
    pub const fn from_bytes(sw1: u8, sw2: u8) -> Self {
        Self(u16::from_be_bytes([sw1, sw2]))
    }

    /// A status word as the number it is usually written as.
    #[must_use]
    pub const fn new(word: u16) -> Self {
        Self(word)
    }

    /// As a number.
    #[must_use]
    pub const fn to_u16(self) -> u16 {
        self.0
    }

    /// First byte.
    #[must_use]
    pub const fn sw1(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// Second byte.
    #[must_use]
    pub const fn sw2(self) -> u8 {
        self.0.to_be_bytes()[1]
    }

    /// Whether the command was carried out without a remark.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// The counter of `63Cx`: tries left after a wrong value, or in answer to the free query.
    #[must_use]
    pub fn retries_left(self) -> Option<u8> {
        (self.0 & 0xFFF0 == 0x63C0).then_some(self.sw2() & 0x0F)
    }

    /// Whether the answer to VERIFY says that the reference data is blocked.
    #[must_use]
    pub fn is_blocked(self) -> bool {
        matches!(self, Self::METHOD_BLOCKED | Self::REFERENCE_DATA_BLOCKED)
    }

    /// `61xx`: this many bytes wait for GET RESPONSE (256 for `6100`).
    #[must_use]
    pub fn bytes_available(self) -> Option<usize> {
        (self.sw1() == 0x61).then(|| full_if_zero(self.sw2()))
    }

    /// `6Cxx`: the right Ne (256 for `6C00`).
    #[must_use]
    pub fn right_ne(self) -> Option<usize> {
        (self.sw1() == 0x6C).then(|| full_if_zero(self.sw2()))
    }

    /// The meaning in words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::OK => "done",
            Self::END_OF_FILE => "end of file reached before all bytes were read",
            Self::WRONG_LENGTH => "wrong length",
            Self::INCOMPATIBLE_FILE => "command does not fit the file's structure",
            Self::SECURITY_STATUS => "a PIN or code is missing",
            Self::METHOD_BLOCKED | Self::REFERENCE_DATA_BLOCKED => "PIN or code is blocked",
            Self::CONDITIONS => "conditions of use not satisfied",
            Self::NO_CURRENT_FILE => "no current file",
            Self::NOT_FOUND => "file or application not found",
            Self::RECORD_NOT_FOUND => "record not found",
            Self::WRONG_PARAMETERS => "wrong parameters",
            Self::DATA_NOT_FOUND => "data object not found",
            Self::WRONG_OFFSET => "offset outside the file",
            Self::INS_UNKNOWN => "instruction not supported",
            Self::CLA_UNKNOWN => "class not supported",
            Self::UNSPECIFIC => "no precise diagnosis",
            _ if self.retries_left().is_some() => {
                "wrong PIN or code; the last digit counts the tries left"
            }
            _ if self.sw1() == 0x61 => "more bytes are waiting",
            _ if self.sw1() == 0x6C => "wrong expected length; the second byte is the right one",
            _ => "unlisted status word",
        }
    }
}

fn full_if_zero(byte: u8) -> usize {
    if byte == 0 { 256 } else { byte.into() }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_lengths() {
        assert_eq!(StatusWord::new(0x63C2).retries_left(), Some(2));
        assert_eq!(StatusWord::new(0x63C0).retries_left(), Some(0));
        assert_eq!(StatusWord::new(0x6300).retries_left(), None);
        assert_eq!(StatusWord::new(0x6100).bytes_available(), Some(256));
        assert_eq!(StatusWord::new(0x6C36).right_ne(), Some(0x36));
        assert_eq!(StatusWord::OK.right_ne(), None);
        assert!(StatusWord::new(0x6984).is_blocked());
        assert!(StatusWord::new(0x6983).is_blocked());
    }
}
