//! The wire between readers that pass blocks on and their cards: speed, a block that arrives broken, and a
//! card of somebody else that speaks T=0. What drivers have to do themselves, libccid among them.

use std::time::Duration;

use libtest_mimic::Failed;
use myna_hal::apdu::CommandApdu;
use myna_hal::card::CardConnection;
use myna_hal::myna::{Client, PinOptions, Proven, TrustStore};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::card::{Fault, Key, Profile, Trigger};
use myna_hal::sim::{Keypad, VirtualCard};
use usb_sim::ccid::{BANK_ATR, Exchange, Product};

use crate::commands::{READ_CERTIFICATE, SELECT, VERIFY};
use crate::further::{Further, with_card};
use crate::support::{Desk, Hands};

/// As TA1 of the card says it: four times the speed that it begins with.
const FOUR_TIMES: u8 = 0x13;

/// What a card says that does not have the application.
const NOT_FOUND: u16 = 0x6A82;

pub(crate) const CASES: [Further; 3] = [
    Further {
        name: "wire.as-fast-as-the-card",
        suits: passes_blocks_on,
        run: fast,
    },
    Further {
        name: "wire.a-banks-card",
        suits: passes_blocks_on,
        run: others,
    },
    Further {
        name: "wire.authenticates",
        suits: has_contacts,
        run: authenticates,
    },
];

fn has_contacts(product: &Product) -> bool {
    !product.contactless
}

fn passes_blocks_on(product: &Product) -> bool {
    has_contacts(product) && product.exchange() == Exchange::Tpdu
}

/// A whole dialogue, at whatever lengths reader and card can.
fn authenticates(desk: &Desk) -> Result<(), Failed> {
    let desk = with_card(desk, desk.reader.card(&desk.clock))?;
    let mut connection = desk.connect()?;
    let keypad = Keypad::new("keys");
    keypad.types("1234");
    let mut pad = HostPinPad::new(keypad);
    let mut client = Client::new(TrustStore::from_pem(&desk.card.trust_pem())?);
    let (challenge, options) = (Client::fresh_challenge(), PinOptions::default());
    let wait = desk.wait(Duration::from_secs(30));
    let done = client.authenticate(&mut *connection, &mut pad, &challenge, None, options, &wait)?;
    let proven = done.proven.contains(Proven::CertificatePossession);
    expect("the proof", &proven, &true)?;
    expect("tries", &desk.card.verify_count(Key::AuthPin), &1)?;
    Ok(())
}

/// Sends a command; the status word of the answer.
fn send(connection: &mut dyn CardConnection, desk: &Desk, bytes: &[u8]) -> Result<u16, Failed> {
    let wait = desk.wait(Duration::from_secs(30));
    let response = connection.transmit(&CommandApdu::parse(bytes)?, &wait)?;
    Ok(response.status().to_u16())
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, wanted: &T) -> Result<(), Failed> {
    match is == wanted {
        true => Ok(()),
        false => Err(format!("{what}: {is:02X?}, not {wanted:02X?}").into()),
    }
}

fn fast(desk: &Desk) -> Result<(), Failed> {
    let desk = with_card(desk, desk.reader.card(&desk.clock))?;
    let mut connection = desk.connect()?;
    expect("SELECT", &send(&mut *connection, &desk, &SELECT)?, &0x9000)?;
    expect("the speed", &desk.reader.speed(), &Some(FOUR_TIMES))?;
    desk.reader.garble(1);
    let read = send(&mut *connection, &desk, &READ_CERTIFICATE)?;
    expect("READ BINARY, said again", &read, &0x9000)?;
    desk.reader.garble(1);
    let verified = send(&mut *connection, &desk, &VERIFY)?;
    expect("VERIFY, said again", &verified, &0x9000)?;
    expect("tries", &desk.card.verify_count(Key::AuthPin), &1)?;
    Ok(())
}

fn others(desk: &Desk) -> Result<(), Failed> {
    let profile = Profile {
        atr: BANK_ATR.to_vec(),
        ..desk.reader.product().slow_card()
    };
    let card = VirtualCard::new(profile, desk.clock.clone());
    card.inject(Trigger::Ins(SELECT[1]), Fault::Status(NOT_FOUND));
    let desk = with_card(desk, card)?;
    let mut connection = desk.connect()?;
    let answer = send(&mut *connection, &desk, &SELECT)?;
    expect("SELECT", &answer, &NOT_FOUND)
}
