//! The answer to reset (ISO/IEC 7816-3 §8, historical bytes ISO/IEC 7816-4 §8.1).

use std::fmt;

/// The answer to reset of a card, or the one a reader made up for a contactless card.
///
/// It identifies neither a card nor a person: whole families share one, and readers synthesise
/// different ones for the same card. Nothing in this crate decides anything about safety by it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Atr {
    bytes: Vec<u8>,
    historical: std::ops::Range<usize>,
    protocols: u16,
}

/// Why bytes are not an answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtrError {
    /// Not 2 to 33 bytes.
    #[error("an ATR has 2 to 33 bytes, this has {0}")]
    Length(usize),
    /// TS is neither 3B nor 3F.
    #[error("TS is {0:02X}, neither 3B nor 3F")]
    Ts(u8),
    /// The interface or historical bytes end early.
    #[error("the ATR ends inside its interface or historical bytes")]
    Truncated,
    /// The check byte is wrong.
    #[error("the check byte TCK is wrong")]
    CheckByte,
}

/// What the card says about itself in its historical bytes; absent where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CardServices {
    /// Third byte of the card capabilities (ISO/IEC 7816-4 table 119).
    pub command_chaining: Option<bool>,
    /// Extended Lc and Le. A hint only: this is tried, not believed.
    pub extended_length: Option<bool>,
}

/// Interface bytes between one indicator and the next: behind T0, or behind a TD (ISO/IEC 7816-3 §8.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InterfaceBytes {
    /// The protocol that the TD before names; `None` in the first group.
    pub protocol: Option<u8>,
    /// TA, if it is there.
    pub ta: Option<u8>,
    /// TB.
    pub tb: Option<u8>,
    /// TC.
    pub tc: Option<u8>,
    /// TD, which announces the next group.
    pub td: Option<u8>,
}

/// Goes through the groups.
struct Groups<'a> {
    bytes: &'a [u8],
    /// The next byte.
    at: usize,
    /// T0 or TD of the next group: which bytes it has, and for which protocol.
    announced: Option<(u8, Option<u8>)>,
}

impl<'a> Groups<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 2,
            announced: bytes.get(1).map(|t0| (*t0, None)),
        }
    }

    fn take(&mut self) -> Result<Option<InterfaceBytes>, AtrError> {
        let Some((indicator, protocol)) = self.announced.take() else {
            return Ok(None);
        };
        let mut next = |bit: u8| {
            if indicator & bit == 0 {
                return Ok(None);
            }
            let byte = self.bytes.get(self.at).ok_or(AtrError::Truncated)?;
            self.at += 1;
            Ok(Some(*byte))
        };
        let group = InterfaceBytes {
            protocol,
            ta: next(0x10)?,
            tb: next(0x20)?,
            tc: next(0x40)?,
            td: next(0x80)?,
        };
        self.announced = group.td.map(|td| (td, Some(td & 0x0F)));
        Ok(Some(group))
    }
}

