//! The client's pad against the virtual firmware, through control codes.

mod change;

use super::*;
use crate::card::{CardReader as _, ShareMode, Transaction};
use crate::error::ErrorKind;
use crate::myna::{Client, Failure, PinOptions, RetryGuard, TrustStore};
use crate::pin::{self, HostPinPad, Pin, PinPolicy, PinPurpose};
use crate::sim::card::{Fault, Key, Profile, Trigger};
use crate::sim::firmware::{PinPadFirmware, PinPadProduct, ShortEntry};
use crate::sim::{Clock, Keypad, VirtualCard, VirtualContext, VirtualReader};
use crate::time::Clock as _;

struct Desk {
    clock: Clock,
    reader: VirtualReader,
    card: VirtualCard,
    keys: Keypad,
}

fn desk_of(product: PinPadProduct, profile: Profile) -> Desk {
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let reader = VirtualContext::new(clock.shared()).add_reader(product.name);
    let card = VirtualCard::new(profile, clock.shared());
    let keys = Keypad::new("keys");
    reader.set_pin_pad(PinPadFirmware::new(product, keys.clone()));
    reader.insert(&card);
    Desk {
        clock,
        reader,
        card,
        keys,
    }
}

fn desk(product: PinPadProduct) -> Desk {
    desk_of(product, Profile::default())
}

impl Desk {
    fn wait(&self) -> Wait {
        Wait::at_most(self.clock.shared(), Duration::from_secs(35))
    }

    fn connect(&self) -> Box<dyn CardConnection> {
        self.reader
            .clone()
            .connect(ShareMode::Shared, &self.wait())
            .expect("a card is in")
    }

    fn client(&self) -> Client {
        Client::new(TrustStore::from_pem(&self.card.trust_pem()).expect("own hierarchy"))
    }

    fn pad(&self) -> ReaderPinPad {
        ReaderPinPad::new(self.reader.info().clone())
    }

    /// The whole dialogue, with the PIN typed at the reader.
    fn authenticate(&self) -> Result<(), Failure> {
        let mut connection = self.connect();
        let result = self.client().authenticate(
            &mut *connection,
            &mut self.pad(),
            &[7; 32],
            None,
            PinOptions::default(),
            &self.wait(),
        );
        assert!(!self.card.is_unlocked(), "left open");
        result.map(drop)
    }

    fn change(&self, guard: RetryGuard) -> Result<(), Failure> {
        let mut connection = self.connect();
        let result =
            self.client()
                .change_pin(&mut *connection, &mut self.pad(), guard, &self.wait());
        assert!(!self.card.is_unlocked(), "left open");
        result
    }
}

#[test]
fn every_make_brings_the_pin_to_the_card() {
    for product in PinPadProduct::ALL {
        let desk = desk(product);
        desk.keys.types_after(Duration::from_secs(3), "1234");
        desk.authenticate().expect("the right PIN");
        desk.keys.types("9999");
        let wrong = desk.authenticate().expect_err("another PIN");
        assert!(matches!(
            wrong,
            Failure::PinWrong {
                retries_left: Some(2)
            }
        ));
        desk.keys.cancels_after(Duration::from_secs(1));
        let cancelled = desk.authenticate().expect_err("the red key");
        assert!(matches!(cancelled, Failure::PinCancelled));
        let begun = desk.clock.now();
        let late = desk.authenticate().expect_err("nobody is there");
        assert!(matches!(late, Failure::PinEntryTimedOut));
        assert_eq!(
            desk.clock.now().since(begun),
            Duration::from_secs(30),
            "the caller's wait, less what is kept for the card"
        );
        assert_eq!(desk.card.verify_count(Key::AuthPin), 2);
    }
}

#[test]
fn a_short_entry_is_told_or_goes_on() {
    for product in PinPadProduct::ALL {
        let ends = product.short_entry == ShortEntry::Ends;
        let desk = desk(product);
        desk.keys.types("12");
        desk.keys.types("1234");
        match desk.authenticate() {
            Err(Failure::PinNotFourDigits) => assert!(ends),
            Ok(()) => assert!(!ends),
            Err(other) => panic!("{other}"),
        }
        let sent = u32::from(!ends);
        assert_eq!(desk.card.verify_count(Key::AuthPin), sent);
    }
}

