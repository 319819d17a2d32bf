//! `fingerprint READER`: SHA-256 of the user-authentication certificate of the card in a PC/SC reader,
//! for the inventory of a bench. It needs no PIN.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::bench::fingerprint;
use hw_tests::client::{Failure, connect, patience};
use hw_tests::hex;
use myna_hal::card::{ShareMode, Transaction};

fn main() -> Result<(), Failure> {
    let reader = std::env::args().nth(1).ok_or("usage: fingerprint READER")?;
    let wait = patience();
    let taken = Transaction::begin(connect(&reader, ShareMode::Shared)?, &wait);
    let mut taken = taken.map_err(|(_, error)| error)?;
    println!("{}", hex(&fingerprint(&mut taken, &wait)?));
    Ok(())
}
