//! Whole check-in sessions through a real daemon.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::Companion;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Key, Profile};
use myna_hal::time::SystemClock;
use serde_json::Value;

use crate::{PIN, text};

/// How many, and after how many what the process holds is looked at first.
const SESSIONS: usize = 200;
const SETTLED: usize = 20;

/// How long one step of a session may take on a busy machine.
const STEP: Duration = Duration::from_secs(60);

#[test]
fn two_hundred_sessions_leave_nothing_behind() {
    let (rig, [reader]) = Pcscd::with_readers([READER]);
    let card = VirtualCard::new(Profile::default(), SystemClock::shared());
    let trust = rig.folder().join("trust.pem");
    std::fs::write(&trust, card.trust_pem()).expect("a file");
    rig.await_readers(|readers| readers.contains(READER));
    let mut command = Command::new(env!("CARGO_BIN_EXE_sessions"));
    let program = Companion::start(
        rig.client(&mut command)
            .args([READER, text(&trust), &SESSIONS.to_string()])
            .env("MYNA_CARD_FACE_CODE", &card.holder().card_face_code)
            .env("MYNA_PIN", PIN),
    );
    let mut ended = BTreeMap::new();
    let mut holds = Vec::new();
    while holds.len() < SESSIONS {
        let said: Value = program.hear(STEP, |line| serde_json::from_str(line).ok());
        match said["act"].as_str() {
            Some("insert") => reader.insert(&card),
            Some(_) => reader.remove(),
            None => {
                assert!(!card.is_unlocked(), "{said}");
                let end = said["ended"].as_str().expect("an end").to_owned();
                *ended.entry(end).or_insert(0) += 1;
                holds.push([&said["threads"], &said["files"]].map(Value::as_u64));
            }
        }
    }
    eprintln!(
        "FIGURE {SESSIONS} sessions through pcscd: {ended:?}, holds {:?}",
        holds.last()
    );
    // Nobody pulls the card in four of five; in the others the daemon may notice late.
    let early = ended.get("aborted").copied().unwrap_or_default();
    let half_way = ended.get("partial").copied().unwrap_or_default();
    assert_eq!(ended["completed"] + early + half_way, SESSIONS, "{ended:?}");
    assert!(ended["completed"] >= SESSIONS * 4 / 5, "{ended:?}");
    assert!(
        early > SESSIONS / 10,
        "hardly any card was pulled: {ended:?}"
    );
    assert_eq!(
        holds[SETTLED],
        holds[SESSIONS - 1],
        "threads and files: {holds:?}"
    );
    // Each by PIN presented it once, and none that was pulled cost a try.
    assert_eq!(card.verify_count(Key::AuthPin) as usize, SESSIONS / 2);
    assert_eq!(card.tries_left(Key::AuthPin), 3);
    assert_eq!(card.tries_left(Key::SurfaceB), 10);
    assert_eq!(card.violations(), []);
}
