//! What a reader or a card does that does not keep to the rules.

/// How it lies, from when it is told to until it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The check byte of the reader's answers is wrong.
    Check,
    /// The stated length of its answers is wrong.
    Length,
    /// Only this many bytes of its answers arrive.
    Cut(usize),
    /// Its answers are to another command.
    OtherCommand,
    /// It acknowledges, and says nothing more.
    Silence,
    /// It does not even acknowledge.
    Deaf,
    /// Its answers have this status and no frame: bits of `InCommRF`.
    Status(u32),
    /// The card asks for more time, for ever.
    MoreTime,
    /// The numbers of the card's blocks are wrong.
    BlockNumber,
    /// The card's blocks are of no kind that there is.
    NoBlock,
    /// The card's answers go on for ever.
    EndlessAnswer,
}

impl Lie {
    /// What becomes of an answer of the reader.
    pub(super) fn spoil(self, frame: &mut Vec<u8>) {
        match self {
            Self::Check => {
                if let Some(check) = frame.iter_mut().rev().nth(1) {
                    *check ^= 0x10;
                }
            }
            Self::Length => {
                frame[5] = frame[5].wrapping_sub(1);
                frame[7] = frame[7].wrapping_add(1);
            }
            Self::Cut(length) => frame.truncate(length),
            Self::OtherCommand => {
                frame[9] = frame[9].wrapping_add(2);
                let check = frame.len() - 2;
                frame[check] = frame[check].wrapping_sub(2);
            }
            Self::Silence | Self::Deaf => frame.clear(),
            _ => {}
        }
    }

    /// What becomes of a block of the card.
    pub(super) fn spoil_block(self, block: &mut [u8]) {
        match self {
            Self::BlockNumber => block[0] ^= 1,
            Self::NoBlock => block[0] = 0xE5,
            _ => {}
        }
    }

    /// What the card says to a block of the reader, whatever it would have said.
    pub(super) fn instead(self, to_card: &[u8]) -> Option<Vec<u8>> {
        match (self, to_card) {
            (Self::MoreTime, [0x02 | 0x03 | 0xF2 | 0xB2 | 0xB3, ..]) => Some(vec![0xF2, 1]),
            (Self::EndlessAnswer, [pcb @ (0x02 | 0x03 | 0xA2 | 0xA3), ..]) => {
                let mut part = vec![0x55; 250];
                part[0] = 0x12 | pcb & 1;
                Some(part)
            }
            _ => None,
        }
    }
}
