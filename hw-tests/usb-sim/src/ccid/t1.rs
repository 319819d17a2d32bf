//! The card's end of T=1 (ISO/IEC 7816-3 §11), for readers that pass blocks on as they are.

use myna_hal::sim::card::Answer;

/// Bytes of a block without information: NAD, PCB, LEN, LRC.
const FRAME: usize = 4;
/// The longest information field.
const LONGEST: usize = 254;
/// IFSD until the reader says otherwise (§11.4.2).
const FIRST_IFSD: usize = 32;
/// How much of a command the card takes in one block: as in the answer to reset of
/// [`CONTACT_ATR`](super::CONTACT_ATR).
const IFSC: usize = 251;
/// How many of its waiting times the card asks for, and takes.
const LONGER: u8 = 3;

mod pcb {
    pub(super) const MORE: u8 = 0x20;
    pub(super) const RESYNCH_REQUEST: u8 = 0xC0;
    pub(super) const RESYNCH_RESPONSE: u8 = 0xE0;
    pub(super) const IFS_REQUEST: u8 = 0xC1;
    pub(super) const IFS_RESPONSE: u8 = 0xE1;
    pub(super) const ABORT_REQUEST: u8 = 0xC2;
    pub(super) const ABORT_RESPONSE: u8 = 0xE2;
    pub(super) const WTX_REQUEST: u8 = 0xC3;
    pub(super) const WTX_RESPONSE: u8 = 0xE3;
    pub(super) const R: u8 = 0x80;
    pub(super) const R_EDC: u8 = 0x81;
    pub(super) const R_OTHER: u8 = 0x82;
}

/// State of the link.
#[derive(Default)]
pub(super) struct CardT1 {
    /// Sequence number of the next I-block from here, 0 or 1.
    sends: u8,
    /// And of the one that is expected.
    expects: u8,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    ifsd: Option<usize>,
    /// What was said last, to be said again.
    last: Vec<u8>,
    /// The command waits until the reader granted more time so many times.
    waits: u8,
}

/// What the card says to a block.
pub(super) enum Said {
    Block(Vec<u8>),
    /// No block: what the chip did instead of answering.
    Nothing(Answer),
}

/// A block with its LRC.
pub(super) fn block(pcb: u8, information: &[u8]) -> Vec<u8> {
    let mut block = vec![0, pcb, information.len() as u8];
    block.extend_from_slice(information);
    block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
    block
}

impl CardT1 {
    /// The next command is only carried out after so many grants of more time.
    pub(super) fn ask_for_time(&mut self, times: u8) {
        self.waits = times;
    }

    /// Forgets everything, as a reset does.
    pub(super) fn reset(&mut self) {
        let waits = self.waits;
        *self = Self {
            waits,
            ..Self::default()
        };
    }

    /// One block from the reader, which waits so many waiting times (0: one); `run` has the chip carry a
    /// command out.
    pub(super) fn receive(
        &mut self,
        received: &[u8],
        waits: u8,
        run: &mut dyn FnMut(&[u8]) -> Answer,
    ) -> Said {
        let broken = received.iter().fold(0, |sum, byte| sum ^ byte) != 0;
        let whole = received.len() >= FRAME
            && usize::from(received[2]) == received.len() - FRAME
            && received.len() <= LONGEST + FRAME;
        if broken || !whole {
            let kind = if broken { pcb::R_EDC } else { pcb::R_OTHER };
            return self.say(block(kind | self.expects << 4, &[]));
        }
        let (kind, information) = (received[1], &received[3..received.len() - 1]);
        match kind {
            kind if kind & 0x80 == 0 => self.command(kind, information, run),
            kind if kind & 0xC0 == pcb::R => self.repeat_or_go_on(kind),
            pcb::RESYNCH_REQUEST => {
                self.reset();
                self.say(block(pcb::RESYNCH_RESPONSE, &[]))
            }
            pcb::IFS_REQUEST => {
                self.ifsd = information.first().map(|ifsd| usize::from(*ifsd));
                self.say(block(pcb::IFS_RESPONSE, information))
            }
            pcb::ABORT_REQUEST => {
                self.incoming.clear();
                self.outgoing.clear();
                self.say(block(pcb::ABORT_RESPONSE, &[]))
            }
            // The reader waits no longer than it was told.
            pcb::WTX_RESPONSE if waits < LONGER => Said::Nothing(Answer::Mute),
            pcb::WTX_RESPONSE => {
                self.waits = self.waits.saturating_sub(1);
                self.carry_out(run)
            }
            _ => self.say(block(pcb::R_OTHER | self.expects << 4, &[])),
        }
    }

    fn say(&mut self, block: Vec<u8>) -> Said {
        self.last = block.clone();
        Said::Block(block)
    }

