//! What goes wrong ends in its own answer, leaves nothing open and spends no try by accident.

use super::{Bench, types};
use crate::device::DeviceInfo;
use crate::error::Error;
use crate::exchange::RetryGuard;
use crate::myna::{Client, FaceOptions, Failure, PinOptions, TrustStore};
use crate::pin::{HostPinPad, Pin, PinEntry, PinPrompt, PinSource};
use crate::sim::VirtualCard;
use crate::sim::card::{Certificate, Fault, Key, Profile, Quirks, Token, Trigger};
use crate::wait::Wait;

fn authenticate(bench: &mut Bench, digits: &'static str, guard: RetryGuard) -> Result<(), Failure> {
    let options = PinOptions {
        guard,
        ..PinOptions::default()
    };
    bench.authenticate(digits, None, options).map(drop)
}

pub(super) fn portrait(bench: &mut Bench) -> Result<(), Failure> {
    let (wait, code) = (bench.wait(), bench.code());
    bench
        .client
        .face_record(
            &mut *bench.connection,
            &code,
            None,
            Client::CARD_FACE_GUARD,
            &[7; 32],
            &wait,
        )
        .map(drop)
}

pub(super) fn whole(bench: &mut Bench) -> Result<(), Failure> {
    let (wait, code) = (bench.wait(), bench.code());
    let options = FaceOptions::default();
    bench
        .client
        .face_reader(&mut *bench.connection, &code, options, |_| (), &wait)
        .map(drop)
}

#[test]
fn a_wrong_pin_costs_exactly_one_try() {
    let mut bench = Bench::new(Profile::default());
    let failure = authenticate(&mut bench, "9999", RetryGuard::KEEP_LAST).expect_err("wrong");
    assert!(matches!(
        failure,
        Failure::PinWrong {
            retries_left: Some(2)
        }
    ));
    assert_eq!(failure.code(), "pin-wrong");
    assert_eq!(bench.card.tries_left(Key::AuthPin), 2);
    bench.assert_harmless();
}

#[test]
fn the_last_try_is_kept_unless_acknowledged() {
    let profile = Profile::default().with_tries(Key::AuthPin, 1);
    let mut bench = Bench::new(profile);
    let failure = authenticate(&mut bench, "1234", RetryGuard::KEEP_LAST).expect_err("kept");
    assert_eq!(failure.code(), "last-try");
    assert_eq!(bench.card.verify_count(Key::AuthPin), 0);
    authenticate(&mut bench, "1234", RetryGuard::ALLOW_LAST).expect("acknowledged");
    assert_eq!(
        bench.card.tries_left(Key::AuthPin),
        3,
        "a right PIN resets the counter"
    );
    bench.assert_harmless();
}

#[test]
fn a_last_try_that_was_seen_is_kept_by_bare_too() {
    let profile = Profile::default().with_tries(Key::AuthPin, 1);
    let mut bench = Bench::new(profile);
    // Cold: a query shows how keys are named, and what is left.
    let failure = authenticate(&mut bench, "9999", RetryGuard::Bare).expect_err("kept");
    assert_eq!(failure.code(), "last-try");
    assert_eq!(bench.card.verify_count(Key::AuthPin), 0);
    // Once that is known nobody asks, and nothing protects the try.
    let failure = authenticate(&mut bench, "9999", RetryGuard::Bare).expect_err("wrong");
    assert_eq!(failure.code(), "pin-blocked");
    assert_eq!(bench.card.tries_left(Key::AuthPin), 0);
    bench.assert_harmless();
}

#[test]
fn bare_and_cold_spends_a_try_that_is_not_the_last() {
    let profile = Profile::default().with_tries(Key::AuthPin, 2);
    let mut bench = Bench::new(profile);
    authenticate(&mut bench, "1234", RetryGuard::Bare).expect("two were left");
    bench.assert_harmless();
}

/// Somebody who never finishes.
struct Nobody(DeviceInfo);

impl PinSource for Nobody {
    fn info(&self) -> &DeviceInfo {
        &self.0
    }

    fn read_pin(&mut self, _: &PinPrompt, wait: &Wait) -> Result<Result<Pin, PinEntry>, Error> {
        wait.sleep(std::time::Duration::from_secs(3600))?;
        Ok(Err(PinEntry::CancelledByUser))
    }
}

