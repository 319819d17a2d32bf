//! How fast a card with contacts is talked to, and how long it may take (ISO/IEC 7816-3 §8 and §9).
//!
//! A card says what it can in its answer to reset, and begins at the slowest speed. It is asked for a higher
//! one (PPS) by the reader or, where that does not, by its driver; what a driver then has to tell
//! readers, libccid tells them too.

use super::descriptor::ClassDescriptor;
use crate::apdu::Atr;
use crate::card::Protocol;
use crate::error::{Error, Result};

/// Fi and Di that every card begins with: 372 clocks for a bit.
pub(super) const SLOWEST: u8 = 0x11;

/// WI of a card that does not say (§10.2).
const WI: u8 = 10;
/// BWI and CWI of a card that does not say (§11.4.3).
const WAITING: u8 = 0x4D;
/// IFSC of a card that does not say (§11.4.2).
const IFSC: u8 = 32;

/// F by its index (table 7), clocks; zeros are reserved.
const F: [u32; 16] = [
    372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0,
];
/// D by its index (table 8).
const D: [u32; 16] = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];

/// The first byte of a request (§9.2), and the bit that says that a speed follows.
const PPS: u8 = 0xFF;
const WITH_SPEED: u8 = 0x10;

/// What a card says of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// T=1 wherever the card speaks it.
    pub(super) protocol: Protocol,
    /// TA1: the highest speed, as indices of F and D.
    highest: u8,
    /// TC1: the extra guard time; FF is the shortest.
    guard: u8,
    /// BWI and CWI, or WI of T=0.
    waiting: u8,
    /// T=1: how much of a command the card takes in one block, 1 to 254 bytes.
    pub(super) ifsc: u8,
    /// TA2 is there: the card is at its speed already, and cannot be asked for another.
    specific: bool,
    /// The protocol that it speaks unless it is asked for another.
    first: u8,
}

impl Line {
    /// Reads it from an answer to reset.
    ///
    /// # Errors
    /// `Unsupported`: the card speaks neither protocol, or not in a way that readers can be told.
    pub(super) fn of(atr: &Atr) -> Result<Self> {
        let mut groups = atr.interface_bytes();
        let first = groups.next().unwrap_or_default();
        let second = groups.next().unwrap_or_default();
        // Those before the third are for all protocols (§8.2.3).
        let of_t1: Vec<_> = groups.filter(|it| it.protocol == Some(1)).collect();
        let specific = second.ta;
        let speaks = |t: u8| atr.offers(t) && specific.is_none_or(|ta2| ta2 & 0x0F == t);
        let protocol = match (speaks(1), speaks(0)) {
            (true, _) => Protocol::T1,
            (false, true) => Protocol::T0,
            _ => return Err(Error::unsupported("a card with neither T=0 nor T=1")),
        };
        // Bit 5: the speed is not what TA1 says, but known to those who issued the card.
        if specific.is_some_and(|ta2| ta2 & 0x10 != 0) {
            return Err(Error::unsupported("a card that does not say its speed"));
        }
        // The first byte of each kind counts (§11.4).
        let crc = of_t1.iter().find_map(|it| it.tc).unwrap_or(0) & 1 != 0;
        if crc && protocol == Protocol::T1 {
            return Err(Error::unsupported("a card whose blocks end with a CRC"));
        }
        let waiting = match protocol {
            Protocol::T0 => second.tc.unwrap_or(WI),
            _ => of_t1.iter().find_map(|it| it.tb).unwrap_or(WAITING),
        };
        let ifsc = of_t1.iter().find_map(|it| it.ta);
        Ok(Self {
            protocol,
            highest: first.ta.unwrap_or(SLOWEST),
            guard: first.tc.unwrap_or(0),
            waiting,
            // 00 and FF are reserved.
            ifsc: ifsc
                .filter(|size| !matches!(size, 0 | 0xFF))
                .unwrap_or(IFSC),
            specific: specific.is_some(),
            first: first.td.map_or(0, |td| td & 0x0F),
        })
    }

    /// The highest speed of card and reader.
    ///
    /// # Errors
    /// `Unsupported`: the card has one speed, and the reader is too slow for it.
    pub(super) fn speed(&self, reader: &ClassDescriptor) -> Result<u8> {
        let within = |speed: &u8| rate(*speed, reader).is_some_and(|it| it <= reader.max_data_rate);
        if self.specific {
            return match within(&self.highest) || self.highest == SLOWEST {
                true => Ok(self.highest),
                false => Err(Error::unsupported("a card that is too fast for the reader")),
            };
        }
        // The same F, and any D up to the card's (§9.2).
        let limit = rate(self.highest, reader);
        let speeds = (1..16).map(|d| self.highest & 0xF0 | d);
        let speeds = speeds
            .filter(|it| rate(*it, reader) <= limit)
            .filter(within);
        let fastest = speeds.max_by_key(|it| rate(*it, reader));
        let faster = |speed: &u8| rate(*speed, reader) > rate(SLOWEST, reader);
        Ok(fastest.filter(faster).unwrap_or(SLOWEST))
    }

