//! Face records, card-verifiable certificates and chip signatures that must not pass.

use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Bench;
use super::forge::{Objects, SHA256_INFO, key, object, sign, sign_bare};
use super::hostile::surface_files;
use crate::apdu::tlv::{Tag, TlvError};
use crate::myna::{
    CvCertificate, FaceRecordError, KeyError, TrustStore, UnverifiedFaceRecord, VerifiedFaceRecord,
};
use crate::sim::card::Profile;

const BODY: u32 = 0x5F4E;
const BODY_SIGNATURE: u32 = 0x5F37;
const KEY: u32 = 0xDF24;
const PORTRAIT: u32 = 0xDF27;
const SIGNATURE: u32 = 0xDF28;

struct Files {
    record: Vec<u8>,
    issuer: Vec<u8>,
    trust: TrustStore,
}

fn genuine() -> Files {
    let mut bench = Bench::new(Profile::default());
    let (record, issuer) = surface_files(&mut bench);
    let trust = TrustStore::from_pem(&bench.card.trust_pem()).expect("own hierarchy");
    Files {
        record,
        issuer,
        trust,
    }
}

#[test]
fn the_issuers_certificate() {
    let Files { issuer, trust, .. } = genuine();
    CvCertificate::check(&issuer, &trust).expect("genuine");
    let ca = key!("cv_ca");
    let parts = Objects::of(&issuer);
    let body = parts.value(BODY).to_vec();
    let with = |body: &[u8], signature: &[u8]| {
        Objects::of(&issuer)
            .with(BODY, body)
            .with(BODY_SIGNATURE, signature)
            .file()
    };
    let issued = |body: &[u8]| with(body, &sign(&ca, body));
    let named = |id: &[u8; 16]| issued(&[&id[..], &body[16..]].concat());
    let keyed = |modulus: &[u8], exponent: &[u8]| {
        let key = [object(Tag(0x90), exponent), object(Tag(0x91), modulus)].concat();
        issued(&[&body[..32], &key].concat())
    };
    let hash = Sha256::digest(&body);
    let trailing = sign_bare(&ca, &[&SHA256_INFO[..], &hash, &[0]].concat());
    let unsupported = FaceRecordError::Key(KeyError::Unsupported);
    let modulus = [0xFF; 256];
    let off_curve = [&[0x04][..], &[1; 96]].concat();
    let point = issued(&[&body[..32], &object(Tag(0x86), &off_curve)].concat());
    let production = *b"5000023\x08\x05001\x00\x00\x00\x00";
    let unknown = |id: &[u8; 16]| FaceRecordError::UntrustedIssuer(crate::myna::KeyId(*id));
    for (what, bytes, error) in [
        (
            "an authority that nobody named",
            named(&[0x39; 16]),
            unknown(&[0x39; 16]),
        ),
        (
            "the production authority, by name",
            named(&production),
            unknown(&production),
        ),
        (
            "another key's signature",
            with(&body, &sign(&key!("cv_issuer"), &body)),
            FaceRecordError::IssuerSignature,
        ),
        (
            "a signature over other data",
            with(&body, &sign(&ca, b"other data")),
            FaceRecordError::IssuerSignature,
        ),
        (
            "a byte behind the signed body",
            with(&[&body[..], &[0]].concat(), &sign(&ca, &body)),
            FaceRecordError::IssuerSignature,
        ),
        (
            "a byte behind the hash in the signature",
            with(&body, &trailing),
            FaceRecordError::IssuerSignature,
        ),
        (
            "no signature",
            with(&body, &[]),
            FaceRecordError::IssuerSignature,
        ),
        (
            "a body that ends in its names",
            issued(&body[..31]),
            FaceRecordError::Tlv(TlvError::TruncatedHeader),
        ),
        (
            "RSA of 1024 bits",
            keyed(&modulus[..128], &[1, 0, 1]),
            unsupported,
        ),
        ("exponent 1", keyed(&modulus, &[1]), unsupported),
        ("exponent 3", keyed(&modulus, &[3]), unsupported),
        (
            "an endless modulus",
            keyed(&[0xFF; 600], &[1, 0, 1]),
            unsupported,
        ),
        ("a point beside P-384", point, unsupported),
    ] {
        let result = CvCertificate::check(&bytes, &trust).map(drop);
        assert_eq!(result, Err(error), "{what}");
    }
    let built_in = TrustStore::jlis().expect("built in");
    assert_eq!(
        CvCertificate::check(&named(&production), &built_in).map(drop),
        Err(FaceRecordError::IssuerSignature),
        "the production authority's name is not its key"
    );
}

