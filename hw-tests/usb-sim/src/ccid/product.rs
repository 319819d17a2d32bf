//! Products, as their published descriptors describe them.
//!
//! *Source of the values*: the descriptor dumps that libccid collects (LudovicRousseau/CCID,
//! `readers/*.txt`). They say what a product claims of itself, nothing of what its firmware does.

use myna_hal::sim::card::{Latency, Profile};
use myna_hal::sim::firmware::PinPadProduct;

use super::CONTACT_ATR;

use crate::descriptor::{Descriptors, Identity, endpoint, interface, transfer};
use crate::device::Speed;

/// One product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Short name for tests.
    pub key: &'static str,
    /// Vendor, product and strings.
    pub identity: Identity,
    /// `bInterfaceClass`: 0B, or FF in products that are older than the class.
    pub class: u8,
    /// `bVoltageSupport`.
    pub voltages: u8,
    /// `dwProtocols`: bit 0 is T=0, bit 1 is T=1.
    pub protocols: u32,
    /// `dwMaxIFSD`.
    pub max_ifsd: u32,
    /// `dwFeatures`.
    pub features: u32,
    /// `dwMaxCCIDMessageLength`.
    pub max_message: u32,
    /// `wLcdLayout`: lines in the high byte, characters in the low one.
    pub display: u16,
    /// `bPINSupport`: bit 0 verify, bit 1 modify.
    pub pin_support: u8,
    /// `bMaxSlotIndex`.
    pub last_slot: u8,
    /// Whether cards are held near it instead of put in.
    pub contactless: bool,
}

/// Levels of exchange (CCID 1.1 table 5.1-1, `dwFeatures`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Blocks of T=1 and commands of T=0.
    Tpdu,
    /// Commands with short length fields.
    ShortApdu,
    /// Commands of every length.
    ExtendedApdu,
}

/// Addresses of the endpoints.
pub(crate) const BULK_OUT: u8 = 0x01;
pub(crate) const BULK_IN: u8 = 0x82;
pub(crate) const INTERRUPT_IN: u8 = 0x83;

impl Product {
    /// The product called `key`.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.key == key)
    }

    /// A card that suits it, with contacts or without, and takes no time.
    #[must_use]
    pub fn card(&self) -> Profile {
        let mut profile = Profile::default();
        if !self.contactless {
            profile.atr = CONTACT_ATR.to_vec();
        }
        profile
    }

    /// The same, as slow as a real one.
    #[must_use]
    pub fn slow_card(&self) -> Profile {
        let latency = match self.contactless {
            true => Latency::TypeB106,
            false => Latency::Contact,
        };
        Profile {
            latency,
            ..self.card()
        }
    }

    /// Its level of exchange.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        match self.features >> 16 & 0x7 {
            2 => Exchange::ShortApdu,
            4 => Exchange::ExtendedApdu,
            _ => Exchange::Tpdu,
        }
    }

    /// Its keys, if it has any.
    #[must_use]
    pub fn pad(&self) -> Option<PinPadProduct> {
        let same = |pad: &PinPadProduct| {
            (pad.vendor, pad.product) == (self.identity.vendor, self.identity.product)
        };
        PinPadProduct::ALL.into_iter().find(same)
    }

    /// What it says on the bus.
    pub(super) fn descriptors(&self) -> Descriptors {
        let mut body = interface(0, 0, 3, [self.class, 0, 0]).to_vec();
        // The class descriptor (CCID 1.1 table 5.1-1).
        body.extend([0x36, 0x21, 0x10, 0x01, self.last_slot, self.voltages]);
        for value in [self.protocols, 4000, 4000] {
            body.extend(value.to_le_bytes());
        }
        body.push(0);
        for value in [10_753_u32, 344_105] {
            body.extend(value.to_le_bytes());
        }
        body.push(0);
        for value in [self.max_ifsd, 0, 0, self.features, self.max_message] {
            body.extend(value.to_le_bytes());
        }
        body.extend([0xFF, 0xFF]);
        body.extend(self.display.to_le_bytes());
        body.extend([self.pin_support, 1]);
        body.extend(endpoint(BULK_OUT, transfer::BULK, 64, 0));
        body.extend(endpoint(BULK_IN, transfer::BULK, 64, 0));
        body.extend(endpoint(INTERRUPT_IN, transfer::INTERRUPT, 8, 24));
        Descriptors::new(Speed::Full, &self.identity, [0; 3], 1, &body)
    }
}

const fn identity(
    vendor: u16,
    product: u16,
    release: u16,
    manufacturer: &'static str,
    name: &'static str,
) -> Identity {
    Identity {
        vendor,
        product,
        release,
        manufacturer,
        name,
    }
}

