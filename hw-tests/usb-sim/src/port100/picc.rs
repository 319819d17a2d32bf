//! A card of Type B on the air: ISO/IEC 14443-3 §7 and ISO/IEC 14443-4 §7, on the side of the card.

use std::time::Duration;

use myna_hal::sim::VirtualCard;

/// What differs between chips of cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Code of the longest frame that it takes, 0 to 8; what its answer to reset says if `None`.
    pub fsci: Option<u8>,
    /// Exponent of its frame waiting time, 0 to 14; what its answer to reset says if `None`.
    pub fwi: Option<u8>,
    /// How many frame waiting times it asks for when it works longer than half of one.
    pub wtxm: u8,
    /// It answers polls and nothing else.
    pub mute: bool,
}

impl Chip {
    /// What the card's answer to reset says.
    pub const PLAIN: Self = Self {
        fsci: None,
        fwi: None,
        wtxm: 1,
        mute: false,
    };
}

/// What the card does about a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Frame(Vec<u8>),
    /// Nothing, as is right or because it hangs.
    Nothing,
    /// Noise.
    Noise,
    /// It has a command to work on.
    Works(Vec<u8>),
    /// It goes on with what it works on.
    GoesOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// No power.
    Off,
    /// Answers polls, and ATTRIB.
    Idle,
    /// Answers WUPB.
    Halted,
    /// In a dialogue.
    Active,
}

/// What keeps a card from answering until it loses its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Hangs,
    Noise,
}

pub(super) struct Picc {
    pub(super) card: Option<VirtualCard>,
    chip: Chip,
    activity: Activity,
    pupi: [u8; 4],
    /// The longest frame to the reader.
    fsd: usize,
    number: u8,
    chain_in: Vec<u8>,
    /// What is left of an answer.
    chain_out: Option<Vec<u8>>,
    /// For whoever did not hear it.
    last: Vec<u8>,
    works: bool,
    trouble: Option<Trouble>,
}

const SIZES: [usize; 9] = [16, 24, 32, 40, 48, 64, 96, 128, 256];

impl Picc {
    pub(super) fn new(card: Option<VirtualCard>, chip: Chip) -> Self {
        Self {
            card,
            chip,
            activity: Activity::Off,
            pupi: [0; 4],
            fsd: SIZES[8],
            number: 1,
            chain_in: Vec::new(),
            chain_out: None,
            last: Vec::new(),
            works: false,
            trouble: None,
        }
    }

    /// The field comes on. A PUPI is for this once.
    pub(super) fn power_on(&mut self, pupi: [u8; 4]) {
        if self.activity == Activity::Off {
            self.activity = Activity::Idle;
            self.pupi = pupi;
            if let Some(card) = &self.card {
                card.power_on();
            }
        }
    }

    /// The field goes off, or the card is taken away.
    pub(super) fn power_off(&mut self) {
        if let Some(card) = &self.card
            && self.activity != Activity::Off
        {
            card.power_off();
        }
        *self = Self::new(self.card.take(), self.chip);
    }

    /// Application data and protocol info, from the answer to reset that readers make of them.
    fn says(&self) -> [u8; 7] {
        let atr = self.card.as_ref().map(VirtualCard::atr).unwrap_or_default();
        let mut says = match &atr[..] {
            [0x3B, 0x88, 0x80, 0x01, a, b, c, d, e, f, g, ..] => [*a, *b, *c, *d, *e, *f, *g],
            _ => [0, 0, 0, 0, 0, 0x81, 0xA1],
        };
        if let Some(fsci) = self.chip.fsci {
            says[5] = fsci << 4 | says[5] & 0x0F;
        }
        if let Some(fwi) = self.chip.fwi {
            says[6] = fwi << 4 | says[6] & 0x0F;
        }
        says
    }

    pub(super) fn fwt(&self) -> Duration {
        Duration::from_nanos(302_065) * (1 << (self.says()[6] >> 4))
    }

    /// The longest frame that it takes, without check bytes.
    fn takes(&self) -> usize {
        SIZES[usize::from(self.says()[5] >> 4).min(8)] - 2
    }

