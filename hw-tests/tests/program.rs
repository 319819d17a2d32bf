//! The program lists everything it can do, and says of what it was built without which feature adds it.

use std::process::{Command, Output};

/// Every command, and the feature that adds it. Which of them this program has is not asked: `custody`
/// has cargo build it with others meanwhile.
const COMMANDS: [(&str, Option<&str>); 5] = [
    ("fingerprint", Some("bench")),
    ("record", Some("recordings")),
    ("replay", None),
    ("report", Some("report")),
    ("scenario", None),
];

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hw-tests"));
    command.args(arguments).output().expect("it runs")
}

#[test]
fn every_command_is_listed_and_says_what_adds_it() {
    let help = program(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    let help = String::from_utf8_lossy(&help.stdout);
    for (command, feature) in COMMANDS {
        let mut lines = help.lines();
        let line = lines.find(|line| line.split_whitespace().next() == Some(command));
        let line = line.unwrap_or_else(|| unreachable!("{command} is not in {help}"));
        if !line.contains("not built in") {
            let output = program(&[command, "--nonsense"]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("--nonsense"), "{command}: {said}");
            continue;
        }
        let flag = feature.map(|feature| format!("--features {feature}"));
        let flag = flag.unwrap_or_else(|| unreachable!("{command} needs nothing: {line}"));
        assert!(line.contains(&flag), "{line}");
        for arguments in [&[command][..], &[command, "--junit", "file", "more"]] {
            let output = program(arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(&flag), "{arguments:?}: {said}");
        }
    }
}
