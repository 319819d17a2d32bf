//! What the bench's programs come to.

use hw_tests::report::{Outcome, Run};
use libtest_mimic::Failed;
use myna_hal::sim::card::Key;
use serde_json::Value;
use usb_sim::ccid::Lie;

use crate::bed::{Bed, Ran};

type Case = (&'static str, fn(&Bed) -> Result<(), Failed>);

/// The trials.
pub(crate) const ALL: &[Case] = &[
    ("reader.trials", trials_of_the_reader),
    ("camera.trials", trials_of_the_camera),
    ("reader.by-name", a_reader_without_an_inventory),
    ("card.unlisted-gets-no-pin", an_unlisted_card_gets_no_pin),
    ("visits.by-face", visits_by_face),
    (
        "visits.unlisted-gets-no-code",
        an_unlisted_card_gets_no_code,
    ),
    ("reader.breaks", a_reader_that_breaks_fails),
];

/// Cases that take long and that nobody has to move anything for: the same kits run as a whole in the
/// programs `readers` and `cameras`.
const LONG: &[&str] = &[
    "watch.tells",
    "watch.is-claimed",
    "watch.ends",
    "watch.cancel",
    "watch.sees-both",
    "watch.survives",
    "wait.",
    "transaction.",
    "too-slow",
    "pin.change",
    "modes.",
    "frames.",
    "controls.",
    "stream.",
    "drop.",
];

/// A certificate that no card here has.
const OTHER: &[u8] = b"the certificate of another card";

/// A visit by face with a card that gets no card-face code.
const UNLISTED: &str = r#"
title = "A card that is not listed"
cards = { A = "ordinary" }

[[step]]
insert = "A"
expect = { asks = "method" }

[[step]]
choose = "face"
expect = { screen = "done", within = 2 }
"#;

/// How often the card was sent a PIN, and a card-face code.
fn sent(bed: &Bed) -> [u32; 2] {
    [Key::AuthPin, Key::SurfaceB].map(|key| bed.card.verify_count(key))
}

fn keeps_its_tries(bed: &Bed) -> Result<(), Failed> {
    let left = [Key::AuthPin, Key::SurfaceB].map(|key| bed.card.tries_left(key));
    same("the tries left", &left, &[3, 10])
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, due: &T) -> Result<(), Failed> {
    if is == due {
        return Ok(());
    }
    Err(format!("{what}: {is:?}, {due:?} was due").into())
}

/// What the trial of `case` came to.
fn outcome<'r>(run: &'r Run, case: &str) -> Result<&'r Outcome, Failed> {
    let found = run.trials.iter().find(|trial| trial.name.case() == case);
    let found = found.ok_or_else(|| format!("no {case} in the report"))?;
    Ok(&found.outcome)
}

/// No trial failed, the program says so, and these were run.
fn passed((ran, run): &(Ran, Run), cases: &[&str]) -> Result<(), Failed> {
    if !ran.is_good || !run.is_good() {
        let failed = run.of("failed");
        let failed = failed.map(|it| format!("{}: {}", it.name, it.outcome.why().unwrap_or("?")));
        let failed: Vec<_> = failed.collect();
        return Err(format!("{failed:#?}\n{}", ran.said[1]).into());
    }
    for case in cases {
        same(case, outcome(run, case)?, &Outcome::Passed)?;
    }
    Ok(())
}

fn trials_of_the_reader(bed: &Bed) -> Result<(), Failed> {
    let [pins, _] = sent(bed);
    let ran = bed.trials(bed.card.auth_certificate(), "ccid/desk/", LONG)?;
    passed(
        &ran,
        &[
            "reader.tells-the-card",
            "reader.mute-is-protocol",
            "removal.is-no-card",
            "unplug.is-disconnected",
            "unplug.is-remembered",
            "watch.sees-the-plug",
            "transmit.extended",
            "pin.right-verifies",
            "pin.wrong-costs-one",
            "figures.round-trip",
            "figures.certificate",
            "figures.insertion",
        ],
    )?;
    // One wrong PIN and two right ones.
    same("PINs sent", &(sent(bed)[0] - pins), &3)?;
    keeps_its_tries(bed)?;
    let phases: Vec<_> = ran
        .1
        .timings()
        .map(|(_, phase)| phase.name.clone())
        .collect();
    let due = ["round-trip", "certificate", "insertion"];
    same("phases", &phases, &due.map(str::to_owned).to_vec())?;
    reports(bed, "ccid", "ACR1252")
}

