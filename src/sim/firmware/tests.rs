use super::*;
use crate::error::ErrorKind;
use crate::sim::Clock;

const VERIFY: u32 = FIRST_FEATURE + 6;
const MODIFY: u32 = FIRST_FEATURE + 7;

struct Desk {
    clock: Clock,
    keys: Keypad,
    pad: PinPadFirmware,
    sent: Vec<Vec<u8>>,
}

fn desk(product: PinPadProduct) -> Desk {
    let keys = Keypad::new("keys");
    Desk {
        clock: Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")),
        pad: PinPadFirmware::new(product, keys.clone()),
        keys,
        sent: Vec::new(),
    }
}

impl Desk {
    fn control(&mut self, code: u32, input: &[u8]) -> Result<Vec<u8>> {
        let wait = Wait::at_most(self.clock.shared(), Duration::from_secs(300));
        let sent = &mut self.sent;
        let mut card = |command: &[u8]| {
            sent.push(command.to_vec());
            Ok(vec![0x90, 0])
        };
        self.pad.control(code, input, &mut card, &wait)
    }
}

/// VERIFY in this crate's form, written here by hand.
fn verify(digits: u16, validation: u8, messages: u8) -> Vec<u8> {
    let mut bytes = vec![10, 0, 0x82, 0, 0];
    bytes.extend(digits.to_ne_bytes());
    bytes.extend([validation, messages]);
    bytes.extend(0x0411_u16.to_ne_bytes());
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(4_u32.to_ne_bytes());
    bytes.extend([0, 0x20, 0, 0x98]);
    bytes
}

fn modify(confirm: u8) -> Vec<u8> {
    let mut bytes = vec![10, 0, 0x82, 0, 0, 0, 0];
    bytes.extend(0x0404_u16.to_ne_bytes());
    bytes.extend([confirm, 2, 2]);
    bytes.extend(0x0411_u16.to_ne_bytes());
    bytes.extend([0, 1, 2, 0, 0, 0]);
    bytes.extend(4_u32.to_ne_bytes());
    bytes.extend([0, 0x24, 1, 0x80]);
    bytes
}

#[test]
fn every_make_takes_four_digits_and_ends_in_every_way() {
    for product in PinPadProduct::ALL {
        let mut desk = desk(product);
        let order = verify(0x0404, 2, 1);
        desk.keys.types_after(Duration::from_secs(3), "1234");
        assert_eq!(desk.control(VERIFY, &order).expect("sent"), [0x90, 0]);
        assert_eq!(desk.sent, [b"\x00\x20\x00\x98\x041234"]);
        desk.keys.cancels_after(Duration::from_secs(1));
        assert_eq!(desk.control(VERIFY, &order).expect("said"), [0x64, 0x01]);
        let begun = desk.clock.shared().now();
        assert_eq!(desk.control(VERIFY, &order).expect("said"), [0x64, 0x00]);
        assert_eq!(
            desk.clock.shared().now().since(begun),
            Duration::from_secs(10),
            "as long as it was told"
        );
        assert_eq!(desk.sent.len(), 1, "nothing else reached the card");
    }
}

#[test]
fn a_short_entry_ends_or_waits() {
    for product in PinPadProduct::ALL {
        let ends = product.short_entry == ShortEntry::Ends;
        let mut desk = desk(product);
        desk.keys.types("123");
        let answer = desk.control(VERIFY, &verify(0x0404, 2, 1)).expect("said");
        assert_eq!(answer, if ends { [0x64, 0x03] } else { [0x64, 0x00] });
        assert!(desk.sent.is_empty());
    }
}

#[test]
fn makes_refuse_what_they_cannot_do() {
    let refused = |product: PinPadProduct, order: &[u8]| {
        let mut desk = desk(product);
        desk.keys.types("1234");
        desk.control(VERIFY, order).expect("said") == [0x6b, 0x80]
    };
    for (product, digits, validation, messages, expected) in [
        (PinPadProduct::GEMPC_PINPAD, 0x0404, 2, 0, true),
        (PinPadProduct::GEMPC_PINPAD, 0x0404, 3, 1, true),
        (PinPadProduct::GEMPC_PINPAD, 0x0104, 2, 1, true),
        (PinPadProduct::GEMPC_PINPAD, 0x0404, 2, 1, false),
        (PinPadProduct::SPR532, 0x0404, 3, 0, false),
        (PinPadProduct::SPR532, 0x0404, 0, 0, true),
        (PinPadProduct::OMNIKEY_3821, 0x0104, 2, 0, false),
        (PinPadProduct::OMNIKEY_3821, 0x0420, 2, 0, true),
        (PinPadProduct::EZIO_SHIELD, 0x0504, 2, 0, true),
    ] {
        let name = product.name;
        assert_eq!(
            refused(product, &verify(digits, validation, messages)),
            expected,
            "{name} {digits:04x} {validation} {messages}"
        );
    }
}

#[test]
fn the_last_digit_ends_an_entry_where_it_may() {
    let mut desk = desk(PinPadProduct::SPR532);
    desk.keys.types("12");
    desk.keys.types("123456");
    desk.control(VERIFY, &verify(0x0404, 1, 0)).expect("sent");
    assert_eq!(desk.sent, [b"\x00\x20\x00\x98\x041234"]);
}

#[test]
fn a_change_takes_the_new_pin_twice() {
    let mut desk = desk(PinPadProduct::EZIO_SHIELD);
    desk.keys.types("5678");
    desk.keys.types("5679");
    assert_eq!(desk.control(MODIFY, &modify(1)).expect("said"), [0x64, 2]);
    for digits in ["1234", "5678", "5678"] {
        desk.keys.types(digits);
    }
    desk.control(MODIFY, &modify(3)).expect("sent");
    desk.keys.types("5678");
    desk.control(MODIFY, &modify(0)).expect("sent");
    assert_eq!(
        desk.sent,
        [
            b"\x00\x24\x01\x80\x0812345678".to_vec(),
            b"\x00\x24\x01\x80\x045678".to_vec()
        ]
    );
    assert_eq!(desk.keys.entries(), 6);
}

#[test]
fn what_it_does_not_know_reaches_nobody() {
    let mut desk = desk(PinPadProduct {
        modifies: false,
        ..PinPadProduct::SPR532
    });
    desk.keys.types("1234");
    for (code, input) in [
        (FIRST_FEATURE + 0x0b, vec![]),
        (MODIFY, modify(1)),
        (VERIFY, verify(0x0404, 2, 1)[..22].to_vec()),
    ] {
        let error = desk.control(code, &input).expect_err("not offered");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert!(desk.sent.is_empty());
    let features = desk
        .control(GET_FEATURE_REQUEST, &[])
        .expect("always answered");
    assert_eq!(features.len(), 3 * 6);
    let properties = desk.control(FIRST_FEATURE + 0x0a, &[]).expect("offered");
    assert_eq!(properties, [0, 0, 7, 0]);
}
