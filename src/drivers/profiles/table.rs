//! The readers.

use super::{Evidence, Exchange, Needs, Quirk, ReaderProfile};

/// A reader that libccid 1.5.2 lists, without keys and with nothing special, to start from.
const PLAIN: ReaderProfile = ReaderProfile {
    make: "",
    usb_ids: &[],
    pcsc_names: &[],
    exchange: Exchange::Extended,
    max_message: None,
    pin_digits: None,
    pin_pad: false,
    quirks: &[],
    needs: Needs::Libccid,
    evidence: Evidence::Descriptor,
};

/// The readers that are known.
pub const KNOWN: &[ReaderProfile] = &[
    ReaderProfile {
        make: "Sony RC-S300/S, RC-S300/P, RC-S660/U",
        usb_ids: &[(0x054C, 0x0DC8), (0x054C, 0x0DC9), (0x054C, 0x0D8F)],
        pcsc_names: &["RC-S300", "RC-S660"],
        max_message: Some(522),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "Sony RC-S380/S, RC-S380/P",
        usb_ids: &[(0x054C, 0x06C1), (0x054C, 0x06C3)],
        pcsc_names: &["RC-S380"],
        exchange: Exchange::Vendor,
        needs: Needs::NoDriver,
        evidence: Evidence::Protocol,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR39U",
        usb_ids: &[(0x072F, 0xB100)],
        pcsc_names: &["ACR39U"],
        exchange: Exchange::Tpdu,
        max_message: Some(271),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR1251DI-NTTCom",
        usb_ids: &[(0x072F, 0x221B)],
        needs: Needs::Libacsccid,
        evidence: Evidence::Reported,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR1251CL-NTTCom",
        usb_ids: &[(0x072F, 0x2229), (0x072F, 0x224F)],
        pcsc_names: &["ACR1251 CL"],
        needs: Needs::Libacsccid,
        evidence: Evidence::Reported,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR1251 Dual",
        usb_ids: &[(0x072F, 0x221A)],
        pcsc_names: &["ACR1251 Dual"],
        max_message: Some(522),
        quirks: &[Quirk::TwoInterfaces, Quirk::ClaimsAPad],
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR1252U",
        usb_ids: &[(0x072F, 0x223B), (0x072F, 0x223E)],
        pcsc_names: &["ACR1252"],
        max_message: Some(522),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR1255U-J1",
        usb_ids: &[(0x072F, 0x223F)],
        pcsc_names: &["ACR1255"],
        max_message: Some(522),
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR122U",
        usb_ids: &[(0x072F, 0x2200)],
        pcsc_names: &["ACR122U"],
        exchange: Exchange::Short,
        max_message: Some(271),
        quirks: &[Quirk::AnswersLate],
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR40U",
        usb_ids: &[(0x072F, 0xB506)],
        pcsc_names: &["ACR40U"],
        exchange: Exchange::Tpdu,
        max_message: Some(512),
        needs: Needs::LaterLibccid,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS ACR1552U",
        usb_ids: &[(0x072F, 0x2303), (0x072F, 0x2308)],
        pcsc_names: &["ACR1552"],
        needs: Needs::LaterLibccid,
        ..PLAIN
    },
    ReaderProfile {
        make: "NTTCom SCR3310-NTTCom",
        usb_ids: &[(0x04E6, 0x511A)],
        pcsc_names: &["SCR3310-NTTCom"],
        exchange: Exchange::Tpdu,
        max_message: Some(271),
        quirks: &[Quirk::OlderThanTheClass],
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "NTTCom SCR331DI-NTTCom",
        usb_ids: &[(0x04E6, 0x5120)],
        pcsc_names: &["SCR331-DI"],
        exchange: Exchange::Tpdu,
        max_message: Some(263),
        ..PLAIN
    },
    ReaderProfile {
        make: "Identiv SCR3310",
        usb_ids: &[(0x04E6, 0x5116), (0x04E6, 0x511F)],
        pcsc_names: &["SCR 3310", "SCR3310 USB"],
        exchange: Exchange::Tpdu,
        max_message: Some(271),
        ..PLAIN
    },
    ReaderProfile {
        make: "Identiv uTrust 2700 R",
        usb_ids: &[(0x04E6, 0x5810)],
        pcsc_names: &["CLOUD 2700 R"],
        max_message: Some(271),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "Identiv uTrust 2700 F",
        usb_ids: &[(0x04E6, 0x5710)],
        pcsc_names: &["CLOUD 2700 F"],
        max_message: Some(1034),
        ..PLAIN
    },
    ReaderProfile {
        make: "Identiv uTrust 3700 F, 3701 F",
        usb_ids: &[(0x04E6, 0x5790), (0x04E6, 0x5791)],
        pcsc_names: &["uTrust 370"],
        max_message: Some(1034),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "Identiv uTrust 4701 F",
        usb_ids: &[(0x04E6, 0x5724)],
        pcsc_names: &["uTrust 4701"],
        max_message: Some(1034),
        quirks: &[Quirk::TwoInterfaces],
        ..PLAIN
    },
    ReaderProfile {
        make: "Gemalto/Thales IDBridge CT30",
        usb_ids: &[(0x08E6, 0x3437)],
        pcsc_names: &["PC Twin Reader"],
        exchange: Exchange::Tpdu,
        max_message: Some(271),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "HID OMNIKEY 3021, 3121",
        usb_ids: &[(0x076B, 0x3031), (0x076B, 0x3021), (0x076B, 0x3022)],
        pcsc_names: &["OMNIKEY 3x21", "CardMan 3121", "OMNIKEY AG 3121"],
        max_message: Some(271),
        quirks: &[Quirk::ClaimsAPad],
        ..PLAIN
    },
    ReaderProfile {
        make: "HID OMNIKEY 5022",
        usb_ids: &[(0x076B, 0x5022)],
        pcsc_names: &["OMNIKEY 5022"],
        max_message: Some(520),
        ..PLAIN
    },
    ReaderProfile {
        make: "HID OMNIKEY 5422",
        usb_ids: &[(0x076B, 0x5422)],
        pcsc_names: &["OMNIKEY 5422"],
        max_message: Some(520),
        quirks: &[Quirk::TwoInterfaces],
        ..PLAIN
    },
    ReaderProfile {
        make: "Cherry ST-2000",
        usb_ids: &[(0x046A, 0x003E)],
        pcsc_names: &["SmartTerminal ST-2"],
        exchange: Exchange::Tpdu,
        max_message: Some(270),
        pin_pad: true,
        quirks: &[
            Quirk::OlderThanTheClass,
            Quirk::OkKeyOnly,
            Quirk::ThreeMessages,
        ],
        ..PLAIN
    },
    ReaderProfile {
        make: "Identiv SPR332, SPR532",
        usb_ids: &[(0x04E6, 0xE003)],
        pcsc_names: &["SPR 532", "SPRx32"],
        exchange: Exchange::Tpdu,
        max_message: Some(270),
        pin_pad: true,
        quirks: &[
            Quirk::OlderThanTheClass,
            Quirk::ThreeMessages,
            Quirk::EscapeBeforeBarePin,
        ],
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "Gemalto GemPC Pinpad",
        usb_ids: &[(0x08E6, 0x3478)],
        pcsc_names: &["GemPCPinpad", "GemPC Pinpad"],
        exchange: Exchange::Tpdu,
        max_message: Some(271),
        pin_pad: true,
        pin_digits: Some((4, 8)),
        quirks: &[Quirk::OkKeyOnly, Quirk::ThreeMessages],
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "Gemalto Ezio Shield",
        usb_ids: &[(0x08E6, 0x34C2)],
        pcsc_names: &["Ezio Shield"],
        max_message: Some(271),
        pin_pad: true,
        pin_digits: Some((4, 8)),
        quirks: &[Quirk::ThreeMessages],
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "HID OMNIKEY 3821",
        usb_ids: &[(0x076B, 0x3821)],
        pcsc_names: &["CardMan 3821", "OMNIKEY 3821"],
        exchange: Exchange::Short,
        max_message: Some(271),
        pin_pad: true,
        pin_digits: Some((1, 31)),
        evidence: Evidence::Simulated,
        ..PLAIN
    },
    ReaderProfile {
        make: "ACS APG8201",
        usb_ids: &[(0x072F, 0x8201), (0x072F, 0x8202)],
        pcsc_names: &["APG8201"],
        exchange: Exchange::Tpdu,
        max_message: Some(271),
        pin_pad: true,
        ..PLAIN
    },
    ReaderProfile {
        make: "REINER SCT cyberJack go, one",
        usb_ids: &[(0x0C4B, 0x0504), (0x0C4B, 0x0580)],
        pcsc_names: &["cyberJack"],
        max_message: Some(1014),
        pin_pad: true,
        ..PLAIN
    },
    ReaderProfile {
        make: "REINER SCT cyberJack pinpad, RFID standard",
        usb_ids: &[(0x0C4B, 0x0300), (0x0C4B, 0x0500)],
        exchange: Exchange::Vendor,
        pin_pad: true,
        needs: Needs::VendorDriver,
        ..PLAIN
    },
    ReaderProfile {
        make: "VASCO DIGIPASS 870, 875, 920",
        usb_ids: &[(0x1A44, 0x0870), (0x1A44, 0x0875), (0x1A44, 0x0920)],
        pcsc_names: &["DIGIPASS"],
        max_message: Some(271),
        pin_pad: true,
        ..PLAIN
    },
];
