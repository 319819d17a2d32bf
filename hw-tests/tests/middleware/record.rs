//! What `authenticate --record` takes home from a daemon is held again without it.

use hw_tests::pcscd::Pcscd;
use hw_tests::program::run;
use hw_tests::replay::{OK, play};

use crate::{PIN, Said, WRONG_PIN, authenticate, text};

#[test]
fn a_recording_through_a_daemon_is_held_again_without_one() {
    let rig = Pcscd::start();
    let card = rig.lend(&["--latency", "typeb106"]);
    let tape = rig.folder().join("tape.txt");
    let arguments = ["--trust", text(&card.trust), "--record", text(&tape)];
    for (pin, outcome) in [(PIN, OK), (WRONG_PIN, "pin-wrong")] {
        let said = Said::of(&run(&mut authenticate(&rig, pin, &arguments)));
        assert_eq!(said.success, outcome == OK, "{}", said.json);
        let recording = std::fs::read_to_string(&tape).expect("a recording");
        let played = play(&recording).expect("a recording");
        assert_eq!(played.difference(), None, "{recording}");
        assert_eq!(played.outcome, Some(outcome), "{recording}");
        assert_eq!(played.took, played.recorded);
    }
}
