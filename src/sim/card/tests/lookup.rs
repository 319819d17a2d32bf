//! SELECT, classes, instructions and lengths.

use super::*;

#[test]
fn applications_are_found_by_name_and_by_its_beginning() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00A4040C", 0x9000),
            // Common, resident, surface and text share a beginning.
            ("00A4040C08 D392100031000101", 0x9000),
            ("00B2010C00", 0x9000),
            ("00A4040E08 D392100031000101", 0x9000),
            ("00B2010C00", 0x6a82),
            ("00A4040E08 D392100031000101", 0x9000),
            ("00200093", 0x63ca),
            ("00A4040E08 D392100031000101", 0x9000),
            ("00200093", 0x6981),
            ("00A4040E08 D392100031000101", 0x6a82),
            ("00A4040C0A D3921000310001010409", 0x6a82),
            ("00A4040C0B D392F00026010000000100", 0x6a82),
            ("00A4040802 D392", 0x6a86),
            ("00A4080C023F00", 0x6a86),
        ],
    );
}

#[test]
fn file_control_information_is_the_name() {
    let card = plain();
    let (fci, status) = send(&card, "00A404000A D392F000260100000001 00");
    assert_eq!(status, 0x9000);
    assert_eq!(fci, bytes("6F0C840A D392F000260100000001"));
    let (nothing, _) = send(&card, "00A404000A D392F000260100000001");
    assert!(nothing.is_empty());
}

#[test]
fn files_are_selected_in_an_application_only() {
    let card = plain();
    dialogue(
        &card,
        &[
            ("00A40000", 0x6a86),
            ("00A4020C02000A", 0x6a82),
            (JPKI, 0x9000),
            ("00A4020C02000A", 0x9000),
            ("00A40000", 0x9000),
            ("00B00000 01", 0x9000),
            ("00A4000C023F00", 0x6a82),
            ("00A4020C020003", 0x6a82),
            // A failed SELECT leaves the current file alone.
            ("00B00000 01", 0x9000),
            ("00A4020C0100", 0x6700),
            ("00A4020102000A", 0x6a86),
        ],
    );
    for id in [
        0x01, 0x02, 0x05, 0x06, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b,
        0x1c, 0x1e,
    ] {
        assert_eq!(status(&card, &format!("00A4020C0200{id:02x}")), 0x9000);
    }
}

#[test]
fn classes_and_instructions() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("01B08A00 01", 0x6881),
            ("83B08A00 01", 0x6881),
            ("41B08A00 01", 0x6881),
            ("08B08A00 01", 0x69fc),
            ("0CB08A00 01", 0x6987),
            ("04B08A00 01", 0x6882),
            ("A0B08A00 01", 0x6e00),
            ("FFB08A00 01", 0x6e00),
            ("10B08A00 01", 0x6884),
            ("00FF0000", 0x6d00),
            ("80FF0000", 0x6d00),
            // The signature command has its own class.
            ("002A009E 01 41 00", 0x6d00),
            ("00C00000 00", 0x6d00),
            ("80FC0000", 0x6700),
            ("8050 0000", 0x6982),
            ("80A206C1 01 00", 0x6700),
            ("80A200C1 01 00", 0x6700),
            ("80A20000 01 00", 0x6a86),
            ("80A200B6 01 00", 0x6a86),
            ("80AE0000 01 00", 0x6982),
            (SURFACE, 0x9000),
            ("80A200C1 01 00", 0x6d00),
            ("80AE0000 01 00", 0x66f1),
            (COMMON, 0x9000),
            ("80AE0000 01 00", 0x66f1),
            (TEXT, 0x9000),
            ("80AE0000 01 00", 0x6982),
            ("00200091 04 31323334", 0x9000),
            ("80AE0000 01 00", 0x6a81),
            ("00B0", 0x6700),
            ("00A4040C0A D392", 0x6700),
        ],
    );
}

#[test]
fn extended_length_can_be_refused() {
    let card = card(Profile {
        extended: false,
        ..Profile::default()
    });
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08A00 000000", 0x6700),
            ("00B08A00 00", 0x9000),
            ("00B08A00 000001", 0x6700),
            ("00200098 000004 31323334", 0x6700),
        ],
    );
    assert_eq!(card.verify_count(Key::AuthPin), 0);
}

#[test]
fn a_chain_is_put_together_where_switched() {
    let card = quirky(|quirks| quirks.chaining = true);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("10200098 02 3132", 0x9000),
            ("00200098 02 3334", 0x9000),
            ("10200098 02 3132", 0x9000),
            // Another command breaks the chain off.
            ("00B08A00 01", 0x9000),
            ("00200098 02 3334", 0x63c2),
        ],
    );
}

#[test]
fn short_ef_identifiers_can_be_refused() {
    let card = quirky(|quirks| quirks.refuses_short_ef = ShortEfRefusal::ALL);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08A00 00", 0x6a86),
            ("00200098", 0x6a86),
            (PIN, 0x6a86),
            ("00A4020C020018", 0x9000),
            ("00200080 04 31323334", 0x9000),
            ("802A0097 01 41 00", 0x6a86),
            ("00A4020C020017", 0x9000),
            ("802A0080 01 41 00", 0x9000),
            (COMMON, 0x9000),
            ("00B2010C00", 0x6a86),
            ("00A4020C020001", 0x9000),
            ("00B2010400", 0x9000),
        ],
    );
    assert_eq!(card.verify_count(Key::AuthPin), 1);
    let card = quirky(|quirks| quirks.refuses_short_ef.verify = true);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08A00 00", 0x9000),
            ("00200098", 0x6a86),
        ],
    );
}