#[test]
fn the_pad_is_known_by_what_it_says() {
    for product in PinPadProduct::ALL {
        let desk = desk(product.clone());
        let mut connection = desk.connect();
        let pad = ReaderPinPad::probe(&mut *connection, &desk.wait()).expect("it has keys");
        assert_eq!(pad.path(), PinPath::Secure);
        let properties = pad.properties();
        assert_eq!(properties.vendor, Some(product.vendor));
        assert_eq!(
            properties.lcd_layout,
            Some(product.display.unwrap_or_default())
        );
        assert_ne!(pad.profile(), PadProfile::ANY, "{}", product.name);
    }
}

#[test]
fn a_make_that_is_not_treated_as_it_wants_refuses() {
    // The same firmware under identifiers that the client does not know.
    let desk = desk(PinPadProduct {
        name: "Nobody's pad",
        vendor: 1,
        display: None,
        ..PinPadProduct::GEMPC_PINPAD
    });
    desk.keys.types("1234");
    let failure = desk.authenticate().expect_err("no message, one is wanted");
    assert_eq!(failure.code(), "protocol-error");
    assert_eq!(desk.card.verify_count(Key::AuthPin), 0);
}

#[test]
fn a_pad_for_other_lengths_is_not_asked() {
    let desk = desk(PinPadProduct {
        digits: (6, 8),
        ..PinPadProduct::EZIO_SHIELD
    });
    desk.keys.types("1234");
    let failure = desk.authenticate().expect_err("it takes six digits");
    assert_eq!(failure.code(), "unsupported");
    assert_eq!(
        (desk.keys.entries(), desk.card.verify_count(Key::AuthPin)),
        (0, 0)
    );
}

#[test]
fn an_answer_that_never_came_may_have_cost_a_try() {
    let desk = desk(PinPadProduct::SPR532);
    let mut connection = desk.connect();
    let mut transaction = Transaction::begin(&mut connection, &desk.wait())
        .map_err(|(_, error)| error)
        .expect("nobody else holds it");
    desk.keys.types("1234");
    desk.card.inject(Trigger::Ins(0x20), Fault::RemoveDuring);
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    let request = PinRequest::new(prompt, Header::new(0x00, 0x20, 0x00, 0x98));
    let outcome = pin::verify(&mut transaction, &mut desk.pad(), &request, &desk.wait());
    assert!(
        matches!(outcome, Ok(PinOutcome::Unanswered(_))),
        "{outcome:?}"
    );
}

#[test]
fn a_caller_who_gives_up_does_not_know() {
    let desk = desk(PinPadProduct::SPR532);
    let mut connection = desk.connect();
    let mut transaction = Transaction::begin(&mut connection, &desk.wait())
        .map_err(|(_, error)| error)
        .expect("nobody else holds it");
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    let request = PinRequest::new(prompt, Header::new(0x00, 0x20, 0x00, 0x98));
    // Less than the second that a pad must be given at the least.
    let hurry = desk.wait().shortened(Duration::from_millis(500));
    let outcome = pin::verify(&mut transaction, &mut desk.pad(), &request, &hurry);
    assert!(
        matches!(outcome, Ok(PinOutcome::Unanswered(_))),
        "{outcome:?}"
    );
    assert_eq!(
        transaction.disposition_at_end(),
        crate::card::Disposition::Unpower
    );
}

#[test]
fn the_guard_keeps_a_pad_from_being_asked() {
    let profile = Profile::default().with_tries(Key::AuthPin, 1);
    let desk = desk_of(PinPadProduct::EZIO_SHIELD, profile);
    desk.keys.types("1234");
    assert!(matches!(desk.authenticate(), Err(Failure::LastTry)));
    assert!(matches!(
        desk.change(RetryGuard::KEEP_LAST),
        Err(Failure::LastTry)
    ));
    assert!(matches!(
        desk.change(RetryGuard::Bare),
        Err(Failure::LastTry)
    ));
    assert_eq!(
        (desk.keys.entries(), desk.card.tries_left(Key::AuthPin)),
        (0, 1)
    );
}

