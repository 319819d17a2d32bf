//! The program lists everything it can do, and says of what it was built without which feature adds it.

use std::process::{Command, Output};

/// Every command, the feature that adds it, and whether this build has it.
const COMMANDS: [(&str, Option<&str>, bool); 5] = [
    ("fingerprint", Some("bench"), cfg!(feature = "bench")),
    ("record", Some("recordings"), cfg!(feature = "recordings")),
    ("replay", None, true),
    ("report", Some("report"), cfg!(feature = "report")),
    ("scenario", None, true),
];

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hw-tests"));
    command.args(arguments).output().expect("it runs")
}

#[test]
fn every_command_is_listed() {
    let help = program(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    let help = String::from_utf8_lossy(&help.stdout);
    for (command, feature, built) in COMMANDS {
        let mut lines = help.lines();
        let line = lines.find(|line| line.split_whitespace().next() == Some(command));
        let line = line.unwrap_or_else(|| unreachable!("{command} is not in {help}"));
        assert_eq!(line.contains("not built in"), !built, "{line}");
        if let (Some(feature), false) = (feature, built) {
            assert!(line.contains(&format!("--features {feature}")), "{line}");
        }
    }
}

#[test]
fn what_is_not_built_in_says_how_to_build_it() {
    for (command, feature, built) in COMMANDS {
        let (Some(feature), false) = (feature, built) else {
            eprintln!("{command} is built in: nothing to ask");
            continue;
        };
        for arguments in [&[command][..], &[command, "--junit", "file", "more"]] {
            let output = program(arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(&format!("--features {feature}")), "{said}");
        }
    }
}
