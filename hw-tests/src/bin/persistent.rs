//! `persistent READER TRUST`: a program that lives longer than the daemon. It reads the
//! certificate at once, then at every line of its standard input: `again` on the connection it
//! has, `connect` on a new one of the context it has. For the middleware rig.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use hw_tests::client::{Failure, patience, trust};
use myna_hal::card::{CardConnection, CardContext, CardPresence, ShareMode};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::myna::Client;
use myna_hal::time::SystemClock;
use myna_hal::{Error, ErrorKind};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(reader), Some(anchors)) = (arguments.next(), arguments.next()) else {
        return Err("usage: persistent READER TRUST".into());
    };
    let mut client = Client::new(trust(&anchors)?);
    let mut context = PcscContext::new(SystemClock::shared());
    let mut card = None;
    let mut job = "connect".to_owned();
    loop {
        if job == "connect" {
            card = None;
        }
        let outcome = match &mut card {
            Some(card) => read(&mut client, card),
            None => match connect(&mut context, &reader) {
                Ok(connected) => read(&mut client, card.insert(connected)),
                Err(error) => error.kind().code(),
            },
        };
        println!("{}", serde_json::json!({ &job: outcome }));
        job.clear();
        if std::io::stdin().read_line(&mut job)? == 0 {
            return Ok(());
        }
        job.truncate(job.trim_end().len());
    }
}

fn read(client: &mut Client, card: &mut Box<dyn CardConnection>) -> &'static str {
    match client.certificate(&mut **card, &patience()) {
        Ok(_) => "certificate-chain",
        Err(failure) => failure.code(),
    }
}

fn connect(context: &mut PcscContext, part: &str) -> myna_hal::Result<Box<dyn CardConnection>> {
    for reader in &mut context.readers()? {
        if reader.info().name.contains(part) && reader.state()?.card == CardPresence::Present {
            return reader.connect(ShareMode::Shared, &patience());
        }
    }
    Err(Error::new(ErrorKind::NoCard, "no such reader holds a card"))
}
