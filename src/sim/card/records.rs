//! The records of the surface, text and common applications and of the card manager, with the
//! card-verifiable certificates over them. Layouts as observed on cards by several projects.

use sha2::{Digest as _, Sha256, Sha384};

use super::holder::{self, Holder};
use super::keyring::Owner;
use super::profile::{KeyType, Profile};
use super::tlv::Length::{Long, Short};
use super::tlv::{df, tlv};

/// Key identifier of a card-verifiable certificate: seven digits, `08 05`, three digits and four
/// bytes. Ours begin with 7: real authorities' begin with 5, those of test cards with 6.
pub(super) type KeyId = [u8; 16];

pub(super) const SURFACE_CA: KeyId = *b"7000023\x08\x05001\x00\x00\x00\x01";
pub(super) const TEXT_CA: KeyId = *b"7000033\x08\x05001\x00\x00\x00\x01";
const CARD_CA: KeyId = *b"7000020\x08\x05001\x00\x00\x00\x01";
/// The municipality that issued the card.
const ISSUER: KeyId = *b"7999990\x08\x05000\x00\x00\x00\x01";

const NAME_IMAGE: &[u8] = include_bytes!("data/name.png");
const ADDRESS_IMAGE: &[u8] = include_bytes!("data/address.png");
const CODE_IMAGE: &[u8] = include_bytes!("data/code.png");
const NUMBER_IMAGE: &[u8] = include_bytes!("data/number.png");

/// DigestInfo of SHA-256 whose hash field holds three hashes, 96 bytes: what is signed over the
/// face record. No standard verifier accepts it.
const TRIPLE_DIGEST_INFO: [u8; 19] = [
    0x30, 0x71, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x60,
];

/// Fields, a signature under `tag` over them as they stand, all in an outer object.
fn signed(key_type: KeyType, outer: [u8; 2], fields: &[u8], tag: u8) -> Vec<u8> {
    let signature = df(tag, Long, &Owner::CvIssuer.of(key_type).issue(fields));
    tlv(&outer, Long, &[fields, &signature].concat())
}

/// The certificate body `issuer ‖ subject ‖ key` and the authority's signature over it.
fn cv_objects(authority: KeyId, key_type: KeyType) -> Vec<u8> {
    let issuer = Owner::CvIssuer.of(key_type);
    let names = [
        generation(authority, key_type),
        generation(ISSUER, key_type),
    ];
    let body = [&names.concat()[..], &issuer.card_public_key()].concat();
    let signature = Owner::CvCa.of(key_type).issue(&body);
    [
        tlv(&[0x5f, 0x4e], Long, &body),
        tlv(&[0x5f, 0x37], Long, &signature),
    ]
    .concat()
}

/// Card-verifiable certificate of the issuer's key, 568 bytes with RSA.
pub(super) fn cv_certificate(authority: KeyId, key_type: KeyType) -> Vec<u8> {
    tlv(&[0x7f, 0x21], Long, &cv_objects(authority, key_type))
}

/// Another key has another identifier: the last byte counts.
pub(super) fn generation(mut id: KeyId, key_type: KeyType) -> KeyId {
    id[15] = match key_type {
        KeyType::Rsa2048 => 1,
        KeyType::P384 => 2,
    };
    id
}

/// Surface application, EF `0001`: the age record.
pub(super) fn age_record(holder: &Holder, key_type: KeyType) -> Vec<u8> {
    let fields = [
        df(0x11, Short, holder::digits(holder.birth).as_bytes()),
        df(
            0x12,
            Long,
            &Owner::CardSurface.of(key_type).card_public_key(),
        ),
    ]
    .concat();
    signed(key_type, [0xff, 0x10], &fields, 0x13)
}

/// Surface application, EF `0002`: what is printed on the card's face, with the portrait.
pub(super) fn face_record(profile: &Profile, holder: &Holder) -> Vec<u8> {
    let birth = df(0x22, Short, holder::digits(holder.birth).as_bytes());
    let sex = df(0x23, Short, holder::SEX.as_bytes());
    let key_type = profile.key_type;
    let card_key = Owner::CardSurface.of(key_type).card_public_key();
    let key = df(0x24, Long, &card_key);
    let name = df(0x25, Long, NAME_IMAGE);
    let address = df(0x26, Long, ADDRESS_IMAGE);
    let mut portrait = df(0x27, Long, &profile.portrait);
    // Each group is hashed as whole objects, tag and length included.
    let groups = [
        [&birth[..], &sex, &key].concat(),
        [&name[..], &address].concat(),
        portrait.clone(),
    ];
    let signature = df(0x28, Long, &sign_groups(key_type, &groups));
    if profile.tampered_portrait {
        // Before the end marker of the code stream, where the picture hardly changes.
        let at = portrait.len() - 3;
        portrait[at] ^= 0x01;
    }
    let expiry = df(0x29, Short, holder::digits(holder.expiry).as_bytes());
    let code = df(0x2a, Short, CODE_IMAGE);

    let fields = [
        birth, sex, key, name, address, portrait, signature, expiry, code,
    ];
    // Offsets count from the start of the file: outer tag and length take 5 bytes, the table 21.
    let mut at = 5 + 3 + 2 * fields.len();
    let mut table = Vec::new();
    for field in &fields {
        table.extend(u16::try_from(at).unwrap_or(u16::MAX).to_be_bytes());
        at += field.len();
    }
    let body = [df(0x21, Short, &table), fields.concat()].concat();
    let mut file = tlv(&[0xff, 0x20], Long, &body);
    let size = file.len() + profile.face_padding;
    profile.quirks.padding.fill(&mut file, size, 0xff);
    file
}

