//! `neighbours READER`: two connections of one program and one context, to the two slots of a
//! reader. While the card in the first signs, the second ends its transaction. For the middleware
//! rig.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hw_tests::client::{Failure, SELECT, patience, signature_command};
use hw_tests::unhex;
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, CardContext, CardReader, Disposition, ShareMode};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::time::SystemClock;
use serde_json::json;

/// VERIFY with the virtual card's PIN, 1234.
const VERIFY: &str = "002000980431323334";

fn main() -> Result<(), Failure> {
    let part = std::env::args().nth(1).ok_or("usage: neighbours READER")?;
    let mut context = PcscContext::new(SystemClock::shared());
    let mut readers = context.readers()?;
    readers.retain(|reader| reader.info().name.contains(&part));
    let [first, second] = &mut readers[..] else {
        return Err(format!("{} readers, not two", readers.len()).into());
    };
    let mut held = open(&mut **first)?;
    let mut other = open(&mut **second)?;

    let signing = AtomicBool::new(true);
    let (sent, answered) = std::sync::mpsc::channel();
    std::thread::scope(|scope| -> Result<(), Failure> {
        let long = scope.spawn(|| {
            let signature = CommandApdu::parse(&unhex(&signature_command()))?;
            let _ = sent.send(());
            let start = Instant::now();
            let answer = held.transmit(&signature, &patience());
            signing.store(false, Ordering::SeqCst);
            let took = start.elapsed().as_millis();
            held.end_transaction(Disposition::Unpower)?;
            Ok::<_, myna_hal::Error>((answer?.status().to_string(), took))
        });
        answered.recv()?;
        // By now the command is with the reader, or will be in a moment.
        std::thread::sleep(std::time::Duration::from_millis(50));
        let start = Instant::now();
        second.state()?;
        let state = (start.elapsed().as_millis(), signing.load(Ordering::SeqCst));
        let start = Instant::now();
        other.end_transaction(Disposition::Unpower)?;
        let end = (start.elapsed().as_millis(), signing.load(Ordering::SeqCst));
        let start = Instant::now();
        drop(other);
        let closed = (start.elapsed().as_millis(), signing.load(Ordering::SeqCst));
        let (status, took) = long.join().map_err(|_| "a panic")??;
        println!(
            "{}",
            json!({
                "status": status, "took_ms": took,
                "state_meanwhile": state.1, "state_ms": state.0,
                "end_meanwhile": end.1, "end_ms": end.0,
                "closed_meanwhile": closed.1, "closed_ms": closed.0,
            })
        );
        Ok(())
    })
}

/// A connection inside a transaction, its PIN verified.
fn open(reader: &mut dyn CardReader) -> Result<Box<dyn CardConnection>, Failure> {
    let mut card = reader.connect(ShareMode::Shared, &patience())?;
    card.begin_transaction(&patience())?;
    for command in [SELECT, VERIFY] {
        let response = card.transmit(&CommandApdu::parse(&unhex(command))?, &patience())?;
        let status = response.status().to_string();
        if status != "9000" {
            return Err(format!("{command}: {status}").into());
        }
    }
    Ok(card)
}