    fn command(
        &mut self,
        kind: u8,
        information: &[u8],
        run: &mut dyn FnMut(&[u8]) -> Answer,
    ) -> Said {
        if kind >> 6 & 1 != self.expects || information.len() > IFSC {
            return self.say(block(pcb::R_OTHER | self.expects << 4, &[]));
        }
        self.expects ^= 1;
        self.outgoing.clear();
        self.incoming.extend_from_slice(information);
        if kind & pcb::MORE != 0 {
            return self.say(block(pcb::R | self.expects << 4, &[]));
        }
        self.carry_out(run)
    }

    fn carry_out(&mut self, run: &mut dyn FnMut(&[u8]) -> Answer) -> Said {
        if self.waits > 0 {
            return self.say(block(pcb::WTX_REQUEST, &[LONGER]));
        }
        let command = std::mem::take(&mut self.incoming);
        match run(&command) {
            Answer::Response(answer) => {
                self.outgoing = answer;
                self.next_part()
            }
            other => Said::Nothing(other),
        }
    }

    /// An R-block: the reader asks for the next part, or for what it did not understand.
    fn repeat_or_go_on(&mut self, kind: u8) -> Said {
        let acknowledges = kind >> 4 & 1 == self.sends && kind & 0x0F == 0;
        if acknowledges && !self.outgoing.is_empty() {
            return self.next_part();
        }
        if self.last.is_empty() {
            return self.say(block(pcb::R | self.expects << 4, &[]));
        }
        Said::Block(self.last.clone())
    }

    fn next_part(&mut self) -> Said {
        let most = self.ifsd.unwrap_or(FIRST_IFSD).clamp(1, LONGEST);
        let part: Vec<u8> = self
            .outgoing
            .drain(..self.outgoing.len().min(most))
            .collect();
        let more = if self.outgoing.is_empty() {
            0
        } else {
            pcb::MORE
        };
        let said = block(self.sends << 6 | more, &part);
        self.sends ^= 1;
        self.say(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says back what it hears.
    fn echo(command: &[u8]) -> Answer {
        Answer::Response(command.to_vec())
    }

    fn said(link: &mut CardT1, kind: u8, information: &[u8]) -> Vec<u8> {
        match link.receive(&block(kind, information), 0, &mut echo) {
            Said::Block(block) => block,
            Said::Nothing(answer) => unreachable!("{answer:?}"),
        }
    }

    #[test]
    fn long_answers_come_in_parts() {
        let mut link = CardT1::default();
        assert_eq!(said(&mut link, 0xC1, &[16]), block(0xE1, &[16]));
        let command: Vec<u8> = (0..40).collect();
        assert_eq!(said(&mut link, 0x00, &command), block(0x20, &command[..16]));
        assert_eq!(said(&mut link, 0x90, &[]), block(0x60, &command[16..32]));
        assert_eq!(said(&mut link, 0x80, &[]), block(0x00, &command[32..]));
    }

    #[test]
    fn long_commands_come_in_parts() {
        let mut link = CardT1::default();
        assert_eq!(said(&mut link, 0x20, &[1, 2]), block(0x90, &[]));
        assert_eq!(said(&mut link, 0x40, &[3]), block(0x00, &[1, 2, 3]));
    }

    #[test]
    fn what_arrives_broken_is_asked_for_again() {
        let mut link = CardT1::default();
        let mut broken = block(0, &[1, 2]);
        broken[3] ^= 1;
        let answer = link.receive(&broken, 0, &mut echo);
        assert!(matches!(answer, Said::Block(said) if said == block(0x81, &[])));
        assert_eq!(said(&mut link, 0x40, &[9]), block(0x82, &[]), "out of step");
        assert_eq!(said(&mut link, 0x00, &[1, 2]), block(0x00, &[1, 2]));
        // The reader did not understand: the same block once more, and the chip is not asked.
        let mut silent = |_: &[u8]| Answer::Mute;
        let again = link.receive(&block(0x81, &[]), 0, &mut silent);
        assert!(matches!(again, Said::Block(said) if said == block(0x00, &[1, 2])));
    }

    #[test]
    fn more_time_is_asked_for_before_the_command_is_carried_out() {
        let mut link = CardT1::default();
        link.ask_for_time(2);
        let granted =
            |link: &mut CardT1, waits| match link.receive(&block(0xE3, &[3]), waits, &mut echo) {
                Said::Block(block) => Some(block),
                Said::Nothing(_) => None,
            };
        assert_eq!(said(&mut link, 0x00, &[7]), block(0xC3, &[3]));
        assert_eq!(granted(&mut link, 0), None, "the reader did not wait");
        assert_eq!(granted(&mut link, 3), Some(block(0xC3, &[3])));
        assert_eq!(granted(&mut link, 3), Some(block(0x00, &[7])));
    }

    #[test]
    fn nothing_that_arrives_brings_it_down() {
        let mut link = CardT1::default();
        for length in 0..8 {
            for byte in 0..=u8::MAX {
                let _ = link.receive(&vec![byte; length], 0, &mut echo);
            }
        }
        assert_eq!(said(&mut link, 0xC0, &[]), block(0xE0, &[]));
        assert_eq!(said(&mut link, 0x00, &[5]), block(0x00, &[5]));
    }
}
