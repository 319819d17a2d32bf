//! Messages of the bulk and interrupt pipes, from the reader's side (CCID 1.1 §6).

/// Bytes of a header.
pub(super) const HEADER: usize = 10;

/// `bMessageType` of commands (§6.1).
pub(super) mod command {
    pub(crate) const SET_PARAMETERS: u8 = 0x61;
    pub(crate) const ICC_POWER_ON: u8 = 0x62;
    pub(crate) const ICC_POWER_OFF: u8 = 0x63;
    pub(crate) const GET_SLOT_STATUS: u8 = 0x65;
    pub(crate) const SECURE: u8 = 0x69;
    pub(crate) const ESCAPE: u8 = 0x6B;
    pub(crate) const GET_PARAMETERS: u8 = 0x6C;
    pub(crate) const RESET_PARAMETERS: u8 = 0x6D;
    pub(crate) const ICC_CLOCK: u8 = 0x6E;
    pub(crate) const XFR_BLOCK: u8 = 0x6F;
    pub(crate) const ABORT: u8 = 0x72;
    pub(crate) const SET_DATA_RATE: u8 = 0x73;
}

/// `bMessageType` of answers (§6.2, §6.3).
pub(super) mod answer {
    pub(crate) const NOTIFY_SLOT_CHANGE: u8 = 0x50;
    pub(crate) const DATA_BLOCK: u8 = 0x80;
    pub(crate) const SLOT_STATUS: u8 = 0x81;
    pub(crate) const PARAMETERS: u8 = 0x82;
    pub(crate) const ESCAPE: u8 = 0x83;
    pub(crate) const DATA_RATE: u8 = 0x84;
}

/// `bError` of a command that failed (table 6.2-2).
pub(super) mod error {
    pub(crate) const ABORTED: u8 = 0xFF;
    pub(crate) const MUTE: u8 = 0xFE;
    pub(crate) const PARITY: u8 = 0xFD;
    pub(crate) const PIN_TIMEOUT: u8 = 0xF0;
    pub(crate) const PIN_CANCELLED: u8 = 0xEF;
    pub(crate) const SLOT_BUSY: u8 = 0xE0;
    pub(crate) const UNSUPPORTED: u8 = 0;
    /// The offset of `bSlot`.
    pub(crate) const NO_SUCH_SLOT: u8 = 5;
    /// The offset of `dwLength`.
    pub(crate) const LENGTH: u8 = 1;
}

/// A command to the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) kind: u8,
    pub(super) slot: u8,
    pub(super) sequence: u8,
    /// The three bytes between `bSeq` and the data.
    pub(super) specific: [u8; 3],
    pub(super) data: Vec<u8>,
}

impl Command {
    /// Takes one whole command off the front of `bytes`, or nothing if it is not there yet.
    pub(super) fn take(bytes: &mut Vec<u8>) -> Option<Self> {
        let &[kind, l0, l1, l2, l3, slot, sequence, a, b, c] = bytes.first_chunk::<HEADER>()?;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let end = HEADER.checked_add(length)?;
        let data = bytes.get(HEADER..end)?.to_vec();
        bytes.drain(..end);
        Some(Self {
            kind,
            slot,
            sequence,
            specific: [a, b, c],
            data,
        })
    }

    /// What kind of answer a command gets.
    pub(super) fn answered_by(&self) -> u8 {
        match self.kind {
            command::ICC_POWER_ON | command::XFR_BLOCK | command::SECURE => answer::DATA_BLOCK,
            command::GET_PARAMETERS | command::RESET_PARAMETERS | command::SET_PARAMETERS => {
                answer::PARAMETERS
            }
            command::ESCAPE => answer::ESCAPE,
            command::SET_DATA_RATE => answer::DATA_RATE,
            _ => answer::SLOT_STATUS,
        }
    }
}

/// State of a card (`bmICCStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icc {
    Active = 0,
    Inactive = 1,
    Absent = 2,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Data, and the byte before it.
    Done { last: u8, data: Vec<u8> },
    /// `bError`.
    Failed(u8),
}

impl Outcome {
    pub(super) fn data(data: Vec<u8>) -> Self {
        Self::Done { last: 0, data }
    }
}

/// An answer to `command`.
pub(super) fn reply(command: &Command, icc: Icc, outcome: &Outcome) -> Vec<u8> {
    let (failed, error, last, data) = match outcome {
        Outcome::Done { last, data } => (0, 0, *last, &data[..]),
        Outcome::Failed(error) => (0x40, *error, 0, &[][..]),
    };
    let mut message = vec![command.answered_by()];
    message.extend((data.len() as u32).to_le_bytes());
    message.extend([
        command.slot,
        command.sequence,
        icc as u8 | failed,
        error,
        last,
    ]);
    message.extend_from_slice(data);
    message
}

/// Asks for more time for `command`: `bmCommandStatus` 2, once the card's waiting time.
pub(super) fn more_time(command: &Command, icc: Icc) -> Vec<u8> {
    vec![
        command.answered_by(),
        0,
        0,
        0,
        0,
        command.slot,
        command.sequence,
        icc as u8 | 0x80,
        1,
        0,
    ]
}

/// Tells of slots on the interrupt pipe: two bits each, present and changed.
pub(super) fn slot_change(slots: impl Iterator<Item = (bool, bool)>) -> Vec<u8> {
    let mut message = vec![answer::NOTIFY_SLOT_CHANGE];
    for (index, (present, changed)) in slots.enumerate() {
        if index % 4 == 0 {
            message.push(0);
        }
        let bits = u8::from(present) | u8::from(changed) << 1;
        if let Some(last) = message.last_mut() {
            *last |= bits << (2 * (index % 4));
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_taken_when_they_are_whole() {
        let mut bytes = vec![0x6F, 2, 0, 0, 0, 1, 7, 0, 0x10, 0, 0xAA];
        assert_eq!(Command::take(&mut bytes), None);
        bytes.extend([0xBB, 0x65]);
        let command = Command::take(&mut bytes).expect("whole");
        assert_eq!((command.kind, command.slot, command.sequence), (0x6F, 1, 7));
        assert_eq!(command.specific, [0, 0x10, 0]);
        assert_eq!(command.data, [0xAA, 0xBB]);
        assert_eq!(bytes, [0x65], "the next one begins");
    }

    #[test]
    fn the_bytes_of_answers() {
        let command = Command {
            kind: command::XFR_BLOCK,
            slot: 0,
            sequence: 9,
            specific: [0; 3],
            data: vec![],
        };
        let done = Outcome::data(vec![0x90, 0]);
        assert_eq!(
            reply(&command, Icc::Active, &done),
            [0x80, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0x90, 0]
        );
        assert_eq!(
            reply(&command, Icc::Absent, &Outcome::Failed(error::MUTE)),
            [0x80, 0, 0, 0, 0, 0, 9, 0x42, 0xFE, 0]
        );
        assert_eq!(more_time(&command, Icc::Active)[7..9], [0x80, 1]);
        assert_eq!(slot_change([(true, true)].into_iter()), [0x50, 3]);
        assert_eq!(
            slot_change([(false, true), (true, false)].into_iter()),
            [0x50, 0b0110]
        );
    }
}
