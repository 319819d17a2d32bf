//! The half-duplex block protocol of contactless cards (ISO/IEC 14443-4 §7), on the side of the
//! reader. It knows no reader: frames go through a [`Radio`].
//!
//! A block that was lost or arrived broken is asked for again, and sent again where the card says
//! that it never came (§7.5.5, rules 4 to 6). That repeats a *block*, never a command: blocks are
//! numbered, and a card that has carried a command out answers the same number with the same
//! answer. A command whose dialogue broke off is never sent as a new one.

mod block;
#[cfg(test)]
mod tests;

use std::time::Duration;

use zeroize::Zeroizing;

pub use block::{Block, BlockError, BlockKind};

use self::block::{AROUND, acknowledge, deselect, grant, information, not_acknowledge};
use crate::error::{Error, ErrorKind, Result};

type Bytes = Zeroizing<Vec<u8>>;

/// How often a block is asked for again, or sent again, before the dialogue is given up. The
/// standard leaves the number open.
const REPEATS: u32 = 2;

/// How much time a card may ask for in one dialogue, and how often. A My Number Card needs a second
/// for a signature.
const MORE_TIME: Duration = Duration::from_secs(60);
const MORE_TIMES: u32 = 1000;

/// The longest frame waiting time, FWI 14 (§7.2); a longer one is never granted (§7.3).
const LONGEST_WAIT: Duration = Duration::from_millis(4_949);

/// How long a card may take to say that it is there. It has nothing to compute for that: an
/// assumption, for the standard gives it the whole frame waiting time, up to five seconds.
const PRESENCE: Duration = Duration::from_millis(150);

/// How long S(DESELECT) is waited for (§8.1: 65536/fc, about 4.8 ms).
const DESELECT: Duration = Duration::from_millis(5);

/// The longest answer (ISO/IEC 7816-4 §5.1) in bytes.
const LONGEST_ANSWER: usize = 65_538;

/// What was heard after a frame.
#[derive(Debug)]
pub enum Heard {
    /// A whole frame, without its check bytes.
    Frame(Zeroizing<Vec<u8>>),
    /// Something that was no whole frame: noise, a collision, wrong check bytes.
    Broken,
    /// Nothing in the time that there was.
    Nothing,
}

/// Carries one frame to the card, with check bytes, and brings the one that it says.
pub trait Radio {
    /// Sends `frame` and listens for `wait`.
    ///
    /// # Errors
    /// The reader's own: `Disconnected`, `Protocol`. What goes wrong in the air is [`Heard`].
    fn exchange(&mut self, frame: &[u8], wait: Duration) -> Result<Heard>;
}

/// The dialogue with one card since it was activated.
#[derive(Debug)]
pub struct Link {
    /// Number of our next block (§7.5.3, rules A and B).
    number: u8,
    /// The longest frame that the card takes, check bytes included.
    fsc: usize,
    /// The frame waiting time.
    fwt: Duration,
}

/// What is left of a dialogue's bounds.
struct Bounds {
    /// Of one block of the card.
    faults: u32,
    /// How often ours is sent again.
    again: u32,
    times: u32,
    time: Duration,
}

impl Link {
    /// The dialogue with a card that takes frames of `fsc` bytes and answers within `fwt`.
    #[must_use]
    pub fn new(fsc: usize, fwt: Duration) -> Self {
        Self {
            number: 0,
            fsc: fsc.max(AROUND + 1),
            fwt: fwt.min(LONGEST_WAIT),
        }
    }

    /// One command out, its answer back.
    ///
    /// # Errors
    /// `Protocol`: the card says nothing, something else, or asks for time without end. The dialogue
    /// is over then. `InvalidInput`: an empty command. And those of the `radio`.
    pub fn transmit(
        &mut self,
        command: &[u8],
        radio: &mut dyn Radio,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let mut parts = command.chunks(self.fsc - AROUND).peekable();
        while let Some(part) = parts.next() {
            let more = parts.peek().is_some();
            let sent = information(self.number, more, part);
            let asks = not_acknowledge(self.number);
            let said = self.carry(&sent, &asks, radio)?;
            match Block::parse(&said).map_err(unreadable)?.kind {
                BlockKind::Acknowledge { number } if more && number == self.number => {
                    self.number ^= 1;
                }
                BlockKind::Information { number, .. } if !more && number == self.number => {
                    return self.answer(said, radio);
                }
                _ => return Err(out_of_step()),
            }
        }
        Err(Error::invalid_input("a command without bytes"))
    }

