//! `hw-tests fingerprint`.

use std::process::ExitCode;

use clap::Args;
use hw_tests::bench::fingerprint;
use hw_tests::client::{Failure, connect, patience};
use hw_tests::hex;
use myna_hal::card::{ShareMode, Transaction};

use crate::Done;

/// Print the SHA-256 of a card's certificate, for the inventory of a bench
///
/// It is that of the user-authentication certificate of the card in a PC/SC reader. It needs no PIN.
#[derive(Args)]
#[command(after_help = "Exit status: 0 printed, 1 there is no such card, 2 wrong arguments")]
pub(crate) struct Arguments {
    /// Part of the name of the reader
    reader: String,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    Ok(match read(&arguments.reader) {
        Ok(sha256) => {
            println!("{sha256}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("fingerprint: {error}");
            ExitCode::FAILURE
        }
    })
}

fn read(reader: &str) -> Result<String, Failure> {
    let wait = patience();
    let taken = Transaction::begin(connect(reader, ShareMode::Shared)?, &wait);
    let mut taken = taken.map_err(|(_, error)| error)?;
    Ok(hex(&fingerprint(&mut taken, &wait)?))
}
