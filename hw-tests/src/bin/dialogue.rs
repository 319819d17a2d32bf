//! `dialogue JOB GUARD KNOWLEDGE READER TRUST`: one dialogue with the card by this library, at
//! every line of standard input, for the comparison with others. Prints one JSON object each.
//!
//! JOB is `certificate`, `signature` (the certificate is known), `proof` (it is read, too),
//! `card-face`, or `forget`: cut the card's power, so that it remembers nobody. GUARD is `bare` or
//! `guarded`. KNOWLEDGE is `learned`, what earlier lines taught stays, or `cold`.
//!
//! The clock runs from the first call that looks for a reader to the checked result, with the card
//! given back (`result_us`).
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use std::time::Instant;

use hw_tests::client::{Failure, connect, patience, trust};
use hw_tests::hex;
use myna_hal::ErrorKind;
use myna_hal::card::{CardConnection, CardContext, Disposition, ShareMode};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::exchange::RetryGuard;
use myna_hal::myna::{CardFaceCode, Client, PinOptions, UserCertificate};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::Keypad;
use myna_hal::time::SystemClock;
use serde_json::{Value, json};

const CHALLENGE: &[u8] = b"a challenge for several implementations";

struct Job {
    name: String,
    bare: bool,
    reader: String,
    pin: String,
    code: CardFaceCode,
    known: Option<UserCertificate>,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [name, guard, knowledge, reader, anchors] = &arguments[..] else {
        return Err("usage: dialogue JOB GUARD KNOWLEDGE READER TRUST".into());
    };
    let mut job = Job {
        name: name.clone(),
        bare: guard == "bare",
        reader: reader.clone(),
        pin: std::env::var("MYNA_PIN")?,
        code: CardFaceCode::parse(&std::env::var("MYNA_CARD_FACE_CODE")?)?,
        known: None,
    };
    let mut client = Client::new(trust(anchors)?);
    for line in std::io::stdin().lines() {
        line?;
        if knowledge == "cold" {
            client = Client::new(trust(anchors)?);
        }
        // Not at the start: others may be using the card then.
        if name == "signature" && job.known.is_none() {
            let mut card = connect(reader, ShareMode::Shared)?;
            job.known = Some(client.certificate(&mut *card, &patience())?.0);
        }
        let outcome = run(&job, &mut client);
        println!(
            "{}",
            outcome.unwrap_or_else(|error| json!({ "error": error.to_string() }))
        );
    }
    Ok(())
}

fn run(job: &Job, client: &mut Client) -> Result<Value, Failure> {
    let start = Instant::now();
    let mut card = open(&job.reader)?;
    let mut report = match job.name.as_str() {
        "certificate" => {
            let (certificate, traffic) = client.certificate(&mut *card, &patience())?;
            let result = start.elapsed();
            json!({
                "der": hex(certificate.der()),
                "apdus": traffic.apdus,
                "result_us": result.as_secs_f64() * 1e6,
            })
        }
        "signature" | "proof" => sign(job, client, &mut *card, start)?,
        "card-face" => card_face(job, client, &mut *card, start)?,
        "forget" => {
            card.disconnect(Disposition::Unpower)?;
            return Ok(json!({ "forgot": true }));
        }
        other => return Err(format!("no such job: {other}").into()),
    };
    report["verified"] = json!(true);
    Ok(report)
}

/// The first reader of that name. Connecting tells whether it holds a card.
fn open(part: &str) -> Result<Box<dyn CardConnection>, Failure> {
    let mut context = PcscContext::new(SystemClock::shared());
    let mut readers = context.readers()?;
    let reader = readers
        .iter_mut()
        .find(|reader| reader.info().name.contains(part))
        .ok_or_else(|| myna_hal::Error::new(ErrorKind::NotFound, "no such reader"))?;
    Ok(reader.connect(ShareMode::Shared, &patience())?)
}

fn sign(
    job: &Job,
    client: &mut Client,
    card: &mut dyn CardConnection,
    start: Instant,
) -> Result<Value, Failure> {
    let keys = Keypad::new("keys");
    keys.types(&job.pin);
    let mut pad = HostPinPad::new(keys);
    let mut options = PinOptions::default();
    if job.bare {
        options.guard = RetryGuard::Bare;
    }
    let known = job.known.as_ref();
    let proof = client.authenticate(card, &mut pad, CHALLENGE, known, options, &patience())?;
    let result = start.elapsed();
    Ok(json!({
        "challenge": hex(CHALLENGE),
        "signature": hex(&proof.signature),
        "der": proof.certificate.map(|certificate| hex(certificate.der())),
        "apdus": proof.traffic.apdus,
        "result_us": result.as_secs_f64() * 1e6,
    }))
}

fn card_face(
    job: &Job,
    client: &mut Client,
    card: &mut dyn CardConnection,
    start: Instant,
) -> Result<Value, Failure> {
    let guard = if job.bare {
        RetryGuard::Bare
    } else {
        Client::CARD_FACE_GUARD
    };
    let nonce = Client::fresh_challenge();
    let proof = client.face_record(card, &job.code, None, guard, &nonce, &patience())?;
    let result = start.elapsed();
    Ok(json!({
        "portrait": hex(proof.record.portrait().jpeg2000()),
        "apdus": proof.traffic.apdus,
        "result_us": result.as_secs_f64() * 1e6,
    }))
}
