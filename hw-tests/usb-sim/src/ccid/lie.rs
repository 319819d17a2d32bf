//! What a reader does that does not keep to the standard.

use std::time::Duration;

/// How a reader lies, from when it is told to until it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Its answers are to the command after the one that was sent.
    Sequence,
    /// Its answers are from another slot.
    Slot,
    /// Its answers are of a type that nobody asked for.
    Type,
    /// `dwLength` is this, whatever follows.
    Length(u32),
    /// Only this many bytes of an answer arrive.
    Cut(usize),
    /// It asks for more time, for ever.
    MoreTime,
    /// It says nothing.
    Silence,
}

impl Lie {
    /// What becomes of a true message.
    pub(super) fn spoil(self, message: &mut Vec<u8>) {
        match self {
            Self::Sequence => message[6] = message[6].wrapping_add(1),
            Self::Slot => message[5] = message[5].wrapping_add(1),
            Self::Type => message[0] = 0x50,
            Self::Length(length) => message[1..5].copy_from_slice(&length.to_le_bytes()),
            Self::Cut(length) => message.truncate(length),
            Self::MoreTime => {
                message.truncate(10);
                message[1..5].fill(0);
                message[7] = message[7] & 0x03 | 0x80;
                message[8] = 1;
            }
            Self::Silence => message.clear(),
        }
    }
}

/// How soon a reader asks for more time while a card works.
pub(super) const MORE_TIME: Duration = Duration::from_millis(400);