    /// A frame of the reader, whose check bytes are right.
    pub(super) fn hear(&mut self, frame: &[u8]) -> Said {
        match self.activity {
            Activity::Off => Said::Nothing,
            Activity::Active => match self.trouble {
                Some(Trouble::Hangs) => Said::Nothing,
                Some(Trouble::Noise) => Said::Noise,
                None if frame.len() > self.takes() => Said::Nothing,
                None => self.hear_block(frame),
            },
            Activity::Idle | Activity::Halted => self.hear_poll(frame),
        }
    }

    fn hear_poll(&mut self, frame: &[u8]) -> Said {
        match *frame {
            // REQB or WUPB, for any application or this one's family, one slot.
            [0x05, 0x00, parameter] if parameter & 0x07 == 0 => {
                if parameter & 0x08 == 0 && self.activity == Activity::Halted {
                    return Said::Nothing;
                }
                self.activity = Activity::Idle;
                Said::Frame([&[0x50][..], &self.pupi, &self.says()].concat())
            }
            [0x50, a, b, c, d] if [a, b, c, d] == self.pupi => {
                self.activity = Activity::Halted;
                Said::Frame(vec![0])
            }
            [0x1D, a, b, c, d, 0x00, rates_and_fsdi, 0x01, 0x00]
                if [a, b, c, d] == self.pupi && rates_and_fsdi & 0xF0 == 0 && !self.chip.mute =>
            {
                self.fsd = SIZES[usize::from(rates_and_fsdi).min(8)];
                self.activity = Activity::Active;
                let atr = self.card.as_ref().map(VirtualCard::atr).unwrap_or_default();
                let mbli = atr.get(11).map_or(0, |byte| byte & 0xF0);
                Said::Frame(vec![mbli])
            }
            _ => Said::Nothing,
        }
    }

    fn hear_block(&mut self, frame: &[u8]) -> Said {
        let Some((&pcb, information)) = frame.split_first() else {
            return Said::Nothing;
        };
        match pcb {
            0x02 | 0x03 | 0x12 | 0x13 => {
                // Rule D.
                self.number ^= 1;
                self.chain_out = None;
                self.chain_in.extend_from_slice(information);
                if pcb & 0x10 != 0 {
                    return self.say(vec![0xA2 | self.number]);
                }
                self.works = true;
                Said::Works(std::mem::take(&mut self.chain_in))
            }
            0xA2 | 0xA3 | 0xB2 | 0xB3 => self.hear_r(pcb),
            0xC2 if information.is_empty() => {
                self.activity = Activity::Halted;
                Said::Frame(vec![0xC2])
            }
            0xF2 if self.works => match information {
                [granted] if *granted == self.chip.wtxm => Said::GoesOn,
                _ => Said::Nothing,
            },
            _ => Said::Nothing,
        }
    }

    fn hear_r(&mut self, pcb: u8) -> Said {
        let (negative, same) = (pcb & 0x10 != 0, pcb & 1 == self.number);
        match (negative, same) {
            // Rule 11: the last block again. One that works has none yet.
            (_, true) if self.works && self.last.first() != Some(&0xF2) => Said::GoesOn,
            (_, true) => Said::Frame(self.last.clone()),
            // Rule 12.
            (true, false) => Said::Frame(vec![0xA2 | self.number]),
            // Rules E and 13: the next part.
            (false, false) => match self.chain_out.take() {
                Some(rest) => {
                    self.number ^= 1;
                    self.part(rest)
                }
                None => Said::Nothing,
            },
        }
    }

    /// The card is done with a command.
    pub(super) fn done(&mut self, answer: Vec<u8>) -> Said {
        self.works = false;
        self.part(answer)
    }

    pub(super) fn fail(&mut self, trouble: Trouble) {
        self.works = false;
        self.trouble = Some(trouble);
    }

    pub(super) fn is_working(&self) -> bool {
        self.works
    }

    /// The card needs more time.
    pub(super) fn ask_for_time(&mut self) -> Said {
        self.say(vec![0xF2, self.chip.wtxm])
    }

    fn part(&mut self, mut answer: Vec<u8>) -> Said {
        let room = self.fsd - 3;
        let more = answer.len() > room;
        if more {
            self.chain_out = Some(answer.split_off(room));
        }
        let pcb = 0x02 | self.number | if more { 0x10 } else { 0 };
        self.say([&[pcb][..], &answer].concat())
    }

    fn say(&mut self, block: Vec<u8>) -> Said {
        self.last.clone_from(&block);
        Said::Frame(block)
    }
}