/// The issuer's signature over the three groups of the face record, each hashed on its own: the
/// hashes side by side in one DigestInfo, or (a guess) signed as one message with P-384.
fn sign_groups(key_type: KeyType, groups: &[Vec<u8>; 3]) -> Vec<u8> {
    let issuer = Owner::CvIssuer;
    match key_type {
        KeyType::Rsa2048 => {
            let mut digest = TRIPLE_DIGEST_INFO.to_vec();
            digest.extend(groups.iter().flat_map(Sha256::digest));
            issuer.issue_bare(&digest)
        }
        KeyType::P384 => {
            let hashes: Vec<u8> = groups.iter().flat_map(Sha384::digest).collect();
            issuer.of(key_type).issue(&hashes)
        }
    }
}

/// Surface application, EF `0003`: basic information.
pub(super) fn surface_information() -> Vec<u8> {
    let fields = [
        // Version 3.14, extended length fields taken, vendor.
        df(0x31, Short, &[0x06, 0x03, 0x0e, 0x01]),
        df(0x32, Short, &SURFACE_CA),
        df(0x33, Short, &[0x01]),
        df(0x34, Short, holder::MUNICIPALITY.as_bytes()),
        // The opaque part is opaque here too.
        df(0x35, Long, &[&SURFACE_CA[..], &[0x5a; 256]].concat()),
    ]
    .concat();
    tlv(&[0xff, 0x30], Long, &fields)
}

/// Surface application, EF `0005`: the My Number as printed.
pub(super) fn number_image_record(key_type: KeyType) -> Vec<u8> {
    let fields = [
        df(0x41, Long, NUMBER_IMAGE),
        df(
            0x42,
            Long,
            &Owner::CardSurface.of(key_type).card_public_key(),
        ),
    ]
    .concat();
    signed(key_type, [0xff, 0x40], &fields, 0x43)
}

/// Text application, EF `0001`: the My Number, 15 bytes in a file of 17.
pub(super) fn number() -> Vec<u8> {
    let mut file = tlv(&[0xff, 0x10], Short, holder::NUMBER.as_bytes());
    file.resize(17, 0xff);
    file
}

/// Text application, EF `0002`: name, address, birth and sex.
pub(super) fn attributes(holder: &Holder) -> Vec<u8> {
    let (fields, table) = attribute_objects(holder);
    tlv(&[0xff, 0x20], Short, &[table, fields].concat())
}

fn attribute_objects(holder: &Holder) -> (Vec<u8>, Vec<u8>) {
    let fields = [
        df(0x22, Short, holder.name.as_bytes()),
        df(0x23, Short, holder.address.as_bytes()),
        df(0x24, Short, holder::digits(holder.birth).as_bytes()),
        df(0x25, Short, holder::SEX.as_bytes()),
    ];
    let size: usize = 3 + 2 * fields.len() + fields.iter().map(Vec::len).sum::<usize>();
    let mut at = if size < 0x80 { 3 } else { 5 } + 3 + 2 * fields.len();
    let mut table = Vec::new();
    for field in &fields {
        table.extend(u16::try_from(at).unwrap_or(u16::MAX).to_be_bytes());
        at += field.len();
    }
    (fields.concat(), df(0x21, Short, &table))
}

/// Text application, EF `0003`: hashes of EF `0001` with its padding and of the fields of
/// EF `0002`, signed.
pub(super) fn integrity_record(holder: &Holder, key_type: KeyType) -> Vec<u8> {
    let fields = [
        df(0x31, Short, &Sha256::digest(number())),
        df(0x32, Short, &Sha256::digest(attribute_objects(holder).0)),
    ]
    .concat();
    signed(key_type, [0xff, 0x30], &fields, 0x33)
}

/// Text application, EF `0005`: basic information, 164 bytes in a file of 256.
pub(super) fn text_information() -> Vec<u8> {
    let mut opaque = [0xff; 128];
    opaque[..32].fill(0x5a);
    let fields = [
        df(0x41, Short, &[0x01, 0x03, 0x0e, 0x01]),
        df(0x42, Short, &TEXT_CA),
        df(0x43, Long, &opaque),
    ]
    .concat();
    let mut file = tlv(&[0xff, 0x40], Long, &fields);
    file.resize(256, 0xff);
    file
}

/// Text application, EF `0006`: the key under which a session key would be sent.
pub(super) fn session_public_key(key_type: KeyType) -> Vec<u8> {
    tlv(
        &[0xa1],
        Long,
        &Owner::CardText.of(key_type).card_public_key(),
    )
}

