//! The recordings of the repository, played: the same calls, outcomes and times; nothing secret in
//! them; and what is changed in one is noticed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use hw_tests::hex;
use hw_tests::replay::{Kind, OK, play};
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Profile;
use myna_hal::time::SystemClock;
use serde_json::Value;

/// Every recording by its name.
fn recordings() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let all: Vec<_> = files
        .iter()
        .map(|file| {
            let name = file.file_stem().expect("a name").to_string_lossy();
            let text = std::fs::read_to_string(file).expect("text");
            (name.into_owned(), text)
        })
        .collect();
    assert!(all.len() >= 10, "recordings are missing: {files:?}");
    all
}

#[test]
fn every_recording_is_held_again_as_it_was() {
    let mut outcomes = Vec::new();
    for (name, text) in recordings() {
        let played = play(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(played.difference(), None, "{name}: {played:#?}");
        assert_ne!(played.dialogue.kind, Kind::Raw, "{name} names no dialogue");
        assert_eq!(played.outcome, played.recorded_outcome.as_deref(), "{name}");
        assert_eq!(played.took, played.recorded, "{name}: virtual time");
        assert!(played.took > Duration::ZERO, "{name}");
        outcomes.extend(played.outcome);
    }
    let failed = outcomes.iter().filter(|outcome| **outcome != OK).count();
    assert!(
        failed >= 4,
        "what goes wrong is recorded, too: {outcomes:?}"
    );
}

#[test]
fn every_recording_can_be_called_as_it_stands() {
    for (name, text) in recordings() {
        let raw = text.replace("# dialogue: ", "# was: ");
        let played = play(&raw).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(played.dialogue.kind, Kind::Raw);
        assert_eq!(played.difference(), None, "{name}: {played:#?}");
        assert_eq!(played.took, played.recorded, "{name}");
    }
}

/// Bodies are never written. If one were, it would be a long word, or a piece of one of these.
#[test]
fn no_recording_has_anything_secret_in_it() {
    let card = VirtualCard::new(Profile::default(), SystemClock::shared());
    // The serial number and the dates of a certificate are of their day; the rest of it is here.
    let bodies = [card.auth_certificate().to_vec(), card.portrait().to_vec()];
    let code = card.holder().card_face_code.clone();
    let typed = ["1234", "4321", &code].map(|digits| hex(digits.as_bytes()));
    for (name, text) in recordings() {
        assert!(text.len() < 4096, "{name} is not small");
        let text = text.to_lowercase();
        for digits in &typed {
            assert!(!text.contains(digits), "{name} has digits");
        }
        assert!(!text.contains(&code), "{name} has the card-face code");
        for body in &bodies {
            for piece in body.windows(6) {
                assert!(!text.contains(&hex(piece)), "{name} has a piece of a body");
            }
        }
        // The longest that may be there is an answer to reset, of 33 bytes.
        let long = text.split_whitespace().find(|word| word.len() > 66);
        assert_eq!(long, None, "{name}");
    }
}

/// The text with its line `at`, counted from 1, changed.
fn changed(text: &str, at: usize, change: impl Fn(&str) -> String) -> String {
    let lines = text.lines().zip(1..);
    lines
        .map(|(line, number)| match number == at {
            true => change(line) + "\n",
            false => format!("{line}\n"),
        })
        .collect()
}

/// The line of the last command and that of its answer.
fn last_command(text: &str) -> (usize, usize) {
    let lines = text.lines().zip(1..);
    let commands = lines.filter(|(line, _)| line.contains(" transmit "));
    let (_, at) = commands.last().expect("a command");
    (at, at + 1)
}

#[test]
fn a_recording_that_was_changed_is_noticed_where_it_was() {
    let all = recordings();
    let (_, text) = all
        .iter()
        .find(|(name, _)| name == "extended-authenticate")
        .expect("recorded");
    let (command, answer) = last_command(text);

    let other = changed(text, command, |line| line.replace("802A", "002A"));
    let difference = play(&other).expect("a recording").difference();
    let difference = difference.expect("another command");
    assert!(
        difference.contains(&format!("line {command} ")),
        "{difference}"
    );

    let refused = changed(text, answer, |line| {
        let (call, _) = line.split_once(" response ").expect("an answer");
        format!("{call} response 0 6982")
    });
    let played = play(&refused).expect("a recording");
    assert_ne!(played.outcome, Some(OK));
    assert!(played.difference().is_some(), "{played:#?}");

    let less: String = text
        .lines()
        .filter(|line| !line.contains(" end "))
        .map(|line| format!("{line}\n"))
        .collect();
    let broken = play(&less).map(|played| played.difference());
    assert!(!matches!(broken, Ok(None)), "an end was taken out");

    let other = text.replace("# dialogue: authenticate", "# dialogue: certificate");
    let difference = play(&other).expect("a recording").difference();
    assert!(difference.is_some(), "no PIN was asked for");
    let (_, twice) = all
        .iter()
        .find(|(name, _)| name == "extended-authenticate-bare-twice")
        .expect("recorded");
    let guarded = twice.replace("# guard: bare", "# guard: keep-last");
    let difference = play(&guarded).expect("a recording").difference();
    assert!(difference.is_some(), "the second time nothing was asked");

    let slower = changed(text, answer, |line| line.replacen(" +", " +1", 1));
    let (slower, before) = (play(&slower), play(text));
    let (slower, before) = (slower.expect("a recording"), before.expect("a recording"));
    assert_eq!(slower.took, slower.recorded);
    assert!(slower.took > before.took, "time passes as it was recorded");
}

/// As `authenticate --record` writes it.
#[test]
fn a_connection_that_was_open_already_is_held_again() {
    let all = recordings();
    let (_, text) = all
        .iter()
        .find(|(name, _)| name == "extended-authenticate")
        .expect("recorded");
    let open = text.replace("connect shared", "attach");
    let played = play(&open).expect("a recording");
    assert_eq!((played.difference(), played.outcome), (None, Some(OK)));
    assert_eq!(played.took, played.recorded);
}

/// Certificates of persons differ by a few bytes, and so does the last piece of one.
#[test]
fn a_certificate_of_another_length_is_read_as_it_was() {
    let all = recordings();
    let (_, text) = all
        .iter()
        .find(|(name, _)| name == "short-authenticate")
        .expect("recorded");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines
        .iter()
        .rposition(|line| line.contains(" transmit 00B0"));
    let last = last.expect("read in pieces");
    let (_, length) = lines[last + 1].split_once(" response ").expect("answered");
    let (length, _) = length.split_once(' ').expect("a status");
    for other in ["54", "200", "17"] {
        let mut lines = lines.clone();
        lines[last] = lines[last].replace(&format!("0/{length} "), &format!("0/{other} "));
        let answer = format!("response {length} ");
        lines[last + 1] = lines[last + 1].replace(&answer, &format!("response {other} "));
        let played = play(&lines.join("\n")).expect("a recording");
        assert_eq!(
            (played.difference(), played.outcome),
            (None, Some(OK)),
            "{other}"
        );
    }
}

fn replay(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hw-tests"));
    command
        .arg("replay")
        .args(arguments)
        .output()
        .expect("it runs")
}

#[test]
fn the_program_says_what_it_did_and_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let all = recordings();
    let (_, text) = &all[0];
    let good = file("good.txt", text);
    let output = replay(&["--json", &good]);
    assert_eq!(output.status.code(), Some(0));
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["took_us"], said["recorded_us"], "{said:#}");
    assert_eq!(said["difference"], Value::Null);
    let steps = said["steps"].as_array().expect("a list");
    assert!(steps.iter().all(|step| step["same"] == true), "{said:#}");

    let output = replay(&[&good]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("the same as recorded"), "{shown}");
    assert!(shown.contains("transmit 00A4040C"), "{shown}");

    let text = changed(text, 7, |_| "> 1.0 1 dance".to_owned());
    let output = replay(&[&file("bad.txt", &text)]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("line 7 "), "{said}");

    let unknown = "myna-hal recording 1\n# dialogue: tango\n> 0.000 1 attach\n";
    let output = replay(&["--json", &file("unknown.txt", unknown)]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(
        said["error"]
            .as_str()
            .is_some_and(|it| it.contains("tango"))
    );

    for (arguments, status) in [
        (&["--help"][..], 0),
        (&[], 2),
        (&["--fast", &good], 2),
        (&[&good, &good], 2),
        (&["/nonexistent"], 1),
    ] {
        let output = replay(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    }
}
