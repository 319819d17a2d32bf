//! A card that answers what the fuzzer says, in whole dialogues.

use myna_hal::apdu::{Atr, CommandApdu, ResponseApdu};
use myna_hal::card::{CardConnection, ControlCode, Disposition, Protocol};
use myna_hal::device::DeviceInfo;
use myna_hal::myna::{Client, Failure, PinOptions};
use myna_hal::pin::{HostPinPad, PinPad, ReaderPinPad};
use myna_hal::sim::Keypad;
use myna_hal::{Error, ErrorKind, Result, Wait};

use super::Taken;
use super::world::{World, world};

/// Answers in the order they are given, each behind its length in two bytes; then the card is
/// gone. Counts what must not be repeated.
struct Scripted<'a> {
    reader: DeviceInfo,
    atr: Atr,
    rest: &'a [u8],
    verifies: usize,
    signatures: usize,
}

impl Scripted<'_> {
    /// The next answer.
    fn next(&mut self) -> Result<Vec<u8>> {
        let gone = || Error::new(ErrorKind::NoCard, "the script ends here");
        let (length, rest) = self.rest.split_first_chunk::<2>().ok_or_else(gone)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (answer, rest) = rest.split_at_checked(length).ok_or_else(gone)?;
        self.rest = rest;
        Ok(answer.to_vec())
    }
}

impl CardConnection for Scripted<'_> {
    fn reader(&self) -> &DeviceInfo {
        &self.reader
    }

    fn atr(&self) -> &Atr {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        Protocol::T1
    }

    fn transmit(&mut self, command: &CommandApdu, _: &Wait) -> Result<ResponseApdu> {
        let header = command.header();
        self.verifies += usize::from(header.ins == 0x20 && command.nc() > 0);
        // Without data both only ask: for the tries left, and whether the key's name is taken.
        self.signatures += usize::from(matches!(header.ins, 0x2A | 0x88) && command.nc() > 0);
        ResponseApdu::new(self.next()?)
    }

    fn control(&mut self, _: ControlCode, input: &[u8], _: &Wait) -> Result<Vec<u8>> {
        // Only PIN entry sends a structure.
        self.verifies += usize::from(!input.is_empty());
        self.next()
    }

    fn begin_transaction(&mut self, _: &Wait) -> Result<()> {
        Ok(())
    }

    fn end_transaction(&mut self, _: Disposition) -> Result<()> {
        Ok(())
    }

    fn reconnect(&mut self, _: Disposition, _: &Wait) -> Result<()> {
        Ok(())
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> Result<()> {
        Ok(())
    }
}

/// One dialogue of a client with a card.
pub(crate) type Talk = fn(&World, &mut Client, &mut dyn CardConnection) -> Result<(), Failure>;

/// The dialogues, by the first byte of the input.
pub(crate) const DIALOGUES: [Talk; 7] = [
    |world, client, card| client.screen(card, &world.wait()).map(drop),
    |world, client, card| client.certificate(card, &world.wait()).map(drop),
    |world, client, card| client.ca_certificate(card, &world.wait()).map(drop),
    |world, client, card| client.token(card, &world.wait()).map(drop),
    |world, client, card| {
        let keypad = Keypad::new("fuzz");
        keypad.types("1234");
        authenticate(world, client, card, &mut HostPinPad::new(keypad))
    },
    |world, client, card| {
        let code = world.code();
        let guard = Client::CARD_FACE_GUARD;
        client
            .face_record(card, &code, None, guard, &[7; 32], &world.wait())
            .map(drop)
    },
    |world, client, card| {
        let mut pad = ReaderPinPad::new(card.reader().clone());
        authenticate(world, client, card, &mut pad)
    },
];

fn authenticate(
    world: &World,
    client: &mut Client,
    card: &mut dyn CardConnection,
    pad: &mut dyn PinPad,
) -> Result<(), Failure> {
    let options = PinOptions::default();
    client
        .authenticate(card, pad, &[7; 32], None, options, &world.wait())
        .map(drop)
}

/// A whole dialogue with a card that says anything. Whatever it says, a PIN goes out once and
/// nothing is signed twice.
pub(crate) fn dialogue(data: &[u8]) -> Taken {
    let world = world();
    let Some((&which, rest)) = data.split_first() else {
        return false;
    };
    let mut card = Scripted {
        reader: DeviceInfo::new("fuzz", "fuzz"),
        atr: Atr::parse(&world.card.atr()).expect("its own"),
        rest,
        verifies: 0,
        signatures: 0,
    };
    let mut client = world.client();
    let talk = DIALOGUES[usize::from(which) % DIALOGUES.len()];
    let result = talk(world, &mut client, &mut card);
    assert!(card.verifies <= 1 && card.signatures <= 1);
    if let Err(failure) = &result {
        let _ = failure.to_string();
    }
    result.is_ok()
}
