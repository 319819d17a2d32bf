//! Readers, cards and the daemon itself coming and going.

use std::process::Command;

use hw_tests::pcscd::{NOTICE, Pcscd, READER};
use hw_tests::program::{Companion, example};
use serde_json::Value;

/// The next event of this name; those before it are passed over.
fn event(watch: &Companion, name: &str) -> Value {
    watch.hear(NOTICE, |line| {
        let value: Value = serde_json::from_str(line).ok()?;
        (value["event"] == name).then_some(value)
    })
}

/// The next news that the rig's reader has, or has no, card.
fn card(watch: &Companion, presence: &str) {
    watch.hear(NOTICE, |line| {
        let value: Value = serde_json::from_str(line).ok()?;
        (value["event"] == "state-changed" && value["card"] == presence).then_some(())
    });
}

#[test]
fn a_watch_tells_what_comes_and_goes() {
    let mut rig = Pcscd::start();
    let mut command = Command::new(example("readers"));
    let watch = Companion::start(rig.client(&mut command).args(["--watch", "--json"]));
    let added = event(&watch, "reader-added");
    assert!(
        added["reader"]
            .as_str()
            .is_some_and(|name| name.contains(READER))
    );

    let lent = rig.lend(&[]);
    card(&watch, "present");
    drop(lent);
    card(&watch, "absent");

    rig.kill();
    event(&watch, "service-lost");
    event(&watch, "reader-removed");
    rig.restart();
    event(&watch, "service-back");
    event(&watch, "reader-added");
    let _lent = rig.lend(&[]);
    card(&watch, "present");
}

#[test]
fn a_card_leaves_with_the_daemon() {
    let mut rig = Pcscd::start();
    let lent = rig.lend(&[]);
    rig.kill();
    lent.hear_goodbye();
}
