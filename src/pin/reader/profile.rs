//! How makes of PIN pads differ, as data.

use super::part10::PadProperties;

/// LANGID of Japanese, and of English (United States).
const JAPANESE: u16 = 0x0411;
const ENGLISH: u16 = 0x0409;

/// What is special about a make of PIN pad. What the reader says itself goes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PadProfile {
    /// What the reader is called.
    pub make: &'static str,
    /// Fewest and most digits, where the reader does not say.
    pub digits: Option<(u8, u8)>,
    /// `bNumberMessage` of VERIFY, where it is not simply whether there is a display.
    pub verify_messages: Option<u8>,
    /// `wLangId`: the language of the prompts on the display.
    pub language: u16,
}

/// A make, and how to know it: by USB identifiers if the reader tells them, else by a part of its
/// name in PC/SC.
struct Known {
    vendor: u16,
    product: u16,
    name: &'static str,
    profile: PadProfile,
}

/// Taken from libccid 1.5.2, from its source and its descriptors of the products.
const KNOWN: [Known; 5] = [
    Known {
        vendor: 0x08E6,
        product: 0x3478,
        name: "GemPC Pinpad",
        profile: PadProfile {
            make: "Gemalto GemPC Pinpad",
            digits: Some((4, 8)),
            // Its firmware refuses every other number; libccid corrects that, other drivers may
            // not. Its prompts are in European languages only.
            verify_messages: Some(1),
            language: ENGLISH,
        },
    },
    Known {
        vendor: 0x08E6,
        product: 0x34C2,
        name: "Ezio Shield",
        profile: PadProfile {
            make: "Gemalto Ezio Shield",
            ..PadProfile::ANY
        },
    },
    Known {
        vendor: 0x04E6,
        product: 0xE003,
        name: "SPRx32",
        profile: PadProfile {
            make: "Identiv SPR332/SPR532",
            // It has no display, and messages are not for it.
            verify_messages: Some(0),
            ..PadProfile::ANY
        },
    },
    Known {
        vendor: 0x046A,
        product: 0x003E,
        name: "ST-2000",
        profile: PadProfile {
            make: "Cherry ST-2000",
            verify_messages: Some(0),
            ..PadProfile::ANY
        },
    },
    Known {
        vendor: 0x076B,
        product: 0x3821,
        name: "OMNIKEY 3821",
        profile: PadProfile {
            make: "HID OMNIKEY 3821",
            digits: Some((1, 31)),
            ..PadProfile::ANY
        },
    },
];

impl PadProfile {
    /// A pad of which nothing special is known.
    pub const ANY: Self = Self {
        make: "any",
        digits: None,
        verify_messages: None,
        language: JAPANESE,
    };

    /// The profile of a reader by what it says of itself, else by its name in PC/SC.
    #[must_use]
    pub fn of(properties: &PadProperties, name: &str) -> Self {
        let known = match (properties.vendor, properties.product) {
            (Some(vendor), Some(product)) => KNOWN
                .iter()
                .find(|known| (known.vendor, known.product) == (vendor, product)),
            _ => KNOWN.iter().find(|known| name.contains(known.name)),
        };
        known.map_or(Self::ANY, |known| known.profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_go_before_the_name() {
        let silent = PadProperties::default();
        let named = PadProfile::of(&silent, "Gemalto GemPC Pinpad (ABC) 00 00");
        assert_eq!(named.verify_messages, Some(1));
        let other = PadProperties {
            vendor: Some(0x04E6),
            product: Some(0xE003),
            ..silent
        };
        let told = PadProfile::of(&other, "Gemalto GemPC Pinpad");
        assert_eq!(told.make, "Identiv SPR332/SPR532");
        let unknown = PadProperties {
            product: Some(0x0001),
            ..other
        };
        assert_eq!(PadProfile::of(&unknown, "SPRx32"), PadProfile::ANY);
        assert_eq!(PadProfile::of(&silent, "No such pad"), PadProfile::ANY);
    }
}