#[test]
fn a_pin_that_nobody_enters_is_not_the_cards_silence() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait();
    let mut pad = HostPinPad::new(Nobody(DeviceInfo::new("test", "nobody")));
    let failure = bench
        .client
        .authenticate(
            &mut *bench.connection,
            &mut pad,
            b"challenge",
            None,
            PinOptions::default(),
            &wait,
        )
        .expect_err("the wait is over");
    assert_eq!(failure.code(), "pin-pad-timeout", "{failure:?}");
    assert_eq!(bench.seen().0, 0, "the card was not touched");
}

#[test]
fn a_blocked_pin_is_not_tried() {
    for iso_word in [false, true] {
        let profile = Profile::default()
            .with_tries(Key::AuthPin, 0)
            .with_quirks(Quirks {
                blocked_is_6983: iso_word,
                ..Quirks::default()
            });
        let mut bench = Bench::new(profile);
        let failure = authenticate(&mut bench, "1234", RetryGuard::KEEP_LAST).expect_err("blocked");
        assert_eq!(failure.code(), "pin-blocked");
        assert_eq!(bench.card.verify_count(Key::AuthPin), 0);
        bench.assert_harmless();
    }
}

#[test]
fn a_malformed_pin_never_reaches_the_card() {
    let mut bench = Bench::new(Profile::default());
    let failure = authenticate(&mut bench, "12a4", RetryGuard::KEEP_LAST).expect_err("malformed");
    assert_eq!(failure.code(), "pin-pad-cancelled");
    assert_eq!(bench.seen().0, 0);
}

#[test]
fn a_certificate_that_is_not_in_order_costs_no_try() {
    for (certificate, code) in [
        (Certificate::Expired, "certificate-expired"),
        (Certificate::NotYetValid, "certificate-not-yet-valid"),
        (Certificate::OtherAuthority, "not-genuine"),
        (Certificate::Tampered, "not-genuine"),
    ] {
        let mut bench = Bench::new(Profile {
            certificate,
            ..Profile::default()
        });
        let failure = authenticate(&mut bench, "1234", RetryGuard::KEEP_LAST).expect_err(code);
        assert_eq!(failure.code(), code, "{certificate:?}: {failure:?}");
        assert_eq!(bench.card.verify_count(Key::AuthPin), 0, "{certificate:?}");
        bench.assert_harmless();
    }
}

#[test]
fn a_copied_certificate_is_found_out_by_its_key() {
    let mut bench = Bench::new(Profile {
        certificate: Certificate::OtherKey,
        ..Profile::default()
    });
    let failure = authenticate(&mut bench, "1234", RetryGuard::KEEP_LAST).expect_err("a copy");
    assert!(matches!(failure, Failure::ChallengeSignature));
    bench.assert_harmless();
}

#[test]
fn an_expired_certificate_serves_during_its_grace_when_asked_to() {
    let mut bench = Bench::new(Profile {
        certificate: Certificate::Expired,
        ..Profile::default()
    });
    let options = PinOptions {
        accept_expired: true,
        ..PinOptions::default()
    };
    bench
        .authenticate("1234", None, options)
        .expect("the caller decides about grace");
}

#[test]
fn nobody_is_trusted_who_was_not_named() {
    let mut bench = Bench::new(Profile::default());
    bench.client = Client::new(TrustStore::empty());
    let failure = authenticate(&mut bench, "1234", RetryGuard::KEEP_LAST).expect_err("untrusted");
    assert_eq!(failure.code(), "not-genuine");
    let failure = portrait(&mut bench).expect_err("untrusted");
    assert_eq!(failure.code(), "not-genuine");
    assert_eq!(
        bench.card.verify_count(Key::SurfaceB),
        0,
        "an unknown issuer costs no try"
    );
    bench.assert_harmless();
}

#[test]
fn one_flipped_bit_in_the_portrait() {
    let mut bench = Bench::new(Profile {
        tampered_portrait: true,
        ..Profile::default()
    });
    let failure = portrait(&mut bench).expect_err("forged");
    assert_eq!(failure.code(), "not-genuine");
    bench.assert_harmless();
}

