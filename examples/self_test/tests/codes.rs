//! The codes, and what becomes of them.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _, ValueEnum as _};

use super::page;
use crate::codes::{self, ALL, Verdict, markdown};
use crate::report::Finding;
use crate::{Area, Arguments};

/// Whoever renumbers a code, or gives it another meaning, has to change the table as well, and is
/// seen to.
#[test]
fn the_table_in_the_documentation_is_the_table() {
    let shown = include_str!("../codes.md");
    assert!(shown == markdown(), "codes.md is to be:\n{}", markdown());
}

#[test]
fn codes_are_unique_and_count_up_in_their_area() {
    let mut last = std::collections::BTreeMap::new();
    for code in ALL {
        let parts: Vec<&str> = code.id.split('-').collect();
        let [prefix, area, number] = parts[..] else {
            panic!("{code} has not three parts");
        };
        let known = Area::value_variants();
        let known = known.iter().any(|it| it.name() == area.to_lowercase());
        assert!(prefix == "MH" && known && number.len() == 2, "{code}");
        let number: u8 = number.parse().expect("a number");
        let before = last.insert(area, number).unwrap_or(0);
        assert_eq!(number, before + 1, "{code}");
        let is_ok = code.verdict == Verdict::Ok;
        assert_eq!(code.next_step.is_empty(), is_ok, "{code}");
        assert!(!code.what.ends_with('.') && !code.next_step.ends_with('.'));
    }
    assert_eq!(last.len(), Area::value_variants().len());
}

#[test]
fn the_exit_status_says_whether_anything_is_wrong() {
    let of = |codes: &[&'static codes::Code], required: &[&str]| {
        let findings = codes.iter().map(|code| Finding::new(code)).collect();
        page(findings).exit_status(required)
    };
    let well = [&codes::CLOCK_PLAUSIBLE, &codes::MODEL_NOT_BUILT];
    let wrong = [&codes::CLOCK_PLAUSIBLE, &codes::READER_NONE];
    for (codes, required, status) in [
        (well, &[][..], ExitCode::SUCCESS),
        (well, &["clock"], ExitCode::SUCCESS),
        // What was not checked is no proof of anything.
        (well, &["model"], ExitCode::FAILURE),
        (well, &["camera"], ExitCode::FAILURE),
        (wrong, &[], ExitCode::FAILURE),
        (wrong, &["clock"], ExitCode::FAILURE),
    ] {
        let said = of(&codes, required);
        assert_eq!(format!("{said:?}"), format!("{status:?}"), "{required:?}");
    }
}

#[test]
fn arguments_are_read_or_refused() {
    Arguments::command().debug_assert();
    let parse = |arguments: &[&str]| {
        let program = std::iter::once("self_test");
        Arguments::try_parse_from(program.chain(arguments.iter().copied()))
    };
    let given = parse(&["--require", "reader,camera", "--camera", "sim", "--json"]);
    let given = given.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(given.require, [Area::Reader, Area::Camera]);
    for wrong in [
        &["--require", "printer"][..],
        &["--camera", "webcam"],
        &["--service", "daemon"],
        &["now"],
    ] {
        let refused = parse(wrong).err();
        assert_eq!(refused.map(|error| error.exit_code()), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_finding_is_read_out_with_what_to_do() {
    let finding = Finding::new(&codes::READER_UNLISTED)
        .of("Sony RC-S380/P")
        .with("usb", "054C:06C3")
        .remedy("use another reader");
    let text = finding.to_string();
    for part in [
        "WRONG",
        "MH-READER-03",
        "Sony RC-S380/P",
        "usb: 054C:06C3",
        "Do: use another",
    ] {
        assert!(text.contains(part), "{text}");
    }
}