#[test]
fn a_reader_without_keys_has_none() {
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let mut reader = VirtualContext::new(clock.shared()).add_reader("plain");
    reader.insert(&VirtualCard::new(Profile::default(), clock.shared()));
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(5));
    let mut connection = reader.connect(ShareMode::Shared, &wait).expect("a card");
    let error = ReaderPinPad::probe(&mut *connection, &wait).expect_err("no keys");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn the_choice_is_the_callers_and_nothing_falls_back() {
    let secure = desk(PinPadProduct::SPR532);
    let plain = VirtualContext::new(secure.clock.shared()).add_reader("plain");
    let host =
        || -> Option<Box<dyn PinPad>> { Some(Box::new(HostPinPad::new(Keypad::new("keyboard")))) };
    let path = |policy, reader: &VirtualReader, other| {
        pin::choose(policy, reader, other)
            .map(|pad| pad.path())
            .map_err(|error| error.kind())
    };
    let unsupported = Err(ErrorKind::Unsupported);
    for (policy, reader, other, expected) in [
        (
            PinPolicy::RequireSecure,
            &secure.reader,
            host(),
            Ok(PinPath::Secure),
        ),
        (
            PinPolicy::AllowHost,
            &secure.reader,
            host(),
            Ok(PinPath::Secure),
        ),
        (PinPolicy::AllowHost, &plain, host(), Ok(PinPath::Host)),
        (PinPolicy::RequireSecure, &plain, host(), unsupported),
        (PinPolicy::RequireSecure, &plain, None, unsupported),
        (PinPolicy::AllowHost, &plain, None, unsupported),
    ] {
        assert_eq!(path(policy, reader, other), expected, "{policy:?}");
    }
    // A pad of the caller's that is secure itself.
    let own = crate::sim::SecurePinPad::new(Keypad::new("own"), plain.clone());
    assert_eq!(
        path(PinPolicy::RequireSecure, &plain, Some(Box::new(own))),
        Ok(PinPath::Secure)
    );

    // Announced, but not there: an error of the call, and no other way is taken.
    let announced = crate::card::ReaderCapabilities::SECURE_PIN_VERIFY;
    plain.set_capabilities(announced);
    plain.insert(&VirtualCard::new(Profile::default(), secure.clock.shared()));
    let mut pad = pin::choose(PinPolicy::AllowHost, &plain, host()).expect("it says it has keys");
    let mut connection = plain
        .clone()
        .connect(ShareMode::Shared, &secure.wait())
        .expect("a card");
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    let request = PinRequest::new(prompt, Header::new(0x00, 0x20, 0x00, 0x98));
    let error = pad
        .verify(&mut connection, &request, &secure.wait())
        .expect_err("it has none");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_source_that_was_asked_for_another_format_sends_nothing() {
    struct Sloppy(DeviceInfo);
    impl pin::PinSource for Sloppy {
        fn info(&self) -> &DeviceInfo {
            &self.0
        }
        fn read_pin(&mut self, _: &PinPrompt, _: &Wait) -> Result<Result<Pin, PinEntry>> {
            let any = PinFormat { min: 1, max: 16 };
            Ok(Pin::new("12345", any).map_err(|_| PinEntry::CancelledByUser))
        }
    }
    let desk = desk(PinPadProduct::SPR532);
    let mut pad = HostPinPad::new(Sloppy(DeviceInfo::new("test", "sloppy")));
    let mut connection = desk.connect();
    let failure = desk
        .client()
        .authenticate(
            &mut *connection,
            &mut pad,
            &[7; 32],
            None,
            PinOptions::default(),
            &desk.wait(),
        )
        .expect_err("five digits");
    assert_eq!(failure.code(), "invalid-input");
    let change = desk.client().change_pin(
        &mut *connection,
        &mut pad,
        RetryGuard::KEEP_LAST,
        &desk.wait(),
    );
    assert_eq!(change.expect_err("five digits").code(), "invalid-input");
    assert_eq!(desk.card.verify_count(Key::AuthPin), 0);
}