/// A contact reader of class 0B with T=0 and T=1, one slot and no keys, to start from.
const CONTACT: Product = Product {
    key: "",
    identity: identity(0, 0, 0, "", ""),
    class: 0x0B,
    voltages: 7,
    protocols: 3,
    max_ifsd: 254,
    features: 0,
    max_message: 271,
    display: 0,
    pin_support: 0,
    last_slot: 0,
    contactless: false,
};

/// Readers that are used in Japan, and the PIN pads of other markets that libccid supports.
pub const PRODUCTS: &[Product] = &[
    Product {
        key: "rc-s300",
        identity: identity(0x054C, 0x0DC8, 0x0100, "SONY", "FeliCa Port/PaSoRi 4.0"),
        protocols: 2,
        features: 0x0004_007E,
        max_message: 522,
        contactless: true,
        ..CONTACT
    },
    Product {
        key: "acr1252u",
        identity: identity(0x072F, 0x223E, 0x0206, "ACS", "ACR1252 Reader"),
        protocols: 2,
        features: 0x0004_04BA,
        max_message: 522,
        contactless: true,
        ..CONTACT
    },
    Product {
        key: "acr39u",
        identity: identity(0x072F, 0xB100, 0x0216, "ACS", "ACR39U ICC Reader"),
        max_ifsd: 247,
        features: 0x0001_00B2,
        ..CONTACT
    },
    Product {
        key: "scr3310-nttcom",
        identity: identity(
            0x04E6,
            0x511A,
            0x0203,
            "NTT Communications Corp.",
            "SCR3310-NTTCom USB SmartCard Reader",
        ),
        class: 0xFF,
        max_ifsd: 252,
        features: 0x0001_01BA,
        ..CONTACT
    },
    Product {
        key: "idbridge-ct30",
        identity: identity(0x08E6, 0x3437, 0x0201, "Gemalto", "USB SmartCard Reader"),
        features: 0x0001_0230,
        ..CONTACT
    },
    Product {
        key: "utrust-3700f",
        identity: identity(0x04E6, 0x5790, 0x0102, "Identiv", "uTrust 3700 F CL Reader"),
        voltages: 1,
        max_ifsd: 1024,
        features: 0x0004_04BE,
        max_message: 1034,
        contactless: true,
        ..CONTACT
    },
    Product {
        key: "utrust-2700r",
        identity: identity(
            0x04E6,
            0x5810,
            0x0100,
            "Identive",
            "CLOUD 2700 R Smart Card Reader",
        ),
        features: 0x0004_04BA,
        ..CONTACT
    },
    Product {
        key: "ezio-shield",
        identity: identity(0x08E6, 0x34C2, 0x0102, "Gemalto", "Ezio Shield"),
        voltages: 3,
        features: 0x0004_04B2,
        display: 0x0211,
        pin_support: 3,
        ..CONTACT
    },
    Product {
        key: "omnikey-3821",
        identity: identity(
            0x076B,
            0x3821,
            0x0600,
            "OMNIKEY AG",
            "Smart Card Reader USB",
        ),
        features: 0x0002_07B2,
        display: 0x0210,
        pin_support: 3,
        ..CONTACT
    },
    Product {
        key: "spr532",
        identity: identity(
            0x04E6,
            0xE003,
            0x0510,
            "SCM Microsystems Inc.",
            "SPRx32 USB Smart Card Reader",
        ),
        class: 0xFF,
        voltages: 1,
        features: 0x0001_00BA,
        max_message: 270,
        pin_support: 3,
        ..CONTACT
    },
    Product {
        key: "gempc-pinpad",
        identity: identity(
            0x08E6,
            0x3478,
            0x0211,
            "Gemplus",
            "USB GemPCPinpad SmartCard Reader",
        ),
        features: 0x0001_0230,
        display: 0x0210,
        pin_support: 3,
        ..CONTACT
    },
];

impl Product {
    /// No product: a reader of the class that no list of readers knows (an identifier for tests,
    /// pid.codes 1209:0001).
    pub const UNLISTED: Self = Self {
        key: "unlisted",
        identity: identity(0x1209, 0x0001, 0x0100, "Nobody", "Unlisted CCID reader"),
        features: 0x0004_04BA,
        ..CONTACT
    };

    /// No product: the same with two slots.
    pub const TWO_SLOTS: Self = Self {
        key: "two-slots",
        identity: identity(0x1209, 0x0002, 0x0100, "Nobody", "Two slots"),
        features: 0x0004_04BA,
        last_slot: 1,
        ..CONTACT
    };

    /// No product: claims keys that it does not have.
    pub const FALSE_PAD: Self = Self {
        key: "false-pad",
        identity: identity(0x1209, 0x0003, 0x0100, "Nobody", "Claims a PIN pad"),
        features: 0x0004_04BA,
        pin_support: 3,
        ..CONTACT
    };
}
