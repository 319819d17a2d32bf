//! Finding a card of Type B and agreeing with it (ISO/IEC 14443-3 §7), and the answer to reset that
//! stands for it.

use std::time::Duration;

use super::iso_dep::{Heard, Link, Radio};
use crate::apdu::Atr;
use crate::error::{Error, Result};

/// WUPB (§7.7): every application, one time slot; wakes cards that were halted too.
const WUPB: [u8; 3] = [0x05, 0x00, 0x08];
/// First byte of ATQB and of ATTRIB (§7.9, §7.10).
const ATQB: u8 = 0x50;
const ATTRIB: u8 = 0x1D;
/// `Param 2` of ATTRIB: 106 kbit/s both ways, and frames of 256 bytes to the reader (FSDI 8).
const FSDI: u8 = 0x08;

/// How long ATQB is waited for, as nfcpy waits. The standard's own limit is far shorter.
const POLL: Duration = Duration::from_millis(30);
/// How long the answer to ATTRIB is waited for at most. The standard gives the card its frame waiting
/// time, up to five seconds; it has nothing to compute, so that this is an assumption.
const AGREEMENT: Duration = Duration::from_secs(1);
/// How often a poll that was answered by something broken is repeated.
const POLLS: u8 = 2;

/// What a card answers to a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atqb {
    /// Pseudo-unique identifier, by which the card is spoken to; many cards choose it anew each time.
    pub pupi: [u8; 4],
    /// Application data.
    pub application: [u8; 4],
    /// Protocol info: bit rates, frame size and protocol, waiting time and options.
    pub protocol: [u8; 3],
}

/// Why bytes are no ATQB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtqbError {
    /// Not 12 bytes, or 13 with extended protocol info.
    #[error("an ATQB of {0} bytes")]
    Length(usize),
    /// The first byte is another one.
    #[error("an ATQB that begins with {0:02X}")]
    Begins(u8),
}

impl Atqb {
    /// Reads an ATQB (§7.9), without its check bytes.
    ///
    /// # Errors
    /// [`AtqbError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AtqbError> {
        let &[
            first,
            p0,
            p1,
            p2,
            p3,
            a0,
            a1,
            a2,
            a3,
            i0,
            i1,
            i2,
            ref extended @ ..,
        ] = bytes
        else {
            return Err(AtqbError::Length(bytes.len()));
        };
        if extended.len() > 1 {
            return Err(AtqbError::Length(bytes.len()));
        }
        if first != ATQB {
            return Err(AtqbError::Begins(first));
        }
        Ok(Self {
            pupi: [p0, p1, p2, p3],
            application: [a0, a1, a2, a3],
            protocol: [i0, i1, i2],
        })
    }

    /// Whether the card speaks the block protocol of ISO/IEC 14443-4.
    #[must_use]
    pub fn has_blocks(&self) -> bool {
        self.protocol[1] & 0x01 != 0
    }

    /// The longest frame that the card takes, in bytes with check bytes (§7.9.4.4). Reserved codes
    /// mean the longest that is known.
    #[must_use]
    pub fn fsc(&self) -> usize {
        const SIZES: [usize; 9] = [16, 24, 32, 40, 48, 64, 96, 128, 256];
        let code = usize::from(self.protocol[1] >> 4);
        SIZES[code.min(SIZES.len() - 1)]
    }

    /// The frame waiting time: 4096/fc, doubled FWI times (§7.9.4.3). The reserved 15 means 4.
    #[must_use]
    pub fn fwt(&self) -> Duration {
        const UNIT: Duration = Duration::from_nanos(302_065);
        match self.protocol[2] >> 4 {
            15 => UNIT * 16,
            fwi => UNIT * (1 << fwi),
        }
    }

    fn attrib(&self) -> [u8; 9] {
        let [a, b, c, d] = self.pupi;
        let protocol = self.protocol[1] & 0x0F;
        [ATTRIB, a, b, c, d, 0x00, FSDI, protocol, 0x00]
    }

    /// The answer to reset that PC/SC part 3 (§3.1.3.2.3.1) makes for a card of Type B: application
    /// data, protocol info, and MBLI, which the card says after ATTRIB.
    #[must_use]
    pub fn atr(&self, mbli: u8) -> [u8; 13] {
        let [a0, a1, a2, a3] = self.application;
        let [i0, i1, i2] = self.protocol;
        let mut atr = [
            0x3B,
            0x88,
            0x80,
            0x01,
            a0,
            a1,
            a2,
            a3,
            i0,
            i1,
            i2,
            mbli << 4,
            0,
        ];
        atr[12] = atr[1..12].iter().fold(0, |sum, byte| sum ^ byte);
        atr
    }
}

/// Looks for a card that is not in a dialogue.
///
/// `Protocol`: something answers, and it cannot be understood: several cards, or one that is too far.
pub(super) fn poll(radio: &mut dyn Radio) -> Result<Option<Atqb>> {
    let mut heard = Heard::Nothing;
    for _ in 0..POLLS {
        heard = radio.exchange(&WUPB, POLL)?;
        if let Heard::Frame(said) = &heard
            && let Ok(atqb) = Atqb::parse(said)
        {
            return Ok(Some(atqb));
        }
    }
    match heard {
        Heard::Nothing => Ok(None),
        _ => Err(Error::protocol(
            "something answers that is not one card of Type B near enough",
        )),
    }
}

