//! The wire between reader and card (ISO/IEC 7816-3 §8 and §9): how fast each of them goes, and how
//! long the reader waits. What they do not agree on is noise to both.

use std::time::Duration;

use myna_hal::apdu::Atr;

/// Bits of `dwFeatures` (CCID 1.1 table 5.1-1).
mod feature {
    /// Reads parameters in the answer to reset.
    pub(super) const PARAMETERS: u32 = 0x02;
    /// Agrees with the card on its own.
    pub(super) const NEGOTIATES: u32 = 0x40;
    /// Asks the card for the speed that it is told. Whether such a reader does so untold, when it has also
    /// read the answer to reset, the standard leaves open: here it does not.
    pub(super) const PPS: u32 = 0x80;
}

/// Fi and Di that every card begins with (§8.3).
pub(super) const FIRST: u8 = 0x11;

/// Offsets of fields that a reader refuses, as `bError`.
const PROTOCOL_AT: u8 = 7;
const SPEED_AT: u8 = 10;

/// What a byte takes: start, eight bits, parity, and two of guard time.
const BITS: u32 = 12;
/// The clock, MHz.
const CLOCK: u32 = 4;
/// Clocks of a bit that the model of a card's time reckons with already
/// ([`Latency::Contact`](myna_hal::sim::card::Latency::Contact)).
const RECKONED: u32 = 93;

/// One card in one reader, since its reset.
#[derive(Default)]
pub(super) struct Wire {
    /// T=1, or T=0 where the card offers no other.
    protocol: u8,
    /// What the card can, and wants: TA1, TC1, BWI and CWI.
    highest: u8,
    guard: u8,
    waiting: u8,
    /// How it goes.
    speed: u8,
    /// Nothing was said yet, so that it can be asked for another speed.
    fresh: bool,
    /// What the reader goes by (CCID 1.1 §6.1.7).
    parameters: Vec<u8>,
}

/// What a card makes of bytes.
pub(super) enum Heard {
    /// A block.
    Block,
    /// A request for another speed, which it answers so.
    Request(Vec<u8>),
    Noise,
}

impl Wire {
    pub(super) fn after_reset(atr: &[u8], features: u32) -> Self {
        let atr = Atr::parse(atr).ok();
        let groups: Vec<_> = atr.iter().flat_map(Atr::interface_bytes).collect();
        let first = groups.first().copied().unwrap_or_default();
        let of_t1 = || groups.iter().skip(2).filter(|it| it.protocol == Some(1));
        let protocol = u8::from(atr.is_some_and(|atr| atr.offers(1)));
        let mut wire = Self {
            protocol,
            highest: first.ta.unwrap_or(FIRST),
            guard: first.tc.unwrap_or(0),
            waiting: of_t1().find_map(|it| it.tb).unwrap_or(0x4D),
            speed: FIRST,
            fresh: true,
            parameters: match protocol {
                0 => vec![FIRST, 0, 0, 10, 0],
                _ => vec![FIRST, 0x10, 0, 0x4D, 0, 32, 0],
            },
        };
        if features & (feature::PARAMETERS | feature::NEGOTIATES) != 0 {
            wire.parameters[2] = wire.guard;
            if protocol == 1 {
                wire.parameters[3] = wire.waiting;
                wire.parameters[5] = of_t1().find_map(|it| it.ta).unwrap_or(32);
            }
        }
        if features & feature::NEGOTIATES != 0 {
            wire.speed = wire.highest;
            wire.parameters[0] = wire.highest;
        }
        wire
    }

    /// T=1 or T=0.
    pub(super) fn protocol(&self) -> u8 {
        self.protocol
    }

    /// What the reader goes by.
    pub(super) fn parameters(&self) -> &[u8] {
        &self.parameters
    }

    /// Fi and Di at which both go, if they do.
    pub(super) fn speed(&self) -> Option<u8> {
        (self.parameters.first() == Some(&self.speed)).then_some(self.speed)
    }

    /// The reader is told what to go by.
    pub(super) fn tell(&mut self, protocol: u8, data: &[u8], features: u32) -> Result<(), u8> {
        if protocol != self.protocol || data.len() != self.parameters.len() {
            return Err(PROTOCOL_AT);
        }
        if features & feature::PPS != 0 && self.fresh && data[0] != self.speed {
            if !self.can(data[0]) {
                return Err(SPEED_AT);
            }
            self.speed = data[0];
        }
        self.parameters = data.to_vec();
        Ok(())
    }

    /// Same F, and no higher D.
    fn can(&self, speed: u8) -> bool {
        let higher = clocks(speed) < clocks(self.highest);
        speed == FIRST || (speed >> 4 == self.highest >> 4 && !higher)
    }

