//! What a Sony RC-S380 sends, and the blocks of a contactless card before it.

use std::time::Duration;

use myna_hal::Result;
use myna_hal::drivers::port100::iso_dep::{Block, Heard, Link, Radio};
use myna_hal::drivers::port100::{Atqb, Frame};
use zeroize::Zeroizing;

use super::{Taken, Target};

/// Every target by the name of its program and of its folder of seeds.
pub(crate) const ALL: [(&str, Target); 2] = [("iso_dep", iso_dep), ("port100", port100)];

/// A command in two parts of frames of 16 bytes.
const COMMAND: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];
const FSC: usize = 16;
const ROOM: usize = FSC - 3;

/// A card that says what it was given.
struct Card<'a> {
    frames: &'a [u8],
    sent: Vec<u8>,
}

impl Radio for Card<'_> {
    fn exchange(&mut self, frame: &[u8], _: Duration) -> Result<Heard> {
        assert!(frame.len() <= FSC - 2, "longer than the card takes");
        // An I-block is the next part of the command, or the same again.
        if let [pcb @ (0x02 | 0x03 | 0x12 | 0x13), part @ ..] = frame {
            let number = usize::from(pcb & 1);
            assert_eq!(
                part,
                &COMMAND[number * ROOM..COMMAND.len().min((number + 1) * ROOM)]
            );
            assert!(self.sent.len() < 2 * 4, "sent without end");
            self.sent.push(*pcb);
        }
        let Some((&length, rest)) = self.frames.split_first() else {
            return Ok(Heard::Nothing);
        };
        if length == u8::MAX {
            self.frames = rest;
            return Ok(Heard::Broken);
        }
        let (said, rest) = rest.split_at(rest.len().min(length.into()));
        self.frames = rest;
        Ok(Heard::Frame(Zeroizing::new(said.to_vec())))
    }
}

/// The frames of a card, each behind its length in a byte, of which FF is noise.
pub(crate) fn iso_dep(data: &[u8]) -> Taken {
    if let Ok(block) = Block::parse(data) {
        assert!(block.information.len() < data.len());
    }
    let mut card = Card {
        frames: data,
        sent: Vec::new(),
    };
    let mut link = Link::new(FSC, Duration::from_millis(77));
    let answer = link.transmit(&COMMAND, &mut card);
    if let Ok(answer) = &answer {
        assert!(answer.len() < data.len());
    }
    answer.is_ok()
}

/// A frame of the reader; the same bytes as a card's answer to a poll.
pub(crate) fn port100(data: &[u8]) -> Taken {
    if let Ok(atqb) = Atqb::parse(data) {
        assert!((16..=256).contains(&atqb.fsc()));
        assert!(atqb.fwt() < Duration::from_secs(5));
        let _ = (atqb.has_blocks(), atqb.atr(data[0]));
    }
    match Frame::parse(data) {
        Ok(Frame::Answer { data: said, .. }) => {
            assert_eq!(Frame::stated_length(data), Some(data.len()));
            assert_eq!(said.len() + 12, data.len());
            true
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
