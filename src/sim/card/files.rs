//! Applications (DF), elementary files (EF) and who may read them.

use std::collections::BTreeMap;

use super::hierarchy::Certificates;
use super::holder::{self, Holder};
use super::keyring::{self, Owner};
use super::profile::{Key, KeyType, Padding, Profile};
use super::records;

/// An application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Df {
    /// GlobalPlatform issuer security domain: what is selected after power-on.
    Manager,
    Jpki,
    Surface,
    Text,
    Common,
    Resident,
}

impl Df {
    /// In the order in which a partial name finds them.
    pub(super) const ALL: [Self; 6] = [
        Self::Manager,
        Self::Jpki,
        Self::Common,
        Self::Resident,
        Self::Surface,
        Self::Text,
    ];

    /// DF name (AID).
    pub(super) fn name(self) -> &'static [u8] {
        match self {
            Self::Manager => &[0xa0, 0, 0, 0x01, 0x51, 0, 0],
            Self::Jpki => &[0xd3, 0x92, 0xf0, 0, 0x26, 0x01, 0, 0, 0, 0x01],
            Self::Common => &[0xd3, 0x92, 0x10, 0, 0x31, 0, 0x01, 0x01, 0x01, 0],
            Self::Resident => &[0xd3, 0x92, 0x10, 0, 0x31, 0, 0x01, 0x01, 0x04, 0x01],
            Self::Surface => &[0xd3, 0x92, 0x10, 0, 0x31, 0, 0x01, 0x01, 0x04, 0x02],
            Self::Text => &[0xd3, 0x92, 0x10, 0, 0x31, 0, 0x01, 0x01, 0x04, 0x08],
        }
    }
}

/// What must be verified before a file is read or a key is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Free,
    /// Any one of these reference values of the same application.
    AnyOf(&'static [u16]),
    Never,
}

/// An elementary file.
pub(super) enum Ef {
    Transparent {
        bytes: Vec<u8>,
        access: Access,
    },
    /// Simple-TLV records, each as it is read.
    Records(Vec<Vec<u8>>),
    /// A value to compare with; see [`Reference`].
    Reference,
    /// A key of COMPUTE DIGITAL SIGNATURE.
    SigningKey {
        key: keyring::Key,
        access: Access,
    },
    /// A key of INTERNAL AUTHENTICATE.
    AuthenticationKey(keyring::Key),
    /// Known to exist, and nothing more.
    Opaque,
}

/// A value to compare with and its retry counter.
#[derive(Clone)]
pub(super) struct Reference {
    pub(super) value: Vec<u8>,
    pub(super) left: u8,
    pub(super) most: u8,
    /// VERIFY commands with data so far.
    pub(super) verifies: u32,
}

pub(super) type Place = (Df, u16);

impl Key {
    pub(super) fn place(self) -> Place {
        match self {
            Self::AuthPin => (Df::Jpki, 0x18),
            Self::SignPassword => (Df::Jpki, 0x1b),
            Self::SurfaceBirth => (Df::Surface, 0x11),
            Self::SurfaceB => (Df::Surface, 0x12),
            Self::SurfaceA => (Df::Surface, 0x13),
            Self::TextPin => (Df::Text, 0x11),
            Self::TextA => (Df::Text, 0x14),
            Self::TextB => (Df::Text, 0x15),
            Self::CommonPin => (Df::Common, 0x1c),
            Self::ResidentPin => (Df::Resident, 0x1c),
        }
    }
}

/// Physical size of the certificate files, filled up with zeros unless the card is odd.
const CERTIFICATE_FILE: usize = 1900;

/// A certificate file that holds `der`.
pub(super) fn certificate_file(der: &[u8], padding: Padding) -> Vec<u8> {
    let mut file = der.to_vec();
    padding.fill(&mut file, CERTIFICATE_FILE, 0x00);
    file
}

/// Everything stored on one card.
pub(super) struct Files {
    pub(super) files: BTreeMap<Place, Ef>,
    pub(super) references: BTreeMap<Place, Reference>,
}

impl Files {
    pub(super) fn new(profile: &Profile, holder: &Holder, certificates: &Certificates) -> Self {
        let mut files = BTreeMap::new();
        jpki(&mut files, profile, certificates);
        surface(&mut files, profile, holder);
        text(&mut files, holder, profile.key_type);
        let key_record = || Ef::Records(vec![records::key_record()]);
        files.insert(
            (Df::Common, 0x01),
            Ef::Records(vec![records::card_record(holder)]),
        );
        files.insert((Df::Common, 0x02), key_record());
        let common_key = Owner::CardCommon.of(profile.key_type);
        files.insert((Df::Common, 0x19), Ef::AuthenticationKey(common_key));
        files.insert((Df::Common, 0x1e), Ef::Opaque);
        files.insert((Df::Resident, 0x02), key_record());

        let references = references(profile, holder);
        for place in references.keys() {
            files.insert(*place, Ef::Reference);
        }
        Self { files, references }
    }
}

fn open(bytes: Vec<u8>) -> Ef {
    behind(bytes, Access::Free)
}

fn behind(bytes: Vec<u8>, access: Access) -> Ef {
    Ef::Transparent { bytes, access }
}

