//! VERIFY, counters and access rules.

use super::*;

#[test]
fn a_query_is_free_and_never_says_9000() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00200098", 0x63c3),
            ("00200098 00", 0x63c3),
            (PIN, 0x9000),
            ("00200098", 0x63c3),
            ("0020009B", 0x63c5),
        ],
    );
    assert_eq!(card.verify_count(Key::AuthPin), 1);
}

#[test]
fn a_pin_counts_down_blocks_and_says_6984() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00A4020C020018", 0x9000),
            ("00200080 04 39393939", 0x63c2),
            // A value of another length costs a try as well.
            ("00200080 05 3132333435", 0x63c1),
            ("00200080 04 31323334", 0x9000),
            ("00200080", 0x63c3),
            (WRONG, 0x63c2),
            (WRONG, 0x63c1),
            (WRONG, 0x63c0),
            (PIN, 0x6984),
            ("00200098", 0x63c0),
            // Too long for any value: no try is spent.
            ("0020009B 11 4141414141414141414141414141414141", 0x6700),
            ("0020009B", 0x63c5),
        ],
    );
    assert_eq!(card.tries_left(Key::AuthPin), 0);
    assert_eq!(card.verify_count(Key::AuthPin), 7);
}

#[test]
fn counters_survive_power_and_the_table_of_maxima() {
    let card = plain();
    dialogue(&card, &[(JPKI, 0x9000), (WRONG, 0x63c2)]);
    card.power_off();
    assert!(matches!(card.process(&bytes(JPKI)), Answer::Gone));
    card.power_on();
    dialogue(&card, &[(JPKI, 0x9000), ("00200098", 0x63c2)]);
    for (key, most) in [
        (Key::SignPassword, 5),
        (Key::SurfaceBirth, 10),
        (Key::SurfaceB, 10),
        (Key::SurfaceA, 10),
        (Key::TextPin, 3),
        (Key::TextA, 10),
        (Key::TextB, 10),
        (Key::CommonPin, 3),
        (Key::ResidentPin, 3),
    ] {
        assert_eq!(card.tries_left(key), most, "{key:?}");
    }
}

#[test]
fn tries_can_be_preset() {
    let profile = Profile::default()
        .with_tries(Key::AuthPin, 1)
        .with_tries(Key::SurfaceB, 0);
    let card = card(profile);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            (WRONG, 0x63c0),
            (SURFACE, 0x9000),
            ("00200092", 0x63c0),
        ],
    );
}

#[test]
fn a_failed_verify_locks_its_key_again() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            (PIN, 0x9000),
            ("802A0097 01 41 00", 0x9000),
            (WRONG, 0x63c2),
            ("802A0097 01 41 00", 0x6982),
        ],
    );
    assert!(!card.is_unlocked());
}

#[test]
fn verify_needs_a_key_file() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00200080", 0x6986),
            ("00A4020C02000A", 0x9000),
            ("00200080", 0x6981),
            ("00200097", 0x6981),
            ("0020009D", 0x6a82),
            ("00200000", 0x6a86),
            ("00200198", 0x6a86),
            (MANAGER, 0x9000),
            ("00200098", 0x6a82),
        ],
    );
}

#[test]
fn text_key_0012_is_blocked_from_issue() {
    let card = plain();
    dialogue(
        &card,
        &[
            (TEXT, 0x9000),
            ("00200092", 0x63c0),
            ("00200092 04 31323334", 0x6984),
        ],
    );
}

#[test]
fn iso_s_word_for_blocked_is_a_switch() {
    let profile = Profile::default()
        .with_tries(Key::AuthPin, 0)
        .with_quirks(Quirks {
            blocked_is_6983: true,
            ..Quirks::default()
        });
    let card = card(profile);
    dialogue(
        &card,
        &[(JPKI, 0x9000), (PIN, 0x6983), ("00200098", 0x63c0)],
    );
}

#[test]
fn a_card_without_pins_still_shows_its_face() {
    let card = card(Profile {
        pin: None,
        ..Profile::default()
    });
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00200098", 0x63c0),
            (PIN, 0x6984),
            ("0020009B", 0x63c0),
            ("00B08A00 04", 0x9000),
            (SURFACE, 0x9000),
            (&code_b(&card, 0x12), 0x9000),
            ("00B08200 04", 0x9000),
        ],
    );
    send(&card, JPKI);
    assert_eq!(send(&card, "00B08800 03").0, [0x00, 0x8f, 0x00]);
}

/// VERIFY of 照合番号B by short EF identifier.
pub(super) fn code_b(card: &VirtualCard, id: u8) -> String {
    let digits: String = card
        .holder()
        .card_face_code
        .bytes()
        .map(|digit| format!("{digit:02x}"))
        .collect();
    format!("002000{:02x}0e{digits}", 0x80 | id)
}

const NUMBER_A: &str = "0C 313131313131313131313131";

/// Statuses of reading the first byte of EF 1 to 8.
fn readable(card: &VirtualCard, ids: std::ops::RangeInclusive<u8>) -> Vec<u16> {
    ids.map(|id| status(card, &format!("00B0{:02x}00 01", 0x80 | id)))
        .collect()
}

