//! `peer certificate|sign|face TRUST`: the same jobs as the library's, done by the crate
//! `myna-card`, which nobody here wrote. For the middleware rig.
//!
//! The crate carries the keys of the real issuers and, in `verify`, accepts no other; with
//! `verify_with` it takes the virtual card's issuer key from the trust file.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::client::Failure;
use hw_tests::{hex, pcscd};
use myna_card::ap::{jpki::JpkiAp, jpki::SignatureScheme, surface::SurfaceAp};
use myna_card::data::RsaPublicKey;
use myna_card::transport::pcsc::{PcscTransport, Sharing, connect, list_readers};
use myna_card::{Card, Error, Pin};
use rsa::pkcs8::DecodePublicKey;
use rsa::pkcs8::der::pem;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(job), Some(trust)) = (arguments.next(), arguments.next()) else {
        return Err("usage: peer certificate|sign|face TRUST".into());
    };
    let reader = list_readers()?
        .into_iter()
        .find(|name| name.contains(pcscd::READER))
        .ok_or("the rig's reader is not there")?;
    let mut card = connect(&reader, Sharing::Exclusive)?;
    let report = match job.as_str() {
        "certificate" => certificate(&mut card)?,
        "sign" => sign(&mut card)?,
        "face" => face(&mut card, &trust)?,
        other => return Err(format!("no such job: {other}").into()),
    };
    println!("{report}");
    Ok(())
}

fn certificate(card: &mut Card<PcscTransport>) -> Result<Value, Failure> {
    let der = JpkiAp::select(card)?.read_auth_certificate_der()?;
    Ok(json!({ "der": hex(&der) }))
}

/// Lets the card make the DigestInfo's signature that the library also asks for.
fn sign(card: &mut Card<PcscTransport>) -> Result<Value, Failure> {
    let challenge = b"a challenge for two implementations";
    let mut jpki = JpkiAp::select(card)?;
    jpki.verify_auth_pin(&Pin::numeric(std::env::var("MYNA_PIN")?)?)?;
    let signature = jpki.sign_with_auth_key(SignatureScheme::Verbatim, &digest_info(challenge))?;
    Ok(json!({ "challenge": hex(challenge), "signature": hex(&signature) }))
}

fn digest_info(message: &[u8]) -> Vec<u8> {
    myna_card::data::sha256_digest_info(&myna_card::data::sha256(message))
}

fn face(card: &mut Card<PcscTransport>, trust: &str) -> Result<Value, Failure> {
    let mut surface = SurfaceAp::select(card)?;
    let issuer = surface.read_certificate()?;
    let builtin = match issuer.verify() {
        Ok(()) => "verified".to_owned(),
        Err(Error::UnknownCertificateAuthority(_)) => "unknown-authority".to_owned(),
        Err(error) => error.to_string(),
    };
    issuer.verify_with(&issuer_key(trust, issuer.issuer_key_id.as_bytes())?)?;
    surface.verify_code_b(&Pin::numeric(std::env::var("MYNA_CARD_FACE_CODE")?)?)?;
    let face = surface.read_card_face()?;
    face.verify(&issuer.public_key)?;
    // A record of another card's issuer must fail in the same call, or it proves nothing.
    let forged = face.verify(&face.public_key).is_err();
    let nonce = b"a nonce for two implementations";
    let signature = surface.sign(nonce)?;
    face.public_key.verify_pkcs1_sha256(nonce, &signature)?;
    Ok(json!({
        "issuer_by_builtin_keys": builtin,
        "issuer_by_given_key": "verified",
        "record": "verified",
        "record_under_another_key": if forged { "refused" } else { "accepted" },
        "chip": "verified",
        "portrait_bytes": face.photo.data.len(),
        "sha256": hex(&Sha256::digest(&face.photo.data)),
        "birth": face.birth_date.to_string(),
        "expiry": face.expiry.to_string(),
    }))
}

/// The key named `id` from the `MYNA CV KEY` blocks of a trust file: the identifier, then a
/// SubjectPublicKeyInfo.
fn issuer_key(path: &str, id: &[u8]) -> Result<RsaPublicKey, Failure> {
    const BEGIN: &str = "-----BEGIN MYNA CV KEY-----";
    const END: &str = "-----END MYNA CV KEY-----";
    let text = std::fs::read_to_string(path)?;
    for block in text.split(BEGIN).skip(1) {
        let body = block.split(END).next().unwrap_or_default();
        let (_, der) = pem::decode_vec(format!("{BEGIN}{body}{END}\n").as_bytes())
            .map_err(|error| error.to_string())?;
        if let Some(spki) = der.strip_prefix(id) {
            let key = rsa::RsaPublicKey::from_public_key_der(spki)?;
            return Ok(RsaPublicKey {
                exponent: key.e().to_bytes_be(),
                modulus: key.n().to_bytes_be(),
            });
        }
    }
    Err("the trust file does not have the issuer's key".into())
}