fn jpki(files: &mut BTreeMap<Place, Ef>, profile: &Profile, certificates: &Certificates) {
    let filled = |der: &[u8]| certificate_file(der, profile.quirks.padding);
    let signs = profile.sign_certificate && profile.pin.is_some();
    let sign = if signs { &certificates.sign[..] } else { &[] };
    let wants_pin = profile.token.certificate_wants_pin() || profile.quirks.certificate_wants_pin;
    let auth_access = if wants_pin {
        Access::AnyOf(&[0x18])
    } else {
        Access::Free
    };
    // Signature, user authentication, unknown: 8F is "there is one".
    let available = [if signs { 0x8f } else { 0 }, 0x8f, 0];
    for (id, ef) in [
        (0x01, behind(filled(sign), Access::AnyOf(&[0x1b]))),
        (0x02, open(filled(&certificates.sign_ca))),
        (0x05, behind(Vec::new(), Access::Never)),
        (
            0x06,
            open(records::token_information(profile.token.label())),
        ),
        (0x08, open(available.to_vec())),
        (0x09, behind(vec![0xff; 16], Access::Never)),
        (0x0a, behind(filled(&certificates.auth), auth_access)),
        (0x0b, open(filled(&certificates.auth_ca))),
        (
            0x17,
            Ef::SigningKey {
                key: Owner::HolderAuth.of(profile.key_type),
                access: Access::AnyOf(&[0x18]),
            },
        ),
        (
            0x1a,
            Ef::SigningKey {
                key: Owner::HolderSign.of(profile.key_type),
                access: Access::AnyOf(&[0x1b]),
            },
        ),
    ] {
        files.insert((Df::Jpki, id), ef);
    }
    for id in [0x10, 0x16, 0x19, 0x1c, 0x1e] {
        files.insert((Df::Jpki, id), Ef::Opaque);
    }
}

fn surface(files: &mut BTreeMap<Place, Ef>, profile: &Profile, holder: &Holder) {
    const A_OR_B: Access = Access::AnyOf(&[0x13, 0x12]);
    let key_type = profile.key_type;
    for (id, ef) in [
        (
            0x01,
            behind(
                records::age_record(holder, key_type),
                Access::AnyOf(&[0x11]),
            ),
        ),
        (0x02, behind(records::face_record(profile, holder), A_OR_B)),
        (0x03, open(records::surface_information())),
        (
            0x04,
            open(records::cv_certificate(records::SURFACE_CA, key_type)),
        ),
        (
            0x05,
            behind(
                records::number_image_record(key_type),
                Access::AnyOf(&[0x13]),
            ),
        ),
        (0x06, behind(vec![0xff; 16], A_OR_B)),
        (
            0x1a,
            Ef::SigningKey {
                key: Owner::CardSurface.of(key_type),
                access: Access::Free,
            },
        ),
        (0x1c, Ef::Opaque),
        (0x1e, Ef::Opaque),
    ] {
        files.insert((Df::Surface, id), ef);
    }
}

fn text(files: &mut BTreeMap<Place, Ef>, holder: &Holder, key_type: KeyType) {
    const PIN_OR_A: Access = Access::AnyOf(&[0x11, 0x14]);
    const PIN_OR_B: Access = Access::AnyOf(&[0x11, 0x15]);
    const ANY: Access = Access::AnyOf(&[0x11, 0x14, 0x15]);
    for (id, ef) in [
        (0x01, behind(records::number(), PIN_OR_A)),
        (0x02, behind(records::attributes(holder), PIN_OR_B)),
        (
            0x03,
            behind(records::integrity_record(holder, key_type), ANY),
        ),
        (
            0x04,
            open(records::cv_certificate(records::TEXT_CA, key_type)),
        ),
        (0x05, open(records::text_information())),
        (0x06, behind(records::session_public_key(key_type), ANY)),
        (0x07, behind(records::text_card_key(key_type), ANY)),
        (0x08, open(vec![0xff; 16])),
        (0x10, Ef::Opaque),
        (
            0x13,
            Ef::SigningKey {
                key: Owner::CardText.of(key_type),
                access: Access::Free,
            },
        ),
        (0x1c, Ef::Opaque),
        (0x1e, Ef::Opaque),
    ] {
        files.insert((Df::Text, id), ef);
    }
}

fn references(profile: &Profile, holder: &Holder) -> BTreeMap<Place, Reference> {
    let pinless = profile.pin.is_none();
    let pin = profile.pin.as_deref().unwrap_or_default();
    let birth = holder::era_birth_date(profile.birth);
    let code = holder.card_face_code.as_str();
    let mut references: BTreeMap<_, _> = [
        (Key::AuthPin, pin, 3),
        (Key::SignPassword, &profile.sign_password, 5),
        (Key::SurfaceBirth, &birth, 10),
        (Key::SurfaceB, code, 10),
        (Key::SurfaceA, holder::NUMBER, 10),
        (Key::TextPin, pin, 3),
        (Key::TextA, holder::NUMBER, 10),
        (Key::TextB, code, 10),
        (Key::CommonPin, pin, 3),
        (Key::ResidentPin, pin, 3),
    ]
    .into_iter()
    .map(|(key, value, most)| {
        let is_pin = matches!(
            key,
            Key::AuthPin | Key::SignPassword | Key::TextPin | Key::CommonPin | Key::ResidentPin
        );
        // Nobody published how a card without PINs answers; blocked is what a client must bear.
        let all = if is_pin && pinless { 0 } else { most };
        let reference = Reference {
            value: value.as_bytes().to_vec(),
            left: profile.tries.get(&key).copied().unwrap_or(all).min(15),
            most,
            verifies: 0,
        };
        (key.place(), reference)
    })
    .collect();
    // A key that is blocked from the day of issue (observed).
    references.insert(
        (Df::Text, 0x12),
        Reference {
            value: Vec::new(),
            left: 0,
            most: 10,
            verifies: 0,
        },
    );
    references
}