impl Atr {
    /// Reads an ATR.
    ///
    /// # Errors
    /// [`AtrError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AtrError> {
        if !(2..=33).contains(&bytes.len()) {
            return Err(AtrError::Length(bytes.len()));
        }
        if !matches!(bytes[0], 0x3B | 0x3F) {
            return Err(AtrError::Ts(bytes[0]));
        }
        let historical_length = usize::from(bytes[1] & 0x0F);
        let mut protocols = 0u16;
        let mut groups = Groups::of(bytes);
        while let Some(group) = groups.take()? {
            protocols |= group.td.map_or(0, |td| 1 << (td & 0x0F));
        }
        let at = groups.at;
        // Without TD1 only T=0 is offered.
        if protocols == 0 {
            protocols = 1;
        }
        let end = at + historical_length;
        // TCK is absent only when T=0 alone is offered (ISO/IEC 7816-3 §8.2.5).
        let with_check = protocols != 1;
        if bytes.len() < end + usize::from(with_check) {
            return Err(AtrError::Truncated);
        }
        if with_check && bytes[1..=end].iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return Err(AtrError::CheckByte);
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            historical: at..end,
            protocols,
        })
    }

    /// The ATR as received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The historical bytes.
    #[must_use]
    pub fn historical_bytes(&self) -> &[u8] {
        &self.bytes[self.historical.clone()]
    }

    /// Whether protocol T=`number` is offered.
    #[must_use]
    pub fn offers(&self, number: u8) -> bool {
        number < 16 && self.protocols & (1 << number) != 0
    }

    /// The interface bytes, group by group.
    pub fn interface_bytes(&self) -> impl Iterator<Item = InterfaceBytes> {
        let mut groups = Groups::of(&self.bytes);
        // They were whole when the ATR was read.
        std::iter::from_fn(move || groups.take().ok().flatten())
    }

    /// What the historical bytes say.
    #[must_use]
    pub fn card_services(&self) -> CardServices {
        let mut services = CardServices::default();
        let [0x80, objects @ ..] = self.historical_bytes() else {
            return services;
        };
        // COMPACT-TLV: high nibble tag, low nibble length.
        let mut rest = objects;
        while let [first, tail @ ..] = rest {
            let Some((value, tail)) = tail.split_at_checked(usize::from(first & 0x0F)) else {
                break;
            };
            if let (0x7, [_, _, third]) = (first >> 4, value) {
                services.command_chaining = Some(third & 0x80 != 0);
                services.extended_length = Some(third & 0x40 != 0);
            }
            rest = tail;
        }
        services
    }
}

impl fmt::Display for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.bytes.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Atr({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.split(' ')
            .map(|byte| u8::from_str_radix(byte, 16).expect("literal"))
            .collect()
    }

    #[test]
    fn contact_without_historical_bytes() {
        let atr = Atr::parse(&hex("3B E0 00 FF 81 31 FE 45 14")).expect("real");
        assert!(atr.offers(1) && !atr.offers(0));
        assert!(atr.historical_bytes().is_empty());
        assert_eq!(atr.card_services(), CardServices::default());
    }

    #[test]
    fn contact_that_declares_extended_length() {
        let bytes = hex("3B DA 13 FF 81 31 FB 46 80 12 39 2F 31 C1 73 C6 01 C0 3B");
        let services = Atr::parse(&bytes).expect("real").card_services();
        assert_eq!(services.extended_length, Some(true));
        assert_eq!(services.command_chaining, Some(true));
    }

    #[test]
    fn interface_bytes_come_in_groups() {
        let bytes = hex("3B DA 13 FF 81 31 FB 46 80 12 39 2F 31 C1 73 C6 01 C0 3B");
        let atr = Atr::parse(&bytes).expect("real");
        let groups: Vec<_> = atr.interface_bytes().collect();
        let first = InterfaceBytes {
            ta: Some(0x13),
            tc: Some(0xFF),
            td: Some(0x81),
            ..InterfaceBytes::default()
        };
        let second = InterfaceBytes {
            protocol: Some(1),
            td: Some(0x31),
            ..InterfaceBytes::default()
        };
        let third = InterfaceBytes {
            protocol: Some(1),
            ta: Some(0xFB),
            tb: Some(0x46),
            ..InterfaceBytes::default()
        };
        assert_eq!(groups, [first, second, third]);
    }

    #[test]
    fn contactless_as_readers_make_it_up() {
        let atr = Atr::parse(&hex("3B 88 80 01 00 4B 51 FF B3 81 D1 00 0F")).expect("real");
        assert_eq!(atr.historical_bytes().len(), 8);
        assert!(atr.offers(1));
    }

    #[test]
    fn damage_is_an_error() {
        let good = hex("3B E0 00 FF 81 31 FE 45 14");
        for end in 0..good.len() {
            assert!(Atr::parse(&good[..end]).is_err(), "{end}");
        }
        let mut bad = good;
        bad[3] ^= 1;
        assert_eq!(Atr::parse(&bad), Err(AtrError::CheckByte));
        assert_eq!(Atr::parse(&[0x3C, 0]), Err(AtrError::Ts(0x3C)));
    }
}
