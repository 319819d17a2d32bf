//! How long a key stays verified.

use super::*;

const SIGN: &str = "802A0097 01 41 00";

fn unlocked(card: VirtualCard) -> VirtualCard {
    dialogue(&card, &[(JPKI, 0x9000), (PIN, 0x9000), (SIGN, 0x9000)]);
    assert!(card.is_unlocked());
    card
}

#[test]
fn selecting_files_and_the_same_application_keeps_it() {
    let card = unlocked(plain());
    dialogue(
        &card,
        &[
            ("00A4020C02000A", 0x9000),
            (SIGN, 0x9000),
            (JPKI, 0x9000),
            // But no file is current any more.
            ("00B00000 01", 0x6986),
            (SIGN, 0x9000),
        ],
    );
}

#[test]
fn another_application_ends_it() {
    for other in [SURFACE, TEXT, MANAGER] {
        let card = unlocked(plain());
        dialogue(&card, &[(other, 0x9000), (JPKI, 0x9000), (SIGN, 0x6982)]);
        assert!(!card.is_unlocked());
    }
}

#[test]
fn reselecting_ends_it_where_switched() {
    let card = unlocked(quirky(|quirks| quirks.reselect_clears = true));
    dialogue(&card, &[(JPKI, 0x9000), (SIGN, 0x6982)]);
}

#[test]
fn a_failed_select_changes_nothing() {
    let card = unlocked(plain());
    dialogue(&card, &[("00A4040C02 FFFF", 0x6a82), (SIGN, 0x9000)]);
}

#[test]
fn a_warm_reset_keeps_it_unless_switched() {
    let card = unlocked(plain());
    card.reset();
    dialogue(&card, &[(SIGN, 0x9000)]);

    let card = unlocked(quirky(|quirks| quirks.warm_reset_clears = true));
    card.reset();
    dialogue(&card, &[(SIGN, 0x6a82), (JPKI, 0x9000), (SIGN, 0x6982)]);
}

#[test]
fn power_ends_it() {
    let card = unlocked(plain());
    card.power_off();
    assert!(!card.is_unlocked());
    assert!(!card.powered());
    assert_eq!(card.power_on()[..2], [0x3b, 0x88]);
    dialogue(&card, &[(JPKI, 0x9000), (SIGN, 0x6982)]);
    // Powering on a card that has power is a cold reset, too.
    let card = unlocked(plain());
    card.power_on();
    dialogue(&card, &[("00A4020C02000A", 0x6a82)]);
}

#[test]
fn the_first_command_fails_where_switched() {
    let card = quirky(|quirks| quirks.first_command_fails = true);
    dialogue(&card, &[(JPKI, 0x6f00), (JPKI, 0x9000)]);
    card.reset();
    dialogue(&card, &[(JPKI, 0x9000)]);
    card.power_on();
    dialogue(&card, &[(JPKI, 0x6f00), (JPKI, 0x9000)]);
}