/// Text application, EF `0007`: the card's own key, signed by the issuer.
pub(super) fn text_card_key(key_type: KeyType) -> Vec<u8> {
    let fields = df(0x51, Long, &Owner::CardText.of(key_type).card_public_key());
    signed(key_type, [0xff, 0x50], &fields, 0x52)
}

/// Common application, EF `0001`, record 1: number of the card, municipality, expiry.
pub(super) fn card_record(holder: &Holder) -> Vec<u8> {
    let text = format!(
        "700000000000001{}{}",
        holder::MUNICIPALITY,
        holder::digits(holder.expiry)
    );
    tlv(&[0x01], Short, text.as_bytes())
}

/// Common and resident-register applications, EF `0002`, record 1: a key identifier.
pub(super) fn key_record() -> Vec<u8> {
    tlv(&[0x01], Short, &CARD_CA)
}

/// JPKI application, EF `0006`: a PKCS#11 CK_TOKEN_INFO with big-endian 32-bit integers.
pub(super) fn token_information(label: &str) -> Vec<u8> {
    let mut file = Vec::with_capacity(160);
    file.extend(format!("{label:<32}{:032}{:<16}{:016}", 1, "VIRTUAL1", 1).bytes());
    // Random numbers, login required, user PIN and token initialised.
    for number in [0x0000_040d_u32, 1, 0, 1, 0, 16, 6, !0, !0, !0, !0] {
        file.extend(number.to_be_bytes());
    }
    file.extend(b"0301");
    file.extend([b'9'; 16]);
    file
}

/// Objects of the card manager for GET DATA.
pub(super) fn manager_object(
    tag: u16,
    holder: &Holder,
    atr: &[u8],
    key_type: KeyType,
) -> Option<Vec<u8>> {
    Some(match tag {
        0x0042 => CARD_CA.to_vec(),
        0x0045 => b"7000000000000001".to_vec(),
        // Card recognition data (GlobalPlatform): runtime of version 2.2.
        0x0066 => vec![
            0x73, 0x0d, 0x06, 0x07, 0x2a, 0x86, 0x48, 0x86, 0xfc, 0x6b, 0x01, 0x60, 0x02, 0x02,
            0x02,
        ],
        0x00f0 => holder::MUNICIPALITY.as_bytes().to_vec(),
        0x00f2 => holder::digits(holder.expiry).into_bytes(),
        0x00f7 => CARD_CA.to_vec(),
        0x00f8 => {
            let mut object = vec![
                0x4d, 0x0a, 0x42, 0x10, 0x5f, 0x20, 0x10, 0x5f, 0x49, 0x82, 0x01, 0x09,
            ];
            object.extend(cv_objects(CARD_CA, key_type));
            object
        }
        0x7f21 => cv_objects(CARD_CA, key_type),
        0x5f51 => atr.get(1..).unwrap_or_default().to_vec(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_observed() {
        let holder = Holder::new(&Profile::default(), jiff::civil::date(2026, 11, 22));
        assert_eq!(age_record(&holder, KeyType::Rsa2048).len(), 547);
        assert_eq!(surface_information().len(), 320);
        let certificate = cv_certificate(SURFACE_CA, KeyType::Rsa2048);
        assert_eq!(certificate.len(), 568);
        assert_eq!(number().len(), 17);
        assert_eq!(integrity_record(&holder, KeyType::Rsa2048).len(), 336);
        assert_eq!(text_information().len(), 256);
        assert_eq!(session_public_key(KeyType::Rsa2048).len(), 269);
        assert_eq!(text_card_key(KeyType::Rsa2048).len(), 536);
        assert_eq!(token_information("JPKIAPICCTOKEN2").len(), 160);
        assert_eq!(card_record(&holder).len(), 2 + 28);
        let object = manager_object(0x00f8, &holder, &[], KeyType::Rsa2048);
        assert_eq!(object.map(|object| object.len()), Some(575));
    }

    #[test]
    fn the_offset_table_points_at_the_fields() {
        let profile = Profile::default();
        let holder = Holder::new(&profile, jiff::civil::date(2026, 11, 22));
        let face = face_record(&profile, &holder);
        let text = attributes(&holder);
        for (file, table, first) in [(&face, 8..26, 0x22), (&text, 6..14, 0x22)] {
            for (entry, tag) in file[table].chunks(2).zip(first..) {
                let at = usize::from(u16::from_be_bytes([entry[0], entry[1]]));
                assert_eq!(file[at..at + 2], [0xdf, tag]);
            }
        }
        assert_eq!(face[..2], [0xff, 0x20]);
        let outer = usize::from(u16::from_be_bytes([face[3], face[4]]));
        assert_eq!(face.len(), 5 + outer + profile.face_padding);
        // The test card of other projects begins its fields at these places.
        assert_eq!(face[8..14], [0x00, 0x1a, 0x00, 0x25, 0x00, 0x29]);
    }
}
