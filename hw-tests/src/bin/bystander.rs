//! `bystander READER shared|exclusive`: another program that is connected to the card, waits until its standard input
//! closes, and then tries to sign with a key that somebody else unlocked. For the middleware rig.
//!
//! While it is connected the daemon does not power the card down by itself, so whether the key
//! is locked again is the other program's doing.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::client::{Failure, connect, patience};
use myna_hal::ErrorKind;
use myna_hal::apdu::{CommandApdu, ResponseApdu};
use myna_hal::card::{CardConnection, Disposition, ShareMode};

/// SELECT of the application with the user-authentication key.
const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (reader, mode) = match (arguments.next(), arguments.next().as_deref()) {
        (Some(reader), Some("shared")) => (reader, ShareMode::Shared),
        (Some(reader), Some("exclusive")) => (reader, ShareMode::Exclusive),
        _ => return Err("usage: bystander READER shared|exclusive".into()),
    };
    let mut card = connect(&reader, mode)?;
    println!("{}", serde_json::json!({ "connected": card.reader().name }));
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    let first = match sign(&mut *card) {
        Ok(status) => status,
        Err(error) if error.kind() == ErrorKind::CardReset => {
            card.reconnect(Disposition::Leave, &patience())?;
            error.kind().code().to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    let select = transmit(&mut *card, &SELECT)?.status();
    let second = sign(&mut *card)?;
    println!(
        "{}",
        serde_json::json!({ "first": first, "select": select.to_string(), "second": second })
    );
    Ok(())
}

/// COMPUTE DIGITAL SIGNATURE with the user-authentication key over the DigestInfo of SHA-256.
fn sign(card: &mut dyn CardConnection) -> myna_hal::Result<String> {
    const DIGEST_INFO: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    let mut command = vec![0x80, 0x2A, 0x00, 0x97, 51];
    command.extend(DIGEST_INFO);
    command.extend([0xA5; 32]);
    command.push(0);
    Ok(transmit(card, &command)?.status().to_string())
}

fn transmit(card: &mut dyn CardConnection, command: &[u8]) -> myna_hal::Result<ResponseApdu> {
    card.transmit(&CommandApdu::parse(command)?, &patience())
}