/// The three groups of a record as they are hashed.
fn groups(parts: &Objects) -> [Vec<u8>; 3] {
    [&[0xDF22, 0xDF23, KEY][..], &[0xDF25, 0xDF26], &[PORTRAIT]].map(|tags| {
        tags.iter()
            .flat_map(|tag| parts.get(*tag).to_vec())
            .collect()
    })
}

/// DigestInfo with a digest field of any length.
fn digest_info(digest: &[u8]) -> Vec<u8> {
    let length = u8::try_from(digest.len()).expect("short");
    let head = [0x30, length + 17];
    [&head, &SHA256_INFO[2..18], &[length], digest].concat()
}

#[test]
fn the_face_record() {
    let Files {
        record,
        issuer,
        trust,
    } = genuine();
    let certificate = CvCertificate::check(&issuer, &trust).expect("genuine");
    let verify = |bytes: &[u8]| -> Result<VerifiedFaceRecord, FaceRecordError> {
        UnverifiedFaceRecord::new(Zeroizing::new(bytes.to_vec())).verify(&certificate)
    };
    let own = key!("cv_issuer");
    let parts = Objects::of(&record);
    let [identity, pictures, portrait] = groups(&parts).map(Sha256::digest);
    let three = [identity, pictures, portrait].concat();
    let signed = |bytes: &[u8]| {
        Objects::of(&record)
            .with(SIGNATURE, &sign_bare(&own, bytes))
            .file()
    };
    let good = signed(&digest_info(&three));
    let person = verify(&good).expect("what the forger makes is right when it is right");

    let counted = digest_info(&[&three[..], &[0]].concat());
    let mut uncounted = digest_info(&three);
    uncounted.push(0);
    // The digest field says 96 bytes and more follow within the DigestInfo.
    let mut inside = uncounted.clone();
    inside[1] += 1;
    let whole: Vec<u8> = groups(&parts).concat();
    let other_portrait = {
        let mut bytes = parts.value(PORTRAIT).to_vec();
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        bytes
    };
    let second_first = {
        let mut parts = Objects::of(&good);
        let at = parts.parts.iter().position(|part| part.0.0 == PORTRAIT);
        let other = object(Tag(PORTRAIT), &other_portrait);
        parts
            .parts
            .insert(at.expect("a portrait"), (Tag(PORTRAIT), other));
        parts.file()
    };
    // The same portrait behind a length of another form: the length is signed, too.
    let long_length = {
        let mut parts = Objects::of(&good);
        let size = u16::try_from(parts.value(PORTRAIT).len()).expect("short");
        let bytes = [
            &[0xDF, 0x27, 0x83, 0x00][..],
            &size.to_be_bytes(),
            parts.value(PORTRAIT),
        ]
        .concat();
        for part in &mut parts.parts {
            if part.0.0 == PORTRAIT {
                part.1.clone_from(&bytes);
            }
        }
        parts.file()
    };
    let another = key!("card_text");
    let another_key = [
        object(Tag(0x90), &[1, 0, 1]),
        object(Tag(0x91), &another.n().to_bytes_be()),
    ]
    .concat();
    for (what, bytes) in [
        ("a byte in the digest field, counted", signed(&counted)),
        ("a byte behind the DigestInfo", signed(&uncounted)),
        ("a byte in the DigestInfo", signed(&inside)),
        (
            "four hashes",
            signed(&digest_info(&[&three[..], &portrait].concat())),
        ),
        ("two hashes", signed(&digest_info(&three[..64]))),
        (
            "one hash over everything",
            signed(&digest_info(&Sha256::digest(whole))),
        ),
        (
            "the hashes in another order",
            signed(&digest_info(&[pictures, identity, portrait].concat())),
        ),
        ("the bare hashes", signed(&three)),
        (
            "the signature of the authority above",
            Objects::of(&record)
                .with(SIGNATURE, &sign_bare(&key!("cv_ca"), &digest_info(&three)))
                .file(),
        ),
        (
            "no signature",
            Objects::of(&record).with(SIGNATURE, &[]).file(),
        ),
        (
            "another portrait",
            Objects::of(&good).with(PORTRAIT, &other_portrait).file(),
        ),
        ("another portrait before the signed one", second_first),
        (
            "another chip's key",
            Objects::of(&good).with(KEY, &another_key).file(),
        ),
        ("a length that is not as it was signed", long_length),
    ] {
        let result = verify(&bytes).map(drop);
        assert_eq!(result, Err(FaceRecordError::RecordSignature), "{what}");
    }
    let missing = {
        let mut parts = Objects::of(&good);
        parts.parts.retain(|part| part.0.0 != SIGNATURE);
        parts.file()
    };
    assert_eq!(
        verify(&missing).map(drop),
        Err(FaceRecordError::Tlv(TlvError::Missing(Tag(SIGNATURE))))
    );
    // What stands behind the signed portrait is not what is shown.
    let second_last = {
        let mut parts = Objects::of(&good);
        let other = object(Tag(PORTRAIT), &other_portrait);
        parts.parts.push((Tag(PORTRAIT), other));
        parts.file()
    };
    let found = verify(&second_last).expect("the signed portrait comes first");
    assert_eq!(found.portrait().jpeg2000(), person.portrait().jpeg2000());
}

