//! What a reader says of itself: the class descriptor (CCID 1.1 table 5.1-1).

/// `bDescriptorType` of the class descriptor. Readers older than the class use the same.
pub const DESCRIPTOR_TYPE: u8 = 0x21;

/// `bDescriptorType` of an interface (USB 2.0 table 9-5).
const INTERFACE: u8 = 0x04;

/// How a reader takes commands for the card (`dwFeatures`, bits 16 to 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExchangeLevel {
    /// Single characters. Not driven by this crate.
    Character,
    /// Blocks of T=1 and commands of T=0.
    Tpdu,
    /// Commands with short length fields.
    ShortApdu,
    /// Commands of every length.
    ExtendedApdu,
}

/// The class descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassDescriptor {
    /// Number of slots: `bMaxSlotIndex` and one more.
    pub slots: u8,
    /// `dwProtocols`: bit 0 is T=0, bit 1 is T=1.
    pub protocols: u32,
    /// `dwDefaultClock` in kHz: the clock that a card gets.
    pub default_clock: u32,
    /// `dwMaxDataRate` in bit/s.
    pub max_data_rate: u32,
    /// `dwMaxIFSD`, bytes: the longest information field of a T=1 block.
    pub max_ifsd: u32,
    /// `dwFeatures`.
    pub features: u32,
    /// `dwMaxCCIDMessageLength`, bytes, with the header of ten.
    pub max_message: u32,
    /// `wLcdLayout`: lines and characters; zeros without a display.
    pub display: (u8, u8),
    /// `bPINSupport`: bit 0 verify, bit 1 modify.
    pub pin_support: u8,
}

/// Bits of `dwFeatures`.
mod feature {
    pub(super) const AUTOMATIC_PARAMETERS: u32 = 0x02;
    pub(super) const OWN_NEGOTIATION: u32 = 0x40;
    pub(super) const AUTOMATIC_PPS: u32 = 0x80;
    pub(super) const AUTOMATIC_IFSD: u32 = 0x400;
}

/// A reader has to take at least a header and a short command.
const SHORTEST_MESSAGE: u32 = 10 + 261;
/// Some readers state 270 or less, and mean blocks (observed: SPR532).
const SHORTEST_BLOCKS: u32 = 10 + 36;
/// No reader sends longer messages; what claims to is cut.
const LONGEST_MESSAGE: u32 = 10 + 65_544;

impl ClassDescriptor {
    /// Bytes of the descriptor.
    pub const LENGTH: usize = 0x36;