    /// Gathers the parts of an answer, of which `said` is the first.
    fn answer(&mut self, mut said: Bytes, radio: &mut dyn Radio) -> Result<Bytes> {
        let mut answer = Bytes::default();
        loop {
            let block = Block::parse(&said).map_err(unreadable)?;
            let more = match block.kind {
                BlockKind::Information { number, more } if number == self.number => more,
                _ => return Err(out_of_step()),
            };
            self.number ^= 1;
            append(&mut answer, block.information);
            if !more {
                return Ok(answer);
            }
            // One that sends nothing would go on for ever.
            if block.information.is_empty() || answer.len() > LONGEST_ANSWER {
                return Err(Error::protocol("an answer in more parts than any has"));
            }
            let next = acknowledge(self.number);
            // While the card sends parts a lost one is asked for by R(ACK) (§7.5.5, rule 5).
            said = self.carry(&next, &next, radio)?;
        }
    }

    /// Whether the card is still there (§7.5.6: R(NAK) with our next number, which it answers with
    /// R(ACK)). Nothing of the dialogue changes.
    ///
    /// # Errors
    /// Those of the `radio`.
    pub fn is_there(&mut self, radio: &mut dyn Radio) -> Result<bool> {
        let asks = not_acknowledge(self.number);
        for _ in 0..=REPEATS {
            if let Heard::Frame(said) = radio.exchange(&asks, self.fwt.min(PRESENCE))?
                && Block::parse(&said).is_ok()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends the dialogue: the card halts (§8). One that does not answer is left alone.
    ///
    /// # Errors
    /// Those of the `radio`.
    pub fn deselect(self, radio: &mut dyn Radio) -> Result<()> {
        radio.exchange(&deselect(), DESELECT).map(drop)
    }

    /// Sends a block until there is an answer to it. `asks` is what asks again for a block of the
    /// card that did not arrive whole.
    fn carry(&self, sent: &Bytes, asks: &Bytes, radio: &mut dyn Radio) -> Result<Bytes> {
        let mut bounds = Bounds {
            faults: REPEATS,
            again: REPEATS,
            times: MORE_TIMES,
            time: MORE_TIME,
        };
        let (mut next, mut wait) = (sent.clone(), self.fwt);
        loop {
            let heard = radio.exchange(&next, wait)?;
            wait = self.fwt;
            let Heard::Frame(said) = heard else {
                bounds.fault(matches!(heard, Heard::Nothing))?;
                next.clone_from(asks);
                continue;
            };
            match Block::parse(&said).map(|block| block.kind) {
                Ok(BlockKind::WaitingTime(wtxm)) => {
                    wait = (self.fwt * u32::from(wtxm)).min(LONGEST_WAIT);
                    bounds.more_time(wait)?;
                    next = grant(wtxm);
                }
                // It never came: the same block, with the same number (§7.5.5, rule 6).
                Ok(BlockKind::Acknowledge { number }) if number != self.number => {
                    bounds.again()?;
                    next.clone_from(sent);
                }
                Ok(_) => return Ok(said),
                Err(BlockError::WaitingTime(_)) => return Err(no_time()),
                Err(_) => {
                    bounds.fault(false)?;
                    next.clone_from(asks);
                }
            }
        }
    }
}

impl Bounds {
    /// Something did not arrive.
    fn fault(&mut self, silent: bool) -> Result<()> {
        self.faults = self.faults.checked_sub(1).ok_or_else(|| {
            Error::protocol(if silent {
                "the card does not answer any more"
            } else {
                "the card's blocks cannot be read"
            })
        })?;
        Ok(())
    }

    /// Our block never came.
    fn again(&mut self) -> Result<()> {
        let again = self.again.checked_sub(1);
        self.again = again.ok_or_else(|| Error::protocol("the card does not get a block"))?;
        Ok(())
    }

    /// The card asks for time, which is a block that arrived.
    fn more_time(&mut self, time: Duration) -> Result<()> {
        self.faults = REPEATS;
        self.times = self.times.checked_sub(1).ok_or_else(no_time)?;
        self.time = self.time.checked_sub(time).ok_or_else(no_time)?;
        Ok(())
    }
}

/// Appends without leaving an unwiped copy where the buffer has to grow.
fn append(answer: &mut Bytes, part: &[u8]) {
    if answer.capacity() - answer.len() < part.len() {
        let room = (answer.len() + part.len()).max(2 * answer.capacity());
        let mut longer = Zeroizing::new(Vec::with_capacity(room));
        longer.extend_from_slice(answer);
        *answer = longer;
    }
    answer.extend_from_slice(part);
}

fn unreadable(error: BlockError) -> Error {
    Error::protocol("the card's block cannot be read").with_source(error)
}

fn out_of_step() -> Error {
    Error::protocol("the card's block is out of step")
}

fn no_time() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "the card asks for more time than any has",
    )
}
