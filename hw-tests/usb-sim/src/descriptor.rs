//! Descriptors as tables (USB 2.0 §9.6).

use crate::device::Speed;

/// Descriptor types.
pub mod kind {
    /// Device.
    pub const DEVICE: u8 = 1;
    /// Configuration.
    pub const CONFIGURATION: u8 = 2;
    /// String.
    pub const STRING: u8 = 3;
    /// Interface.
    pub const INTERFACE: u8 = 4;
    /// Endpoint.
    pub const ENDPOINT: u8 = 5;
    /// Device qualifier: what a high-speed device would be at full speed.
    pub const DEVICE_QUALIFIER: u8 = 6;
}

/// Transfer types of an endpoint (`bmAttributes`).
pub mod transfer {
    /// Bulk.
    pub const BULK: u8 = 2;
    /// Interrupt.
    pub const INTERRUPT: u8 = 3;
}

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptors {
    /// How fast it is.
    pub speed: Speed,
    /// The device descriptor, 18 bytes.
    pub device: [u8; 18],
    /// The one configuration, with everything in it.
    pub configuration: Vec<u8>,
    /// Strings 1, 2, …, in English (United States).
    pub strings: Vec<String>,
}

/// Who made a device and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// `bcdDevice`.
    pub release: u16,
    /// `iManufacturer`, string 1.
    pub manufacturer: &'static str,
    /// `iProduct`, string 2.
    pub name: &'static str,
}

impl Descriptors {
    /// A device with one configuration of `interfaces` interfaces, whose descriptors are `body`.
    /// `class` is that of the device: zeros where the interfaces say it.
    #[must_use]
    pub fn new(
        speed: Speed,
        identity: &Identity,
        class: [u8; 3],
        interfaces: u8,
        body: &[u8],
    ) -> Self {
        let [v0, v1] = identity.vendor.to_le_bytes();
        let [p0, p1] = identity.product.to_le_bytes();
        let [r0, r1] = identity.release.to_le_bytes();
        let [class, subclass, protocol] = class;
        let device = [
            18,
            kind::DEVICE,
            0x00,
            0x02,
            class,
            subclass,
            protocol,
            64,
            v0,
            v1,
            p0,
            p1,
            r0,
            r1,
            // iManufacturer, iProduct, no serial number, one configuration.
            1,
            2,
            0,
            1,
        ];
        let length = u16::try_from(9 + body.len()).unwrap_or(u16::MAX);
        let [l0, l1] = length.to_le_bytes();
        // Bus-powered, 100 mA.
        let mut configuration = vec![9, kind::CONFIGURATION, l0, l1, interfaces, 1, 0, 0x80, 50];
        configuration.extend_from_slice(body);
        Self {
            speed,
            device,
            configuration,
            strings: vec![identity.manufacturer.to_owned(), identity.name.to_owned()],
        }
    }
}

/// An interface descriptor.
#[must_use]
pub fn interface(number: u8, alternate: u8, endpoints: u8, class: [u8; 3]) -> [u8; 9] {
    let [class, subclass, protocol] = class;
    [
        9,
        kind::INTERFACE,
        number,
        alternate,
        endpoints,
        class,
        subclass,
        protocol,
        0,
    ]
}

/// An endpoint descriptor. Bit 7 of `address` is the direction to the host.
#[must_use]
pub fn endpoint(address: u8, transfer: u8, packet: u16, interval: u8) -> [u8; 7] {
    let [low, high] = packet.to_le_bytes();
    [7, kind::ENDPOINT, address, transfer, low, high, interval]
}
