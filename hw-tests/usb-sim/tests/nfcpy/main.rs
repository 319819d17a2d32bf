//! nfcpy takes the simulated RC-S380 for a real one: its driver for the reader, its search for a card
//! of Type B and its ISO-DEP read a certificate off the virtual card. nfcpy was written for real
//! readers by somebody else, so what it accepts is no invention of this project.
#![allow(missing_docs, reason = "a test")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use myna_hal::drivers::port100::{Bus as _, Transport};
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Latency, Profile};
use myna_hal::time::{Clock, SystemClock, Wake};
use usb_sim::port100::{Chip, Disturbance, Model, Port100Bus, Port100Reader};

/// Longer than nfcpy needs, with everything else that a machine does.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where `hw-tests/install-nfcpy` puts it.
fn nfcpy() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../install-nfcpy");
    let said = Command::new(script).arg("--where").output();
    let said = said.expect("hw-tests/install-nfcpy can be run");
    let folder = PathBuf::from(String::from_utf8_lossy(&said.stdout).trim());
    assert!(
        folder.join("nfc/clf/rcs380.py").is_file(),
        "nfcpy is missing: run hw-tests/install-nfcpy"
    );
    folder
}

fn start() -> Child {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nfcpy/peer.py");
    Command::new("python3")
        .arg(peer)
        .env("PYTHONPATH", nfcpy())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there (Debian: apt-get install python3)")
}

/// What nfcpy told, by name; several values in turn.
type Told = BTreeMap<String, Vec<String>>;

/// Serves one reader to nfcpy until it ends.
fn serve(reader: &Port100Reader) -> Told {
    let bus = Port100Bus::new();
    bus.plug("here", reader);
    let found = bus.readers().expect("listed").swap_remove(0);
    let mut transport = bus.open(&found).expect("nobody else has it");
    let mut child = start();
    let mut to = child.stdin.take().expect("piped");
    let from = BufReader::new(child.stdout.take().expect("piped"));
    let clock = SystemClock::shared();
    let mut told = Told::new();
    for line in from.lines() {
        let line = line.expect("text");
        let (what, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match what {
            "write" => {
                let sent = transport.send(&bytes(rest), PATIENCE);
                sent.expect("taken");
                String::new()
            }
            "read" => read(&mut *transport, rest, &clock),
            "tell" => {
                let (name, value) = rest.split_once(' ').expect("a name and a value");
                told.entry(name.to_owned())
                    .or_default()
                    .push(value.to_owned());
                String::new()
            }
            "remove" => {
                reader.remove();
                String::new()
            }
            other => unreachable!("nfcpy's end says {other}"),
        };
        writeln!(to, "{answer}").expect("it listens");
    }
    let status = child.wait().expect("it ends");
    assert!(status.success(), "nfcpy failed: {status}; it told {told:?}");
    told
}

/// The next transfer from the reader, in words of hexadecimal digits.
fn read(transport: &mut dyn Transport, milliseconds: &str, clock: &Arc<dyn Clock>) -> String {
    let limit = match milliseconds.parse().expect("milliseconds") {
        0 => PATIENCE,
        limit => Duration::from_millis(limit),
    };
    let (end, wake) = (clock.now() + limit, Wake::new());
    loop {
        match transport.receive(&wake).expect("attached") {
            Some(data) => return data.iter().map(|byte| format!("{byte:02x}")).collect(),
            None if clock.now() >= end => return "timeout".to_owned(),
            None => {
                clock.wait_until(Some(end), &wake);
            }
        }
    }
}

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect()
}

fn card() -> VirtualCard {
    let profile = Profile {
        latency: Latency::TypeB106,
        ..Profile::default()
    };
    VirtualCard::new(profile, SystemClock::shared())
}

/// What must come of every dialogue.
fn is_the_certificate(told: &Told, card: &VirtualCard) {
    assert_eq!(told["chipset"], ["NFC Port-100 v1.11"]);
    assert_eq!(told["tag"], ["Type4BTag"]);
    assert_eq!(told["present"], ["True", "False"], "before and after");
    let atqb = bytes(&told["atqb"][0]);
    assert_eq!(atqb[5..12], card.atr()[4..11]);
    assert_eq!(bytes(&told["certificate"][0]), card.auth_certificate());
    let whole = bytes(&told["whole"][0]);
    assert!(whole.starts_with(card.auth_certificate()));
    assert!(whole.ends_with(&[0x90, 0x00]));
}

#[test]
fn nfcpy_reads_the_certificate() {
    let (reader, card) = (Port100Reader::new(Model::S), card());
    reader.insert(&card);
    let told = serve(&reader);
    is_the_certificate(&told, &card);
    assert_eq!(told["miu"], ["253"]);
}

#[test]
fn nfcpy_reads_it_in_short_frames_and_past_lost_ones() {
    use Disturbance::{BrokenFromCard, LostFromCard, LostToCard, None};
    let (reader, card) = (Port100Reader::new(Model::P), card());
    let chip = Chip {
        fsci: Some(2),
        fwi: Some(10),
        ..Chip::PLAIN
    };
    reader.insert_chip(&card, chip);
    // The poll and ATTRIB, which nfcpy does not repeat, go well; so do the first blocks.
    let mut disturbances = vec![None; 5];
    disturbances.extend([LostToCard, None, LostFromCard, None, BrokenFromCard]);
    reader.disturb(&disturbances);
    let told = serve(&reader);
    assert_eq!(told["miu"], ["29"]);
    assert_eq!(bytes(&told["certificate"][0]), card.auth_certificate());
}
