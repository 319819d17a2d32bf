//! `peers CLIENT DIALOGUE TRUST [again]`: one dialogue with the card by another library, for
//! whoever compares. Prints one JSON object: what it read or had signed, and how long it took. With
//! `again` it does so at every line of its standard input.
//!
//! CLIENT is `jpki`, `myna` or `myna-card`. DIALOGUE is one of
//!
//! - `certificate`: read the user-authentication certificate;
//! - `signature`: PIN, then a signature;
//! - `proof`: both, the certificate checked against its CA and the signature against it;
//! - `card-face`: open the face record and read it, verified where the library can.
//!
//! The PIN comes from `MYNA_PIN`, 照合番号B from `MYNA_CARD_FACE_CODE`: of the virtual card only.
//! TRUST is the file with the virtual issuer's keys. Each library is used as its own
//! documentation shows, and as tersely as it allows; the clock runs from the first call that
//! looks for a reader to the checked result (`result_us`).
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

mod jpki_client;
mod myna_card_client;
mod myna_client;
mod proof;

use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

/// What a dialogue fails with.
type Failure = Box<dyn std::error::Error>;

/// What one dialogue needs to know beside the card.
struct Job {
    dialogue: Dialogue,
    pin: String,
    card_face_code: String,
    trust: String,
    roots: Vec<proof::Root>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialogue {
    Certificate,
    Signature,
    Proof,
    CardFace,
}

/// What came of it.
struct Done {
    /// What the caller may want to compare.
    report: Value,
    /// When it was there.
    result: Instant,
}

impl Done {
    fn now(report: Value) -> Self {
        let result = Instant::now();
        Self { report, result }
    }
}

/// A library's way through a job.
type Client = fn(&Job) -> Result<Done, Failure>;

fn main() -> Result<ExitCode, Failure> {
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    let again = arguments.pop_if(|last| last == "again").is_some();
    let (client, job) = understand(&arguments)?;
    if !again {
        return Ok(tell(&run(client, &job)));
    }
    for line in std::io::stdin().lines() {
        line?;
        tell(&run(client, &job));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(outcome: &Result<Value, Failure>) -> ExitCode {
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{}", json!({ "error": error.to_string() }));
            ExitCode::FAILURE
        }
    }
}

fn understand(arguments: &[String]) -> Result<(Client, Job), Failure> {
    let [client, dialogue, trust] = arguments else {
        return Err("usage: peers CLIENT DIALOGUE TRUST [again]".into());
    };
    let trust = std::fs::read_to_string(trust)?;
    let job = Job {
        dialogue: match dialogue.as_str() {
            "certificate" => Dialogue::Certificate,
            "signature" => Dialogue::Signature,
            "proof" => Dialogue::Proof,
            "card-face" => Dialogue::CardFace,
            other => return Err(format!("no such dialogue: {other}").into()),
        },
        pin: std::env::var("MYNA_PIN")?,
        card_face_code: std::env::var("MYNA_CARD_FACE_CODE")?,
        roots: proof::roots(&trust)?,
        trust,
    };
    let client: Client = match client.as_str() {
        "jpki" => jpki_client::run,
        "myna" => myna_client::run,
        "myna-card" => myna_card_client::run,
        other => return Err(format!("no such client: {other}").into()),
    };
    Ok((client, job))
}

fn run(client: Client, job: &Job) -> Result<Value, Failure> {
    let start = Instant::now();
    let done = client(job)?;
    let mut report = done.report;
    let result = done.result.duration_since(start);
    report["result_us"] = json!(result.as_secs_f64() * 1e6);
    Ok(report)
}

/// Hexadecimal digits of `bytes`.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
