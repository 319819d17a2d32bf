//! `certificate READER TRUST`: reads and checks the user-authentication certificate through
//! PC/SC and prints it. For the middleware rig.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::client::{Failure, connect, patience, trust};
use hw_tests::hex;
use myna_hal::card::ShareMode;
use myna_hal::myna::Client;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(reader), Some(anchors)) = (arguments.next(), arguments.next()) else {
        return Err("usage: certificate READER TRUST".into());
    };
    let mut card = connect(&reader, ShareMode::Shared)?;
    let (certificate, traffic) =
        Client::new(trust(&anchors)?).certificate(&mut *card, &patience())?;
    println!(
        "{}",
        serde_json::json!({
            "der": hex(certificate.der()),
            "apdus": traffic.apdus,
            "bytes_sent": traffic.bytes_sent,
            "bytes_received": traffic.bytes_received,
        })
    );
    Ok(())
}