    /// `bProtocolNum` (CCID 1.1 §6.1.7), and the number of the protocol.
    pub(super) fn number(&self) -> u8 {
        match self.protocol {
            Protocol::T0 => 0,
            _ => 1,
        }
    }

    /// Asks the card for its protocol at this speed (§9.2), where it has to be asked.
    pub(super) fn request(&self, speed: u8) -> Option<Vec<u8>> {
        let protocol = self.number();
        let request = match speed {
            _ if self.specific => return None,
            SLOWEST if self.first == protocol => return None,
            SLOWEST => vec![PPS, protocol],
            speed => vec![PPS, WITH_SPEED | protocol, speed],
        };
        let check = request.iter().fold(0, |sum, byte| sum ^ byte);
        Some([request, vec![check]].concat())
    }

    /// What the card agreed to: the speed, or `None` when that was no answer to the request.
    pub(super) fn agreed(&self, request: &[u8], answer: &[u8]) -> Option<u8> {
        let protocol = self.number();
        let whole = answer.iter().fold(0, |sum, byte| sum ^ byte) == 0;
        match (request, answer) {
            _ if !whole => None,
            ([_, _, asked, _], [PPS, how, said, _])
                if *how == WITH_SPEED | protocol && said == asked =>
            {
                Some(*asked)
            }
            // Without the speed: the one that it has.
            (_, [PPS, how, _]) if *how == protocol => Some(SLOWEST),
            _ => None,
        }
    }

    /// The parameters for the reader (CCID 1.1 §6.1.7), at this speed.
    pub(super) fn parameters(&self, speed: u8) -> Vec<u8> {
        // The clock is not stopped.
        match self.protocol {
            Protocol::T0 => vec![speed, 0, self.guard, self.waiting, 0],
            // An LRC.
            _ => vec![speed, 0x10, self.guard, self.waiting, 0, self.ifsc, 0],
        }
    }
}

