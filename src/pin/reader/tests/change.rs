//! Changing a PIN, at the reader's keys and at a keyboard.

use super::*;

#[test]
fn a_pin_is_changed_at_the_reader() {
    for product in PinPadProduct::ALL {
        let desk = desk(product);
        for digits in ["1234", "5678", "5678"] {
            desk.keys.types_after(Duration::from_secs(2), digits);
        }
        desk.change(RetryGuard::KEEP_LAST).expect("changed");
        desk.keys.types("5678");
        desk.authenticate().expect("the new PIN");
        desk.keys.types("1234");
        assert!(desk.authenticate().is_err(), "the old one");
        assert_eq!(desk.card.violations(), []);
    }
}

#[test]
fn a_change_that_does_not_happen_leaves_the_old_pin() {
    let unchanged = |desk: &Desk| {
        desk.keys.types("1234");
        desk.authenticate().expect("the old PIN is in force");
    };
    let types = |desk: &Desk, digits: &[&str]| {
        for digits in digits {
            desk.keys.types(digits);
        }
    };
    let desk = || self::desk(PinPadProduct::EZIO_SHIELD);

    let differ = desk();
    types(&differ, &["1234", "5678", "5679"]);
    assert!(matches!(
        differ.change(RetryGuard::KEEP_LAST),
        Err(Failure::PinEntriesDiffer)
    ));
    unchanged(&differ);

    let wrong = desk();
    types(&wrong, &["9999"]);
    assert!(matches!(
        wrong.change(RetryGuard::KEEP_LAST),
        Err(Failure::PinWrong { .. })
    ));
    assert_eq!(wrong.keys.entries(), 1, "the new one was not asked for");
    unchanged(&wrong);

    let short = desk();
    types(&short, &["1234", "56"]);
    assert!(matches!(
        short.change(RetryGuard::KEEP_LAST),
        Err(Failure::PinNotFourDigits)
    ));
    unchanged(&short);

    let cancelled = desk();
    types(&cancelled, &["1234"]);
    cancelled.keys.cancels_after(Duration::from_secs(1));
    assert!(matches!(
        cancelled.change(RetryGuard::KEEP_LAST),
        Err(Failure::PinCancelled)
    ));
    unchanged(&cancelled);

    let late = desk();
    types(&late, &["1234"]);
    assert!(matches!(
        late.change(RetryGuard::KEEP_LAST),
        Err(Failure::PinEntryTimedOut)
    ));
    unchanged(&late);

    let lost = desk();
    types(&lost, &["1234", "5678", "5678"]);
    lost.card.inject(Trigger::Ins(0x24), Fault::AnswerLost);
    let failure = lost.change(RetryGuard::KEEP_LAST).expect_err("no answer");
    assert_eq!(failure.code(), "pin-change-unanswered");
    lost.keys.types("5678");
    lost.authenticate().expect("the new one is in force here");

    let cannot = self::desk(PinPadProduct {
        modifies: false,
        ..PinPadProduct::EZIO_SHIELD
    });
    types(&cannot, &["1234"]);
    let failure = cannot
        .change(RetryGuard::KEEP_LAST)
        .expect_err("no such feature");
    assert_eq!(failure.code(), "unsupported");
    assert_eq!(
        cannot.keys.entries(),
        0,
        "found out before the old one was asked for"
    );
}

#[test]
fn a_host_pad_sends_nothing_unless_everything_is_right() {
    let desk = desk(PinPadProduct::SPR532);
    let change = |digits: [&str; 3]| {
        let keys = Keypad::new("keyboard");
        for digits in digits {
            keys.types(digits);
        }
        let mut connection = desk.connect();
        desk.card.take_log();
        let result = desk.client().change_pin(
            &mut *connection,
            &mut HostPinPad::new(keys),
            RetryGuard::KEEP_LAST,
            &desk.wait(),
        );
        (result, desk.card.take_log().len())
    };
    let (result, sent) = change(["1234", "5678", "5679"]);
    assert!(matches!(result, Err(Failure::PinEntriesDiffer)));
    assert_eq!(sent, 0);
    let (result, sent) = change(["1234", "5678", "567"]);
    assert!(
        matches!(result, Err(Failure::PinEntryTimedOut)),
        "{result:?}"
    );
    assert_eq!(sent, 0);
    let (result, _) = change(["9999", "5678", "5678"]);
    assert!(matches!(
        result,
        Err(Failure::PinWrong {
            retries_left: Some(2)
        })
    ));
    let (result, sent) = change(["1234", "5678", "5678"]);
    result.expect("changed");
    // SELECT application, the query, SELECT EF, VERIFY, CHANGE REFERENCE DATA.
    assert_eq!(sent, 5);
    let (result, _) = change(["5678", "1234", "1234"]);
    result.expect("changed back");
    assert!(!desk.card.is_unlocked());
}

#[test]
fn a_pad_in_a_box_changes_pins_as_the_pad_does() {
    let desk = desk(PinPadProduct::EZIO_SHIELD);
    for digits in ["1234", "5678", "5678"] {
        desk.keys.types(digits);
    }
    let mut boxed: Box<dyn PinPad> = Box::new(desk.pad());
    let mut client = desk.client();
    let wait = desk.wait();
    // The box itself as the pad, not what is in it.
    client
        .change_pin(
            &mut *desk.connect(),
            &mut boxed,
            RetryGuard::KEEP_LAST,
            &wait,
        )
        .expect("changed");
}
