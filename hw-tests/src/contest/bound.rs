//! The smallest sequence of commands that brings a dialogue to its end, by somebody who knows
//! beforehand what works on the card and how long the content of its files is.
//!
//! The sequence is carried out on a virtual card, so that it is known to be legal, and its cost
//! is counted from that card's log like everybody's.

use myna_hal::apdu::{CommandApdu, Header, LengthForm};
use myna_hal::exchange::der_length;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Answer, Latency, Profile};
use myna_hal::time::SystemClock;

use super::{Cost, Dialogue, Lengths};
use crate::unhex;

const JPKI: &str = "D392F000260100000001";
const SURFACE: &str = "D3921000310001010402";

/// Short EF identifiers, with the bit that says so.
const CERTIFICATE: u8 = 0x8A;
const PRIVATE_KEY: u8 = 0x97;
const PIN: u8 = 0x98;
const FACE_RECORD: u8 = 0x82;
const ISSUER_CERTIFICATE: u8 = 0x84;
const CARD_FACE_CODE: u8 = 0x92;

/// What the smallest sequence for `dialogue` costs: the fewest commands, and of those the fewest
/// bytes.
///
/// # Panics
/// When the virtual card refuses a command of it.
#[must_use]
pub fn smallest(dialogue: Dialogue, lengths: Lengths) -> Cost {
    let profile = Profile {
        extended: lengths == Lengths::Extended,
        ..Profile::default()
    };
    let card = VirtualCard::new(profile, SystemClock::shared());
    card.power_on();
    let holder = card.holder().clone();
    let mut card = Counting {
        card,
        cost: NOTHING,
    };
    match dialogue {
        Dialogue::Certificate => {
            card.select(JPKI);
            card.read(CERTIFICATE, lengths);
        }
        Dialogue::Signature => {
            card.select(JPKI);
            let pin = holder.pin.as_deref().expect("the card has a PIN");
            card.verify(PIN, pin);
            card.sign(PRIVATE_KEY);
        }
        Dialogue::Proof => {
            card.select(JPKI);
            card.read(CERTIFICATE, lengths);
            let pin = holder.pin.as_deref().expect("the card has a PIN");
            card.verify(PIN, pin);
            card.sign(PRIVATE_KEY);
        }
        Dialogue::CardFace => {
            card.select(SURFACE);
            card.read(ISSUER_CERTIFICATE, lengths);
            card.verify(CARD_FACE_CODE, &holder.card_face_code);
            card.read(FACE_RECORD, lengths);
            // The application's own key.
            card.sign(0x00);
        }
    }
    card.cost
}

const NOTHING: Cost = Cost {
    apdus: 0,
    sent: 0,
    received: 0,
    typeb106_ms: 0.0,
    contact_ms: 0.0,
};

/// A card, and what it cost so far.
struct Counting {
    card: VirtualCard,
    cost: Cost,
}

impl Counting {
    fn select(&mut self, aid: &str) {
        self.send(Header::new(0x00, 0xA4, 0x04, 0x0C), &unhex(aid), 0);
    }

    fn verify(&mut self, key: u8, value: &str) {
        self.send(Header::new(0x00, 0x20, 0x00, key), value.as_bytes(), 0);
    }

    /// The card makes the DigestInfo of a hash: 19 bytes less than with P1 = 00 (observed).
    fn sign(&mut self, key: u8) {
        self.send(Header::new(0x80, 0x2A, 0x02, key), &[0xA5; 32], 256);
    }

    /// The content of a file, in the fewest commands.
    fn read(&mut self, file: u8, lengths: Lengths) {
        let by_name = Header::new(0x00, 0xB0, file, 0);
        let length = self.foresee(by_name);
        let mut read = match lengths {
            Lengths::Extended => self.send_as(by_name, &[], length, LengthForm::Extended),
            Lengths::Short => self.send(by_name, &[], length.min(256)),
        };
        while read.len() < length {
            let at = u16::try_from(read.len()).expect("a file of this card");
            let [high, low] = at.to_be_bytes();
            let missing = length - read.len();
            read.extend(self.send(Header::new(0x00, 0xB0, high, low), &[], missing.min(256)));
        }
    }

    /// The length of a file's content, by a command that does not count.
    fn foresee(&mut self, by_name: Header) -> usize {
        let before = self.cost;
        let start = self.send(by_name, &[], 6);
        self.cost = before;
        der_length(&start).expect("a data object")
    }

    fn send(&mut self, header: Header, data: &[u8], ne: usize) -> Vec<u8> {
        self.send_as(header, data, ne, LengthForm::Short)
    }

    fn send_as(&mut self, header: Header, data: &[u8], ne: usize, form: LengthForm) -> Vec<u8> {
        let command = CommandApdu::new(header, data, ne, form).expect("it fits");
        let answer = self.card.process(command.as_bytes());
        for entry in self.card.take_log() {
            self.cost.apdus += 1;
            self.cost.sent += entry.sent as u64;
            self.cost.received += entry.received as u64;
            self.cost.typeb106_ms += entry.takes(Latency::TypeB106).as_secs_f64() * 1e3;
            self.cost.contact_ms += entry.takes(Latency::Contact).as_secs_f64() * 1e3;
        }
        match answer {
            Answer::Response(mut answer) if answer.ends_with(&[0x90, 0x00]) => {
                answer.truncate(answer.len() - 2);
                answer
            }
            other => panic!("{header:?} is not legal: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_lengths_save_commands_and_time() {
        for (dialogue, apdus) in Dialogue::ALL.into_iter().zip([2, 3, 4, 5]) {
            let [extended, short] = Lengths::ALL.map(|lengths| smallest(dialogue, lengths));
            assert_eq!(extended.apdus, apdus, "{}", dialogue.code());
            assert!(extended.apdus <= short.apdus);
            assert!(extended.typeb106_ms <= short.typeb106_ms);
        }
    }
}
