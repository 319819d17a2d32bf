//! `bystander READER shared|exclusive`: another program that is connected to the card, waits until its standard input
//! closes, and then tries to sign with a key that somebody else unlocked. For the middleware rig.
//!
//! While it is connected the daemon does not power the card down by itself, so whether the key
//! is locked again is the other program's doing.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::client::{Failure, SELECT, connect, patience, signature_command};
use hw_tests::unhex;
use myna_hal::ErrorKind;
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, Disposition, ShareMode};

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
    let first = match send(&mut *card, &signature_command()) {
        Ok(status) => status,
        Err(error) if error.kind() == ErrorKind::CardReset => {
            card.reconnect(Disposition::Leave, &patience())?;
            error.kind().code().to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    let select = send(&mut *card, SELECT)?;
    let second = send(&mut *card, &signature_command())?;
    println!(
        "{}",
        serde_json::json!({ "first": first, "select": select, "second": second })
    );
    Ok(())
}

fn send(card: &mut dyn CardConnection, command: &str) -> myna_hal::Result<String> {
    let command = CommandApdu::parse(&unhex(command))?;
    let answer = card.transmit(&command, &patience())?;
    Ok(answer.status().to_string())
}