/// Bits in a second.
fn rate(speed: u8, reader: &ClassDescriptor) -> Option<u32> {
    let (f, d) = (F[usize::from(speed >> 4)], D[usize::from(speed & 0x0F)]);
    let bits = u64::from(reader.default_clock) * 1000 * u64::from(d);
    let rate = bits.checked_div(u64::from(f))?;
    u32::try_from(rate).ok().filter(|rate| *rate > 0)
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::tests::descriptor;
    use super::*;
    use crate::error::ErrorKind;

    /// With the check byte.
    fn atr(bytes: &[u8]) -> Atr {
        let check = bytes[1..].iter().fold(0, |sum, byte| sum ^ byte);
        Atr::parse(&[bytes, &[check]].concat()).expect("whole")
    }

    fn line(bytes: &[u8]) -> Line {
        Line::of(&atr(bytes)).expect("T=1")
    }

    fn refused(bytes: &[u8]) {
        let refused = Line::of(&atr(bytes)).expect_err("not spoken");
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }

    fn reader() -> ClassDescriptor {
        descriptor(0x0001_0230, 271)
    }

    /// Answers to reset that people saw My Number Cards give (OpenSC's list), without check byte.
    const NEWER: &[u8] = &[
        0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73,
        0xC6, 0x01, 0xC0,
    ];
    const OLDER: &[u8] = &[0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45];

    #[test]
    fn what_my_number_cards_say() {
        let newer = line(NEWER);
        assert_eq!(newer.speed(&reader()).expect("fast"), 0x13);
        assert_eq!(newer.parameters(0x13), [0x13, 0x10, 0xFF, 0x46, 0, 0xFB, 0]);
        let request = newer.request(0x13).expect("not the first speed");
        assert_eq!(request, [0xFF, 0x11, 0x13, 0xFD]);
        assert_eq!(newer.request(SLOWEST), None);
        let older = line(OLDER);
        assert_eq!(older.speed(&reader()).expect("slow"), SLOWEST);
        assert_eq!(
            older.parameters(SLOWEST),
            [0x11, 0x10, 0xFF, 0x45, 0, 0xFE, 0]
        );
    }

    #[test]
    fn the_fastest_that_both_can() {
        // F=512, D=32: 250,000 bit/s at 4 MHz; with 64 it would be 500,000.
        let fast = line(&[0x3B, 0x90, 0x97, 0x81, 0x01]);
        assert_eq!(fast.speed(&reader()).expect("slower"), 0x96);
        let slow = ClassDescriptor {
            max_data_rate: 10_753,
            ..reader()
        };
        assert_eq!(fast.speed(&slow).expect("slowest"), SLOWEST);
        // Readers that say nothing, and reserved values, are not built upon.
        let silent = ClassDescriptor {
            default_clock: 0,
            max_data_rate: 0,
            ..reader()
        };
        assert_eq!(fast.speed(&silent).expect("slowest"), SLOWEST);
        for highest in 0..=u8::MAX {
            let line = line(&[0x3B, 0x90, highest, 0x81, 0x01]);
            let speed = line.speed(&reader()).expect("one of them");
            assert!(rate(speed, &reader()).is_some(), "{highest:02X}");
        }
    }

    #[test]
    fn a_card_in_specific_mode_is_not_asked() {
        let specific = line(&[0x3B, 0x90, 0x13, 0x91, 0x01, 0x01]);
        assert_eq!(specific.speed(&reader()).expect("its own"), 0x13);
        assert_eq!(specific.request(0x13), None);
        let fast = line(&[0x3B, 0x90, 0x97, 0x91, 0x01, 0x01]);
        let error = fast.speed(&reader()).expect_err("500,000 bit/s");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let insists = line(&[0x3B, 0x90, 0x13, 0x90, 0x00, 0x01]);
        assert_eq!(insists.protocol, Protocol::T0);
        refused(&[0x3B, 0x90, 0x13, 0x91, 0x00, 0x01]);
        refused(&[0x3B, 0x90, 0x13, 0x91, 0x11, 0x01]);
    }

    #[test]
    fn t1_is_asked_for_where_a_card_begins_with_t0() {
        let both = line(&[0x3B, 0x80, 0x80, 0x01]);
        let request = [0xFF, 0x01, 0xFE];
        assert_eq!(both.request(SLOWEST).as_deref(), Some(&request[..]));
        assert_eq!(both.agreed(&request, &request), Some(SLOWEST));
        assert_eq!(both.agreed(&request, &[0xFF, 0x00, 0xFF]), None, "T=0");
    }

    #[test]
    fn what_banks_cards_say() {
        // Many of theirs know T=0 alone.
        let atr = Atr::parse(b"\x3B\x65\x00\x00\x9C\x11\x01\x01\x03").expect("whole");
        let bank = Line::of(&atr).expect("T=0");
        assert_eq!((bank.protocol, bank.number()), (Protocol::T0, 0));
        assert_eq!(bank.request(SLOWEST), None);
        assert_eq!(bank.parameters(SLOWEST), [0x11, 0, 0, 10, 0]);
        let quick = Atr::parse(b"\x3B\x14\x95\x00\x00\x00\x00").expect("whole");
        let quick = Line::of(&quick).expect("T=0");
        assert_eq!(quick.request(0x95), Some(vec![0xFF, 0x10, 0x95, 0x7A]));
    }

    #[test]
    fn what_is_not_spoken_is_said() {
        refused(&[0x3B, 0x80, 0x81, 0x41, 0x01]);
        refused(&[0x3B, 0x80, 0x82, 0x02]);
    }

    #[test]
    fn the_size_of_blocks_stands_behind_the_second_td() {
        assert_eq!(line(&[0x3B, 0x80, 0x81, 0x11, 0x10]).ifsc, 16);
        let contactless = [0x3B, 0x88, 0x80, 0x01, 0, 0, 5, 0xE0, 0xB3, 0x81, 0xA1, 0];
        assert_eq!(line(&contactless).ifsc, 32);
        // TA1 and TA2 are something else.
        assert_eq!(line(&[0x3B, 0x90, 0x11, 0x91, 0x81, 0x01]).ifsc, 32);
        for reserved in [0x00, 0xFF] {
            assert_eq!(line(&[0x3B, 0x80, 0x81, 0x11, reserved]).ifsc, 32);
        }
    }

    #[test]
    fn a_card_agrees_by_saying_the_same() {
        let request = [0xFF, 0x11, 0x13, 0xFD];
        let newer = line(NEWER);
        assert_eq!(newer.agreed(&request, &request), Some(0x13));
        assert_eq!(newer.agreed(&request, &[0xFF, 0x01, 0xFE]), Some(SLOWEST));
        for said in [
            &[][..],
            &[0xFF],
            &[0xFF, 0x11, 0x13, 0x00],
            &[0xFF, 0x11, 0x96, 0x78],
            &[0xFF, 0x10, 0x13, 0xFC],
            &[0x00, 0xC1, 0x00, 0xC1],
        ] {
            assert_eq!(newer.agreed(&request, said), None, "{said:02X?}");
        }
    }
}