#[test]
fn an_exchanged_card_is_noticed_before_the_code_is_presented() {
    let mut bench = Bench::new(Profile::default());
    let wait = bench.wait();
    let known = bench
        .client
        .certificate(&mut *bench.connection, &wait)
        .expect("readable")
        .0;
    let code = bench.code();
    let read = |bench: &mut Bench| {
        let guard = Client::CARD_FACE_GUARD;
        bench
            .client
            .face_record(
                &mut *bench.connection,
                &code,
                Some(&known),
                guard,
                &[7; 32],
                &wait,
            )
            .map(drop)
    };
    read(&mut bench).expect("the same card");
    let other = VirtualCard::new(
        Profile {
            birth: jiff::civil::date(1990, 1, 1),
            card_face_code: Some(bench.card.holder().card_face_code.clone()),
            ..Profile::default()
        },
        bench.clock.clone(),
    );
    bench.reader.remove();
    bench.reader.insert(&other);
    bench
        .connection
        .reconnect(crate::card::Disposition::Leave, &wait)
        .expect("a card is there");
    let failure = read(&mut bench).expect_err("another card");
    assert!(matches!(failure, Failure::OtherCard));
    assert_eq!(other.verify_count(Key::SurfaceB), 0);
}

#[test]
fn a_wrong_card_face_code_costs_one_try_and_few_left_costs_none() {
    let mut bench = Bench::new(Profile {
        card_face_code: Some("01010120350000".to_owned()),
        ..Profile::default()
    });
    let wait = bench.wait();
    let wrong = super::CardFaceCode::parse("01010120350001").expect("plausible");
    let mut read = |guard| {
        bench
            .client
            .face_record(&mut *bench.connection, &wrong, None, guard, &[7; 32], &wait)
            .map(drop)
    };
    let failure = read(Client::CARD_FACE_GUARD).expect_err("wrong");
    assert!(matches!(
        failure,
        Failure::CardFaceWrong {
            retries_left: Some(9)
        }
    ));
    for _ in 0..4 {
        let _ = read(Client::CARD_FACE_GUARD);
    }
    let failure = read(Client::CARD_FACE_GUARD).expect_err("guarded");
    assert!(matches!(
        failure,
        Failure::CardFaceGuarded { retries_left: 5 }
    ));
    assert_eq!(bench.card.tries_left(Key::SurfaceB), 5);
    bench.assert_harmless();
}

#[test]
fn another_card_is_not_a_my_number_card() {
    let mut bench = Bench::new(Profile::default());
    bench.card.inject(Trigger::Nth(1), Fault::Status(0x6A82));
    let failure = authenticate(&mut bench, "1234", RetryGuard::KEEP_LAST).expect_err("another");
    assert_eq!(failure.code(), "not-my-number-card");
}

pub(super) fn by_pin(bench: &mut Bench) -> Result<(), Failure> {
    authenticate(bench, "1234", RetryGuard::KEEP_LAST)
}

#[test]
fn a_phone_gives_its_certificate_after_the_pin() {
    let mut bench = Bench::new(Profile {
        token: Token::Android,
        ..Profile::default()
    });
    by_pin(&mut bench).expect("PIN first, certificate second");
    let wait = bench.wait();
    let failure = bench
        .client
        .screen(&mut *bench.connection, &wait)
        .expect_err("no PIN, no certificate");
    assert_eq!(failure.code(), "certificate-needs-pin");
    bench.assert_harmless();
}

#[test]
fn screening_needs_no_pin() {
    let mut bench = Bench::new(Profile::default().with_tries(Key::AuthPin, 2));
    let wait = bench.wait();
    let screening = bench
        .client
        .screen(&mut *bench.connection, &wait)
        .expect("readable");
    assert_eq!(screening.pin_retries_left, Some(2));
    assert_eq!(
        screening.certificate.last_day(),
        bench.card.holder().certificate_expiry
    );
    let data = screening.card.expect("readable");
    assert_eq!(data.expiry, Some(bench.card.holder().expiry));
    assert_eq!(bench.card.verify_count(Key::AuthPin), 0);
    let (token, availability) = bench
        .client
        .token(&mut *bench.connection, &wait)
        .expect("readable");
    assert_eq!(token.kind, crate::myna::TokenKind::Card);
    assert!(availability.signature && availability.user_authentication);
    bench.assert_harmless();
}

#[test]
fn an_untrusted_clock_decides_nothing() {
    let clock = crate::sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    clock.set_trusted(false);
    let mut bench = Bench::new(Profile::default());
    let wait = crate::wait::Wait::at_most(clock.shared(), std::time::Duration::from_secs(10));
    let (card, mut pad) = (&mut *bench.connection, types("1234"));
    let options = PinOptions::default();
    let failure = bench
        .client
        .authenticate(card, &mut pad, b"challenge", None, options, &wait)
        .expect_err("no date to believe");
    assert_eq!(failure.code(), "clock-untrusted");
    assert_eq!(bench.card.verify_count(Key::AuthPin), 0);
}
