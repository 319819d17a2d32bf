//! `contend READER`: two connections of one program that want the card at the same time, and one
//! that loses patience with it. For the middleware rig; the card takes half a second to sign.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use hw_tests::client::{Failure, SELECT, connect, patience, signature_command};
use hw_tests::unhex;
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, Disposition, ShareMode};
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Wait};
use serde_json::{Value, json};

fn main() -> Result<(), Failure> {
    let reader = std::env::args().nth(1).ok_or("usage: contend READER")?;
    let mut first = connect(&reader, ShareMode::Shared)?;
    let mut second = connect(&reader, ShareMode::Shared)?;

    // The second waits in vain, and what it asked for must not stay in the queue.
    first.begin_transaction(&patience())?;
    let (waited, begin) = timed(|| second.begin_transaction(&brief()));
    let meanwhile = code(second.begin_transaction(&brief()));
    first.end_transaction(Disposition::Leave)?;
    let (drained, _) = timed(|| until_free(&mut *second));
    let (taken, again) = timed(|| first.begin_transaction(&patience()));
    println!(
        "{}",
        json!({
            "begin": begin, "waited_ms": waited, "meanwhile": meanwhile,
            "drained_ms": drained, "again": again, "taken_ms": taken,
        })
    );

    // A signature that nobody waits for: the card is powered down behind it.
    send(&mut *first, SELECT, &patience())?;
    // VERIFY with the virtual card's PIN, 1234.
    send(&mut *first, "002000980431323334", &patience())?;
    let (waited, sign) = timed(|| send(&mut *first, &signature_command(), &brief()));
    let end = code(first.end_transaction(Disposition::Unpower));
    let after = code(second.begin_transaction(&patience()));
    if after != "ok" {
        second.reconnect(Disposition::Leave, &patience())?;
        second.begin_transaction(&patience())?;
    }
    let select = send(&mut *second, SELECT, &patience())?;
    let status = send(&mut *second, &signature_command(), &patience())?;
    second.end_transaction(Disposition::Unpower)?;
    println!(
        "{}",
        json!({
            "sign": sign, "waited_ms": waited, "end": end, "after": after,
            "select": select, "status": status,
        })
    );
    Ok(())
}

fn brief() -> Wait {
    let clock: Arc<dyn Clock> = SystemClock::shared();
    Wait::at_most(clock, Duration::from_millis(100))
}

fn timed<T>(job: impl FnOnce() -> myna_hal::Result<T>) -> (u64, Value) {
    let start = Instant::now();
    let result = job();
    let elapsed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    (elapsed, code(result))
}

fn code<T>(result: myna_hal::Result<T>) -> Value {
    match result {
        Ok(_) => json!("ok"),
        Err(error) => json!(error.kind().code()),
    }
}

/// Waits until the call that was given up on has drained.
fn until_free(card: &mut dyn CardConnection) -> myna_hal::Result<()> {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        // Transmitting a SELECT harms nobody; only the state of the handle matters.
        match send(card, SELECT, &patience()) {
            Err(error) if error.kind() == ErrorKind::Busy && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(10));
            }
            result => return result.map(drop),
        }
    }
}

fn send(card: &mut dyn CardConnection, command: &str, wait: &Wait) -> myna_hal::Result<String> {
    let command = CommandApdu::parse(&unhex(command))?;
    Ok(card.transmit(&command, wait)?.status().to_string())
}
