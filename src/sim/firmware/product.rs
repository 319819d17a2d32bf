//! Readers with keys of their own, as data.
//!
//! *Source of the values*: identifiers, displays and limits are those that libccid 1.5.2 states
//! for the product (USB descriptors, TLV properties, and its comments on what a firmware
//! refuses); see each constant. What a product's own firmware does beyond that is not known here:
//! patience and what happens to a short entry are assumptions.

use std::time::Duration;

/// What one make of PIN-pad reader is like, as its driver shows it to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinPadProduct {
    /// Name of the reader in PC/SC.
    pub name: &'static str,
    /// USB vendor identifier.
    pub vendor: u16,
    /// USB product identifier.
    pub product: u16,
    /// Lines and characters of the display; `None` without a display.
    pub display: Option<(u8, u8)>,
    /// Fewest and most digits that the keys take.
    pub digits: (u8, u8),
    /// Whether it tells so in its TLV properties.
    pub tells_digits: bool,
    /// What may end an entry, as bits: 1 the last possible digit, 2 the OK key, 4 time. Others
    /// are refused.
    pub entry_validation: u8,
    /// Numbers of messages that VERIFY may ask for; empty is any.
    pub messages_in_verify: &'static [u8],
    /// What becomes of an entry that is confirmed with too few digits.
    pub short_entry: ShortEntry,
    /// How long it waits when the program does not say.
    pub patience: Duration,
    /// Whether a PIN can be changed on it.
    pub modifies: bool,
}

/// What a pad does when OK is pressed too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShortEntry {
    /// It ends the entry and answers `6403`.
    Ends,
    /// It waits for more.
    Waits,
}

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

impl PinPadProduct {
    /// Gemalto GemPC Pinpad. Refuses every end of an entry but the OK key, and every number of
    /// messages but one in VERIFY (libccid's comments; libccid itself corrects both).
    pub const GEMPC_PINPAD: Self = Self {
        name: "Gemalto GemPC Pinpad",
        vendor: 0x08e6,
        product: 0x3478,
        display: Some((2, 16)),
        digits: (4, 8),
        tells_digits: true,
        entry_validation: 2,
        messages_in_verify: &[1],
        short_entry: ShortEntry::Ends,
        patience: HALF_A_MINUTE,
        modifies: true,
    };

    /// Gemalto Ezio Shield, which states its limits itself (libccid asks its firmware).
    pub const EZIO_SHIELD: Self = Self {
        name: "Gemalto Ezio Shield",
        vendor: 0x08e6,
        product: 0x34c2,
        display: Some((2, 17)),
        digits: (4, 8),
        tells_digits: true,
        entry_validation: 7,
        messages_in_verify: &[],
        short_entry: ShortEntry::Ends,
        patience: HALF_A_MINUTE,
        modifies: true,
    };

    /// Identiv SPR332 and SPR532: keys, lamps, no display, and no limits in its properties.
    pub const SPR532: Self = Self {
        name: "SCM Microsystems Inc. SPRx32 USB Smart Card Reader",
        vendor: 0x04e6,
        product: 0xe003,
        display: None,
        digits: (4, 16),
        tells_digits: false,
        entry_validation: 7,
        messages_in_verify: &[],
        short_entry: ShortEntry::Waits,
        patience: HALF_A_MINUTE,
        modifies: true,
    };

    /// HID OMNIKEY 3821: 1 to 31 digits.
    pub const OMNIKEY_3821: Self = Self {
        name: "HID Global OMNIKEY 3821 Smart Card Reader",
        vendor: 0x076b,
        product: 0x3821,
        display: Some((2, 16)),
        digits: (1, 31),
        tells_digits: true,
        entry_validation: 7,
        messages_in_verify: &[],
        short_entry: ShortEntry::Ends,
        patience: HALF_A_MINUTE,
        modifies: true,
    };

    /// All of the above.
    pub const ALL: [Self; 4] = [
        Self::GEMPC_PINPAD,
        Self::EZIO_SHIELD,
        Self::SPR532,
        Self::OMNIKEY_3821,
    ];
}