    /// Reads a descriptor; `None` when it is cut short or is another one. A longer one is read
    /// as far as the standard goes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<{ Self::LENGTH }>()?;
        let long = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        if usize::from(bytes[0]) < Self::LENGTH || bytes[1] != DESCRIPTOR_TYPE {
            return None;
        }
        Some(Self {
            slots: bytes[4].saturating_add(1),
            protocols: long(6),
            default_clock: long(10),
            max_data_rate: long(23),
            max_ifsd: long(28),
            features: long(40),
            max_message: long(44),
            display: (bytes[51], bytes[50]),
            pin_support: bytes[52],
        })
    }

    /// The class descriptor of `interface` in the bytes of a configuration, with everything that
    /// belongs to it (USB 2.0 §9.6.3): of its first alternate setting, and the first one there.
    /// `None` when there is none, or when a descriptor before it does not end where it says.
    #[must_use]
    pub fn find(configuration: &[u8], interface: u8) -> Option<Self> {
        let mut rest = configuration;
        let mut inside = false;
        loop {
            let (&length, kind) = (rest.first()?, *rest.get(1)?);
            // A descriptor has at least these two bytes.
            let (descriptor, after) = rest.split_at_checked(usize::from(length).max(2))?;
            match kind {
                INTERFACE if inside => return None,
                INTERFACE => inside = descriptor.get(2) == Some(&interface),
                DESCRIPTOR_TYPE if inside => return Self::parse(descriptor),
                _ => {}
            }
            rest = after;
        }
    }

    /// The level of exchange.
    #[must_use]
    pub fn exchange(&self) -> ExchangeLevel {
        match self.features >> 16 & 0x7 {
            1 => ExchangeLevel::Tpdu,
            2 => ExchangeLevel::ShortApdu,
            4 => ExchangeLevel::ExtendedApdu,
            _ => ExchangeLevel::Character,
        }
    }

    /// Whether the reader agrees with the card on everything by itself, and is told nothing.
    #[must_use]
    pub fn negotiates(&self) -> bool {
        self.features & feature::OWN_NEGOTIATION != 0
    }

    /// Whether it asks the card for the speed that it is told.
    #[must_use]
    pub fn asks_for_speed(&self) -> bool {
        self.features & feature::AUTOMATIC_PPS != 0
    }

    /// Whether the reader sets the card's parameters by itself.
    #[must_use]
    pub fn sets_parameters(&self) -> bool {
        self.features & feature::AUTOMATIC_PARAMETERS != 0
    }

    /// Whether it tells the card the length of its blocks by itself.
    #[must_use]
    pub fn tells_ifsd(&self) -> bool {
        self.features & feature::AUTOMATIC_IFSD != 0
    }

    /// The longest message in bytes, within reason.
    #[must_use]
    pub fn message_limit(&self) -> usize {
        let least = match self.exchange() {
            ExchangeLevel::Tpdu | ExchangeLevel::Character => SHORTEST_BLOCKS,
            _ => SHORTEST_MESSAGE,
        };
        self.max_message.clamp(least, LONGEST_MESSAGE) as usize
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A contact reader of 271 bytes with these features.
    pub(in crate::drivers::ccid) fn descriptor(features: u32, max_message: u32) -> ClassDescriptor {
        let mut bytes = [0; ClassDescriptor::LENGTH];
        bytes[0] = 0x36;
        bytes[1] = DESCRIPTOR_TYPE;
        bytes[6] = 3;
        bytes[10..14].copy_from_slice(&4000_u32.to_le_bytes());
        bytes[23..27].copy_from_slice(&344_105_u32.to_le_bytes());
        bytes[28] = 254;
        bytes[40..44].copy_from_slice(&features.to_le_bytes());
        bytes[44..48].copy_from_slice(&max_message.to_le_bytes());
        bytes[50..52].copy_from_slice(&[0x10, 0x02]);
        bytes[52] = 3;
        ClassDescriptor::parse(&bytes).expect("whole")
    }

    #[test]
    fn fields_stand_where_the_class_puts_them() {
        let pad = descriptor(0x0002_07B2, 271);
        assert_eq!(pad.exchange(), ExchangeLevel::ShortApdu);
        assert_eq!((pad.slots, pad.protocols, pad.max_ifsd), (1, 3, 254));
        assert_eq!((pad.default_clock, pad.max_data_rate), (4000, 344_105));
        assert_eq!((pad.display, pad.pin_support), ((2, 16), 3));
        assert!(pad.sets_parameters() && pad.tells_ifsd());
        let plain = descriptor(0x0001_0230, 271);
        assert_eq!(plain.exchange(), ExchangeLevel::Tpdu);
        assert!(!plain.sets_parameters() && !plain.tells_ifsd());
        assert!(!plain.negotiates() && !plain.asks_for_speed());
        assert!(pad.asks_for_speed() && !pad.negotiates());
    }

    #[test]
    fn a_descriptor_that_is_cut_short_is_none() {
        let mut bytes = [0; ClassDescriptor::LENGTH];
        bytes[..2].copy_from_slice(&[0x36, DESCRIPTOR_TYPE]);
        for end in 0..bytes.len() {
            assert_eq!(ClassDescriptor::parse(&bytes[..end]), None, "{end}");
        }
        assert!(ClassDescriptor::parse(&bytes).is_some());
        bytes[0] = 9;
        assert_eq!(ClassDescriptor::parse(&bytes), None);
    }

    /// A configuration with an interface of another class, and this reader at interface 1.
    fn configuration(class: &[u8]) -> Vec<u8> {
        let head = [9, 2, 0, 0, 2, 1, 0, 0x80, 50];
        let other = [9, INTERFACE, 0, 0, 0, 0x03, 0, 0, 0];
        // Of class 03 this type is another descriptor.
        let report = [9, DESCRIPTOR_TYPE, 0x11, 1, 0, 1, 0x22, 63, 0];
        let reader = [9, INTERFACE, 1, 0, 2, 0x0B, 0, 0, 0];
        let end = [7, 5, 0x81, 2, 64, 0, 0];
        [&head[..], &other, &report, &reader, class, &end].concat()
    }

    #[test]
    fn the_descriptor_is_found_at_its_own_interface() {
        let mut class = [0; ClassDescriptor::LENGTH];
        class[..2].copy_from_slice(&[0x36, DESCRIPTOR_TYPE]);
        class[4] = 1;
        let whole = configuration(&class);
        let found = ClassDescriptor::find(&whole, 1);
        assert_eq!(found.map(|found| found.slots), Some(2));
        assert_eq!(ClassDescriptor::find(&whole, 0), None, "a keyboard's");
        assert_eq!(ClassDescriptor::find(&whole, 2), None);
        let end = whole.len() - 7;
        for cut in 0..end {
            assert_eq!(ClassDescriptor::find(&whole[..cut], 1), None, "{cut}");
        }
        assert!(ClassDescriptor::find(&whole[..end], 1).is_some());
        // Descriptors of no length do not hold anybody up.
        let stuck = [&whole[..9], &[0; 40], &whole[9..]].concat();
        assert!(ClassDescriptor::find(&stuck, 1).is_some());
    }

    #[test]
    fn absurd_lengths_are_brought_within_reason() {
        assert_eq!(descriptor(0x0004_0000, 0).message_limit(), 271);
        assert_eq!(descriptor(0x0001_0000, 270).message_limit(), 270);
        assert_eq!(descriptor(0x0004_0000, u32::MAX).message_limit(), 65_554);
    }
}
