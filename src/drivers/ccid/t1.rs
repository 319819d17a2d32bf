//! T=1, the block protocol of cards with contacts (ISO/IEC 7816-3 §11), for readers that pass blocks
//! on as they are.
//!
//! A block that arrived broken is asked for again, which is safe: blocks are numbered, and a card
//! carries none out twice. A card that says nothing is not asked again: only a reset tells what it
//! did.

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Bytes around the information field: NAD, PCB, LEN, and the check byte.
const FRAME: usize = 4;
/// The longest information field (§11.3.2.3).
pub(super) const LONGEST: usize = 254;

/// How often a broken block is asked for again (§11.6.3.2 allows three transmissions).
const REPEATS: u8 = 2;
/// How often a card may ask for more time in a row: at the longest usual waiting time (BWI 4,
/// 1.6 s) over a minute.
const WAITS: u8 = 40;
/// More parts than the longest answer has.
const PARTS: usize = 65_538 / 16;

/// `PCB` (§11.3.2.2).
mod pcb {
    pub(super) const NOT_I: u8 = 0x80;
    pub(super) const S: u8 = 0xC0;
    pub(super) const MORE: u8 = 0x20;
    pub(super) const RESPONSE: u8 = 0x20;
    pub(super) const IFS: u8 = 0xC1;
    pub(super) const ABORT: u8 = 0xC2;
    pub(super) const WTX: u8 = 0xC3;
    pub(super) const R: u8 = 0x80;
    pub(super) const R_EDC: u8 = 0x81;
}

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockKind {
    /// Carries information: N(S), and whether more is to come.
    Information {
        /// Sequence number, 0 or 1.
        number: u8,
        /// M.
        more: bool,
    },
    /// Acknowledges, or asks again: N(R), and whether something was wrong.
    Ready {
        /// Number of the information block that is expected, 0 or 1.
        number: u8,
        /// Whether the last block arrived broken or was out of place.
        error: bool,
    },
    /// A request about the link itself.
    Request(u8),
    /// An answer to one.
    Response(u8),
}

/// Why bytes are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The length does not agree with LEN, or LEN is reserved.
    #[error("a block of {0} bytes")]
    Length(usize),
    /// The check byte is wrong.
    #[error("the check byte of a block is wrong")]
    Check,
}

/// A block, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    pcb: u8,
    /// Its information field.
    pub information: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads a block with an LRC.
    ///
    /// # Errors
    /// [`BlockError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BlockError> {
        let [_, pcb, length, information @ .., _] = bytes else {
            return Err(BlockError::Length(bytes.len()));
        };
        if usize::from(*length) != information.len() || information.len() > LONGEST {
            return Err(BlockError::Length(bytes.len()));
        }
        if check_byte(bytes) != 0 {
            return Err(BlockError::Check);
        }
        Ok(Self {
            pcb: *pcb,
            information,
        })
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> BlockKind {
        match self.pcb {
            pcb if pcb & pcb::NOT_I == 0 => BlockKind::Information {
                number: pcb >> 6 & 1,
                more: pcb & pcb::MORE != 0,
            },
            pcb if pcb & pcb::S == pcb::R => BlockKind::Ready {
                number: pcb >> 4 & 1,
                error: pcb & 0x0F != 0,
            },
            pcb if pcb & pcb::RESPONSE != 0 => BlockKind::Response(pcb & !pcb::RESPONSE),
            pcb => BlockKind::Request(pcb),
        }
    }
}

