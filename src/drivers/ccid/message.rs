//! Messages of the bulk and interrupt pipes (CCID 1.1 §6), read totally: whatever a reader sends,
//! there is an answer or an error.

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};

/// Bytes of a header.
pub const HEADER: usize = 10;

/// Commands to a reader (§6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SetParameters = 0x61,
    IccPowerOn = 0x62,
    IccPowerOff = 0x63,
    GetSlotStatus = 0x65,
    Secure = 0x69,
    Escape = 0x6B,
    XfrBlock = 0x6F,
    Abort = 0x72,
}

impl Kind {
    /// `bMessageType` of the answer (§6.2).
    fn answered_by(self) -> u8 {
        match self {
            Self::IccPowerOn | Self::XfrBlock | Self::Secure => 0x80,
            Self::IccPowerOff | Self::GetSlotStatus | Self::Abort => 0x81,
            Self::SetParameters => 0x82,
            Self::Escape => 0x83,
        }
    }
}

/// A command for one slot.
#[derive(Clone, Copy)]
pub(super) struct Command<'a> {
    pub(super) kind: Kind,
    pub(super) slot: u8,
    /// The three bytes before the data.
    pub(super) specific: [u8; 3],
    pub(super) data: &'a [u8],
}

impl<'a> Command<'a> {
    pub(super) fn new(kind: Kind, slot: u8) -> Self {
        Self {
            kind,
            slot,
            specific: [0; 3],
            data: &[],
        }
    }

    /// With data behind the header.
    pub(super) fn with(self, data: &'a [u8]) -> Self {
        Self { data, ..self }
    }

    /// Its bytes; wiped, for they may hold a PIN.
    pub(super) fn encode(&self, sequence: u8) -> Zeroizing<Vec<u8>> {
        let mut message = Zeroizing::new(Vec::with_capacity(HEADER + self.data.len()));
        message.push(self.kind as u8);
        message.extend((self.data.len() as u32).to_le_bytes());
        message.extend([self.slot, sequence]);
        message.extend(self.specific);
        message.extend_from_slice(self.data);
        message
    }
}

/// Whether a slot has a card (`bmICCStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IccStatus {
    /// A card with power.
    Active,
    /// A card without power.
    Inactive,
    /// No card.
    Absent,
}

/// What became of a command (`bmCommandStatus` and `bError`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandStatus {
    /// Done.
    Done,
    /// Failed: `bError`, a code of table 6.2-2 or the offset of the field that is wrong.
    Failed(u8),
    /// The reader needs more time: the answer comes later.
    MoreTime,
}

/// `bError` (table 6.2-2).
pub(super) mod error {
    pub(crate) const ABORTED: u8 = 0xFF;
    pub(crate) const MUTE: u8 = 0xFE;
    pub(crate) const PARITY: u8 = 0xFD;
    pub(crate) const OVERRUN: u8 = 0xFC;
    pub(crate) const HARDWARE: u8 = 0xFB;
    pub(crate) const PROTOCOL: u8 = 0xF6;
    pub(crate) const PIN_TIMEOUT: u8 = 0xF0;
    pub(crate) const PIN_CANCELLED: u8 = 0xEF;
    pub(crate) const SLOT_BUSY: u8 = 0xE0;
    pub(crate) const UNSUPPORTED: u8 = 0x00;
}

/// An answer of a reader (§6.2).
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// `bMessageType`.
    pub kind: u8,
    /// `bSlot`.
    pub slot: u8,
    /// `bSeq`.
    pub sequence: u8,
    /// Whether there is a card.
    pub icc: IccStatus,
    /// What became of the command.
    pub status: CommandStatus,
    /// The byte before the data: of a data block how it goes on (`bChainParameter`).
    pub last: u8,
    data: Zeroizing<Vec<u8>>,
}

/// Why bytes are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Fewer bytes than a header.
    #[error("an answer of {0} bytes has no whole header")]
    Short(usize),
    /// `dwLength` does not agree with what came.
    #[error("an answer states {stated} bytes and has {there}")]
    Length {
        /// What `dwLength` says.
        stated: u32,
        /// What came.
        there: usize,
    },
    /// A value that the standard reserves in `bStatus`.
    #[error("an answer has the reserved status {0:02X}")]
    Status(u8),
}

/// How many bytes the answer has that begins so, header included; `None` while there is no whole
/// header.
#[must_use]
pub fn stated_length(bytes: &[u8]) -> Option<u64> {
    let &[_, l0, l1, l2, l3, ..] = bytes.first_chunk::<HEADER>()?;
    Some(HEADER as u64 + u64::from(u32::from_le_bytes([l0, l1, l2, l3])))
}

impl Answer {
    /// Reads one whole answer.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MessageError> {
        let Some((&[kind, l0, l1, l2, l3, slot, sequence, status, error, last], data)) =
            bytes.split_first_chunk::<HEADER>()
        else {
            return Err(MessageError::Short(bytes.len()));
        };
        let stated = u32::from_le_bytes([l0, l1, l2, l3]);
        if stated as usize != data.len() {
            return Err(MessageError::Length {
                stated,
                there: data.len(),
            });
        }
        let icc = match status & 0x03 {
            0 => IccStatus::Active,
            1 => IccStatus::Inactive,
            2 => IccStatus::Absent,
            _ => return Err(MessageError::Status(status)),
        };
        let status = match status >> 6 {
            0 => CommandStatus::Done,
            1 => CommandStatus::Failed(error),
            2 => CommandStatus::MoreTime,
            _ => return Err(MessageError::Status(status)),
        };
        Ok(Self {
            kind,
            slot,
            sequence,
            icc,
            status,
            last,
            data: Zeroizing::new(data.to_vec()),
        })
    }

    /// Whether it answers this command.
    pub(super) fn answers(&self, command: &Command<'_>, sequence: u8) -> bool {
        self.sequence == sequence && self.slot == command.slot
    }

    /// Whether it is of the type that answers this command.
    pub(super) fn fits(&self, command: &Command<'_>) -> bool {
        self.kind == command.kind.answered_by()
    }

    /// What came behind the header; may hold what the card said.
    pub(super) fn into_data(self) -> Zeroizing<Vec<u8>> {
        self.data
    }
}

