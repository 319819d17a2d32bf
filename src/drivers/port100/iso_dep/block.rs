//! The blocks of ISO/IEC 14443-4 §7.1, without CID and NAD, which this driver gives to no card, and
//! without the check bytes, which the reader's chip makes and checks.

use zeroize::Zeroizing;

/// Bytes of a frame around the information field: PCB, and the two check bytes that the chip adds.
pub(super) const AROUND: usize = 3;

/// Most of a multiplier of the waiting time (§7.3).
const MOST_WTXM: u8 = 59;
/// The bits of S(WTX) that hold it; the others say how strong the field is at the card.
const WTXM: u8 = 0x3F;

/// `PCB` (§7.1.2).
mod pcb {
    pub(super) const I: u8 = 0x02;
    pub(super) const R_ACK: u8 = 0xA2;
    pub(super) const R_NAK: u8 = 0xB2;
    pub(super) const DESELECT: u8 = 0xC2;
    pub(super) const WTX: u8 = 0xF2;
    pub(super) const NUMBER: u8 = 0x01;
    pub(super) const MORE: u8 = 0x10;
}

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockKind {
    /// An I-block: carries information.
    Information {
        /// Block number, 0 or 1.
        number: u8,
        /// Whether more is to come.
        more: bool,
    },
    /// R(ACK): all is well so far.
    Acknowledge {
        /// Block number, 0 or 1.
        number: u8,
    },
    /// R(NAK): something did not arrive whole.
    NotAcknowledge {
        /// Block number, 0 or 1.
        number: u8,
    },
    /// S(WTX): the card needs so many times its frame waiting time, 1 to 59.
    WaitingTime(u8),
    /// S(DESELECT): the end of the dialogue.
    Deselect,
}

/// Why bytes are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// There are none.
    #[error("a block without bytes")]
    Empty,
    /// PCB is reserved, or says that a CID or a NAD follows.
    #[error("a block whose PCB is {0:02X}")]
    Pcb(u8),
    /// More or fewer bytes than this kind of block has.
    #[error("a block of {0} bytes")]
    Length(usize),
    /// S(WTX) asks for what it may not.
    #[error("a waiting time multiplied by {0}")]
    WaitingTime(u8),
}

/// A block, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// What it is for.
    pub kind: BlockKind,
    /// What it carries; nothing but in an I-block.
    pub information: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads a block.
    ///
    /// # Errors
    /// [`BlockError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BlockError> {
        let (&pcb, rest) = bytes.split_first().ok_or(BlockError::Empty)?;
        let number = pcb & pcb::NUMBER;
        let kind = match pcb & !pcb::NUMBER {
            it if it & !pcb::MORE == pcb::I => BlockKind::Information {
                number,
                more: pcb & pcb::MORE != 0,
            },
            pcb::R_ACK => BlockKind::Acknowledge { number },
            pcb::R_NAK => BlockKind::NotAcknowledge { number },
            pcb::WTX if number == 0 => return waiting_time(rest, bytes.len()),
            pcb::DESELECT if number == 0 => BlockKind::Deselect,
            _ => return Err(BlockError::Pcb(pcb)),
        };
        let carries = matches!(kind, BlockKind::Information { .. });
        if !carries && !rest.is_empty() {
            return Err(BlockError::Length(bytes.len()));
        }
        Ok(Self {
            kind,
            information: rest,
        })
    }
}

fn waiting_time(rest: &[u8], length: usize) -> Result<Block<'_>, BlockError> {
    let [asked] = rest else {
        return Err(BlockError::Length(length));
    };
    match asked & WTXM {
        wtxm @ 1..=MOST_WTXM => Ok(Block {
            kind: BlockKind::WaitingTime(wtxm),
            information: &[],
        }),
        wtxm => Err(BlockError::WaitingTime(wtxm)),
    }
}

/// An I-block; wiped, for it may hold a PIN.
pub(super) fn information(number: u8, more: bool, part: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut block = Zeroizing::new(Vec::with_capacity(part.len() + 1));
    block.push(pcb::I | number | if more { pcb::MORE } else { 0 });
    block.extend_from_slice(part);
    block
}

/// R(ACK).
pub(super) fn acknowledge(number: u8) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![pcb::R_ACK | number])
}

/// R(NAK).
pub(super) fn not_acknowledge(number: u8) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![pcb::R_NAK | number])
}

/// The answer to S(WTX): time is granted as it was asked for.
pub(super) fn grant(wtxm: u8) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![pcb::WTX, wtxm])
}

/// S(DESELECT).
pub(super) fn deselect() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![pcb::DESELECT])
}
