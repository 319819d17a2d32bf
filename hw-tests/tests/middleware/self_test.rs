//! The example `self_test` before a daemon that is well, and one that is not.

use std::process::{Command, Output};

use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::program::run;
use myna_hal::sim::card::Key;
use serde_json::Value;

use crate::bed::Bed;
use crate::{PUPPET, Said, example};

/// The page of a machine whose cameras and models do not matter here.
fn page(rig: &Pcscd) -> (Value, Output) {
    let mut command = Command::new(example("self_test"));
    let output = run(rig.client(&mut command).args(["--camera", "sim", "--json"]));
    (Said::of(&output).json, output)
}

/// The codes of an area, in the order of the page. Readers of the machine itself, which this daemon
/// does not see, are left out.
fn codes<'p>(page: &'p Value, area: &str) -> Vec<&'p str> {
    let findings = page["findings"].as_array().expect("a list");
    findings
        .iter()
        .filter(|finding| finding["area"] == area && finding["code"] != "MH-READER-03")
        .filter_map(|finding| finding["code"].as_str())
        .collect()
}

fn finding<'p>(page: &'p Value, code: &str) -> &'p Value {
    let mut findings = page["findings"].as_array().expect("a list").iter();
    let found = findings.find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code}: {page:#}"))
}

#[test]
fn a_reader_with_a_card_is_well_and_the_card_was_asked_for_no_pin() {
    let bed = Bed::own();
    let _seen = bed.puppet();
    let (page, output) = page(&bed.rig);
    assert_eq!(codes(&page, "service"), ["MH-SERVICE-01"], "{page:#}");
    assert_eq!(codes(&page, "reader"), ["MH-READER-01"], "{page:#}");
    assert_eq!(codes(&page, "card"), ["MH-CARD-01"], "{page:#}");
    assert_eq!(codes(&page, "camera"), ["MH-CAMERA-01"], "{page:#}");
    let reader = finding(&page, "MH-READER-01");
    let name = reader["subject"].as_str().expect("a name");
    assert!(name.contains(READER), "{name}");
    let unknown = &reader["details"]["profile"];
    assert!(unknown.is_null(), "nobody sells this reader: {unknown}");
    let (_, card) = bed.reader();
    assert_eq!(
        (card.verify_count(Key::AuthPin), card.is_unlocked()),
        (0, false)
    );
    assert!(bed.commands() > 0, "the certificate was read");
    let others = page["wrong"].as_u64().expect("a number");
    assert_eq!(output.status.success(), others == 0, "{page:#}");

    let other = bed.puppet();
    assert_eq!(other.ask('a', "connect Myna exclusive"), "ok");
    let before = bed.commands();
    let (busy, output) = self::page(&bed.rig);
    assert_eq!(codes(&busy, "card"), ["MH-CARD-04"], "{busy:#}");
    assert_eq!(bed.commands(), before, "it is another program's");
    assert!(!output.status.success());
    drop(other);

    // The daemon resets the card of a program that is gone; one that is pulled out just then stays present to
    // it (read in 1.9.9). Whoever is connected after that reset is not in its way.
    let puppet = hw_tests::puppet::Puppet::start(&bed.rig, PUPPET);
    puppet.until('a', "connect Myna shared", "ok");
    assert_eq!(puppet.ask('a', "disconnect leave"), "ok");
    bed.remove();
    puppet.until('a', "state Myna", "absent");
    let (empty, _) = self::page(&bed.rig);
    assert_eq!(codes(&empty, "card"), ["MH-CARD-02"], "{empty:#}");
}

#[test]
fn a_daemon_that_died_or_stands_still_is_told_from_one_without_readers() {
    let mut bed = Bed::own();
    let _seen = bed.puppet();
    bed.rig.pause();
    let (silent, output) = page(&bed.rig);
    assert_eq!(codes(&silent, "service"), ["MH-SERVICE-03"], "{silent:#}");
    assert_eq!(output.status.code(), Some(1));
    bed.rig.resume();
    bed.rig.kill();
    let (dead, output) = page(&bed.rig);
    assert_eq!(codes(&dead, "service"), ["MH-SERVICE-02"], "{dead:#}");
    assert_eq!(codes(&dead, "reader"), ["MH-READER-05"], "{dead:#}");
    assert_eq!(codes(&dead, "card"), ["MH-CARD-08"], "{dead:#}");
    // The rest of the page is there all the same.
    assert_eq!(codes(&dead, "camera"), ["MH-CAMERA-01"], "{dead:#}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn wrong_arguments_are_told_apart_from_what_is_wrong() {
    let output = run(Command::new(example("self_test")).arg("--everything"));
    assert_eq!(output.status.code(), Some(2));
    let output = run(Command::new(example("self_test")).arg("--codes"));
    assert!(output.status.success());
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("| MH-SERVICE-02 | wrong |"), "{table}");
}
