//! The rooms of the house and the arrows between them, kept true by a test.
//!
//! An arrow means "may name". Every room may name the ground floor (`error`, `device`, `telemetry`,
//! `time`, `wait`); nobody names `drivers`; only tests, benches, examples and the user name `sim`.

use std::fs;
use std::path::{Path, PathBuf};

const GROUND: [&str; 5] = ["device", "error", "telemetry", "time", "wait"];

/// What only tests have; they may name it from everywhere.
const TESTS: [&str; 2] = ["random", "rooms"];

/// Each room and the rooms it may name, besides itself and the ground floor.
const ARROWS: [(&str, &[&str]); 14] = [
    ("apdu", &[]),
    ("imaging", &[]),
    ("card", &["apdu"]),
    ("pin", &["apdu", "card"]),
    ("camera", &["imaging"]),
    ("face", &["imaging"]),
    ("exchange", &["apdu", "card", "pin"]),
    ("myna", &["exchange", "card", "pin", "apdu", "imaging"]),
    ("checkin", &["card", "pin", "camera", "face", "myna"]),
    (
        "sim",
        &[
            "apdu",
            "card",
            "pin",
            "camera",
            "face",
            "imaging",
            "checkin",
            "conformance",
        ],
    ),
    ("layer", &["apdu", "card", "pin"]),
    (
        "conformance",
        &["apdu", "card", "pin", "camera", "face", "imaging"],
    ),
    (
        "drivers",
        &["apdu", "card", "pin", "camera", "face", "imaging"],
    ),
    ("lib", &[]),
];

/// The emulator and the client must not share a bug: the virtual card and the firmware of the
/// virtual PIN pads read and write their own bytes, with their own constants.
const EMULATORS: [&str; 2] = ["sim/card/", "sim/firmware/"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the source folder is readable");
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every file of the library: its path below `src`, its room, and its text without comments.
fn files() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&root).expect("below src");
            let name = below.to_string_lossy().replace('\\', "/");
            let room = name.split(['/', '.']).next().unwrap_or_default().to_owned();
            let code = fs::read_to_string(&path)
                .expect("a source file is text")
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n");
            (name, room, code)
        })
        .collect()
}

/// The rooms that `code` names as `crate::ROOM`, also inside `use crate::{…}`.
fn named(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        match rest.strip_prefix('{') {
            None => rooms.push(word(rest)),
            Some(group) => {
                // Only the first level of the braces names rooms.
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if c.is_whitespace() => {}
                        _ if start => {
                            rooms.push(word(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    rooms.retain(|room| room.chars().next().is_some_and(char::is_lowercase) && room != "self");
    rooms
}

/// Test modules may stand a room on the virtual devices; arrows bind the library itself.
fn library_part(code: &str) -> &str {
    let tests = ["#[cfg(test)]", "#[cfg(all(test"]
        .into_iter()
        .filter_map(|start| code.find(start))
        .min();
    &code[..tests.unwrap_or(code.len())]
}

fn is_test_file(name: &str) -> bool {
    name.contains("/tests")
        || name.contains("/mutants")
        || name.contains("/hostile")
        || name == "rooms.rs"
}

#[test]
fn every_arrow_is_allowed() {
    let mut wrong = Vec::new();
    for (name, room, code) in files() {
        if is_test_file(&name)
            || GROUND.contains(&room.as_str()) && named(library_part(&code)).is_empty()
        {
            continue;
        }
        let allowed: &[&str] = ARROWS
            .iter()
            .find(|(known, _)| *known == room)
            .map_or(&[], |(_, allowed)| allowed);
        for target in named(library_part(&code)) {
            let fine = target == room
                || GROUND.contains(&target.as_str())
                || allowed.contains(&target.as_str());
            let emulator = EMULATORS.iter().any(|folder| name.starts_with(folder));
            let shares_a_bug = emulator && target != "sim" && !GROUND.contains(&target.as_str());
            if !fine || shares_a_bug {
                wrong.push(format!("{name} names {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that must not be: {wrong:#?}");
}

#[test]
fn every_room_is_in_the_table() {
    for (name, room, _) in files() {
        let known = ARROWS.iter().any(|(known, _)| *known == room);
        assert!(
            known || GROUND.contains(&room.as_str()) || TESTS.contains(&room.as_str()),
            "{name} is in no room"
        );
    }
}

#[test]
fn the_library_prints_nothing() {
    for (name, _, code) in files() {
        for word in ["println!", "print!", "dbg!"] {
            let prints = code.contains(word);
            assert!(!prints || name == "rooms.rs", "{name} has {word}");
        }
    }
}

/// Whatever engine is behind it: the session knows a verifier, its answers and its claim.
#[test]
fn the_session_knows_faces_by_one_trait() {
    let inner = [
        "FaceDetector",
        "FaceEmbedder",
        "FaceRegion",
        "Template",
        "Decider",
        "DecisionPolicy",
        "ThresholdTable",
        "QualityGate",
        "SFACE",
    ];
    let mut asked = false;
    for (name, room, code) in files() {
        if room != "checkin" || is_test_file(&name) {
            continue;
        }
        asked |= code.contains("dyn FaceVerifier");
        for word in inner {
            assert!(!code.contains(word), "{name} names {word}");
        }
    }
    assert!(asked, "the session asks a verifier");
}

#[test]
fn unsafe_code_stays_in_its_folder() {
    for (name, _, code) in files() {
        let excused = name.starts_with("face/compare/kernels/") || name == "rooms.rs";
        assert!(excused || !code.contains("unsafe "), "{name} is unsafe");
        assert!(excused || !code.contains("unsafe_code"), "{name} allows it");
    }
}

#[test]
fn the_finder_sees_every_form() {
    let code = "use crate::{apdu::{Atr, tlv}, card, Error}; fn f() { crate::wait::Wait }";
    assert_eq!(named(code), ["apdu", "card", "wait"]);
}
