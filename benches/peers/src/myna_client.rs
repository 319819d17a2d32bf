//! The crate `myna`, which brings no transport: one over the crate `pcsc`, as small as can be.
//!
//! It knows the certificate and the signature only; it verifies both.

use std::fmt::Debug;

use myna::card::{Apdu, KeyType};
use pcsc::{Card, Context, MAX_BUFFER_SIZE, Protocols, Scope, ShareMode};
use rsa::sha2::{Digest, Sha256};
use serde_json::{Value, json};

use crate::{Dialogue, Done, Failure, Job, hex, proof};

struct Transport(Card);

impl Apdu for Transport {
    type TransErr = pcsc::Error;

    fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, pcsc::Error> {
        let mut buffer = [0; MAX_BUFFER_SIZE];
        self.0.transmit(&command, &mut buffer).map(<[u8]>::to_vec)
    }
}

pub(crate) fn run(job: &Job) -> Result<Done, Failure> {
    let context = Context::establish(Scope::User)?;
    let readers = context.list_readers_owned()?;
    let reader = readers.first().ok_or("no reader")?;
    let card = Transport(context.connect(reader, ShareMode::Shared, Protocols::ANY)?);
    let mut report = json!({});
    match job.dialogue {
        Dialogue::Certificate => {
            let der = card.get_cert(KeyType::UserAuth).map_err(failed)?;
            report["der"] = Value::from(hex(&der));
        }
        Dialogue::Signature => {
            report["signature"] = Value::from(hex(&sign(&card, job)?));
        }
        Dialogue::Proof => {
            let der = card.get_cert(KeyType::UserAuth).map_err(failed)?;
            let root = proof::issuer(&der, &job.roots)?;
            myna::crypto::verify_cert(&der, &root.der).map_err(failed)?;
            let signature = sign(&card, job)?;
            let key = myna::crypto::extract_pubkey(&der).map_err(failed)?;
            let hash = Sha256::digest(proof::CHALLENGE);
            myna::crypto::verify(key, &hash, &signature).map_err(failed)?;
            report["der"] = Value::from(hex(&der));
            report["signature"] = Value::from(hex(&signature));
        }
        Dialogue::CardFace => return Err("the crate has no such function".into()),
    }
    if job.dialogue != Dialogue::Certificate {
        report["challenge"] = Value::from(hex(proof::CHALLENGE));
    }
    Ok(Done::now(report))
}

fn sign(card: &Transport, job: &Job) -> Result<Vec<u8>, Failure> {
    card.compute_sig(&job.pin, &proof::digest_info(), KeyType::UserAuth)
        .map_err(failed)
}

/// The crate's errors are from before `std::error::Error` was what it is.
fn failed(error: impl Debug) -> Failure {
    format!("{error:?}").into()
}
