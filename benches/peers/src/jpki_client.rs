//! The crate `jpki` through its own PC/SC transport.
//!
//! It verifies nothing, so that the proof is checked here; the face record is not.

use std::rc::Rc;

use jpki::Card;
use jpki::ap::CryptoAp;
use jpki::ap::crypto::CertType;
use jpki::ap::surface::{Pin, SurfaceAp};
use jpki::pcsc::Context;
use serde_json::{Value, json};

use crate::{Dialogue, Done, Failure, Job, hex, proof};

pub(crate) fn run(job: &Job) -> Result<Done, Failure> {
    // The first reader that the service lists: the crate offers no choice.
    let context = Context::try_new()?;
    let device = context.open()?;
    let card = Rc::new(Card::new(Box::new(device.connect(context)?)));
    if job.dialogue == Dialogue::CardFace {
        let surface = SurfaceAp::open((), card).map_err(failed)?;
        let code = Pin::B(job.card_face_code.clone().into_bytes());
        let face = surface.read_surface((), code).map_err(failed)?;
        return Ok(Done::now(json!({
            "portrait_bytes": face.photo.len(),
            "portrait": hex(&face.photo),
            "verified": false,
        })));
    }
    let ap = CryptoAp::open((), card).map_err(failed)?;
    let mut report = json!({});
    if job.dialogue != Dialogue::Signature {
        let der = ap
            .read_certificate((), CertType::Auth, Vec::new())
            .map_err(failed)?;
        report["der"] = Value::from(hex(&der));
        if job.dialogue == Dialogue::Certificate {
            return Ok(Done::now(report));
        }
        proof::check_chain(&der, proof::issuer(&der, &job.roots)?)?;
        let signature = sign(&ap, job)?;
        proof::verify(&der, proof::CHALLENGE, &signature)?;
        report["signature"] = Value::from(hex(&signature));
    } else {
        report["signature"] = Value::from(hex(&sign(&ap, job)?));
    }
    report["challenge"] = Value::from(hex(proof::CHALLENGE));
    Ok(Done::now(report))
}

fn sign(ap: &CryptoAp<jpki::pcsc::PcscCard<'_>, ()>, job: &Job) -> Result<Vec<u8>, Failure> {
    ap.auth((), job.pin.clone().into_bytes(), proof::digest_info())
        .map_err(failed)
}

/// The crate's error is not an `Error`.
fn failed(error: jpki::card::Error) -> Failure {
    error.to_string().into()
}
