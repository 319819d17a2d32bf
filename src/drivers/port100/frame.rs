//! The frames of the chip, as nfcpy and the Linux kernel's `port100` use them:
//!
//! ```text
//! 00 00 FF  FF FF  length (2, little-endian)  its check  D6 command data …  their check  00
//! 00 00 FF  00 FF 00                                               acknowledgement
//! ```

use zeroize::Zeroizing;

/// Begins every frame.
const START: [u8; 3] = [0x00, 0x00, 0xFF];
/// Goes before the length.
const EXTENDED: [u8; 2] = [0xFF, 0xFF];
/// The acknowledgement. To the chip it means: leave what you are doing.
pub(super) const ACK: [u8; 6] = [0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00];
/// What the chip says of a frame that it did not understand.
const ERROR: [u8; 5] = [0x00, 0x00, 0xFF, 0xFF, 0xFF];

/// Bytes before the body of a frame, and behind it.
const HEAD: usize = 8;
const TAIL: usize = 2;

/// The first byte of a body, to the chip and from it. An answer's code is the command's and one.
const TO_CHIP: u8 = 0xD6;
const FROM_CHIP: u8 = 0xD7;

/// The longest frame: nfcpy gives 290 bytes of data in the air as the chip's limit; this is twice
/// that, and a whole number of packets.
pub(super) const LONGEST: usize = 640;

/// What the chip sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame<'a> {
    /// It has a command.
    Acknowledgement,
    /// It did not understand a command.
    Refusal,
    /// The answer to a command.
    Answer {
        /// The command's code.
        command: u8,
        /// What it says.
        data: &'a [u8],
    },
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// It does not begin as frames do.
    #[error("no frame begins so")]
    Start,
    /// More or fewer bytes than it states.
    #[error("a frame of {0} bytes states another length")]
    Length(usize),
    /// A check byte is wrong.
    #[error("a check byte of a frame is wrong")]
    Check,
    /// It is no answer.
    #[error("a frame that is no answer")]
    Direction,
}

impl<'a> Frame<'a> {
    /// Reads a whole frame.
    ///
    /// # Errors
    /// [`FrameError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        if bytes == ACK {
            return Ok(Self::Acknowledgement);
        }
        if bytes == ERROR {
            return Ok(Self::Refusal);
        }
        let rest = bytes.strip_prefix(&START).ok_or(FrameError::Start)?;
        let rest = rest.strip_prefix(&EXTENDED).ok_or(FrameError::Start)?;
        let [low, high, check, body @ .., body_check, 0] = rest else {
            return Err(FrameError::Length(bytes.len()));
        };
        if low.wrapping_add(*high).wrapping_add(*check) != 0 {
            return Err(FrameError::Check);
        }
        if usize::from(u16::from_le_bytes([*low, *high])) != body.len() {
            return Err(FrameError::Length(bytes.len()));
        }
        if sum(body).wrapping_add(*body_check) != 0 {
            return Err(FrameError::Check);
        }
        match body {
            [FROM_CHIP, code, data @ ..] if code & 1 == 1 => Ok(Self::Answer {
                command: code - 1,
                data,
            }),
            _ => Err(FrameError::Direction),
        }
    }

    /// How long the frame is that begins so, in bytes; `None` while that is not known.
    #[must_use]
    pub fn stated_length(bytes: &[u8]) -> Option<usize> {
        match bytes {
            [_, _, _, 0xFF, 0xFF, low, high, ..] => {
                Some(HEAD + usize::from(u16::from_le_bytes([*low, *high])) + TAIL)
            }
            [_, _, _, 0xFF, 0xFF] | [_, _, _, 0xFF, 0xFF, _] => None,
            [_, _, _, _, _, _, ..] => Some(ACK.len()),
            _ => None,
        }
    }
}

/// A command's frame; wiped, for it may hold a PIN.
pub(super) fn command(code: u8, data: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = data.len() + 2;
    let [low, high] = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
    let mut frame = Zeroizing::new(Vec::with_capacity(HEAD + length + TAIL));
    frame.extend(START);
    frame.extend(EXTENDED);
    frame.extend([low, high, low.wrapping_add(high).wrapping_neg()]);
    frame.extend([TO_CHIP, code]);
    frame.extend_from_slice(data);
    let check = sum(&frame[HEAD..]).wrapping_neg();
    frame.extend([check, 0]);
    frame
}

fn sum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_written_as_nfcpy_writes_them() {
        let frame = command(0x2A, &[0x01]);
        assert_eq!(
            **frame,
            [
                0, 0, 0xFF, 0xFF, 0xFF, 3, 0, 0xFD, 0xD6, 0x2A, 0x01, 0xFF, 0
            ]
        );
    }

    fn answer(code: u8, data: &[u8]) -> Vec<u8> {
        let mut frame = command(code, data).to_vec();
        frame[8] = FROM_CHIP;
        let last = frame.len() - 2;
        frame[last] = frame[last].wrapping_sub(1);
        frame
    }

    #[test]
    fn answers_are_read() {
        let frame = answer(0x2B, &[0]);
        let read = Frame::parse(&frame).expect("whole");
        assert_eq!(
            read,
            Frame::Answer {
                command: 0x2A,
                data: &[0]
            }
        );
        assert_eq!(Frame::parse(&ACK), Ok(Frame::Acknowledgement));
        assert_eq!(Frame::parse(&ERROR), Ok(Frame::Refusal));
        assert_eq!(Frame::stated_length(&frame), Some(frame.len()));
        assert_eq!(Frame::stated_length(&ACK), Some(6));
        assert_eq!(Frame::stated_length(&ERROR), None);
    }

    #[test]
    fn damage_is_an_error() {
        let whole = answer(0x05, &[0, 0, 0, 0, 8, 0x90, 0x00]);
        for end in 0..whole.len() {
            assert!(
                !matches!(Frame::parse(&whole[..end]), Ok(Frame::Answer { .. })),
                "{end}"
            );
        }
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 0x40;
            assert!(Frame::parse(&other).is_err(), "{at}");
        }
        let echo = command(0x04, &[]);
        assert_eq!(Frame::parse(&echo), Err(FrameError::Direction));
    }
}