/// The files for programs tell of the same, with the device and the kernel.
fn reports(bed: &Bed, driver: &str, name: &str) -> Result<(), Failed> {
    let read = |file| std::fs::read_to_string(bed.reports()?.join(file)).map_err(Failed::from);
    let json: Value = serde_json::from_str(&read("report.json")?)?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let rig = json["rigs"][0]["kernel"].as_str().unwrap_or_default();
    if !rig.contains(kernel.trim()) {
        return Err(format!("the report's kernel: {rig}").into());
    }
    let rows = json["trials"]
        .as_array()
        .ok_or("the report has no trials")?;
    let of_device = |row: &&Value| {
        let device = &row["device"];
        device["driver"] == driver
            && device["name"].as_str().is_some_and(|it| it.contains(name))
            && device["firmware"]
                .as_str()
                .is_some_and(|it| it.contains('.'))
    };
    let with_device = rows.iter().filter(of_device).count();
    same("rows with the device", &with_device, &rows.len())?;
    let junit = read("junit.xml")?;
    same(
        "cases in JUnit",
        &junit.matches("<testcase").count(),
        &rows.len(),
    )
}

fn trials_of_the_camera(bed: &Bed) -> Result<(), Failed> {
    let ran = bed.trials(bed.card.auth_certificate(), "v4l2/front/", LONG)?;
    passed(
        &ran,
        &[
            "context.lists-the-camera",
            "watch.sees-the-unplug",
            "watch.sees-the-plug",
            "unplug.is-disconnected",
            "plug.works-again",
        ],
    )?;
    reports(bed, "v4l2", "ウェブカメラ")
}

fn a_reader_without_an_inventory(bed: &Bed) -> Result<(), Failed> {
    let ran = bed.trials_by_name("ccid:ACR1252", "ウェブカメラ", "figures.round-trip")?;
    passed(&ran, &["figures.round-trip"])
}

fn an_unlisted_card_gets_no_pin(bed: &Bed) -> Result<(), Failed> {
    let before = sent(bed);
    let ran = bed.trials(OTHER, "/pin.", LONG)?;
    passed(&ran, &["pin.person-cancels"])?;
    for case in ["pin.right-verifies", "pin.wrong-costs-one"] {
        match outcome(&ran.1, case)? {
            Outcome::Ignored(why) if why.contains("its certificate is another") => {}
            other => return Err(format!("{case}: {other:?}").into()),
        }
    }
    same("PINs and codes sent", &sent(bed), &before)
}

/// What came of each file, and why.
fn verdicts(bed: &Bed, ran: &Ran) -> Result<Vec<(String, String)>, Failed> {
    let code = &bed.card.holder().card_face_code;
    if ran.said.iter().any(|said| said.contains(code)) {
        return Err("the card-face code is in what the program says".into());
    }
    let verdict = |line: &str| {
        let said: Value = serde_json::from_str(line)?;
        let of = |key| said[key].as_str().unwrap_or_default().to_owned();
        Ok((of("verdict"), of("why")))
    };
    ran.said[0].lines().map(verdict).collect()
}

fn visits_by_face(bed: &Bed) -> Result<(), Failed> {
    let [pins, codes] = sent(bed);
    let files = ["face-right", "face-stranger-then-pin", "dark-then-light"];
    let ran = bed.visits(bed.card.auth_certificate(), &files)?;
    for (file, (verdict, why)) in files.iter().zip(verdicts(bed, &ran)?) {
        if verdict != "passed" {
            return Err(format!("{file}: {verdict}: {why}\n{}", ran.said[1]).into());
        }
    }
    same("the program's word", &ran.is_good, &true)?;
    same("PINs and codes sent", &sent(bed), &[pins + 1, codes + 3])?;
    same("a key is open", &bed.card.is_unlocked(), &false)?;
    keeps_its_tries(bed)
}

fn an_unlisted_card_gets_no_code(bed: &Bed) -> Result<(), Failed> {
    let before = sent(bed);
    let file = bed.file("unlisted.toml", UNLISTED)?;
    let ran = bed.visits(OTHER, &[&file])?;
    let verdicts = verdicts(bed, &ran)?;
    match &verdicts[..] {
        // The card was read, and the face chosen.
        [(verdict, why)] if verdict == "failed" && why.starts_with("step 2, ") => {}
        other => return Err(format!("{other:?}").into()),
    }
    same("the program's word", &ran.is_good, &false)?;
    same("PINs and codes sent", &sent(bed), &before)
}

fn a_reader_that_breaks_fails(bed: &Bed) -> Result<(), Failed> {
    bed.reader.lie(Some(Lie::Type));
    let done = bed.trials(bed.card.auth_certificate(), "figures.round-trip", &[]);
    bed.reader.lie(None);
    let (ran, run) = done?;
    same("the program's word", &ran.is_good, &false)?;
    same("failed trials", &run.count("failed"), &1)?;
    let junit = std::fs::read_to_string(bed.reports()?.join("junit.xml"))?;
    same("failures in JUnit", &junit.matches("<failure").count(), &1)
}