#[test]
fn surface_access_is_exact() {
    let (ok, no) = (0x9000, 0x6982);
    for (key, expected) in [
        (None, [no, no, ok, ok, no, no]),
        (
            Some("00200091 06 363030353130".to_owned()),
            [ok, no, ok, ok, no, no],
        ),
        (Some(code_b(&plain(), 0x12)), [no, ok, ok, ok, no, ok]),
        (
            Some(format!("00200093 {NUMBER_A}")),
            [no, ok, ok, ok, ok, ok],
        ),
    ] {
        let card = plain();
        send(&card, SURFACE);
        if let Some(verify) = &key {
            assert_eq!(status(&card, verify), 0x9000, "{verify}");
        }
        assert_eq!(readable(&card, 1..=6), expected, "{key:?}");
    }
}

#[test]
fn text_access_is_exact() {
    let (ok, no) = (0x9000, 0x6982);
    for (key, expected) in [
        (None, [no, no, no, ok, ok, no, no]),
        (
            Some("00200091 04 31323334".to_owned()),
            [ok, ok, ok, ok, ok, ok, ok],
        ),
        (
            Some(format!("00200094 {NUMBER_A}")),
            [ok, no, ok, ok, ok, ok, ok],
        ),
        (Some(code_b(&plain(), 0x15)), [no, ok, ok, ok, ok, ok, ok]),
    ] {
        let card = plain();
        send(&card, TEXT);
        if let Some(verify) = &key {
            assert_eq!(status(&card, verify), 0x9000, "{verify}");
        }
        assert_eq!(readable(&card, 1..=7), expected, "{key:?}");
    }
}

#[test]
fn jpki_access_is_exact() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08100 01", 0x6982),
            ("00B08200 01", 0x9000),
            ("00B08500 01", 0x6982),
            ("00B08600 01", 0x9000),
            ("00B08800 01", 0x9000),
            ("00B08900 01", 0x6982),
            ("00B08A00 01", 0x9000),
            ("00B08B00 01", 0x9000),
            (PIN, 0x9000),
            ("00B08100 01", 0x6982),
            ("0020009B 06 414243313233", 0x9000),
            ("00B08100 01", 0x9000),
            ("00B08900 01", 0x6982),
        ],
    );
}

#[test]
fn a_telephone_wants_the_pin_before_its_certificate() {
    for (token, label) in [
        (Token::Android, "JPKIAPGPSETOKEN"),
        (Token::Iphone, "JPKIAPIOSTOKEN"),
    ] {
        let card = card(Profile {
            token,
            ..Profile::default()
        });
        send(&card, JPKI);
        assert_eq!(
            send(&card, "00B08600 20").0,
            format!("{label:<32}").as_bytes()
        );
        dialogue(
            &card,
            &[
                ("00B08A00 01", 0x6982),
                (PIN, 0x9000),
                ("00B08A00 01", 0x9000),
            ],
        );
    }
}

#[test]
fn changing_a_pin_takes_the_old_one_first() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00A4020C020018", 0x9000),
            ("00240180 04 35363738", 0x6982),
            (PIN, 0x9000),
            ("00240080 04 35363738", 0x6a86),
            ("00240180", 0x6700),
            ("00240180 04 35363738", 0x9000),
            (MANAGER, 0x9000),
            (JPKI, 0x9000),
            (PIN, 0x63c2),
            ("00200098 04 35363738", 0x9000),
        ],
    );
    for application in [COMMON, RESIDENT] {
        dialogue(
            &card,
            &[
                (application, 0x9000),
                ("00A4020C02001C", 0x9000),
                ("80320080 04 35363738", 0x6982),
                ("00200080 04 31323334", 0x9000),
                ("80320080 04 35363738", 0x9000),
                ("00240180 04 35363738", 0x6d00),
                ("00200080 04 35363738", 0x9000),
            ],
        );
    }
    // Neither is there a way to change what is printed on the card.
    dialogue(
        &card,
        &[
            (TEXT, 0x9000),
            (&code_b(&card, 0x15), 0x9000),
            ("00240180 04 35363738", 0x6982),
            ("80320080 04 35363738", 0x6d00),
        ],
    );
}

#[test]
fn the_guard_sees_what_a_reader_must_not_touch() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            (PIN, 0x9000),
            ("802A0097 01 41 00", 0x9000),
            ("00B08A00 00", 0x9000),
            (SURFACE, 0x9000),
            (&code_b(&card, 0x12), 0x9000),
            ("00B08200 00", 0x9000),
        ],
    );
    assert_eq!(card.violations(), []);
    for (application, command, what) in [
        (SURFACE, "00A4020C020013", Forbidden::CodeA),
        (TEXT, "00200094", Forbidden::CodeA),
        (SURFACE, "00B08500 00", Forbidden::Number),
        (TEXT, "00B08100 00", Forbidden::Number),
        (JPKI, "802A009A 01 41 00", Forbidden::SignKey),
        (JPKI, "0020009B", Forbidden::SignPassword),
        (JPKI, "00B08100 00", Forbidden::SignCertificate),
    ] {
        let card = plain();
        send(&card, application);
        send(&card, command);
        assert_eq!(card.violations(), [Violation { number: 2, what }]);
    }
}
