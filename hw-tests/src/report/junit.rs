//! A report for continuous integration: JUnit XML, as its readers agree on it.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::run::distinct;
use super::{Outcome, Run, TrialRecord};

type Xml = Writer<Vec<u8>>;

/// A suite for each `GROUP/PRODUCT`, and in it a case for each trial. Characters that XML 1.0 has
/// no place for are replaced.
///
/// # Errors
/// Never in practice: it is written to memory.
pub fn junit(run: &Run) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let subjects = distinct(run.trials.iter().map(|trial| trial.name.subject()));
    element(
        &mut xml,
        "testsuites",
        "myna-hal",
        run.trials.iter(),
        |xml| {
            subjects
                .iter()
                .try_for_each(|subject| suite(xml, run, subject))
        },
    )?;
    String::from_utf8(xml.into_inner()).map_err(io::Error::other)
}

/// An element with the counts of its trials.
fn element<'r>(
    xml: &mut Xml,
    tag: &str,
    name: &str,
    trials: impl Iterator<Item = &'r TrialRecord> + Clone,
    inner: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let count = |word: &str| {
        let same = trials.clone().filter(|trial| trial.outcome.word() == word);
        same.count().to_string()
    };
    let ms: f64 = trials.clone().map(|trial| trial.ms).sum();
    xml.create_element(tag)
        .with_attribute(("name", name))
        .with_attribute(("tests", &*trials.clone().count().to_string()))
        .with_attribute(("failures", &*count("failed")))
        .with_attribute(("errors", "0"))
        .with_attribute(("skipped", &*count("ignored")))
        .with_attribute(("time", &*seconds(ms)))
        .write_inner_content(inner)?;
    Ok(())
}

fn suite(xml: &mut Xml, run: &Run, subject: &str) -> io::Result<()> {
    let trials = run.trials.iter();
    let trials = trials.filter(|trial| trial.name.subject() == subject);
    element(xml, "testsuite", subject, trials.clone(), |xml| {
        xml.create_element("properties")
            .write_inner_content(|xml| properties(xml, run, subject))?;
        trials.clone().try_for_each(|trial| case(xml, trial))
    })
}

/// What the trials ran on.
fn properties(xml: &mut Xml, run: &Run, subject: &str) -> io::Result<()> {
    let rigs = run.rigs.iter().flat_map(super::Rig::rows);
    let mut rows: Vec<(&str, String)> = rigs.collect();
    for (_, device) in run.devices().iter().filter(|(of, _)| *of == subject) {
        rows.push(("driver", device.driver.clone()));
        rows.push(("device", device.name.clone()));
        rows.extend(device.firmware.clone().map(|version| ("firmware", version)));
    }
    for (name, value) in rows {
        xml.create_element("property")
            .with_attribute(("name", name))
            .with_attribute(("value", &*line(&value)))
            .write_empty()?;
    }
    Ok(())
}

fn case(xml: &mut Xml, trial: &TrialRecord) -> io::Result<()> {
    let case = xml
        .create_element("testcase")
        .with_attribute(("classname", trial.name.subject()))
        .with_attribute(("name", trial.name.case()))
        .with_attribute(("time", &*seconds(trial.ms)));
    match &trial.outcome {
        Outcome::Passed => case.write_empty()?,
        Outcome::Ignored(why) => case.write_inner_content(|xml| {
            xml.create_element("skipped")
                .with_attribute(("message", &*line(why)))
                .write_empty()?;
            Ok(())
        })?,
        Outcome::Failed(why) => case.write_inner_content(|xml| {
            xml.create_element("failure")
                .with_attribute(("message", &*line(why)))
                .write_text_content(BytesText::new(&permitted(why)))?;
            Ok(())
        })?,
    };
    Ok(())
}

fn seconds(ms: f64) -> String {
    format!("{:.3}", ms / 1000.0)
}

/// The first line, for an attribute.
fn line(text: &str) -> String {
    permitted(text.lines().next().unwrap_or_default())
}

/// Without what XML 1.0 §2.2 does not allow even as a reference.
fn permitted(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars()
        .map(|c| if allowed(c) { c } else { '\u{FFFD}' })
        .collect()
}
