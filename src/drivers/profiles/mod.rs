//! Card readers that are known, as data: how they exchange commands, what is odd about them, and
//! what they need to be listed.
//!
//! *For application authors*: [`ReaderProfile::of_usb`] and [`ReaderProfile::of_name`] tell what to
//! say to somebody whose reader does not work. Nothing in this crate depends on a reader being in
//! the table, but that a few readers older than the USB class are recognised by it, and that false
//! claims of a PIN pad are not believed.
//!
//! *Sources*: libccid's descriptor dumps and source (1.5.2), Debian 12's packages, and reports on
//! the web where marked so. No maker's device was seen.
//!
#![doc = include_str!("table.md")]

mod render;
mod table;

pub use render::markdown;
pub use table::KNOWN;

/// How a reader takes commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exchange {
    /// Blocks of T=1 and commands of T=0: extended length by chaining of blocks.
    Tpdu,
    /// Commands with short length fields only.
    Short,
    /// Commands of every length.
    Extended,
    /// A protocol of its maker's.
    Vendor,
}

/// What is special about a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Quirk {
    /// Its USB interface is of class FF although it speaks CCID.
    OlderThanTheClass,
    /// It claims a PIN pad that it does not have.
    ClaimsAPad,
    /// Only the OK key ends an entry.
    OkKeyOnly,
    /// It takes three numbers of messages in a change of PIN, whatever their number is.
    ThreeMessages,
    /// It takes an escape command before a PIN that goes behind a bare header.
    EscapeBeforeBarePin,
    /// It answers up to a second late without a card near it.
    AnswersLate,
    /// It has another interface for a second kind of cards.
    TwoInterfaces,
}

/// What a reader needs on Linux to be listed through PC/SC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// libccid 1.5.2 (Debian 12) or later.
    Libccid,
    /// A later libccid than 1.5.2.
    LaterLibccid,
    /// The package libacsccid1.
    Libacsccid,
    /// No driver for PC/SC exists; this crate has one of its own.
    NoDriver,
    /// The driver of its maker.
    VendorDriver,
}

impl Needs {
    /// What to do about a reader that PC/SC does not list.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Libccid => "install libccid and pcscd, and restart pcscd",
            Self::LaterLibccid => {
                "libccid has to be later than 1.5.2; or use this crate's driver `ccid`"
            }
            Self::Libacsccid => "install libacsccid1 and restart pcscd",
            Self::NoDriver => {
                "there is no PC/SC driver for it on Linux; use this crate's driver `port100`"
            }
            Self::VendorDriver => "install its maker's driver",
        }
    }
}

/// What is known how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Its descriptors are published.
    Descriptor,
    /// And they were simulated, and driven through a real kernel, libccid and this crate's drivers.
    Simulated,
    /// People report it.
    Reported,
    /// Its protocol is known from other programs' sources, and was simulated after them; this crate's
    /// driver was not yet seen on hardware.
    Protocol,
}

/// One reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderProfile {
    /// Maker and model.
    pub make: &'static str,
    /// `idVendor` and `idProduct`; some models have several.
    pub usb_ids: &'static [(u16, u16)],
    /// Parts of its names in PC/SC: libccid's, and those of descriptors.
    pub pcsc_names: &'static [&'static str],
    /// How it takes commands.
    pub exchange: Exchange,
    /// The longest message in bytes (`dwMaxCCIDMessageLength`), header included.
    pub max_message: Option<u16>,
    /// Fewest and most digits of its keys; `None` without keys, or where it does not say.
    pub pin_digits: Option<(u8, u8)>,
    /// Whether it has keys that give a PIN to the card.
    pub pin_pad: bool,
    /// What is special.
    pub quirks: &'static [Quirk],
    /// What it needs to be listed.
    pub needs: Needs,
    /// How this is known.
    pub evidence: Evidence,
}

impl ReaderProfile {
    /// The profile of the reader with these USB identifiers.
    #[must_use]
    pub fn of_usb(usb_id: (u16, u16)) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.usb_ids.contains(&usb_id))
    }

    /// The profile of the reader that PC/SC calls so.
    #[must_use]
    pub fn of_name(name: &str) -> Option<&'static Self> {
        KNOWN
            .iter()
            .find(|known| known.pcsc_names.iter().any(|part| name.contains(part)))
    }

    /// Whether this is special about it.
    #[must_use]
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// Whether it speaks CCID.
    #[must_use]
    pub fn is_ccid(&self) -> bool {
        self.exchange != Exchange::Vendor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_and_no_name_stands_for_two() {
        for (at, one) in KNOWN.iter().enumerate() {
            for other in &KNOWN[at + 1..] {
                let shared = one.usb_ids.iter().find(|id| other.usb_ids.contains(id));
                assert_eq!(shared, None, "{} and {}", one.make, other.make);
                for (one, other) in one
                    .pcsc_names
                    .iter()
                    .flat_map(|one| other.pcsc_names.iter().map(move |other| (one, other)))
                {
                    assert!(
                        !one.contains(other) && !other.contains(one),
                        "{one}, {other}"
                    );
                }
            }
        }
    }

    #[test]
    fn readers_are_found_by_what_the_bus_and_pcsc_call_them() {
        let by_id = ReaderProfile::of_usb((0x04E6, 0xE003)).expect("known");
        assert!(by_id.has(Quirk::ThreeMessages) && by_id.pin_pad);
        let name = "Gemalto USB GemPCPinpad SmartCard Reader 00 00";
        let by_name = ReaderProfile::of_name(name).expect("known");
        assert_eq!(by_name.pin_digits, Some((4, 8)));
        assert_eq!(ReaderProfile::of_usb((0x1209, 1)), None);
        assert_eq!(ReaderProfile::of_name("No such reader"), None);
        let sony = ReaderProfile::of_usb((0x054C, 0x06C1)).expect("known");
        assert!(!sony.is_ccid(), "Port-100 speaks another protocol");
        assert!(sony.needs.remedy().contains("port100"));
    }

    /// The table in the documentation is the table.
    #[test]
    fn the_documentation_shows_the_table() {
        let shown = include_str!("table.md");
        assert!(
            shown == markdown(),
            "src/drivers/profiles/table.md is to be:\n{}",
            markdown()
        );
    }
}
