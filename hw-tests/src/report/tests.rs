//! Lines that are written and read again, and what reports make of them.

use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Trial};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use super::*;

/// Everything that XML and HTML take for their own, a line break, and what XML cannot hold.
const NASTY: &str = "said <b class=\"x\">'no' & \u{1}\nsecond line</b>";

/// What the trials of `make` wrote.
fn recorded(make: impl FnOnce(&Recorder) -> Vec<Trial>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trials.jsonl");
    let recorder = Recorder::to_file(&path).expect("a file");
    // One after another, and not a word: whoever counts results would count these, too.
    let arguments = Arguments {
        test_threads: Some(1),
        logfile: Some("/dev/null".to_owned()),
        ..Arguments::default()
    };
    // Most of these are meant to fail.
    let _ = libtest_mimic::run(&arguments, make(&recorder));
    std::fs::read_to_string(path).expect("the file")
}

fn everything() -> String {
    recorded(|recorder| {
        vec![
            recorder.trial("ccid/acr39u/card.connects", |notes| {
                notes.device(Device {
                    driver: "ccid".to_owned(),
                    name: "ACS <ACR39U>".to_owned(),
                    firmware: Some("2.09".to_owned()),
                });
                notes.phase("round-trip", &[2, 1, 9, 3].map(Duration::from_millis));
                notes.figure("frames", 29.97, "frames/s");
                Ok(Completion::Completed)
            }),
            recorder.trial("ccid/acr39u/card.works", |_| Err(NASTY.into())),
            recorder.trial("ccid/rc-s300/card.works", |_| {
                panic!("all {what}", what = "lost")
            }),
            recorder.ignored("pcsc/rc-s300/card.works", NASTY),
        ]
    })
}

#[test]
fn what_trials_come_to_is_read_again() {
    let run = Run::parse(&everything());
    assert_eq!(run.summary(), "1 passed, 2 failed, 1 ignored");
    assert_eq!((run.damaged, run.rigs.len()), (0, 1));
    let whys: Vec<_> = run.trials.iter().map(|it| it.outcome.why()).collect();
    let panicked = Some("it panicked: all lost");
    assert_eq!(whys, [None, Some(NASTY), panicked, Some(NASTY)]);
    let (subject, phase) = run.timings().next().expect("a phase");
    assert_eq!((subject, phase.calls), ("ccid/acr39u", 4));
    assert_eq!((phase.median_ms, phase.mad_ms), (2.5, 1.0));
    assert_eq!((phase.p99_ms, phase.longest_ms), (9.0, 9.0));
    let (trial, figure) = run.figures().next().expect("a figure");
    assert_eq!(trial.as_str(), "ccid/acr39u/card.connects");
    assert_eq!(figure.to_string(), "frames: 29.970 frames/s");
    assert!(!run.is_good());
}

#[test]
fn a_trial_that_began_and_did_not_end_has_failed() {
    let lines = everything();
    let cut = lines.rfind("{\"trial\"").expect("a last trial");
    let run = Run::parse(&lines[..cut]);
    let last = run.trials.last().expect("a trial");
    assert_eq!(last.name.as_str(), "pcsc/rc-s300/card.works");
    assert!(
        last.outcome
            .why()
            .expect("a reason")
            .contains("did not end")
    );
}

#[test]
fn a_console_has_lines_of_others() {
    let lines = everything();
    let console: String = lines
        .lines()
        .map(|line| format!("test x ... TRIAL {line}\r\n[    4.2] usb 1-1: new device\n"))
        .collect();
    assert_eq!(Run::parse(&console).trials, Run::parse(&lines).trials);
    let torn = console.replacen("\"passed\"", "\"pas[    4.2] usb 1-1: new device", 1);
    let run = Run::parse(&torn);
    assert_eq!((run.damaged, run.count("failed")), (1, 3));
}

