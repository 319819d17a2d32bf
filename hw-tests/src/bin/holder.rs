//! `holder READER host|pad EXIT`: verifies the user-authentication PIN inside a transaction, says
//! so, waits for its standard input to close, and then ends as EXIT says. For the middleware rig,
//! which looks at what another program can do with the card afterwards.
//!
//! The PIN comes from `MYNA_PIN`, or from the reader's own keys.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use std::time::Duration;

use hw_tests::client::{Failure, SELECT, connect, patience, signature_command};
use hw_tests::unhex;
use myna_hal::apdu::{CommandApdu, Header};
use myna_hal::card::{CardConnection, Disposition, ShareMode, Transaction};
use myna_hal::pin::{
    self, HostPinPad, PinEntry, PinFormat, PinOutcome, PinPad, PinPrompt, PinPurpose, PinRequest,
    ReaderPinPad,
};
use myna_hal::sim::Keypad;

type Held = Transaction<Box<dyn CardConnection>>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [reader, path, exit] = &arguments[..] else {
        return Err("usage: holder READER host|pad EXIT".into());
    };
    let card = connect(reader, ShareMode::Shared)?;
    let mut card = Transaction::begin(card, &patience()).map_err(|(_, error)| error)?;
    let select = card.transmit(&CommandApdu::parse(&unhex(SELECT))?, &patience())?;
    let outcome = verify(&mut card, path)?;
    println!(
        "{}",
        serde_json::json!({ "select": select.status().to_string(), "pin": format!("{outcome:?}") })
    );
    if !matches!(outcome, PinOutcome::Verified) {
        return Ok(());
    }
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    leave(card, exit)
}

fn verify(card: &mut Held, path: &str) -> Result<PinOutcome, Failure> {
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    let request = PinRequest::new(prompt, Header::new(0x00, 0x20, 0x00, 0x98));
    let mut pad: Box<dyn PinPad> = if path == "pad" {
        Box::new(ReaderPinPad::probe(card, &patience())?)
    } else {
        let keys = Keypad::new("host");
        keys.types(&std::env::var("MYNA_PIN")?);
        Box::new(HostPinPad::new(keys))
    };
    if !matches!(pad.prepare(&request.prompt, &patience())?, PinEntry::Ready) {
        return Err("nobody entered a PIN".into());
    }
    Ok(pin::verify(card, &mut *pad, &request, &patience())?)
}

fn leave(mut card: Held, exit: &str) -> Result<(), Failure> {
    match exit {
        "end" => drop(card.end().map_err(|(_, error)| error)?),
        "drop" => drop(card),
        "disconnect" => Box::new(card).disconnect(Disposition::Leave)?,
        "error" => {
            // Leaves by the first question mark.
            Err(std::io::Error::other("something else went wrong"))?;
        }
        #[allow(clippy::panic, reason = "that is the exit to try")]
        "panic" => panic!("a bug while the key is open"),
        #[allow(clippy::panic, reason = "that is the exit to try")]
        "panic-in-thread" => {
            let thread = std::thread::spawn(move || {
                let _card = card;
                panic!("a bug on another thread");
            });
            let _ = thread.join();
        }
        "give-up" => {
            // A signature that nobody waits for to its end.
            let signature = CommandApdu::parse(&unhex(&signature_command()))?;
            let brief = patience().shortened(Duration::from_millis(50));
            let _ = card.transmit(&signature, &brief);
        }
        // What no destructor sees.
        "exit" => std::process::exit(0),
        "abort" => std::process::abort(),
        "forget" => std::mem::forget(card),
        _ => return Err("no such exit".into()),
    }
    println!("{}", serde_json::json!({ "left": exit }));
    // While another program tries the card, this one is still there.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