/// Chooses the card that was found: the dialogue with it, and its answer to reset.
///
/// `Protocol`: it does not answer, or not as it should; `Unsupported`: it has no block protocol.
pub(super) fn choose(atqb: &Atqb, radio: &mut dyn Radio) -> Result<(Link, Atr)> {
    if !atqb.has_blocks() {
        return Err(Error::unsupported("a card without ISO/IEC 14443-4"));
    }
    let Heard::Frame(said) = radio.exchange(&atqb.attrib(), atqb.fwt().clamp(POLL, AGREEMENT))?
    else {
        return Err(Error::protocol("the card does not answer ATTRIB"));
    };
    let mbli =
        agreed(&said).ok_or_else(|| Error::protocol("the card's answer to ATTRIB is wrong"))?;
    let atr = Atr::parse(&atqb.atr(mbli)).map_err(|source| {
        Error::protocol("no answer to reset can be made for the card").with_source(source)
    })?;
    Ok((Link::new(atqb.fsc(), atqb.fwt()), atr))
}

/// MBLI of an answer to ATTRIB (§7.11); the card must have taken CID 0.
fn agreed(said: &[u8]) -> Option<u8> {
    match *said {
        [first, ..] if first & 0x0F == 0 => Some(first >> 4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    const GENUINE: [u8; 12] = [0x50, 1, 2, 3, 4, 0, 0, 5, 0xE0, 0xB3, 0x81, 0xA1];

    #[test]
    fn an_atqb_says_how_to_speak_to_the_card() {
        let atqb = Atqb::parse(&GENUINE).expect("whole");
        assert_eq!(atqb.pupi, [1, 2, 3, 4]);
        assert!(atqb.has_blocks());
        assert_eq!(atqb.fsc(), 256);
        assert_eq!(atqb.fwt().as_millis(), 309);
        assert_eq!(atqb.attrib(), [0x1D, 1, 2, 3, 4, 0, 8, 1, 0]);
        for (code, size) in [(0x01, 16), (0x51, 64), (0x71, 128), (0xF1, 256)] {
            let other = Atqb {
                protocol: [0, code, 0xE0],
                ..atqb
            };
            assert_eq!((other.fsc(), other.fwt().as_millis()), (size, 4949));
        }
        let reserved = Atqb {
            protocol: [0, 0x80, 0xF0],
            ..atqb
        };
        assert!(!reserved.has_blocks());
        assert_eq!(reserved.fwt().as_micros(), 4833);
    }

    #[test]
    fn the_answer_to_reset_is_the_one_that_pcsc_makes() {
        let atqb = Atqb::parse(&GENUINE).expect("whole");
        let atr = atqb.atr(0);
        assert_eq!(
            atr,
            [
                0x3B, 0x88, 0x80, 0x01, 0, 0, 5, 0xE0, 0xB3, 0x81, 0xA1, 0, 0x7F
            ]
        );
        let atr = Atr::parse(&atqb.atr(0xF)).expect("an answer to reset");
        assert!(atr.offers(1));
        assert_eq!(atr.historical_bytes()[7], 0xF0);
    }

    #[test]
    fn damage_is_an_error() {
        for end in 0..GENUINE.len() {
            assert_eq!(Atqb::parse(&GENUINE[..end]), Err(AtqbError::Length(end)));
        }
        let extended = [&GENUINE[..], &[0x10]].concat();
        assert!(Atqb::parse(&extended).is_ok());
        let longer = [&extended[..], &[0]].concat();
        assert_eq!(Atqb::parse(&longer), Err(AtqbError::Length(14)));
        let mut other = GENUINE;
        other[0] = 0x05;
        assert_eq!(Atqb::parse(&other), Err(AtqbError::Begins(5)));
    }

    /// Says what it is told to, in turn.
    struct Says(Vec<Heard>);

    impl Radio for Says {
        fn exchange(&mut self, _: &[u8], _: Duration) -> Result<Heard> {
            Ok(self.0.pop().unwrap_or(Heard::Nothing))
        }
    }

    fn frame(bytes: &[u8]) -> Heard {
        Heard::Frame(Zeroizing::new(bytes.to_vec()))
    }

    #[test]
    fn noise_is_no_card_and_not_none_either() {
        let found = poll(&mut Says(vec![])).expect("nothing is near");
        assert_eq!(found, None);
        let noise = poll(&mut Says(vec![Heard::Broken, Heard::Broken]));
        assert!(noise.is_err());
        let second = poll(&mut Says(vec![frame(&GENUINE), Heard::Broken]));
        assert!(second.expect("the second time").is_some());
    }

    #[test]
    fn a_card_that_agrees_to_something_else_is_not_chosen() {
        let atqb = Atqb::parse(&GENUINE).expect("whole");
        let choose = |said: Heard| choose(&atqb, &mut Says(vec![said])).map(|(_, atr)| atr);
        assert_eq!(choose(frame(&[0x30])).expect("chosen").as_bytes()[11], 0x30);
        for other in [frame(&[]), frame(&[0x01]), Heard::Broken, Heard::Nothing] {
            let error = choose(other).expect_err("not agreed");
            assert_eq!(error.kind(), crate::error::ErrorKind::Protocol);
        }
    }
}