#[test]
fn of_a_trial_that_ran_twice_the_last_run_counts() {
    let first = recorded(|it| vec![it.trial("a/b/c", |_| Err("no".into()))]);
    let second = recorded(|it| vec![it.trial("a/b/c", |_| Ok(Completion::Completed))]);
    let runs = [first, second].map(|lines| Run::parse(&lines));
    let began = runs[0].rigs[0].date;
    let joined = Run::join(runs);
    assert_eq!(joined.summary(), "1 passed, 0 failed, 0 ignored");
    assert_eq!(joined.rigs.len(), 1, "the same machine: {:?}", joined.rigs);
    assert_eq!(joined.rigs[0].date, began);
}

#[test]
fn names_have_three_parts_or_less() {
    let parts = |name| {
        let name = TrialName::from(name);
        let parts = [name.group(), name.product(), name.case(), name.subject()];
        parts.map(str::to_owned)
    };
    assert_eq!(
        parts("kit/cam/v4l2/x.y"),
        ["kit", "cam/v4l2", "x.y", "kit/cam/v4l2"]
    );
    assert_eq!(parts("pcsc/plug"), ["pcsc", "", "plug", "pcsc"]);
    assert_eq!(parts("alone"), ["", "", "alone", ""]);
}

#[test]
fn junit_is_xml_that_gives_back_every_word() {
    let xml = junit(&Run::parse(&everything())).expect("XML");
    let mut reader = Reader::from_str(&xml);
    let (mut tags, mut messages, mut texts) = (Vec::new(), Vec::new(), String::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                tags.push(tag.name().as_ref().to_owned());
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("an attribute");
                    if attribute.key.as_ref() == "message" {
                        let value = attribute.normalized_value(XmlVersion::Explicit1_0);
                        messages.push(value.expect("escaped").into_owned());
                    }
                }
            }
            Event::Text(text) => texts.push_str(&text),
            Event::GeneralRef(name) => texts.push_str(&format!("&{};", &*name)),
            _ => {}
        }
    }
    let of = |wanted: &str| tags.iter().filter(|tag| *tag == wanted).count();
    assert_eq!((of("testsuite"), of("testcase")), (3, 4));
    assert_eq!((of("failure"), of("skipped")), (2, 1));
    let first_line = NASTY.replace('\u{1}', "\u{FFFD}");
    assert_eq!(messages[0], first_line.lines().next().expect("a line"));
    let text = quick_xml::escape::unescape(&texts).expect("escaped");
    assert!(text.contains(&first_line), "{text}");
    assert!(xml.contains(r#"tests="4" failures="2" errors="0" skipped="1""#));
}

#[test]
fn the_page_shows_everything_and_runs_nothing() {
    let page = html(&Run::parse(&everything()));
    assert!(!page.contains("<b class"), "unescaped");
    assert!(page.contains("said &lt;b class=&quot;x&quot;&gt;"));
    for sign in ['✓', '✗', '–'] {
        assert!(page.contains(sign), "{sign}");
    }
    assert!(page.contains("ACS &lt;ACR39U&gt;") && page.contains("2.09"));
    assert!(page.contains("<td>frames/s</td>"));
    assert!(!page.contains("<script") && !page.contains("http"));
}

#[test]
fn the_table_for_a_terminal_has_a_column_for_each_product() {
    let text = text(&Run::parse(&everything()));
    let lines: Vec<_> = text.lines().collect();
    let works = lines.iter().find(|line| line.starts_with("  card.works"));
    assert_eq!(works, Some(&"  card.works     ✗  ✗"));
    assert!(lines.contains(&"   2 rc-s300"));
    assert!(text.contains("round-trip         4       2.500"), "{text}");
    assert!(lines.contains(&"  ccid/acr39u/card.connects: frames: 29.970 frames/s"));
    assert_eq!(lines.last(), Some(&"1 passed, 2 failed, 1 ignored"));
}

#[test]
fn json_has_what_the_lines_had() {
    let json = json(&Run::parse(&everything()));
    assert_eq!(
        (&json["failed"], &json["trials"][1]["why"]),
        (&2.into(), &NASTY.into())
    );
    assert_eq!(json["timings"][0]["subject"], "ccid/acr39u");
}