/// `RDR_to_PC_NotifySlotChange` (§6.3.1): of each slot whether it has a card and whether that
/// changed. `None` when the message is another one, for example of a hardware error.
#[must_use]
pub fn slot_changes(message: &[u8], slots: u8) -> Option<Vec<(bool, bool)>> {
    let [0x50, bits @ ..] = message else {
        return None;
    };
    // What a short message leaves out did not change.
    let slot = |index: usize| {
        let bits = bits.get(index / 4).copied().unwrap_or(0) >> (2 * (index % 4));
        (bits & 1 != 0, bits & 2 != 0)
    };
    Some((0..usize::from(slots)).map(slot).collect())
}

/// What a failed command means to whoever asked for it.
pub(super) fn failure(icc: IccStatus, code: u8) -> Error {
    let (kind, what) = match code {
        _ if icc == IccStatus::Absent => (ErrorKind::NoCard, "there is no card in the reader"),
        error::MUTE => (ErrorKind::Protocol, "the card does not answer"),
        error::PARITY | error::OVERRUN => (
            ErrorKind::Protocol,
            "the reader could not read the card's answer",
        ),
        error::HARDWARE => (ErrorKind::Protocol, "the reader reports a hardware error"),
        error::PROTOCOL => (
            ErrorKind::Protocol,
            "the reader cannot speak the card's protocol",
        ),
        error::SLOT_BUSY => (
            ErrorKind::Busy,
            "the reader is still busy with the last command",
        ),
        error::ABORTED => (ErrorKind::Cancelled, "the command was aborted"),
        error::UNSUPPORTED => (
            ErrorKind::Unsupported,
            "the reader does not know this command",
        ),
        _ => (ErrorKind::Protocol, "the reader refused the command"),
    };
    Error::new(kind, what).with_source(Refusal(code))
}

/// `bError` as a cause.
#[derive(Debug, thiserror::Error)]
#[error("the reader's error code is {0:02X}")]
struct Refusal(u8);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_bytes_of_a_command() {
        let command = Command {
            specific: [0, 0x10, 0],
            ..Command::new(Kind::XfrBlock, 1)
        };
        assert_eq!(
            **command.with(&[0xAA, 0xBB]).encode(7),
            [0x6F, 2, 0, 0, 0, 1, 7, 0, 0x10, 0, 0xAA, 0xBB]
        );
    }

    #[test]
    fn the_fields_of_an_answer() {
        let answer = Answer::parse(&[0x80, 2, 0, 0, 0, 1, 7, 0x41, 0xFE, 3, 0x90, 0]);
        let answer = answer.expect("whole");
        assert_eq!((answer.slot, answer.sequence, answer.last), (1, 7, 3));
        assert_eq!(answer.icc, IccStatus::Inactive);
        assert_eq!(answer.status, CommandStatus::Failed(0xFE));
        let command = Command::new(Kind::XfrBlock, 1);
        assert!(answer.answers(&command, 7) && answer.fits(&command));
        assert!(!answer.answers(&command, 8));
        assert!(!answer.fits(&Command::new(Kind::GetSlotStatus, 1)));
        assert_eq!(**answer.into_data(), [0x90, 0]);
    }

    #[test]
    fn what_is_no_answer_says_why() {
        let parse = |bytes: &[u8]| Answer::parse(bytes).expect_err("no answer");
        assert_eq!(parse(&[0x80; 9]), MessageError::Short(9));
        assert_eq!(
            parse(&[0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            MessageError::Length {
                stated: 5,
                there: 1
            }
        );
        assert_eq!(
            parse(&[0x80, 0, 0, 0, 0, 0, 0, 0x03, 0, 0]),
            MessageError::Status(3)
        );
        assert_eq!(
            stated_length(&[0x80, 255, 255, 255, 255, 0, 0, 0, 0, 0]),
            Some(0x1_0000_0009)
        );
    }

    #[test]
    fn slots_are_two_bits_each() {
        assert_eq!(slot_changes(&[0x50, 3], 1), Some(vec![(true, true)]));
        let five = slot_changes(&[0x50, 0b1000_0010, 0b01], 5).expect("a notification");
        assert_eq!(five[0], (false, true));
        assert_eq!(five[3], (false, true));
        assert_eq!(five[4], (true, false));
        assert_eq!(slot_changes(&[0x50], 1), Some(vec![(false, false)]));
        assert_eq!(slot_changes(&[0x51, 0, 0, 0], 1), None);
        assert_eq!(slot_changes(&[], 1), None);
    }

    #[test]
    fn no_bytes_bring_a_parser_down() {
        let mut random = Random(50);
        for _ in 0..20_000 {
            let length = random.below(24);
            let bytes: Vec<u8> = (0..length).map(|_| (random.next() % 20) as u8).collect();
            let _ = Answer::parse(&bytes);
            let _ = stated_length(&bytes);
            let _ = slot_changes(&bytes, u8::MAX);
        }
    }
}
