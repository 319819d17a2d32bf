//! Behaviour of the card, command by command, in bytes.

mod access;
mod lifetime;
mod lookup;
mod reading;
mod signing;
mod trouble;
mod trust;

use super::*;
use crate::sim;

pub(super) const JPKI: &str = "00A4040C0A D392F000260100000001";
pub(super) const SURFACE: &str = "00A4040C0A D3921000310001010402";
pub(super) const TEXT: &str = "00A4040C0A D3921000310001010408";
pub(super) const COMMON: &str = "00A4040C0A D3921000310001010100";
pub(super) const RESIDENT: &str = "00A4040C0A D3921000310001010401";
pub(super) const MANAGER: &str = "00A4040C07 A0000001510000";
/// VERIFY of the right PIN on JPKI EF 0018.
pub(super) const PIN: &str = "00200098 04 31323334";
/// VERIFY of a wrong one.
pub(super) const WRONG: &str = "00200098 04 39393939";

pub(super) fn clock() -> sim::Clock {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"))
}

/// A card with power.
pub(super) fn card(profile: Profile) -> VirtualCard {
    let card = VirtualCard::new(profile, clock().shared());
    card.power_on();
    card
}

pub(super) fn plain() -> VirtualCard {
    card(Profile::default())
}

pub(super) fn quirky(change: impl FnOnce(&mut Quirks)) -> VirtualCard {
    let mut quirks = Quirks::default();
    change(&mut quirks);
    card(Profile::default().with_quirks(quirks))
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| {
            let text = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(text, 16).expect("hex")
        })
        .collect()
}

/// Sends a command in hex; data and status word.
pub(super) fn send(card: &VirtualCard, hex: &str) -> (Vec<u8>, u16) {
    match card.process(&bytes(hex)) {
        Answer::Response(mut answer) => {
            let status = answer.split_off(answer.len() - 2);
            (answer, u16::from_be_bytes([status[0], status[1]]))
        }
        other => panic!("{hex}: {other:?}"),
    }
}

/// The status word alone; there must be no data with it unless it is 9000.
#[track_caller]
pub(super) fn status(card: &VirtualCard, hex: &str) -> u16 {
    let (data, status) = send(card, hex);
    assert!(status == 0x9000 || data.is_empty(), "{hex}");
    status
}

/// Asserts a dialogue of commands and status words.
#[track_caller]
pub(super) fn dialogue(card: &VirtualCard, steps: &[(&str, u16)]) {
    for (number, (command, expected)) in steps.iter().enumerate() {
        let got = status(card, command);
        assert_eq!(
            got, *expected,
            "step {number}, {command}: {got:04x}, not {expected:04x}"
        );
    }
}

/// Emulator and client must not share a mistake, so they share no code.
#[test]
fn the_card_names_nothing_of_the_client() {
    let room = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim/card");
    let mut folders = vec![room];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the source is there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("UTF-8");
            for room in ["apdu", "card", "exchange", "myna", "pin"] {
                let name = format!("crate::{room}");
                assert!(!source.contains(&name), "{}: {name}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 20);
}