    /// Bytes from the reader.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Heard {
        // The reader must not stop waiting between two bytes before the card has to send the second,
        // nor send faster than the card takes them. FF is the shortest guard time.
        let [_, _, guard, waiting, ..] = self.parameters[..] else {
            return Heard::Noise;
        };
        let waits = self.protocol == 0 || waiting & 0x0F >= self.waiting & 0x0F;
        let guards = guard.wrapping_add(1) >= self.guard.wrapping_add(1);
        if self.speed().is_none() || !waits || !guards {
            return Heard::Noise;
        }
        let fresh = std::mem::take(&mut self.fresh);
        if !fresh || bytes.first() != Some(&0xFF) {
            return Heard::Block;
        }
        let whole = bytes.iter().fold(0, |sum, byte| sum ^ byte) == 0;
        match bytes {
            [_, how, ..] if how & 0x0F != self.protocol || !whole => Heard::Noise,
            [_, how, speed, _] if how & 0x10 != 0 && self.can(*speed) => {
                self.speed = *speed;
                Heard::Request(bytes.to_vec())
            }
            // The protocol, and otherwise as before.
            [_, how, ..] => {
                let how = how & 0x0F;
                Heard::Request(vec![0xFF, how, 0xFF ^ how])
            }
            _ => Heard::Noise,
        }
    }

    /// How much longer so many bytes take than a card's model of time says.
    pub(super) fn delay(&self, bytes: usize) -> Duration {
        let more = clocks(self.speed).saturating_sub(RECKONED);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Duration::from_micros(u64::from(more * BITS / CLOCK)) * bytes
    }
}

/// Clocks of a bit (§8.3, tables 7 and 8); as at first where a value is reserved.
fn clocks(speed: u8) -> u32 {
    let f = match speed >> 4 {
        0 | 1 => 372,
        2 => 558,
        3 => 744,
        4 => 1116,
        5 => 1488,
        6 => 1860,
        9 => 512,
        10 => 768,
        11 => 1024,
        12 => 1536,
        13 => 2048,
        _ => return 372,
    };
    match speed & 0x0F {
        d @ 1..=7 => f >> (d - 1),
        8 => f / 12,
        9 => f / 20,
        _ => 372,
    }
}

#[cfg(test)]
mod tests {
    use super::super::CONTACT_ATR;
    use super::*;

    const REQUEST: [u8; 4] = [0xFF, 0x11, 0x13, 0xFD];
    const BLOCK: [u8; 4] = [0, 0xC1, 0, 0xC1];

    fn tell(wire: &mut Wire, speed: u8, features: u32) -> Result<(), u8> {
        wire.tell(1, &[speed, 0x10, 0xFF, 0x46, 0, 0xFB, 0], features)
    }

    fn is_noise(wire: &mut Wire) -> bool {
        matches!(wire.hear(&BLOCK), Heard::Noise)
    }

    #[test]
    fn a_plain_reader_passes_the_request_on() {
        let mut wire = Wire::after_reset(&CONTACT_ATR, 0);
        let short = [FIRST, 0x10, 0xFF, 0x45, 0, 0xFB, 0];
        wire.tell(1, &short, 0).expect("told");
        assert!(is_noise(&mut wire), "it does not wait for this card");
        tell(&mut wire, FIRST, 0).expect("told");
        assert!(matches!(wire.hear(&REQUEST), Heard::Request(said) if said == REQUEST));
        assert_eq!(
            wire.speed(),
            None,
            "the card goes faster now, and the reader does not"
        );
        assert!(is_noise(&mut wire));
        tell(&mut wire, 0x13, 0).expect("told");
        assert_eq!(wire.speed(), Some(0x13));
        assert!(!is_noise(&mut wire));
        assert!(wire.delay(1000) < Duration::from_millis(1));
    }

    #[test]
    fn a_card_that_was_talked_to_keeps_its_speed() {
        let mut wire = Wire::after_reset(&CONTACT_ATR, feature::PARAMETERS);
        assert!(!is_noise(&mut wire), "slow, but it goes");
        assert_eq!(wire.delay(1000), Duration::from_micros(837_000));
        assert!(matches!(wire.hear(&REQUEST), Heard::Block));
        tell(&mut wire, 0x13, feature::PPS).expect("told");
        assert!(is_noise(&mut wire));
    }

    #[test]
    fn readers_that_do_it_themselves() {
        let mut own = Wire::after_reset(&CONTACT_ATR, feature::NEGOTIATES);
        assert_eq!(own.speed(), Some(0x13));
        assert!(!is_noise(&mut own));
        let mut told = Wire::after_reset(&CONTACT_ATR, feature::PPS | feature::PARAMETERS);
        assert_eq!(told.speed(), Some(FIRST));
        assert_eq!(tell(&mut told, 0x14, feature::PPS), Err(SPEED_AT));
        tell(&mut told, 0x13, feature::PPS).expect("told");
        assert_eq!(told.speed(), Some(0x13));
        assert_eq!(
            told.tell(0, &[0x11, 0, 0, 10, 0], feature::PPS),
            Err(PROTOCOL_AT)
        );
    }

    #[test]
    fn a_card_takes_no_more_than_it_can() {
        let fast = [0xFF, 0x11, 0x14, 0xFA];
        let mut wire = Wire::after_reset(&CONTACT_ATR, feature::PARAMETERS);
        assert!(matches!(wire.hear(&fast), Heard::Request(said) if said == [0xFF, 0x01, 0xFE]));
        assert_eq!(wire.speed(), Some(FIRST));
        let mut wire = Wire::after_reset(&CONTACT_ATR, feature::PARAMETERS);
        assert!(matches!(wire.hear(&[0xFF, 0x11, 0x13, 0]), Heard::Noise));
    }
}