#[test]
fn a_weak_chip_key_is_refused_even_when_signed() {
    let Files {
        record,
        issuer,
        trust,
    } = genuine();
    let certificate = CvCertificate::check(&issuer, &trust).expect("genuine");
    let weak = [object(Tag(0x90), &[1]), object(Tag(0x91), &[0xFF; 256])].concat();
    let parts = Objects::of(&record).with(KEY, &weak);
    let hashes = groups(&parts).map(Sha256::digest).concat();
    let bytes = parts
        .with(
            SIGNATURE,
            &sign_bare(&key!("cv_issuer"), &digest_info(&hashes)),
        )
        .file();
    let result = UnverifiedFaceRecord::new(Zeroizing::new(bytes)).verify(&certificate);
    assert_eq!(
        result.map(drop),
        Err(FaceRecordError::Key(KeyError::Unsupported))
    );
}

#[test]
fn the_chips_signature() {
    let Files {
        record,
        issuer,
        trust,
    } = genuine();
    let certificate = CvCertificate::check(&issuer, &trust).expect("genuine");
    let record = UnverifiedFaceRecord::new(Zeroizing::new(record))
        .verify(&certificate)
        .expect("genuine");
    let chip = key!("card_surface");
    let nonce = [7; 32];
    let info = [&SHA256_INFO[..], &Sha256::digest(nonce)].concat();
    assert!(record.chip_signed(&nonce, &sign(&chip, &nonce)));
    for (what, signature) in [
        ("another nonce", sign(&chip, &[8; 32])),
        ("another key", sign(&key!("holder_auth"), &nonce)),
        ("the bare hash", sign_bare(&chip, &Sha256::digest(nonce))),
        (
            "a byte behind the hash",
            sign_bare(&chip, &[&info[..], &[0]].concat()),
        ),
        ("nothing", vec![]),
        ("zeros", vec![0; 256]),
        ("96 bytes, as of another type of key", vec![1; 96]),
    ] {
        assert!(!record.chip_signed(&nonce, &signature), "{what}");
    }
}