fn check_byte(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The bytes of a block; wiped, for they may hold a PIN.
fn block(pcb: u8, information: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut block = Zeroizing::new(Vec::with_capacity(information.len() + FRAME));
    block.extend([0, pcb, information.len() as u8]);
    block.extend_from_slice(information);
    let check = check_byte(&block);
    block.push(check);
    block
}

/// Carries one block to the card, which may take so many of its waiting times (0: one, as always), and
/// brings the one that it says; nothing when that arrived broken.
pub(super) type Carry<'a> = dyn FnMut(&[u8], u8) -> Result<Zeroizing<Vec<u8>>> + 'a;

/// The link to one card since its reset.
#[derive(Debug)]
pub(super) struct Link {
    /// N(S) of our next information block.
    sends: u8,
    /// N(S) of the card's next one.
    expects: u8,
    /// How long the card's blocks may be at most; ours are.
    ifsc: usize,
}

impl Link {
    /// The link to a card that takes so many bytes in a block.
    pub(super) fn new(ifsc: u8) -> Self {
        Self {
            sends: 0,
            expects: 0,
            ifsc: usize::from(ifsc),
        }
    }

    /// Keeps blocks within the reader's messages.
    pub(super) fn limit(&mut self, bytes: usize) {
        self.ifsc = self.ifsc.min(bytes.saturating_sub(FRAME)).max(1);
    }

    /// Tells the card how long its blocks may be.
    pub(super) fn tell_ifsd(&mut self, ifsd: u8, carry: &mut Carry<'_>) -> Result<()> {
        let request = block(pcb::IFS, &[ifsd]);
        let said = self.carry(&request, carry)?;
        match Block::parse(&said) {
            Ok(block)
                if block.kind() == BlockKind::Response(pcb::IFS) && block.information == [ifsd] =>
            {
                Ok(())
            }
            _ => Err(Error::protocol(
                "the card does not take the length of its blocks",
            )),
        }
    }

    /// One command out, its answer back.
    pub(super) fn transmit(
        &mut self,
        command: &[u8],
        carry: &mut Carry<'_>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let mut parts = command.chunks(self.ifsc).peekable();
        let mut said = Zeroizing::new(Vec::new());
        while let Some(part) = parts.next() {
            let more = parts.peek().is_some();
            let number = self.sends;
            self.sends ^= 1;
            let sent = block(number << 6 | if more { pcb::MORE } else { 0 }, part);
            said = self.carry(&sent, carry)?;
            if more && ready(&said) != Some(self.sends) {
                return Err(Error::protocol(
                    "the card does not take the rest of a command",
                ));
            }
        }
        self.answer(said, carry)
    }

    /// Gathers the parts of an answer, of which `said` is the first.
    fn answer(
        &mut self,
        mut said: Zeroizing<Vec<u8>>,
        carry: &mut Carry<'_>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let mut answer = Zeroizing::new(Vec::new());
        for _ in 0..PARTS {
            let more = self.take(&said, &mut answer)?;
            if !more {
                return Ok(answer);
            }
            let next = block(pcb::R | self.expects << 4, &[]);
            said = self.carry(&next, carry)?;
        }
        Err(Error::protocol("an answer in more parts than any has"))
    }

    /// Takes one part of an answer; whether there is more.
    fn take(&mut self, said: &[u8], answer: &mut Vec<u8>) -> Result<bool> {
        let block = Block::parse(said).map_err(broken)?;
        match block.kind() {
            BlockKind::Information { number, more } if number == self.expects => {
                self.expects ^= 1;
                answer.extend_from_slice(block.information);
                Ok(more)
            }
            _ => Err(Error::protocol("the card's block is out of step")),
        }
    }

    /// The first bytes of an information block that the reader makes itself, with a PIN in it
    /// (`bTeoPrologue`). The block counts as sent.
    pub(super) fn prologue(&mut self) -> [u8; 3] {
        let number = self.sends;
        self.sends ^= 1;
        [0, number << 6, 0]
    }

    /// The reader sent no block after all.
    pub(super) fn take_back(&mut self) {
        self.sends ^= 1;
    }

    /// The card's answer to the block that the reader made.
    pub(super) fn answer_to_secure(
        &mut self,
        said: Zeroizing<Vec<u8>>,
        carry: &mut Carry<'_>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let said = self.grant_time(said, carry)?;
        self.answer(said, carry)
    }

    /// Carries a block, again where it or the answer arrived broken; grants time.
    fn carry(&mut self, sent: &[u8], carry: &mut Carry<'_>) -> Result<Zeroizing<Vec<u8>>> {
        let mut said = carry(sent, 0)?;
        for _ in 0..REPEATS {
            match Block::parse(&said) {
                // Ours arrived broken: the same block, with the same number.
                Ok(block) if wants_again(&block, sent) => said = carry(sent, 0)?,
                Ok(_) => break,
                // The card's did: it says it again, and carries nothing out.
                Err(_) => said = carry(&block(pcb::R_EDC | self.expects << 4, &[]), 0)?,
            }
        }
        self.grant_time(said, carry)
    }

    /// Grants what time a card asks for, and answers what else it asks about the link.
    fn grant_time(
        &mut self,
        mut said: Zeroizing<Vec<u8>>,
        carry: &mut Carry<'_>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        for _ in 0..WAITS {
            let asked = match Block::parse(&said) {
                Ok(block) => block,
                Err(_) => return Ok(said),
            };
            let BlockKind::Request(request) = asked.kind() else {
                return Ok(said);
            };
            let mut waits = 0;
            let answer = match (request, asked.information) {
                (pcb::WTX, information) => {
                    waits = information.first().copied().unwrap_or(0);
                    block(pcb::WTX | pcb::RESPONSE, information)
                }
                (pcb::IFS, &[size]) if (1..=LONGEST as u8).contains(&size) => {
                    self.ifsc = self.ifsc.min(usize::from(size));
                    block(pcb::IFS | pcb::RESPONSE, &[size])
                }
                (pcb::ABORT, _) => {
                    return Err(Error::protocol("the card aborts the exchange"));
                }
                _ => return Err(Error::protocol("the card asks what it may not")),
            };
            said = carry(&answer, waits)?;
        }
        Err(Error::protocol("the card asks for more time without end"))
    }
}

fn broken(error: BlockError) -> Error {
    Error::protocol("the card's block cannot be read").with_source(error)
}

/// Whether the card did not get the information block that was sent.
fn wants_again(said: &Block<'_>, sent: &[u8]) -> bool {
    let Ok(sent) = Block::parse(sent) else {
        return false;
    };
    match (said.kind(), sent.kind()) {
        (BlockKind::Ready { number: wanted, .. }, BlockKind::Information { number: sent, .. }) => {
            wanted == sent
        }
        (BlockKind::Ready { error, .. }, BlockKind::Request(_)) => error,
        _ => false,
    }
}

/// The number of a block that says that all is well.
fn ready(said: &[u8]) -> Option<u8> {
    match Block::parse(said).ok()?.kind() {
        BlockKind::Ready {
            number,
            error: false,
        } => Some(number),
        _ => None,
    }
}
