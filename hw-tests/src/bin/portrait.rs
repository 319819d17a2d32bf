//! `portrait READER TRUST`: reads and verifies the face record through PC/SC, the code coming
//! from `MYNA_CARD_FACE_CODE`, and prints what it proved. For the middleware rig.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::client::{Failure, connect, patience, trust};
use hw_tests::hex;
use myna_hal::card::ShareMode;
use myna_hal::myna::{CardFaceCode, Client};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(reader), Some(anchors)) = (arguments.next(), arguments.next()) else {
        return Err("usage: portrait READER TRUST".into());
    };
    let code = CardFaceCode::parse(&std::env::var("MYNA_CARD_FACE_CODE")?)?;
    let mut card = connect(&reader, ShareMode::Shared)?;
    let proof = Client::new(trust(&anchors)?).face_record(
        &mut *card,
        &code,
        None,
        Client::CARD_FACE_GUARD,
        &Client::fresh_challenge(),
        &patience(),
    )?;
    let portrait = proof.record.portrait().jpeg2000();
    println!(
        "{}",
        serde_json::json!({
            "proven": proof.proven.iter().map(|proven| proven.code()).collect::<Vec<_>>(),
            "portrait_bytes": portrait.len(),
            "sha256": hex(&Sha256::digest(portrait)),
            "apdus": proof.traffic.apdus,
            "bytes_sent": proof.traffic.bytes_sent,
            "bytes_received": proof.traffic.bytes_received,
        })
    );
    Ok(())
}
