//! The crate `myna-card` through its own PC/SC transport.
//!
//! It carries the keys of the real issuers and, in `verify`, accepts no other; with `verify_with`
//! it takes the virtual card's issuer key from the trust file.

use std::time::SystemTime;

use myna_card::ap::jpki::{JpkiAp, SignatureScheme};
use myna_card::ap::surface::SurfaceAp;
use myna_card::certificate::Certificate;
use myna_card::data::{Date, RsaPublicKey};
use myna_card::transport::pcsc::{PcscTransport, Sharing, connect_any};
use myna_card::{Card, Error, Pin};
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use serde_json::json;

use crate::{Dialogue, Done, Failure, Job, hex, proof};

pub(crate) fn run(job: &Job) -> Result<Done, Failure> {
    let mut card = connect_any(Sharing::Exclusive)?;
    match job.dialogue {
        Dialogue::Certificate => {
            let der = JpkiAp::select(&mut card)?.read_auth_certificate_der()?;
            Ok(Done::now(json!({ "der": hex(&der) })))
        }
        Dialogue::Signature => {
            let mut jpki = JpkiAp::select(&mut card)?;
            jpki.verify_auth_pin(&Pin::numeric(&job.pin)?)?;
            let signature =
                jpki.sign_with_auth_key(SignatureScheme::Verbatim, &proof::digest_info())?;
            Ok(Done::now(signed(&signature)))
        }
        Dialogue::Proof => {
            let (scheme, input) = (SignatureScheme::Verbatim, proof::digest_info());
            let mut jpki = JpkiAp::select(&mut card)?;
            let certificate = jpki.read_auth_certificate()?;
            let root = proof::issuer(certificate.der(), &job.roots)?;
            let chain = [certificate.clone(), Certificate::parse(&root.der)?];
            Certificate::verify_chain(&chain, today()?)?;
            jpki.verify_auth_pin(&Pin::numeric(&job.pin)?)?;
            let signature = jpki.sign_with_auth_key(scheme, &input)?;
            scheme.verify(&certificate.public_key()?, &input, &signature)?;
            Ok(Done::now(signed(&signature)))
        }
        Dialogue::CardFace => card_face(&mut card, job),
    }
}

/// The crate has no clock.
fn today() -> Result<Date, Failure> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(Date::from_unix_seconds(i64::try_from(now.as_secs())?))
}

fn signed(signature: &[u8]) -> serde_json::Value {
    json!({ "challenge": hex(proof::CHALLENGE), "signature": hex(signature) })
}

/// The record, its signature up to the issuer's key, and the chip's own signature.
fn card_face(card: &mut Card<PcscTransport>, job: &Job) -> Result<Done, Failure> {
    let mut surface = SurfaceAp::select(card)?;
    let issuer = surface.read_certificate()?;
    issuer.verify_with(&issuer_key(&job.trust, issuer.issuer_key_id.as_bytes())?)?;
    surface.verify_code_b(&Pin::numeric(&job.card_face_code)?)?;
    let face = surface.read_card_face()?;
    face.verify(&issuer.public_key)?;
    let signature = surface.sign(proof::CHALLENGE)?;
    face.public_key
        .verify_pkcs1_sha256(proof::CHALLENGE, &signature)?;
    let done = Done::now(json!({}));
    let builtin = match issuer.verify() {
        Ok(()) => "verified".to_owned(),
        Err(Error::UnknownCertificateAuthority(_)) => "unknown-authority".to_owned(),
        Err(error) => error.to_string(),
    };
    // A record of another card's issuer must fail in the same call, or it proves nothing.
    let forged = face.verify(&face.public_key).is_err();
    Ok(Done {
        report: json!({
            "verified": true,
            "issuer_by_builtin_keys": builtin,
            "record_under_another_key": if forged { "refused" } else { "accepted" },
            "portrait_bytes": face.photo.data.len(),
            "portrait": hex(&face.photo.data),
            "birth": face.birth_date.to_string(),
            "expiry": face.expiry.to_string(),
        }),
        ..done
    })
}

/// The key named `id` from the `MYNA CV KEY` blocks of a trust file: the identifier, then a
/// SubjectPublicKeyInfo.
fn issuer_key(trust: &str, id: &[u8]) -> Result<RsaPublicKey, Failure> {
    let blocks = proof::blocks(trust, "MYNA CV KEY")?;
    let spki = blocks
        .iter()
        .find_map(|block| block.strip_prefix(id))
        .ok_or("the trust file does not have the issuer's key")?;
    let key = rsa::RsaPublicKey::from_public_key_der(spki)?;
    Ok(RsaPublicKey {
        exponent: key.e().to_bytes_be(),
        modulus: key.n().to_bytes_be(),
    })
}
